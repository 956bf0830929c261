"""Weeks in which nothing is wrong: `python -m benchmarks.benign [--weeks N] [--step MINUTES] [--seed N]`.

Each simulated brand has three weeks of everyday talk, then one week of a kind: ordinary, launch (four times the talk
for four days, half of it in one; few complaints), praise (one loud happy story), sport (six loud evenings), holiday
(little talk, late risers), thinned (a third of the posts is seen) or warped (everything two hours later). The detector
looks every STEP minutes at the last week. Prints false alarms, stories that become viral, per brand-week and kind.
Brands have 30, 200 or 1,000 mentions a day and 15, 30 or 50 % complaints, in turn.
"""

import argparse
from collections import Counter
from datetime import timedelta

import numpy as np

from benchmarks.crowd import START, Crowd
from groundswell.types import Observation
from trends.detector import Detector

KINDS = ("ordinary", "launch", "praise", "sport", "holiday", "thinned", "warped")
BEFORE_D = 21
WEEK_H = 7 * 24
DAYS = (30.0, 200.0, 1000.0)
NEGATIVE = (0.15, 0.30, 0.50)


def week(kind: str, number: int, seed: int) -> Crowd:
    """Return a brand with its three ordinary weeks and a last one of `kind`."""
    random = np.random.default_rng([seed, number])
    crowd = Crowd("Halvero", DAYS[number % 3], NEGATIVE[number // 3 % 3], random, peak_h=random.uniform(10, 20))
    crowd.ordinary(0, BEFORE_D * 24)
    first = BEFORE_D * 24
    start = first + random.uniform(12, 72)
    if kind == "holiday":
        crowd.peak_h += 2
        crowd.ordinary(first, WEEK_H, factor=0.5)
    elif kind == "warped":
        crowd.peak_h += 2
        crowd.ordinary(first, WEEK_H)
    else:
        crowd.ordinary(first, WEEK_H)
    if kind == "launch":
        crowd.wave(start, 96, int(crowd.day * 12), crowd.negative / 4)
    elif kind == "praise":
        crowd.story(start, 0.95, 0.02, topic=None, until_h=first + WEEK_H, seeds=int(5 + crowd.day / 20))
    elif kind == "sport":
        for evening in range(6):
            crowd.wave(first + 24 * evening + 18, 4, int(crowd.day / 2), 0.05, stories=10)
    elif kind == "thinned":
        last = START + timedelta(hours=first)
        crowd.posts = [post for post in crowd.posts if post.at < last or random.random() < 1 / 3]
    return crowd


def alarms(posts: list[Observation], brand: str, step_min: int) -> list[str]:
    """Return what fired in the last week: the stories' leads."""
    detector, viral, fired = Detector(), set[str](), list[str]()
    detector.watch(brand, START)
    posts = sorted(posts, key=lambda post: (post.at, post.post))
    place = 0
    begin = START + timedelta(days=BEFORE_D)
    for minute in range(0, WEEK_H * 60, step_min):
        now = begin + timedelta(minutes=minute)
        while place < len(posts) and posts[place].at <= now:
            detector.observe(posts[place])
            place += 1
        current = {trend.story: trend for trend in detector.evaluate(now) if trend.is_viral}
        for story in sorted(current.keys() - viral):
            fired += [code for code in current[story].because if code.startswith("lead:")]
        viral = set(current)
    return fired


def main() -> None:
    """Simulate and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=9, help="brand-weeks of each kind")
    parser.add_argument("--step", type=int, default=5, help="minutes between looks")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    total = 0
    for kind in KINDS:
        fired: list[str] = []
        for number in range(given.weeks):
            crowd = week(kind, number, given.seed)
            fired += alarms(crowd.posts, crowd.brand, given.step)
        total += len(fired)
        leads = dict(Counter(code.removeprefix("lead:").partition(":")[0] for code in fired))
        print(f"{kind:9s} {len(fired)} false alarms in {given.weeks} brand-weeks {leads or ''}", flush=True)
    print(f"all       {total / (given.weeks * len(KINDS)):.2f} false alarms per brand-week")


if __name__ == "__main__":
    main()
