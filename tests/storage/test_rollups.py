"""Counts equal facts, whatever happens in whatever order."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from groundswell.clock import SettableClock
from groundswell.errors import StorageError
from groundswell.types import Sentiment, Topic
from storage.schema import days, quarters, topic_days
from storage.store import Store, open_store

DAY = timedelta(days=1)


def test_correction_outranks_the_model_in_every_count(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    (post,) = make.classify(store, prediction=make.prediction(0.9, [Topic.DELIVERY]))
    store.correct(post.id, Sentiment.POSITIVE)
    assert [(s.posts, s.negative) for s in store.stories()] == [(1, 0)]
    assert list(store.hourly(make.start)) == [("Halvero", "forum", make.start, 1, 0)]
    (seen,) = store.observations(make.start)
    assert (seen.label, seen.negative) == (Sentiment.POSITIVE, 0.0)
    said = store.prediction(post.id)
    assert said is not None
    assert said.label is Sentiment.NEGATIVE  # stored apart
    assert store.check() == []
    store.correct(post.id, None)
    assert [s.negative for s in store.stories()] == [1]
    assert store.check() == []


def test_correction_made_before_classification_and_of_an_unscored_post_counts(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    store.correct(1, Sentiment.NEGATIVE)
    assert store.check() == []
    make.classify(store, prediction=make.prediction(None))
    assert [(s.posts, s.negative) for s in store.stories()] == [(1, 1)]
    assert store.check() == []


def test_correcting_a_post_that_is_not_held_is_an_error(store: Store) -> None:
    with pytest.raises(StorageError, match="no post 7"):
        store.correct(7, Sentiment.NEGATIVE)


def test_hourly_counts_scored_posts_only(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    make.classify(store, prediction=make.prediction(None))
    assert list(store.hourly(make.start)) == [("Halvero", "forum", make.start, 0, 0)]


def test_check_finds_every_kind_of_wrong_count(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    make.classify(store, prediction=make.prediction(0.9, [Topic.DELIVERY]))
    spoil = (
        "UPDATE quarters SET negative = 5", "DELETE FROM days", "UPDATE topic_days SET topic = 'price_value'",
        "UPDATE topic_quarters SET posts = 2", "UPDATE story_hours SET bucket = bucket + 3600000000",
        "UPDATE stories SET posts = 9", "INSERT INTO search(rowid, tokens) VALUES (99, 'x')",
    )  # fmt: skip
    with store._file.write() as connection:
        for statement in spoil:
            connection.exec_driver_sql(statement)
    found = store.check()
    assert {d.table for d in found} == {
        "quarters", "days", "topic_days", "topic_quarters", "story_hours", "stories", "search"
    }  # fmt: skip
    (wrong,) = [d for d in found if d.table == "quarters"]
    assert (wrong.rollup, wrong.facts) == ((5, 0, 0, 0), (1, 0, 0, 0))


def test_retention_deletes_posts_and_keeps_the_counts_of_days(store: Store, make: Any) -> None:
    old, new = make.start - 40 * DAY, make.start
    store.commit_page("forum", make.page(make.post("old", created_at=old), make.post("new", created_at=new)))
    make.classify(store, prediction=make.prediction(0.9, [Topic.DELIVERY]))
    assert store.purge(new - DAY).posts == 1
    with store._file.read() as connection:
        assert [row.bucket for row in connection.execute(select(days))] == [old - timedelta(hours=12), new - DAY / 2]
        assert len(connection.execute(select(topic_days)).all()) == 2
        assert [row.bucket for row in connection.execute(select(quarters))] == [new]
    assert store.check() == []
    store.commit_page("forum", make.page(make.post("later", created_at=old + DAY)))
    make.classify(store)
    assert store.check() == []


def test_retention_of_one_source_leaves_the_others(store: Store, make: Any) -> None:
    for source in ("forum", "shop"):
        store.commit_page(source, make.page(make.post("1", source=source)))
    make.classify(store)
    assert store.purge(make.start + DAY, "shop").posts == 1
    assert [s.post.source for s in store.search("leaks")] == ["forum"]
    assert store.check() == []


def test_trimmed_quarter_hours_stay_away_when_late_posts_come_and_old_ones_go(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1"), make.post("2")))
    make.classify(store)
    assert store.trim(make.start + DAY) == 1
    store.commit_page("forum", make.page(make.post("late"), gone=["1"]))
    make.classify(store)
    assert list(store.hourly(make.start)) == []
    assert [s.posts for s in store.stories()] == [2]
    assert store.check() == []


class AnyOrder(RuleBasedStateMachine):
    """Pages, classification, corrections, edits, deletions and retention in random order."""

    ids = Bundle("ids")

    def __init__(self, make: Any) -> None:
        super().__init__()
        self.make, self.clock = make, SettableClock(make.start)
        self.store = open_store(":memory:", self.clock)

    def teardown(self) -> None:
        self.store.close()

    @rule(
        target=ids, external_id=st.sampled_from("abcdef"), minutes=st.integers(-3000, 3000),
        text=st.sampled_from(["It leaks", "漏水了", ""]), source=st.sampled_from(["forum", "shop"]),
        lang=st.sampled_from([None, "zh"]), brand=st.sampled_from(["Halvero", "Rival"]),
    )  # fmt: skip
    def arrives(self, external_id: str, minutes: int, text: str, **fields: Any) -> str:
        at = self.make.start + timedelta(minutes=minutes)
        post = self.make.post(external_id, text, created_at=at, **fields)
        self.store.commit_page(post.source, self.make.page(post))
        return external_id

    @rule(external_id=ids, source=st.sampled_from(["forum", "shop"]))
    def is_deleted(self, external_id: str, source: str) -> None:
        self.store.commit_page(source, self.make.page(gone=[external_id]))

    @rule(
        negative=st.sampled_from([0.9, 0.1, None]), story=st.sampled_from(["s1", "s2", None]), limit=st.integers(1, 4),
        topics=st.lists(st.sampled_from(list(Topic)[:3]), unique=True, max_size=2), lang=st.sampled_from(["en", None]),
        minutes=st.integers(0, 2),
    )  # fmt: skip
    def is_classified(self, negative: Any, story: Any, limit: int, topics: Any, lang: Any, minutes: int) -> None:
        lease = self.store.lease(limit, 60)
        self.clock.advance_to(self.clock() + timedelta(minutes=minutes))
        said = self.make.prediction(negative, topics, lang=lang) if negative else self.make.prediction(None)
        self.store.complete(lease, [self.make.result(p, story, prediction=said) for p in lease.posts[:3]])

    @rule(post=st.integers(1, 12), label=st.sampled_from([*Sentiment, None]))
    def is_corrected(self, post: int, label: Sentiment | None) -> None:
        if self.store.posts([post]):
            self.store.correct(post, label)

    @rule(minutes=st.integers(-3000, 0), source=st.sampled_from([None, "shop"]))
    def is_purged(self, minutes: int, source: str | None) -> None:
        self.store.purge(self.make.start + timedelta(minutes=minutes), source)

    @rule(minutes=st.integers(-3000, 0))
    def is_trimmed(self, minutes: int) -> None:
        self.store.trim(self.make.start + timedelta(minutes=minutes))

    @rule(external_id=ids)
    def is_forgotten(self, external_id: str) -> None:
        self.store.forget(post=("forum", external_id))
        assert not self.store.known("forum", [external_id])

    @invariant()
    def counts_equal_facts(self) -> None:
        assert self.store.check() == []


def test_counts_equal_facts_in_any_order_of_events(make: Any) -> None:
    few = settings(
        max_examples=8, stateful_step_count=20, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: AnyOrder(make), settings=few)  # type: ignore[arg-type]  # any maker will do
