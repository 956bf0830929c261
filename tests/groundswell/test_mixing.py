"""Shifts of the mix through the real store: found, told once, the same after restarts and in any rhythm of looks."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.mixing import MixWatch
from groundswell.types import Page, Post, Prediction, Sentiment, Service, Topic
from storage.records import Classified
from storage.store import Store, open_store
from trends.mix import WINDOW_D

DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
CHANGE, LENGTH, PER_DAY = 50, 90, 16
REST = (Topic.PRODUCT_QUALITY, Topic.PRICE_VALUE, Topic.DELIVERY)


def complaint(n: int, at: datetime, chance: random.Random, waiting: float) -> tuple[Post, Prediction]:
    """One negative post: of service that keeps people waiting with chance `waiting`, else of something else."""
    of_service = chance.random() < waiting
    topic = Topic.CUSTOMER_SERVICE if of_service else chance.choice(REST)
    service = (Service.WAITING,) if of_service else ()
    said = Prediction(
        scored=True, model="m@1", lang="en", topics_on=(topic,), service_on=service, topics={topic: 0.9},
        sentiment={Sentiment.NEGATIVE: 0.9, Sentiment.NEUTRAL: 0.05, Sentiment.POSITIVE: 0.05},
        service=dict.fromkeys(service, 0.8 + n % 10 / 100),
    )  # fmt: skip
    post = Post(
        source=("forum", "shop")[n % 2], external_id=str(n), text=f"complaint {n}", created_at=at, brand="Acme",
        author=f"a{n % 97}", gated=True,
    )  # fmt: skip
    return post, said


def fill(store: Store, clock: SettableClock, days: int, waiting: Callable[[int], float], seed: int = 4) -> None:
    """Write `days` days of complaints, through inbox and counts."""
    chance, n = random.Random(seed), 0
    for day in range(days):
        made = {}
        for _ in range(max(4, round(chance.gauss(PER_DAY, PER_DAY**0.5)))):
            post, said = complaint(n, BEGIN + (day + chance.random()) * DAY, chance, waiting(day))
            made[post.external_id], n = (post, said), n + 1
        clock.advance_to(BEGIN + (day + 1) * DAY)
        store.commit_page("c", Page(posts=[post for post, _ in made.values()], cursor={}))
        lease = store.lease(1000, 60)
        store.complete(lease, [Classified(id=s.id, prediction=made[s.post.external_id][1]) for s in lease.posts])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "mix.db", SettableClock(BEGIN))
    yield opened
    opened.close()


@pytest.fixture
def shifted(store: Store) -> Store:
    fill(store, SettableClock(BEGIN), LENGTH, lambda day: 0.45 if day >= CHANGE else 0.20)
    return store


def test_an_injected_shift_of_topic_and_service_failure_is_stored_with_typical_posts(shifted: Store) -> None:
    watch = MixWatch(shifted)
    for day in range(LENGTH + 1):
        watch.look(BEGIN + day * DAY)
    told = shifted.mix_shifts()
    assert {shift.kind for shift in told} >= {"customer_service", "service:waiting"}
    (waiting,) = (shift for shift in told if shift.kind == "service:waiting")
    assert waiting.found - BEGIN < (CHANGE + 2 * WINDOW_D) * DAY
    assert abs(waiting.day - BEGIN - CHANGE * DAY) <= 5 * DAY
    assert waiting.lo < waiting.after - waiting.before < waiting.hi
    examples = [stored.post for stored in shifted.posts(waiting.examples)]
    assert len({post.author for post in examples}) == 3
    assert all(waiting.day <= post.created_at < waiting.found + DAY for post in examples)
    assert all(said.service_on == (Service.WAITING,) for said in map(shifted.prediction, waiting.examples) if said)
    assert shifted.check() == []


def test_rhythm_of_looks_and_restarts_change_nothing(shifted: Store) -> None:
    MixWatch(shifted).look(BEGIN + LENGTH * DAY)
    at_once = shifted.mix_shifts()
    assert at_once
    with shifted._file.write() as connection:
        connection.exec_driver_sql("DELETE FROM mix_shifts")
    watch = MixWatch(shifted)
    for hour in range(CHANGE * 24, LENGTH * 24 + 1, 7):
        if hour % 35 == 0:
            watch = MixWatch(shifted)  # a restart
        watch.look(BEGIN + timedelta(hours=hour))
    watch.look(BEGIN + LENGTH * DAY)
    assert shifted.mix_shifts() == at_once


def test_a_second_look_at_the_same_days_reads_nothing(shifted: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = MixWatch(shifted)
    assert watch.look(BEGIN + LENGTH * DAY)
    monkeypatch.setattr(shifted, "mix_days", None)
    for minutes in (1, 59, 61, 23 * 60):  # nor while the same day goes on and nothing comes late
        assert watch.look(BEGIN + LENGTH * DAY + timedelta(minutes=minutes)) == []


def test_a_constant_mix_over_a_year_is_never_told(store: Store) -> None:
    fill(store, SettableClock(BEGIN), 365, lambda day: 0.25)
    watch = MixWatch(store)
    for day in range(0, 366, 28):
        watch.look(BEGIN + day * DAY)
    assert store.mix_shifts() == []


def test_the_live_pipeline_looks_and_raises_no_alert(
    noon: SettableClock, make_parts: Callable[[SettableClock], Parts]
) -> None:
    parts = make_parts(noon)
    fill(parts.store, SettableClock(BEGIN), LENGTH, lambda day: 0.45 if day >= CHANGE else 0.20)
    assert parts.pipeline.detect(BEGIN + LENGTH * DAY) == []
    assert [shift.brand for shift in parts.store.mix_shifts()]


def test_an_old_store_gets_its_service_failures_counted(shifted: Store, tmp_path: Path) -> None:
    read = "SELECT * FROM service_days ORDER BY 1, 2, 3, 4, 5"
    with shifted._file.write() as connection:
        before = connection.exec_driver_sql(read).all()
        for later in ("service_days", "mix_shifts", "spending", "data_alarms", "label_edits"):
            connection.exec_driver_sql(f"DROP TABLE {later}")
        connection.exec_driver_sql("ALTER TABLE outages DROP COLUMN noticed_at")
        connection.exec_driver_sql("DROP INDEX stories_drifted")
        for column in ("course", "drifted_from"):
            connection.exec_driver_sql(f"ALTER TABLE stories DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    upgraded = open_store(tmp_path / "mix.db", SettableClock(BEGIN))
    try:
        with upgraded._file.read() as connection:
            assert connection.exec_driver_sql(read).all() == before != []
    finally:
        upgraded.close()
