"""The demo through the real reader and the real detector: what truth.json says is found, and nothing else is."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundswell.demo.play import Stage
from groundswell.demo.scenario import scenario, truth
from groundswell.types import Alert, AlertState
from models.predict import Classifier

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENTS = {e["group"]: e for e in truth() if "group" in e}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, list[Alert]]]:
    stage = Stage(tmp_path_factory.mktemp("demo") / "demo.db", END, Classifier())
    events = stage.past(lambda line: None)
    events += stage.live(0.0)
    yield stage, events
    stage.close()


@pytest.fixture(scope="module")
def told(played: tuple[Stage, list[Alert]]) -> dict[str, list[Alert]]:
    """Firing alerts by the group that most of the posts they show were written for."""
    stage, events = played
    group = {a.post.external_id: a.group.replace("reaction", "crisis") for a in scenario(END)}
    found: dict[str, list[Alert]] = {}
    for alert in events:
        if alert.state is AlertState.FIRING:
            shown = stage.parts.store.posts(alert.trend.examples)
            most = Counter(group[p.post.external_id] for p in shown).most_common(1)[0][0]
            found.setdefault(most, []).append(alert)
    return found


def test_what_is_there_is_found_and_nothing_else(told: dict[str, list[Alert]]) -> None:
    alarms = {name for name, event in EVENTS.items() if event["alarms"]}
    assert set(told) == alarms, {name: [(a.at, a.title) for a in alerts] for name, alerts in told.items()}


@pytest.mark.parametrize("event", [e for e in EVENTS.values() if e["alarms"]], ids=lambda e: e["group"])
def test_each_is_told_in_time_with_its_nature(told: dict[str, list[Alert]], event: dict[str, Any]) -> None:
    first = min(told[event["group"]], key=lambda a: a.at)
    back = (END - first.at) / timedelta(hours=1)
    assert event["to_h"] <= back <= event["from_h"]
    # Copies are quoted once: three times the same sentence would tell nobody more.
    assert len(first.quotes) == (1 if event["nature"] == "copies" else 3)


def test_the_crisis_is_one_incident_that_grows_grave_within_two_minutes_of_the_demo(
    played: tuple[Stage, list[Alert]], told: dict[str, list[Alert]]
) -> None:
    crisis = told["crisis"]
    assert len(crisis) == 1
    events = [a for a in played[1] if a.incident == crisis[0].incident]
    assert max(a.severity for a in events) >= EVENTS["crisis"]["least_severity"]
    assert crisis[0].at <= END - timedelta(hours=2)


def test_copies_are_called_copies_and_voices_are_not(
    played: tuple[Stage, list[Alert]], told: dict[str, list[Alert]]
) -> None:
    for group in ("campaign", "crisis", "service"):
        incidents = {a.incident for a in told[group]}
        last = [a for a in played[1] if a.incident in incidents and a.state is not AlertState.RESOLVED][-1]
        assert last.trend.automatism.verdict in EVENTS[group]["verdicts"]


def test_counts_equal_facts_afterwards_and_the_outage_is_on_record(
    played: tuple[Stage, list[Alert]], tmp_path: Path
) -> None:
    store = played[0].parts.store
    assert store.check() == []
    outage = next(e for e in truth() if e["nature"] == "outage")
    found = [o for o in store.outages(END - timedelta(days=20)) if o.source == outage["source"]]
    assert len(found) == 1
    assert found[0].end is not None
