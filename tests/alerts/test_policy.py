"""One incident is one firing, then updates, then resolved; every branch says why."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.compose import compose
from alerts.policy import Decision, Policy, Silence, decide
from alerts.reasons import CODES
from groundswell.types import AlertState, Severity

FIRING, UPDATE, RESOLVED = AlertState.FIRING, AlertState.UPDATE, AlertState.RESOLVED
HOUR = timedelta(hours=1)
CALM = {"is_viral": False}

# trend (None or changes), incident (None or changes), hours since the last event, state, code
TABLE = [
    (None, None, 0, None, "nothing_seen"),
    (CALM, None, 0, None, "not_viral"),
    ({"severity": Severity.L1}, None, 0, None, "below_minimum"),
    ({}, None, 0, FIRING, "fired"),
    ({"severity": Severity.L2}, None, 0, FIRING, "fired"),
    ({}, {"state": RESOLVED, "number": 7}, 2, FIRING, "regressed"),
    (CALM, {"state": RESOLVED}, 2, None, "not_viral"),
    (None, {"state": RESOLVED}, 99, None, "nothing_seen"),
    ({}, {}, 0, None, "told_already"),
    ({"negative_seen": 71}, {}, 5.9, None, "told_already"),
    ({"negative_seen": 72}, {}, 0.25, UPDATE, "grew"),
    ({"negative_seen": 72}, {}, 0.24, None, "too_soon"),
    ({"severity": Severity.L4}, {}, 0, UPDATE, "severity_rose"),
    ({"severity": Severity.L4, "is_viral": False}, {}, 0, UPDATE, "severity_rose"),
    ({"severity": Severity.L2}, {}, 1, None, "told_already"),
    ({"negative_seen": 37}, {}, 6, UPDATE, "still_spreading"),
    ({}, {}, 6, None, "nothing_new"),
    (CALM, {}, 23.9, None, "calming"),
    (None, {}, 23.9, None, "calming"),
    (CALM, {}, 24, RESOLVED, "resolved"),
    (None, {}, 24, RESOLVED, "resolved"),
    (None, {"state": UPDATE, "number": 4}, 24, RESOLVED, "resolved"),
]


@pytest.mark.parametrize(("trend", "incident", "hours", "state", "code"), TABLE)
def test_table(trend, incident, hours, state, code, make_trend, make_incident, t0):
    decision = decide(
        None if trend is None else make_trend(**trend),
        None if incident is None else make_incident(**incident),
        Policy(),
        t0 + hours * HOUR,
    )
    assert (decision.state, decision.reason.code) == (state, code)
    assert decision.reason.en.endswith(".")
    assert decision.reason.zh.endswith("。")


def test_every_code_is_reached_and_documented():
    by_other_tests = {"silenced", "no_data", "merged"}
    assert {row[4] for row in TABLE} | by_other_tests == set(CODES)


@pytest.mark.parametrize(
    ("silence", "held"),
    [
        (Silence(), True),
        (Silence(brand="Halvero"), True),
        (Silence(brand="Other"), False),
        (Silence(story="s0123456789ab"), True),
        (Silence(story="another"), False),
        (Silence(until_negative=36), False),
        (Silence(until_negative=37), True),
        (Silence(below=Severity.L3), False),
        (Silence(below=Severity.L4), True),
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_silences(silence, held, is_open, make_trend, make_incident, t0):
    incident = make_incident(severity=Severity.L2) if is_open else None
    decision = decide(make_trend(), incident, Policy(silences=(silence,)), t0)
    assert (decision.reason.code == "silenced") is held
    assert (decision.state is None) is held


def test_a_silence_ends_at_its_time(make_trend, t0):
    policy = Policy(silences=(Silence(until=t0 + HOUR),))
    assert decide(make_trend(), None, policy, t0).state is None
    assert decide(make_trend(), None, policy, t0 + HOUR).state is FIRING


def test_missing_data_never_resolves(make_incident, t0):
    late = t0 + 100 * HOUR
    held = decide(None, make_incident(), Policy(), late, silent_sources=["reddit", "rss"])
    assert held.state is None
    assert held.reason.code == "no_data"
    assert "reddit, rss" in held.reason.en
    assert decide(None, make_incident(), Policy(), late).state is RESOLVED


def test_quiet_is_counted_from_the_last_viral_minute_when_it_is_known(make_incident, t0):
    at, viral = t0 + 25 * HOUR, t0 + 5 * HOUR
    assert decide(None, make_incident(), Policy(), at, last_viral_at=viral).reason.code == "calming"
    assert decide(None, make_incident(), Policy(), at + 4 * HOUR, last_viral_at=viral).state is RESOLVED


def test_a_clock_that_jumps_back_sends_nothing(make_trend, make_incident, t0):
    assert decide(make_trend(negative_seen=500), make_incident(), Policy(), t0 - 9 * HOUR).state is None
    assert decide(None, make_incident(), Policy(), t0 - 99 * HOUR).state is None


STEP = st.fixed_dictionaries(
    {
        "minutes": st.integers(1, 2000),
        "seen": st.one_of(
            st.none(),
            st.tuples(st.booleans(), st.integers(0, 3000), st.sampled_from(list(Severity))),
        ),
        "silent": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(steps=st.lists(STEP, max_size=40))
def test_any_history_fires_once_per_incident_and_numbers_rise(steps, make_trend, make_posts, stored, t0):
    at, incident, told = t0, None, []
    for step in steps:
        at += timedelta(minutes=step["minutes"])
        trend = None
        if step["seen"]:
            is_viral, negative, severity = step["seen"]
            trend = make_trend(is_viral=is_viral, negative_seen=negative, severity=severity, at=at)
        before = incident
        decision = decide(trend, incident, Policy(), at, silent_sources=["rss"] if step["silent"] else [])
        assert decide(trend, incident, Policy(), at, silent_sources=["rss"] if step["silent"] else []) == decision
        if decision.state is None:
            continue
        alert = compose(decision, trend=trend, incident=incident, at=at, title="t", posts=make_posts("a b c"),
                        dashboard_url="http://127.0.0.1:8501")  # fmt: skip
        incident = stored(alert, incident)
        told.append(alert)
        assert (alert.state is FIRING) == (before is None or before.state is RESOLVED)
    lives: dict[str, list] = {}
    for alert in told:
        lives.setdefault(alert.incident, []).append(alert)
    for life in lives.values():
        assert [alert.number for alert in life] == list(range(1, len(life) + 1))
        assert [a.state for a in life if a.state is FIRING] == [FIRING]
        assert life[0].state is FIRING
        assert all(alert.state is UPDATE for alert in life[1:-1])
        assert sorted(a.severity for a in life) == [a.severity for a in life]
        for earlier, later in pairwise(life):
            if later.severity is not earlier.severity:
                assert later.reason.code == "severity_rose"
                for grade in (earlier.severity, later.severity):
                    assert grade in later.reason.en
                    assert grade in later.reason.zh


def test_a_thousand_posts_are_one_alert_and_few_updates(make_trend, make_posts, stored, t0):
    incident, states = None, []
    for minute in range(600):  # 1,000 negative posts, most of them in the first hours
        trend = make_trend(negative_seen=min(1000, 8 + 2 * minute), at=t0 + timedelta(minutes=minute))
        decision = decide(trend, incident, Policy(), trend.at)
        if decision.state:
            alert = compose(decision, trend=trend, incident=incident, at=trend.at, title="t", posts=make_posts("x"),
                            dashboard_url="http://h")  # fmt: skip
            incident = stored(alert, incident)
            states.append(alert.state)
    assert states[0] is FIRING
    assert states.count(FIRING) == 1
    assert 3 <= len(states) <= 8


def test_composing_silence_or_an_orphan_update_is_refused(make_trend, t0):
    silent = decide(None, None, Policy(), t0)
    hot = decide(make_trend(), None, Policy(), t0)
    common = {"at": t0, "title": "t", "posts": [], "dashboard_url": "http://h"}
    with pytest.raises(ValueError, match="silent"):
        compose(silent, trend=None, incident=None, **common)
    with pytest.raises(ValueError, match="neither"):
        compose(hot, trend=None, incident=None, **common)
    with pytest.raises(ValueError, match="needs the incident"):
        compose(Decision(UPDATE, hot.reason), trend=make_trend(), incident=None, **common)
