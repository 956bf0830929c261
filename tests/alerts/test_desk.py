"""A case follows its alerts and the people who work it."""

from datetime import timedelta

import pytest

from alerts import desk
from alerts.desk import CaseState
from alerts.policy import Policy, decide
from groundswell.errors import InputError
from groundswell.types import AlertState, Severity

HOUR = timedelta(hours=1)
S = CaseState


@pytest.fixture
def case(make_alert):
    return desk.open_case(make_alert())


def events(make_alert, t0):
    """Every thing that can happen to a case."""
    return {
        "acknowledge": lambda c: desk.acknowledge(c, "li", t0 + HOUR),
        "assign": lambda c: desk.assign(c, "wang", "li", t0),
        "note": lambda c: desk.note(c, "called the factory", "li", t0),
        "resolve": lambda c: desk.resolve(c, "li", t0),
        "snooze": lambda c: desk.snooze(c, "li", t0, until=t0 + HOUR),
        "wake_early": lambda c: desk.wake(c, None, t0),
        "wake_due": lambda c: desk.wake(c, None, t0 + HOUR),
        "update": lambda c: desk.follow(c, make_alert(state=AlertState.UPDATE, number=2)),
        "graver": lambda c: desk.follow(c, make_alert(state=AlertState.UPDATE, number=2, severity=Severity.L4)),
        "over": lambda c: desk.follow(c, make_alert(state=AlertState.RESOLVED, number=3)),
        "again": lambda c: desk.follow(c, make_alert(incident="i2")),
    }


REFUSED = None
MACHINE = {  # from: what happens → to, None where it is refused
    S.NEW: {"acknowledge": S.ONGOING, "assign": S.NEW, "note": S.NEW, "resolve": S.RESOLVED, "snooze": S.SNOOZED,
            "wake_early": S.NEW, "wake_due": S.NEW, "update": S.NEW, "graver": S.ESCALATING, "over": S.RESOLVED,
            "again": S.REGRESSED},
    S.ONGOING: {"acknowledge": S.ONGOING, "assign": S.ONGOING, "note": S.ONGOING, "resolve": S.RESOLVED,
                "snooze": S.SNOOZED, "wake_early": S.ONGOING, "wake_due": S.ONGOING, "update": S.ONGOING,
                "graver": S.ESCALATING, "over": S.RESOLVED, "again": S.REGRESSED},
    S.ESCALATING: {"acknowledge": S.ONGOING, "assign": S.ESCALATING, "note": S.ESCALATING, "resolve": S.RESOLVED,
                   "snooze": S.SNOOZED, "wake_early": S.ESCALATING, "wake_due": S.ESCALATING, "update": S.ESCALATING,
                   "graver": S.ESCALATING, "over": S.RESOLVED, "again": S.REGRESSED},
    S.REGRESSED: {"acknowledge": S.ONGOING, "assign": S.REGRESSED, "note": S.REGRESSED, "resolve": S.RESOLVED,
                  "snooze": S.SNOOZED, "wake_early": S.REGRESSED, "wake_due": S.REGRESSED, "over": S.RESOLVED},
    S.SNOOZED: {"acknowledge": S.ONGOING, "assign": S.SNOOZED, "note": S.SNOOZED, "resolve": S.RESOLVED,
                "snooze": S.SNOOZED, "wake_early": S.SNOOZED, "wake_due": S.ONGOING, "update": S.SNOOZED,
                "graver": S.ESCALATING, "over": S.RESOLVED, "again": S.REGRESSED},
    S.RESOLVED: {"acknowledge": REFUSED, "assign": S.RESOLVED, "note": S.RESOLVED, "resolve": REFUSED,
                 "snooze": REFUSED, "wake_early": S.RESOLVED, "wake_due": S.RESOLVED, "update": S.RESOLVED,
                 "graver": S.ESCALATING, "again": S.REGRESSED},
}  # fmt: skip
REACH = {S.NEW: [], S.ONGOING: ["acknowledge"], S.ESCALATING: ["graver"], S.REGRESSED: ["over", "again"],
         S.SNOOZED: ["snooze"], S.RESOLVED: ["resolve"]}  # fmt: skip


