"""A silence is known to the process that saw it begin and to the next one, and is no calm to either."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from groundswell import run
from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.types import Page, Post
from trends.detector import Detector

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Make = Callable[[SettableClock], Parts]
Told = dict[tuple[str, datetime], datetime | None]


def post(n: int, at: datetime) -> Post:
    return Post(source="forum", external_id=f"p{n}", text=f"acme lid {n} bad", created_at=at, author=f"a{n}")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the detectors of this test were told last of each outage."""
    known: Told = {}
    real = Detector.outage

    def outage(self: Any, brand: str | None, source: str, start: datetime, end: datetime | None) -> None:
        known[source, start] = end
        real(self, brand, source, start, end)

    monkeypatch.setattr(Detector, "outage", outage)
    return known


def test_a_silence_is_told_while_it_lasts_when_it_ends_and_after_a_restart(make_parts: Make, told: Told) -> None:
    clock = SettableClock(START)
    parts = make_parts(clock)
    parts.store.expect("desk", 3600)
    parts.pipeline.take("desk", Page(posts=[post(1, START)], cursor={}))  # named "desk", its posts "forum"
    clock.advance_to(START + 2 * HOUR)
    parts.pipeline.take("desk", Page(posts=[], cursor={}))
    run.look(parts, clock())
    assert told == {("forum", START): None}
    told.clear()
    parts = make_parts(clock)
    assert told == {("forum", START): None}
    clock.advance_to(START + 5 * HOUR)
    parts.pipeline.take("desk", Page(posts=[post(2, clock())], cursor={}))
    run.look(parts, clock())
    assert told == {("forum", START): START + 5 * HOUR}
    clock.advance_to(START + 9 * HOUR)
    told.clear()
    make_parts(clock)
    assert told == {("forum", START): START + 5 * HOUR}


def test_of_a_failure_and_a_silence_that_begin_together_the_longer_one_counts(make_parts: Make, told: Told) -> None:
    clock = SettableClock(START)
    parts = make_parts(clock)
    parts.store.expect("desk", 3600)
    parts.pipeline.take("desk", Page(posts=[post(1, START)], cursor={}))
    clock.advance_to(START + 2 * HOUR)
    parts.store.source_failed("desk", "refused", None)
    clock.advance_to(START + 3 * HOUR)
    parts.pipeline.take("desk", Page(posts=[], cursor={}))  # it answers again, and still brings nothing
    run.look(parts, clock())
    assert told == {("forum", START): None}
    make_parts(clock)
    assert told == {("forum", START): None}
