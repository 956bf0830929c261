"""The demo through the real reader and detector, held against truth.json: what is there is told, and nothing else."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """Firing alerts by the group that most posts of their story were written for: a campaign shows one text once."""
    stage, events = played
    group = {a.post.external_id: a.group.replace("reaction", "crisis") for a in scenario(END)}
    found: dict[str, list[Alert]] = {}
    for alert in events:
        if alert.state is AlertState.FIRING:
            shown = stage.parts.store.search("", story=alert.story, until=alert.at, limit=500)
            most = Counter(group[p.post.external_id] for p in shown).most_common(1)[0][0]
            found.setdefault(most, []).append(alert)
    return found


def test_the_crisis_and_the_slow_complaint_are_told_in_time(told: dict[str, list[Alert]]) -> None:
    for group in ("crisis", "service"):
        first, event = min(told[group], key=lambda a: a.at), EVENTS[group]
        assert event["to_h"] <= (END - first.at) / timedelta(hours=1) <= event["from_h"]
        assert len(first.quotes) == 3
    assert min(a.at for a in told["crisis"]) <= END - timedelta(hours=2)  # within the two minutes of the demo


def test_the_crisis_grows_grave(played: tuple[Stage, list[Alert]], told: dict[str, list[Alert]]) -> None:
    incidents = {a.incident for a in told["crisis"]}
    grave = max(a.severity for a in played[1] if a.incident in incidents)
    assert grave >= EVENTS["crisis"]["least_severity"]


def test_nothing_else_is_told(told: dict[str, list[Alert]]) -> None:
    alarms = {name for name, event in EVENTS.items() if event["alarms"]}
    assert set(told) <= alarms, {name: [(a.at, a.title) for a in alerts] for name, alerts in told.items()}


def test_the_crisis_is_one_incident(told: dict[str, list[Alert]]) -> None:
    assert len(told["crisis"]) == 1


def test_the_copy_campaign_is_told_as_copies(told: dict[str, list[Alert]]) -> None:
    assert told["campaign"][0].trend.automatism.verdict in EVENTS["campaign"]["verdicts"]


def test_counts_equal_facts_afterwards_and_the_outage_is_on_record(
    played: tuple[Stage, list[Alert]], tmp_path: Path
) -> None:
    store = played[0].parts.store
    assert store.check() == []
    outage = next(e for e in truth() if e["nature"] == "outage")
    found = [o for o in store.outages(END - timedelta(days=20)) if o.source == outage["source"]]
    assert len(found) == 1
    assert found[0].end is not None
