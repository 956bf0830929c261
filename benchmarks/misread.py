"""How often the reader takes a post for negative that is not: `python -m benchmarks.misread --data DIR [--posts 300]`.

On the first posts of every dev split that knows three sentiments; DIR is the folder of labelled posts. Prints the share
by split, and over all with a Wilson interval: what `trends.misread_share` in groundswell.toml stands for.
"""

import argparse
from pathlib import Path

from groundswell.types import Sentiment
from models.counts import wilson
from models.predict import Classifier
from models.rows import SENTIMENTS, read_rows

NEGATIVE = SENTIMENTS.index(Sentiment.NEGATIVE)
THREE = set(range(len(SENTIMENTS)))


def main() -> None:
    """Measure the shipped reader on --data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev-*.jsonl.gz")
    parser.add_argument("--posts", type=int, default=300, help="labelled posts of each split that are read")
    given = parser.parse_args()
    reader, wrong, of = Classifier(), 0, 0
    for path in sorted(given.data.glob("dev-*.jsonl.gz")):
        rows = [row for row in read_rows(path) if row.sentiment in THREE][: given.posts]
        others = [row for row in rows if row.sentiment != NEGATIVE]
        if {row.sentiment for row in rows} != THREE:
            continue
        said = reader.predict([row.text for row in others], [row.lang for row in others])
        here = sum(p.label is Sentiment.NEGATIVE for p in said)
        wrong, of = wrong + here, of + len(others)
        print(f"{path.name.removesuffix('.jsonl.gz')}: {here} of {len(others)} = {here / len(others):.3f}", flush=True)
    if not of:
        raise SystemExit(f"{given.data}: no dev-*.jsonl.gz with three sentiments here")
    all_of = wilson(wrong, of)
    print(f"all: {wrong} of {of} = {all_of.mid:.3f} ({all_of.lo:.3f} to {all_of.hi:.3f})")


if __name__ == "__main__":
    main()
