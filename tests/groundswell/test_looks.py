"""A live run and a replay look at the same moments: whole minutes."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from groundswell import clock, run
from groundswell.clock import SettableClock, whole
from groundswell.replay import Wheel

AT = datetime(2026, 3, 2, 11, 59, 37, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Parts:
    """Stands where the parts would: notes the looks."""

    def __init__(self) -> None:
        self.looks: list[datetime] = []
        self.pipeline = SimpleNamespace(detect=self._detect, is_alarmed=lambda: False)

    def _detect(self, at: datetime) -> list[Any]:
        self.looks.append(at)
        return []


def test_a_whole_minute_is_its_own() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert whole(AT, MINUTE) == noon - MINUTE
    assert whole(noon, MINUTE) == noon


@pytest.mark.parametrize("step", [1, 10])
def test_a_replay_that_begins_within_a_minute_looks_at_whole_ones(step: int) -> None:
    parts = Parts()
    wheel = Wheel(cast("Any", parts), SettableClock(AT), step=step * MINUTE)
    list(wheel.turn(AT + timedelta(minutes=30)))
    begin = datetime(2026, 3, 2, 11, 59, tzinfo=UTC)
    assert parts.looks == [begin + n * step * MINUTE for n in range(1, 30 // step + 1)]


def test_a_live_look_is_at_the_minute_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime] = []
    monkeypatch.setattr(clock, "now", lambda: AT)
    monkeypatch.setattr(run, "look", lambda _, at: seen.append(at))
    monitor = SimpleNamespace(_parts=None, _alarms=SimpleNamespace(look=seen.append))
    asyncio.run(run.Monitor._detect(cast("Any", monitor)))
    assert seen == [AT.replace(second=0, microsecond=0), AT]  # alarms of data are told by the clock
