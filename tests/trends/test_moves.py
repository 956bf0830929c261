"""After people merged or split stories the detector stands as if it had known from the start."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.trends.scenes import BRAND, START, ordinary, outbreak, rng
from trends.detector import Detector
from trends.gate import Latch

NOW = START + timedelta(hours=60)


@dataclass(frozen=True)
class Move:
    story: str
    into: str
    posts: tuple[int, ...] = ()
    count: int = 0
    negative: int = 0
    brand: str = BRAND


def scene():
    """Two days of everyday posts, then one event told in two stories."""
    posts = ordinary(2, 60, rng=rng(1))
    posts += outbreak(52, 50, 7, rng=rng(2), story="s-a", post=5_000_000)
    return posts + outbreak(53, 40, 6, rng=rng(3), story="s-b", post=6_000_000, lang="zh")


def fed(posts, move=None):
    detector = Detector()
    detector.watch(BRAND, START)
    for seen in posts:
        detector.observe(seen)
    if move is not None:
        detector.move(move)
    return detector


def told(detector):
    """What a look says of the stories in question, viral or not as they are."""
    return [trend for trend in detector.evaluate(NOW) if trend.story in ("s-a", "s-b", "s-new")]


def test_a_merge_leaves_what_one_story_from_the_start_would_have():
    posts = scene()
    one = fed([replace(seen, story="s-b") if seen.story == "s-a" else seen for seen in posts])
    assert told(fed(posts, Move("s-a", "s-b"))) == told(one)
    assert {trend.story for trend in told(one)} == {"s-b"}


def test_a_split_leaves_what_two_stories_from_the_start_would_have():
    posts = scene()
    gone = [seen for seen in posts if seen.story == "s-a"][::2]
    ids = {seen.post for seen in gone}
    move = Move("s-a", "s-new", tuple(ids), len(gone), sum(seen.label == "negative" for seen in gone))
    two = fed([replace(seen, story="s-new") if seen.post in ids else seen for seen in posts])
    assert told(fed(posts, move)) == told(two)
    assert {trend.story for trend in told(two)} >= {"s-a", "s-new"}


@pytest.mark.parametrize("at", [0, 17, 60])
def test_posts_read_before_an_edit_and_observed_after_it_follow(at):
    posts = sorted(scene(), key=lambda seen: (seen.at, seen.post))
    cut = len(posts) - at
    detector = fed(posts[:cut], Move("s-a", "s-b"))
    detector.move(Move("s-b", "s-c"))  # and once more: old names lead to the last one
    for seen in posts[cut:]:
        detector.observe(seen)
    names = {seen.story: "s-c" for seen in posts if seen.story in ("s-a", "s-b")}
    one = fed([replace(seen, story=names.get(seen.story, seen.story)) for seen in posts])
    assert detector.evaluate(NOW) == one.evaluate(NOW)


def test_a_viral_story_stays_viral_under_its_new_name_and_does_not_fire_again():
    detector = fed(scene())
    before = {trend.story for trend in detector.evaluate(NOW) if trend.is_viral}
    assert before
    for story in before:
        detector.move(Move(story, "s-quiet"))
    later = {trend.story for trend in detector.evaluate(NOW + timedelta(minutes=1)) if trend.is_viral}
    assert later == {"s-quiet"}


def test_posts_split_off_a_story_that_was_told_are_not_told_again():
    posts = scene()
    detector = fed(posts)
    (first,) = [trend for trend in detector.evaluate(NOW) if trend.is_viral]
    of_story = [seen for seen in posts if seen.story == first.story]
    gone = of_story[: len(of_story) * 3 // 4]
    detector.move(Move(first.story, "s-new", tuple(seen.post for seen in gone), len(gone), len(gone)))
    detector.told(BRAND, "s-new", NOW, first.surprise)
    again = {trend.story for trend in detector.evaluate(NOW + timedelta(minutes=1)) if trend.is_viral}
    assert "s-new" not in again


def test_of_two_latches_the_longer_viral_and_the_higher_record_count():
    kept, gone = Latch(), Latch()
    gone.fire(10.0, 9.0, "story")
    kept.fire(20.0, 5.0, "brand")
    kept.join(gone)
    assert (kept.is_viral, kept.since, kept.lead) == (True, 10.0, "story")
    assert not kept.exceeds_record(30.0, 8.0, 100.0)
    assert kept.exceeds_record(30.0, 9.5, 100.0)


def test_a_move_of_a_story_that_is_not_remembered_changes_nothing():
    posts = scene()
    detector = fed(posts, Move("s-old", "s-older"))
    assert detector.evaluate(NOW) == fed(posts).evaluate(NOW)
