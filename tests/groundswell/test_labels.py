"""A running detector follows what people say of posts, and then knows what a restarted one knows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.types import Page, Post, Sentiment, Topic, Trend
from tests.groundswell.conftest import everyday, outbreak

Make = Callable[[SettableClock], Parts]
HOUR = timedelta(hours=1)


def take(parts: Parts, posts: Sequence[Post], *, observes: bool = True) -> None:
    parts.pipeline.take("s", Page(posts=posts, cursor={}))
    while found := parts.pipeline.classify():
        if observes:
            parts.pipeline.observe(found)


def numbered(parts: Parts) -> dict[str, int]:
    return {row["external_id"]: row["id"] for row in parts.store.export()}


def known(parts: Parts, clock: SettableClock) -> tuple[list[Trend], Any]:
    """What a detector says now, and the counts behind it; what is remembered and empty is not remembered."""
    parts.pipeline.detect(clock())
    state = parts.detector._brands["Acme"]
    stories = {name: (s.keys, s.posts, s.negatives, s.scored, s.total_negative) for name, s in state.stories.items()}
    topics = {
        topic: (s.keys, s.posts, s.negatives, s.scored, s.first_at, s.last)
        for topic, s in state.topics.items()
        if s.keys
    }
    counts = [{s: {h: n for h, n in t.items() if n} for s, t in of.items()} for of in tables(parts)]
    days = {topic: {day: n for day, n in of.items() if n} for topic, of in state.days.items()}
    minutes = [(m.count(clock().timestamp(), 72 * 3600), m._counts.tolist()) for m in (state.minutes, state.mentions)]
    return parts.detector.evaluate(clock()), (stories, topics, counts, days, minutes)


def tables(parts: Parts) -> list[dict[str, dict[int, int]]]:
    baseline = parts.detector._brands["Acme"].baseline
    return [baseline._classified, {s: t for s, t in baseline._negative.items() if any(t.values())}]


@pytest.fixture
def running(noon: SettableClock, make_parts: Make) -> Parts:
    """Ten ordinary days, of which memory holds three post by post, and a story that is no alarm yet."""
    parts = make_parts(noon)
    take(parts, everyday(noon() - HOUR, days=10, count=400) + outbreak(noon() - HOUR, count=9))
    parts.pipeline.detect(noon())
    return make_parts(noon)  # warmed as of this moment, so that both began with the same posts


def require_as_restarted(running: Parts, clock: SettableClock, make_parts: Make) -> None:
    clock.advance_to(clock() + timedelta(minutes=1))
    trends, memory = known(running, clock)
    again_trends, again = known(make_parts(clock), clock)
    assert memory == again
    assert trends == again_trends


@pytest.mark.parametrize("which", ["o3", "e395", "e250"])
@pytest.mark.parametrize("label", [Sentiment.POSITIVE, Sentiment.NEGATIVE])
def test_after_a_label_it_knows_what_a_restart_would_know_of_new_posts_and_old(
    noon: SettableClock, make_parts: Make, running: Parts, which: str, label: Sentiment
) -> None:
    known(running, noon)
    running.store.correct(numbered(running)[which], label)
    require_as_restarted(running, noon, make_parts)
    running.store.correct(numbered(running)[which], None)
    require_as_restarted(running, noon, make_parts)


def test_several_labels_of_one_minute_are_all_followed_and_trends_change(
    noon: SettableClock, make_parts: Make, running: Parts
) -> None:
    (before, *_), ids = known(running, noon)[0], numbered(running)
    for number in range(9):
        running.store.correct(ids[f"o{number}"], Sentiment.POSITIVE)
    running.store.correct(ids["o1"], None)
    for number in range(300, 400, 3):
        running.store.correct(ids[f"e{number}"], Sentiment.NEGATIVE)
    require_as_restarted(running, noon, make_parts)
    after = {trend.story: trend.observed for trend in running.detector.evaluate(noon())}
    assert (before.observed, after.get(before.story, 1)) == (9, 1)
    others = running.detector._brands["Acme"].stories
    running.store.merge_stories(before.story, next(s for s in others if s != before.story), "ann")
    running.store.correct(ids["o2"], Sentiment.NEGATIVE)
    require_as_restarted(running, noon, make_parts)


def test_a_label_given_in_the_inbox_or_before_the_post_is_observed_counts_once(
    noon: SettableClock, make_parts: Make, running: Parts
) -> None:
    waiting, read = [replace(p, external_id=f"n{i}") for i, p in enumerate(outbreak(noon(), count=2, seed=5))]
    running.pipeline.take("s", Page(posts=[waiting, read], cursor={}))
    ids = numbered(running)
    running.store.correct(ids["n0"], Sentiment.POSITIVE)
    found = running.pipeline.classify()
    assert {seen.post: seen.label for seen in found} == {
        ids["n0"]: Sentiment.POSITIVE,
        ids["n1"]: Sentiment.NEGATIVE,
    }
    running.store.correct(ids["n1"], Sentiment.NEUTRAL)
    running.pipeline.detect(noon())  # between the two
    running.pipeline.observe(found)
    require_as_restarted(running, noon, make_parts)


def test_a_label_that_makes_a_topics_first_complaint_or_takes_its_last_one(
    noon: SettableClock, make_parts: Make
) -> None:
    parts = make_parts(noon)
    take(parts, [Post(source="s", external_id="1", text="acme lid bad", created_at=noon() - HOUR, author="a")])
    (post,) = numbered(parts).values()
    for label, complaints in ((Sentiment.POSITIVE, 0), (None, 1)):
        parts.store.correct(post, label)
        require_as_restarted(parts, noon, make_parts)
        days = parts.detector._brands["Acme"].days[Topic.PRODUCT_QUALITY]
        assert sum(days.values()) == complaints


def test_an_incident_goes_on_while_its_posts_are_relabelled(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.detector.watch("Acme", noon() - timedelta(days=8))
    take(parts, everyday(noon() - HOUR) + outbreak(noon()))
    (fired,) = parts.pipeline.detect(noon())
    parts.store.correct(numbered(parts)["o3"], Sentiment.POSITIVE)
    noon.advance_to(noon() + timedelta(minutes=1))
    assert parts.pipeline.detect(noon()) == []
    assert [t.story for t in parts.detector.evaluate(noon()) if t.is_viral] == [fired.story]


def test_without_new_labels_nothing_is_worked_out_again(
    noon: SettableClock, running: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.store.correct(numbered(running)["e395"], Sentiment.NEGATIVE)
    told: list[object] = []
    monkeypatch.setattr(running.detector, "relabel", told.append)
    for _ in range(3):
        noon.advance_to(noon() + timedelta(minutes=1))
        running.pipeline.detect(noon())
    assert len(told) == 1


def test_a_forgotten_post_that_was_labelled_is_passed_over(noon: SettableClock, running: Parts) -> None:
    gone = numbered(running)["e395"]
    running.store.correct(gone, Sentiment.NEGATIVE)
    running.store.forget(post=(next(r["source"] for r in running.store.export() if r["id"] == gone), "e395"))
    running.pipeline.detect(noon())
    assert running.store.relabelled(0) == (0, [])
    assert running.store.check() == []
