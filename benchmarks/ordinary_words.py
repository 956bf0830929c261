"""Count which words everyone uses: `python -m benchmarks.ordinary_words --data DIR` writes trends/ordinary.txt anew.

DIR holds train-*.jsonl.gz with the keys `text` and `lang`; nothing else there is read. A word's share is the mean over
sets of its share of the words there (each post's words once), sets weighing the root of their words. The set that says
it most is left out: a hotel word of hotel reviews is not everyone's. Kept are words of at least 20 posts and 3 sets,
from `trends.ordinary.RARE` on; first names of people are not. No text is kept.
"""

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from trends.ordinary import FILE, RARE
from trends.words import words

FEWEST_POSTS, FEWEST_SETS, SMALLEST_SET = 20, 3, 5000  # the last: words
NAMES = frozenset(["adam", "david", "george", "jack", "jim", "jobs", "john", "michael", "tom", "william"])


def counted(folder: Path) -> dict[str, dict[str, Counter[str]]]:
    """Return language → set → how many posts say each word."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for path in sorted(folder.glob("train-*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                found.setdefault(row["lang"], {}).setdefault(path.name, Counter()).update(set(words(row["text"])))
    return found


def shares(sets: dict[str, Counter[str]]) -> dict[str, float]:
    """Return the share of every word that enough posts of enough sets say."""
    sizes = {name: size for name, said in sets.items() if (size := said.total()) >= SMALLEST_SET}
    weights = {name: math.sqrt(size) for name, size in sizes.items()}
    found = {}
    for word in set().union(*(sets[name] for name in sizes)) - NAMES:
        by = {name: sets[name][word] / size for name, size in sizes.items() if sets[name][word]}
        if len(by) < FEWEST_SETS or sum(sets[name][word] for name in by) < FEWEST_POSTS:
            continue
        most = max(by, key=lambda name: by[name])
        others = sum(weights.values()) - weights[most]
        found[word] = sum(weights[name] * share for name, share in by.items() if name != most) / others
    return found


def together(languages: Iterable[dict[str, float]]) -> dict[str, float]:
    """Return the words of all languages from `RARE` on; a number has the larger of its shares."""
    found: dict[str, float] = {}
    for language in languages:
        for word, share in language.items():
            if share >= RARE:
                found[word] = max(share, found.get(word, 0.0))
    return found


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of train-*.jsonl.gz")
    given = parser.parse_args()
    sets = counted(given.data)
    if not sets:
        raise SystemExit(f"{given.data}: no train-*.jsonl.gz here; --data names a folder of labelled posts")
    lines: dict[int, list[str]] = {}
    for word, share in together(shares(language) for language in sets.values()).items():
        lines.setdefault(int(float(f"{1e6 * share:.1e}")), []).append(word)
    text = "".join(f"{share} {' '.join(sorted(said))}\n" for share, said in sorted(lines.items(), reverse=True))
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE}: {sum(map(len, lines.values()))} words, {len(text.encode()) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
