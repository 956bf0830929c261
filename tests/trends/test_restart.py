"""A detector told by the store what an earlier one knew goes on as that one would."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from tests.trends.scenes import BRAND, CRISIS_AT, START, outbreak, play, rng, slow_rise, told_in_many_words
from trends.detector import Detector


def hourly(observations):
    counts = {}
    for o in observations:
        key = (o.brand, o.source, o.at.replace(minute=0, second=0, microsecond=0))
        classified, negative = counts.get(key, (0, 0))
        counts[key] = (classified + (o.label is not None), negative + (o.label == "negative"))
    return [(*key, *value) for key, value in counts.items()]


def restarted_at(hour, stream, whole):
    """A new detector told at `hour` what the store would tell, with the leads of the stories that `whole` has viral."""
    at = START + timedelta(hours=hour)
    known = [o for o in stream if o.at <= at]
    days = Counter(
        (o.brand, topic, o.at.replace(hour=0, minute=0, second=0, microsecond=0))
        for o in known
        if o.label == "negative"
        for topic in o.topics
    )
    detector = Detector()
    detector.watch(BRAND, START)
    detector.warm(
        hourly(known),
        [o for o in known if o.at > at - timedelta(hours=72)],
        topic_days=[(*key, n) for key, n in days.items()],
        viral=[(t.brand, t.story, t.at, t.because) for t in whole.evaluate(at) if t.is_viral],
    )
    return detector


def require_same(whole, restarted, stream, hour, *, hours, step):
    """Feed both what comes in the `hours` after `hour` and compare every look; returns how many had a viral trend."""
    viral, at = 0, START + timedelta(hours=hour)
    for i in range(int(hours / step)):
        later = at + timedelta(hours=step * i)
        for one in stream:
            if max(at, later - timedelta(hours=step)) < one.at <= later:
                whole.observe(one)
                restarted.observe(one)
        told = whole.evaluate(later)
        assert shown(restarted.evaluate(later)) == shown(told)
        viral += any(t.is_viral for t in told)
    return viral


def shown(trends):
    """Trends without what only the store's stories give, age and totals, and the forecast made of the age."""
    return [replace(t, first_at=START, posts_seen=0, negative_seen=0, forecast=None) for t in trends]


def test_a_restart_goes_on_as_if_nothing_had_happened(days):
    stream = sorted(days + outbreak(CRISIS_AT, 150, 8, rng=rng(9)), key=lambda o: o.at)
    _, whole = play(stream, start=CRISIS_AT - 3, until=CRISIS_AT + 3)
    restarted = restarted_at(CRISIS_AT + 3, stream, whole)
    assert require_same(whole, restarted, stream, CRISIS_AT + 3, hours=2, step=0.25) == 8


def test_a_restart_remembers_which_topic_or_slow_rise_fired(days):
    stream = sorted(days + told_in_many_words(), key=lambda o: o.at)
    _, whole = play(stream, start=CRISIS_AT - 1, until=CRISIS_AT + 5)
    restarted = restarted_at(CRISIS_AT + 5, stream, whole)
    assert require_same(whole, restarted, stream, CRISIS_AT + 5, hours=9, step=0.5) > 8
    stream = sorted(slow_rise(), key=lambda o: o.at)
    _, whole = play(stream, start=20 * 24, until=33 * 24, step=2)
    restarted = restarted_at(33 * 24, stream, whole)
    assert require_same(whole, restarted, stream, 33 * 24, hours=4 * 24, step=3) == 32