@pytest.mark.parametrize(("start", "event", "end"), [(s, e, t) for s, row in MACHINE.items() for e, t in row.items()])
def test_machine(start, event, end, case, make_alert, t0):
    happen = events(make_alert, t0)
    for step in REACH[start]:
        case = happen[step](case)
    assert case.state is start
    if end is REFUSED:
        with pytest.raises(InputError, match="resolved"):
            happen[event](case)
        return
    after = happen[event](case)
    assert after.state is end
    assert after.log[: len(case.log)] == case.log  # nothing written is unwritten
    assert (after.snoozed_until is None) or after.state is S.SNOOZED


def test_a_case_begins_with_a_firing_of_its_own_story(case, make_alert):
    with pytest.raises(InputError, match="begins with a firing"):
        desk.open_case(make_alert(state=AlertState.UPDATE))
    with pytest.raises(InputError, match="is of story"):
        desk.follow(case, make_alert(story="another"))


def test_the_first_person_stops_the_clock_and_owns_it(case, t0):
    seen = desk.acknowledge(desk.acknowledge(case, "li", t0 + HOUR), "wang", t0 + 2 * HOUR)
    assert seen.owner == "li"
    assert seen.acknowledged_at == t0 + HOUR
    assert desk.assign(case, "wang", "li", t0).acknowledged_at is None


def test_a_regressed_case_keeps_its_owner_and_waits_for_a_person_again(case, make_alert, t0):
    worked = desk.resolve(desk.acknowledge(case, "li", t0), "li", t0 + HOUR)
    back = desk.follow(worked, make_alert(incident="i2", at=t0 + 9 * HOUR))
    assert (back.state, back.owner, back.acknowledged_at, back.incident) == (S.REGRESSED, "li", None, "i2")
    assert [act.what for act in back.log] == ["firing", "acknowledged", "resolved", "firing"]


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
def test_notes_have_a_size(text, case, t0):
    with pytest.raises(InputError, match="characters"):
        desk.note(case, text, "li", t0)


def test_a_snooze_needs_an_end_in_the_future(case, t0):
    with pytest.raises(InputError, match="needs an end"):
        desk.snooze(case, "li", t0)
    with pytest.raises(InputError, match="before it begins"):
        desk.snooze(case, "li", t0, until=t0)


def test_snoozed_until_it_grows(case, make_trend, t0):
    asleep = desk.snooze(case, "li", t0, until_negative=100)
    assert desk.wake(asleep, make_trend(negative_seen=99), t0 + 99 * HOUR).state is S.SNOOZED
    assert desk.wake(asleep, None, t0 + 99 * HOUR).state is S.SNOOZED
    assert desk.wake(asleep, make_trend(negative_seen=100), t0 + HOUR).state is S.ESCALATING


def test_a_sleeping_case_silences_its_incident_but_not_a_graver_turn(case, make_incident, make_trend, t0):
    assert desk.silence_of(case) is None
    silence = desk.silence_of(desk.snooze(case, "li", t0, until_negative=500))
    policy, incident = Policy(silences=(silence,)), make_incident()
    assert decide(make_trend(negative_seen=499), incident, policy, t0 + HOUR).reason.code == "silenced"
    assert decide(make_trend(negative_seen=500), incident, policy, t0 + HOUR).reason.code == "grew"
    graver = make_trend(negative_seen=499, severity=Severity.L4)
    assert decide(graver, incident, policy, t0).reason.code == "severity_rose"


def test_a_case_follows_its_story_into_the_one_it_was_merged_into(case, make_alert, t0):
    taken = desk.acknowledge(case, "li", t0 + HOUR)
    moved = desk.move(taken, "s-other", "wang", t0 + 2 * HOUR)
    assert (moved.story, moved.owner, moved.state, moved.incident) == ("s-other", "li", S.ONGOING, case.incident)
    assert (moved.log[-1].by, moved.log[-1].what, moved.log[-1].text) == ("wang", "merged", case.story)
    after = desk.follow(moved, make_alert(state=AlertState.UPDATE, number=2, story="s-other"))
    assert after.state is S.ONGOING
    with pytest.raises(InputError, match="the alert is of story"):
        desk.follow(moved, make_alert(state=AlertState.UPDATE, number=3))
    with pytest.raises(InputError, match="into itself"):
        desk.move(case, case.story, "li", t0)
