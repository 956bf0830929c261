"""A silence is known to the process that saw it begin and to the next one; people are told of outages that last."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.http import Http
from groundswell import run
from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.config import read_config
from groundswell.data_alarms import DataAlarms
from groundswell.types import DataAlarm, Page, Post
from storage.store import open_store
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


CONFIG = """
[[brands]]
name = "Acme"
any = ["acme"]
[[sources]]
name = "desk"
type = "feeds"
url = "https://example.org/feed.xml"
[[receivers]]
name = "console"
type = "console"
minimum_severity = "L4"
[[receivers]]
name = "pager"
type = "console"
outages = false
[alerts]
outage_after_h = {hours}
"""
MINUTES = timedelta(minutes=1)


class Watched:
    """A store under a clock, and the processes that look at it one after the other."""

    def __init__(self, folder: Path, hours: float = 0.5) -> None:
        (folder / "groundswell.toml").write_text(CONFIG.format(hours=hours), encoding="utf-8")
        self.config, self.clock = read_config(folder / "groundswell.toml"), SettableClock(START)
        self.store = open_store(folder / "watched.db", self.clock)
        self.store.expect("desk", 3600)
        self.page(1)
        self.restart()

    def restart(self) -> None:
        self.alarms = DataAlarms(self.store, self.config, self.clock())

    def at(self, minutes: float) -> None:
        self.clock.advance_to(START + minutes * MINUTES)

    def page(self, *posts: int) -> None:
        found = [replace(post(n, self.clock()), brand="Acme", gated=True) for n in posts]
        self.store.commit_page("desk", Page(posts=found, cursor={}))

    def fail(self, error: str = "Unreachable: refused", source: str = "desk") -> None:
        self.store.source_failed(source, error, None)

    def look(self) -> list[tuple[int, str]]:
        return [(alarm.number, alarm.error) for alarm in self.alarms.look(self.clock())]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.store.close()


def test_a_failure_that_lasts_is_told_once_with_its_last_error_and_once_when_it_is_over(watched: Watched) -> None:
    watched.at(15)
    watched.fail()
    watched.at(44)
    watched.fail("Unreachable: 503")
    assert watched.look() == []  # noticed 29 minutes ago
    watched.at(45)
    assert watched.look() == [(1, "Unreachable: 503")]
    (sent,) = watched.store.lease_outbox(9, 60)
    assert (sent.notification.receiver, sent.notification.alert.number) == ("console", 1)
    assert isinstance(sent.notification.alert, DataAlarm)
    assert sent.notification.alert.since == START
    watched.store.delivered(sent.notification.key)
    for minutes in (46, 90):
        watched.at(minutes)
        watched.fail()
        assert watched.look() == []
        watched.restart()
        watched.fail()
        assert watched.look() == []
    watched.at(100)
    watched.page()
    watched.at(101)
    watched.restart()
    assert watched.look() == [(2, "Unreachable: 503")]
    assert watched.look() == []
    (sent,) = watched.store.lease_outbox(9, 60)
    assert isinstance(sent.notification.alert, DataAlarm)
    assert sent.notification.alert.until == START + 100 * MINUTES
    assert (watched.store.incidents(open_only=False), watched.store.alerts(9)) == ([], [])  # no trend alert


def test_a_silence_that_lasts_is_told_and_a_new_post_ends_it(watched: Watched) -> None:
    watched.at(70)
    watched.page(1)
    watched.at(99)
    watched.page()
    assert watched.look() == []
    watched.at(100)
    assert watched.look() == [(1, "")]
    watched.at(110)
    watched.page()
    assert watched.look() == []
    watched.at(120)
    watched.page(2)
    assert watched.look() == [(2, "")]


def test_a_short_outage_and_one_of_a_source_that_is_not_configured_are_not_told(watched: Watched) -> None:
    watched.at(15)
    watched.fail()
    watched.fail(source="dropped")
    watched.at(40)
    watched.page()
    watched.at(90)
    watched.fail(source="dropped")
    assert watched.look() == []
    assert watched.store.lease_outbox(9, 60) == []


def test_what_went_on_when_the_last_process_ended_is_told_only_after_another_try(watched: Watched) -> None:
    watched.at(15)
    watched.fail()
    watched.at(600)
    watched.restart()
    assert watched.look() == []
    watched.fail("Unreachable: again")
    assert watched.look() == [(1, "Unreachable: again")]


def test_zero_tells_nobody(tmp_path: Path) -> None:
    watched = Watched(tmp_path, hours=0)
    watched.fail()
    watched.at(600)
    watched.fail()
    assert watched.look() == []
    watched.store.close()


def test_a_round_of_the_monitor_tells_of_an_outage_through_its_receivers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, make_parts: Make
) -> None:
    (tmp_path / "groundswell.toml").write_text(CONFIG.format(hours=0.5).replace("https:", "ftp:"), encoding="utf-8")
    clock = SettableClock(START)
    parts = make_parts(clock)
    parts.store.source_failed("desk", "Unreachable: refused", None)
    clock.advance_to(START + HOUR)
    monkeypatch.setattr("groundswell.clock.now", clock)

    async def main() -> None:
        async with Http(clock) as http:
            await run.Monitor(read_config(tmp_path / "groundswell.toml"), parts, http).once()

    asyncio.run(main())
    out = capsys.readouterr().out
    assert out.count("[Data] desk: no data since 2 Mar 2026, 12:00") == 1  # to the console, not to the pager
