"""What is over is forgotten: a viral story that nobody posts in any more, with all that it kept silent; old outages."""

from datetime import timedelta

from groundswell.types import Topic
from tests.trends.scenes import BRAND, START, play, seen
from trends.baseline import HOUR
from trends.detector import Detector

DELIVERY = (Topic.DELIVERY,)
BURST_AT = 46 * 24 + 10.0


def days(a_day, last, *, story, first=0, post=1_000_000, **more):
    """Posts spread evenly over the days: `a_day` gives how many a day has, `story` in which story they are."""
    found = []
    for day in range(first, last):
        n = a_day(day)
        for i in range(n):
            hour = day * 24 + 24 * (i + 0.5) / n
            found.append(seen(post, hour, story=story(day, i), copy_of=post, **more))
            post += 1
    return found


def burst(at, posts, *, story="s-burst", post=8_000_000, **more):
    return [seen(post + i, at + i / (2 * posts), story=story, copy_of=post + i, **more) for i in range(posts)]


def pleased(last):
    return days(lambda day: 30, last, story=lambda day, i: f"s-fine-{day}", label="positive", post=2_000_000)


def simmering(last, *, story, until=24):
    """One complaint of delivery a day, nine from day 18 to `until`, one again after it."""
    return days(lambda day: 9 if 18 <= day < until else 1, last, story=story, topics=DELIVERY)


def test_a_slow_rise_whose_story_fell_silent_does_not_mute_its_topic():
    def story(day, i):
        return "s-late" if 18 <= day < 24 else f"s-day-{day}"

    quiet = simmering(47, story=story) + pleased(47)
    fired, detector = play(quiet, start=18 * 24, until=BURST_AT - 0.1, step=3)
    assert [(t.story, "lead:slow:delivery" in t.because) for _, t in fired] == [("s-late", True)]
    later = [o for o in quiet if o.at > START + timedelta(hours=BURST_AT - 0.1)] + burst(BURST_AT, 60, topics=DELIVERY)
    again, _ = play(later, start=BURST_AT, until=BURST_AT + 1, detector=detector)
    assert [t.story for _, t in again] == ["s-burst"]


def test_a_slow_rise_told_by_a_story_that_is_forgotten_is_not_told_again_while_it_lasts():
    def story(day, i):
        return f"s-wait-{day // 2}" if day >= 18 else f"s-day-{day}"

    fired, _ = play(simmering(34, story=story, until=34) + pleased(34), start=18 * 24, step=3)
    assert len(fired) == 1
    assert "lead:slow:delivery" in fired[0][1].because


def test_a_restored_incident_without_posts_does_not_mute_the_brand():
    at = 12 * 24 + 6
    everyday = days(lambda day: 150, 13, story=lambda day, i: f"s-day-{day}" if i % 6 else f"s-day-{day}-{i}")
    known = [one for one in everyday if one.at < START + timedelta(hours=at)]
    detector = Detector()
    detector.watch(BRAND, START)
    detector.warm([], known, viral=[(BRAND, "s-over-the-weekend", START + timedelta(hours=at - 80), ())])
    others = [one for i in range(14) for one in burst(at + i / 200, 1, story=f"s-one-{i}", post=9_000_000 + i)]
    fired, _ = play(burst(at, 14) + others, start=at, detector=detector)
    assert [(t.story, "lead:brand" in t.because) for _, t in fired] == [("s-burst", True)]


def test_an_outage_told_every_minute_is_kept_once_and_for_eight_weeks_after_its_end():
    detector = Detector()
    detector.watch(BRAND, START)
    down, up = START + timedelta(hours=10), START + timedelta(hours=20)
    for _ in range(100):
        detector.outage(None, "forum", down, None)
    detector.outage(None, "forum", down, up)
    detector.outage(None, "reviews", down, None)
    detector.evaluate(up + timedelta(weeks=8))
    of_brand = detector._brands[BRAND].baseline._outages
    assert len(detector._outages) == 2
    assert {source for source, told in of_brand.items() if told} == {"forum", "reviews"}
    detector.evaluate(up + timedelta(weeks=8, days=1))
    assert len(detector._outages) == 1
    assert {source for source, told in of_brand.items() if told} == {"reviews"}


def test_a_brand_that_comes_later_knows_how_the_outages_before_it_ended():
    early, late = Detector(), Detector()
    down, up = START + timedelta(hours=10), START + timedelta(hours=20)
    early.watch(BRAND, START)
    for detector in (early, late):
        detector.outage(None, "forum", down, None)
        detector.outage(None, "forum", down, up)
    late.watch(BRAND, START)
    for detector in (early, late):
        for one in days(lambda day: 24, 3, story=lambda day, i: f"s-day-{day}"):
            if not down <= one.at < up:
                detector.observe(one)
    at = (START + timedelta(days=3)).timestamp()
    known, told = (d._brands[BRAND].baseline.expected(at, HOUR) for d in (early, late))
    assert known == told
    assert known.mean > 0.9
