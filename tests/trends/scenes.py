"""Invented streams of observations with known truth."""

import random
from datetime import UTC, datetime, timedelta

from groundswell.types import Observation, Sentiment, Topic
from trends.detector import Detector

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
BRAND = "Halvero"
DAYS = 10
CRISIS_AT = DAYS * 24 + 9.0


def seen(post, hours, *, story="s-day", label="negative", author=None, **more):
    """One observation `hours` after START; its author is its own unless given."""
    fields = {"brand": BRAND, "source": "forum", "lang": "en", **more}
    return Observation(
        post=post,
        story=story,
        at=START + timedelta(hours=hours),
        label=None if label is None else Sentiment(label),
        negative=0.9 if label == "negative" else 0.1,
        author=author if author is not None else f"a{post}",
        **fields,
    )


def ordinary(days, per_day, *, rng, first=0, source="forum", stories=12, negative=0.3, post=1_000_000, rhythm=True):
    """Everyday posts: day-night cycle, weekends at half, small unrelated stories, some of them short bursts."""
    found = []
    for hour in range(first * 24, (first + days) * 24):
        day = 1.6 if 7 <= hour % 24 < 22 else 0.25
        week = 0.5 if hour // 24 % 7 >= 5 else 1.15
        rate = per_day / 24 * (day * week if rhythm else 1.0) * rng.gammavariate(3.0, 1 / 3.0)
        for _ in range(poisson(rate, rng)):
            label = "negative" if rng.random() < negative else rng.choice(["neutral", "positive"])
            story = f"s-{hour // 30}-{rng.randrange(stories)}"
            found.append(seen(post, hour + rng.random(), story=story, label=label, source=source))
            post += 1
    return found


def outbreak(at, posts, hours, *, rng, story="s-crisis", negative=0.7, post=5_000_000, shape=2.0, **more):
    """A story that grows fast from `at` (hours) and fades within `hours`."""
    times = sorted(at + hours * rng.betavariate(shape, 4.0) for _ in range(posts))
    return [
        seen(post + i, t, story=story, label="negative" if rng.random() < negative else "neutral", **more)
        for i, t in enumerate(times)
    ]


def poisson(mean, rng):
    """A Poisson draw (Knuth), small means only."""
    count, product, limit = 0, rng.random(), 2.718281828459045**-mean
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def play(observations, *, until=None, start=0.0, step=0.25, detector=None, watch=True):
    """Feed in event order with a look every `step` hours; returns [(hours, trend)] of stories that became viral, and
    the detector."""
    detector = detector or Detector()
    if watch:
        detector.watch(BRAND, START)
    waiting = sorted(observations, key=lambda o: (o.at, o.post))
    end = until if until is not None else (waiting[-1].at - START).total_seconds() / 3600 + 1
    fired, viral, i, at = [], set(), 0, start
    while at <= end:
        moment = START + timedelta(hours=at)
        while i < len(waiting) and waiting[i].at <= moment:
            detector.observe(waiting[i])
            i += 1
        now = {trend.story: trend for trend in detector.evaluate(moment) if trend.is_viral}
        fired += [(at, now[story]) for story in sorted(now.keys() - viral)]
        viral = set(now)
        at += step
    return fired, detector


def rng(seed=7):
    """A generator of its own for every test."""
    return random.Random(seed)


def slow_rise():
    """Forty days of a brand whose complaints of customer service rise from two a day to fifteen from the 25th on."""
    noise, post = ordinary(40, 40, rng=rng(12), negative=0.2), 7_000_000
    random, slow = rng(13), []
    for day in range(40):
        per_day = 2 if day < 25 else min(2 + day - 24, 15)
        for _ in range(per_day):
            hour = day * 24 + 6 + 16 * random.random()
            topics = (Topic.CUSTOMER_SERVICE,)
            slow.append(seen(post, hour, story=f"s-wait-{day // 20}", topics=topics, copy_of=post))
            post += 1
    return noise + slow


def told_in_many_words():
    """Ninety complaints of one topic in 73 stories."""
    random, posts = rng(16), []
    for i in range(90):
        story = f"s-own-{i if i % 5 else 0}"  # grouping finds little in common
        hour = CRISIS_AT + 8 * random.betavariate(2, 3)
        posts.append(seen(6_000_000 + i, hour, story=story, topics=(Topic.SAFETY_HEALTH,), copy_of=6_000_000 + i))
    return posts
