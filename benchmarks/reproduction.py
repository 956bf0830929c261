"""Does the 90 % interval of R hold? `python -m benchmarks.reproduction [--runs N] [--seed N]`.

Simulated branching stories whose kernel the estimator does not know: exponential or Lomax (power law, tail 2.5) waits
of mean 3 min to 2 h, 3 to 30 posts that answer no other, looked at after 2 to 10 mean waits; those with under 15 posts
by then are drawn again. Prints the share of intervals that hold R, too high and too low ones, and the median width,
per R.
"""

import argparse
from datetime import timedelta

import numpy as np

from benchmarks.crowd import START
from groundswell.types import Observation, Sentiment
from trends.spread import Reproduction, reproduction

RS = (0.5, 0.7, 0.9, 1.1, 1.4, 2.0)
LEAST, MOST = 15, 1500
LOMAX = 2.5


def story(r: float, random: np.random.Generator) -> Reproduction | None:
    """Draw a story and return what is told of it; None when it stayed under `LEAST`."""
    mean_s = float(np.exp(random.uniform(np.log(180), np.log(7200))))
    is_lomax, until = random.random() < 0.5, mean_s * random.uniform(2, 10)
    posts = [(at, False) for at in random.uniform(0, until * random.uniform(0.2, 1), int(random.integers(3, 31)))]
    place = 0
    while place < len(posts) and len(posts) < MOST:
        for _ in range(random.poisson(r)):
            wait = mean_s * (LOMAX - 1) * random.pareto(LOMAX) if is_lomax else random.exponential(mean_s)
            if posts[place][0] + wait < until:
                posts.append((posts[place][0] + wait, True))
        place += 1
    if not LEAST <= len(posts) < MOST:
        return None
    seen = [_observation(i, at, is_repost=caused) for i, (at, caused) in enumerate(sorted(posts))]
    return reproduction(seen, START.timestamp() + until)


def _observation(number: int, at_s: float, *, is_repost: bool) -> Observation:
    return Observation(
        post=number, brand="b", story="s", source="forum", at=START + timedelta(seconds=float(at_s)),
        label=Sentiment.NEGATIVE, negative=0.9, is_repost=is_repost,
    )  # fmt: skip


def main() -> None:
    """Simulate and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="stories per R")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random, held = np.random.default_rng(given.seed), 0
    for r in RS:
        found: list[Reproduction] = []
        while len(found) < given.runs:
            one = story(r, random)
            if one is not None:
                found.append(one)
        high, low = sum(one.r.lo > r for one in found), sum(one.r.hi < r for one in found)
        held += given.runs - high - low
        width = np.median([one.r.hi - one.r.lo for one in found])
        print(
            f"R {r:.1f}  covered {100 * (given.runs - high - low) / given.runs:.0f} %  "
            f"too high {high}  too low {low}  width {width:.2f}",
            flush=True,
        )
    print(f"all    covered {100 * held / (given.runs * len(RS)):.1f} %")


if __name__ == "__main__":
    main()
