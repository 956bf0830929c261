"""Copies and clocks against organic stories: `python -m benchmarks.copies [--data DIR] [--stories N] [--seed N]`.

DIR holds replays (*.jsonl.gz with `cascade`, `text`, `author`) and cascades (with `events`, given invented words), in
folders or not; without it the organic stories are invented (benchmarks/campaigns.py). Every story is judged as it is
and with a campaign of each level put in its place. Prints, for each level, how well the score in step tells campaigns
from organic stories (area under the curve), and the share of every verdict; "named" is copied, synchronous or mixed.
The last line of each group is the leak probe: what the injection must not change, as an area under the curve.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.campaigns import LEVELS, Story, injected, organic, seen
from benchmarks.cascades import auc
from groundswell.types import Automatism, Verdict
from trends.automatism import automatism

NAMED = (Verdict.COPIED, Verdict.SYNCHRONOUS, Verdict.MIXED)


def probes(story: Story) -> dict[str, float]:
    """What no campaign may change: posts, hours, accounts, letters."""
    return {
        "posts": len(story),
        "duration": story[-1].at - story[0].at,
        "accounts": len({post.author for post in story}),
        "letters": float(np.median([len(post.text) for post in story if post.text])),
        "hour": float(np.mean([post.at % 86400 for post in story])),
    }


def shares(found: Sequence[Automatism]) -> str:
    """Print the share of each verdict."""
    counts = Counter(one.verdict for one in found)
    named = sum(counts[verdict] for verdict in NAMED) / len(found)
    each = ", ".join(f"{verdict} {counts[verdict] / len(found):.0%}" for verdict in Verdict if counts[verdict])
    return f"named {named:.1%} ({each})"


def judge(name: str, stories: Sequence[Story], random: np.random.Generator) -> None:
    """Score one kind of organic stories."""
    plain = [automatism(seen(story)) for story in stories]
    print(f"{name}: {len(stories)} organic stories  {shares(plain)}", flush=True)
    for level in LEVELS:
        campaigns = [injected(story, level, random) for story in stories]
        found = [automatism(seen(story)) for story in campaigns]
        truth = [False] * len(plain) + [True] * len(found)
        area = auc([one.in_step for one in (*plain, *found)], truth)
        print(f"  level {level.name}: AUC {area:.3f}  {shares(found)}", flush=True)
        both = [probes(story) for story in (*stories, *campaigns)]
        leaks = {key: auc([row[key] for row in both], truth) for key in both[0]}
        print("    leak probe: " + ", ".join(f"{key} {area:.2f}" for key, area in leaks.items()), flush=True)


def main() -> None:
    """Judge every group of organic stories."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with replays or cascades; else invented stories")
    parser.add_argument("--stories", type=int, default=100, help="invented ones, and cascades")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    for name, stories in organic(given.data, random, given.stories).items():
        judge(name, stories, random)


if __name__ == "__main__":
    main()
