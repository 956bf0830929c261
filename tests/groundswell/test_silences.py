"""Which silence is strange of a source that nobody configured: learned from when its posts came."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundswell import silences
from groundswell.clock import SettableClock
from groundswell.config import Config
from groundswell.types import Page, Post
from storage.store import Store, open_store

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Source:
    """A store, its clock, and one source that is asked every hour."""

    def __init__(self, folder: Path) -> None:
        self.clock = SettableClock(START)
        self.store: Store = open_store(folder / "store.db", self.clock)
        self.count = 0
        self.config = Config.model_validate({"sources": [{"name": "news", "type": "feeds"}]})

    def brings(self, posts: int, hours: float = 1.0) -> None:
        self.clock.advance_to(self.clock() + hours * HOUR)
        numbers = range(self.count, self.count + posts)
        self.count += posts
        found = [
            Post(source="web", external_id=str(n), text="acme", created_at=START, brand="Acme", gated=True)
            for n in numbers
        ]
        self.store.commit_page("news", Page(posts=found, cursor={}))

    def days(self, count: int, seed: int = 1) -> None:
        """Posts from nine to midnight, every hour."""
        chance = random.Random(seed)
        for hour in range(24 * count):
            if hour % 24 >= 8:
                self.brings(chance.randrange(3) + 1, hours=1 if hour % 24 > 8 else 9)

    @property
    def expected_h(self) -> float | None:
        silences.expect(self.store, self.config)
        (health,) = self.store.sources()
        return None if health.expected_s is None else health.expected_s / 3600


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    made = Source(tmp_path)
    yield made
    made.store.close()


def test_it_is_three_times_the_longest_silence_and_never_a_night(source: Source) -> None:
    source.days(20)
    assert source.expected_h == 3 * 9
    source.days(3)
    assert [o.start for o in source.store.outages(START)] == []
    for _ in range(28):
        source.brings(0)
        silences.expect(source.store, source.config)
    (outage,) = source.store.outages(START)
    assert outage.end is None


def test_a_silence_that_lasts_does_not_end_because_the_history_grows_old(source: Source) -> None:
    source.days(20)
    assert source.expected_h == 27
    for _ in range(40):
        source.brings(0, hours=24)
        silences.expect(source.store, source.config)
    (outage,) = source.store.outages(START)
    assert (outage.end, source.store.usual_silence("news")) == (None, None)
    source.brings(1)
    (outage,) = source.store.outages(START)
    assert outage.end == source.clock()
    assert source.expected_h is None, "what it was used to is forgotten"


@pytest.mark.parametrize("brought", ["little", "a young history", "one long history at once"])
def test_of_too_little_nothing_is_learned(source: Source, brought: str) -> None:
    if brought == "little":
        for _ in range(28):
            source.brings(5, hours=24)
    elif brought == "a young history":
        source.days(12)
    else:
        source.brings(5000)
        source.brings(0, hours=24 * 20)
    assert source.expected_h is None


def test_a_busy_source_has_six_hours_and_what_is_configured_counts_first(source: Source) -> None:
    for _ in range(24 * 15):
        source.brings(1)
    assert source.expected_h == 6
    source.config = Config.model_validate(
        {"sources": [{"name": "news", "type": "feeds", "expected_silence_s": float("inf")}]}
    )
    assert source.expected_h == float("inf")
    source.brings(0, hours=24 * 30)
    assert source.store.outages(START) == []
