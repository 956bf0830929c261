"""Outbreaks of known onset and R: `python -m benchmarks.outbreaks [--runs N] [--rates N ...] [--svg FILE] [--seed N]`.

Two weeks of everyday talk, then a complaint starts with three posts at noon of a Wednesday, each of its posts causing
R more, half an hour later on average, up to 1,500 posts. The detector looks every minute of the next 24 h, knows
neither onset nor R, and is given the story (grouping is measured elsewhere). Prints, per base rate (mentions a day)
and R, the share found, the median delay from the first post and how many of the story's posts there were by then;
`--svg` draws the delays. Outbreaks that die under ten posts are drawn again: no one would call them outbreaks.
"""

import argparse
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.chart import lines_svg
from benchmarks.crowd import START, Crowd
from groundswell.types import Observation, Topic
from trends.detector import Detector

RATES = (20.0, 100.0, 500.0, 2000.0)
RS = (0.8, 1.1, 1.5, 2.0, 3.0)
ONSET_H = 16 * 24 + 12.0
HORIZON_H = 24.0
NEGATIVE = 0.7
LEAST = 10


def outbreak(crowd: Crowd, r: float) -> list[Observation]:
    """Draw an outbreak that grows to `LEAST` posts, beside the crowd's own posts."""
    while True:
        before = len(crowd.posts)
        until = ONSET_H + HORIZON_H
        size = crowd.story(ONSET_H, r, NEGATIVE, topic=Topic.PRODUCT_QUALITY, until_h=until, name="outbreak", seeds=3)
        drawn = crowd.posts[before:]
        del crowd.posts[before:]
        if size >= LEAST:
            return drawn


def delay(detector: Detector, posts: list[Observation]) -> tuple[float, int] | None:
    """Return minutes from onset until the outbreak is viral and its posts by then; None when it is not found."""
    posts = sorted(posts, key=lambda post: (post.at, post.post))
    place = seen = 0
    onset = START + timedelta(hours=ONSET_H)
    for minute in range(1, int(HORIZON_H * 60) + 1):
        now = onset + timedelta(minutes=minute)
        fresh = False
        while place < len(posts) and posts[place].at <= now:
            detector.observe(posts[place])
            seen += posts[place].story == "outbreak"
            fresh = True
            place += 1
        if fresh and any(t.is_viral and t.story == "outbreak" for t in detector.evaluate(now)):
            return minute, seen
    return None


def measure(rate: float, runs: int, seed: int) -> dict[float, list[tuple[float, int] | None]]:
    """Return the delays per R over one base rate."""
    found: dict[float, list[tuple[float, int] | None]] = {r: [] for r in RS}
    for run in range(runs):
        random = np.random.default_rng([seed, run, int(rate)])
        crowd = Crowd("Halvero", rate, 0.3, random)
        crowd.ordinary(0, ONSET_H + HORIZON_H)
        warm = Detector()
        warm.watch(crowd.brand, START)
        onset = START + timedelta(hours=ONSET_H)
        for post in crowd.posts:
            if post.at < onset:
                warm.observe(post)
        later = [post for post in crowd.posts if post.at >= onset]
        for r in RS:
            own = [_renumbered(post, number) for number, post in enumerate(outbreak(crowd, r), start=10**7)]
            found[r].append(delay(deepcopy(warm), later + own))
    return found


def _renumbered(post: Observation, number: int) -> Observation:
    return replace(post, post=number, copy_of=number if post.copy_of else 0)


def main() -> None:
    """Simulate, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="outbreaks per base rate and R")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="mentions a day of the brands")
    parser.add_argument("--svg", type=Path, help="where to draw the chart")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    drawn: dict[str, Mapping[float, float]] = {}
    for rate in given.rates:
        points = {}
        for r, delays in measure(rate, given.runs, given.seed).items():
            found = [pair for pair in delays if pair is not None]
            text = f"{rate:6.0f} mentions a day  R {r:.1f}  found {len(found)}/{len(delays)}"
            if found:
                minutes = median(minute for minute, _ in found)
                text += f"  delay {minutes:.0f} min  posts by then {median(n for _, n in found):.0f}"
                if 2 * len(found) > len(delays):
                    points[r] = minutes
            print(text, flush=True)
        drawn[f"{rate:,.0f} a day"] = points
    if given.svg:
        labels = ("R: further posts caused by one", "minutes from the first post to the alarm (median)")
        given.svg.write_text(lines_svg(drawn, *labels), encoding="utf-8")


if __name__ == "__main__":
    main()
