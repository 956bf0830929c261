"""What the n-grams add to the topics beside the transformer, on dev posts, fitted on other posts.

    python -m benchmarks.words --data DIR [--model DIR]

The n-grams' share, the scales and the thresholds are fitted on four fifths and scored on the fifth, five times.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import weights, words
from models.evaluate import FOLDS
from models.fit import dev_rows, fit_task
from models.fit_words import share
from models.metrics import multilabel
from models.predict import Classifier
from models.rows import TOPICS, Row

Floats = npt.NDArray[np.float64]


def crossed(rows: list[Row], deep: Floats, wide: Floats) -> npt.NDArray[np.bool_]:
    """(rows, topics): which are on."""
    on = np.zeros(deep.shape, dtype=bool)
    fold = np.arange(len(rows)) % FOLDS
    for k in range(FOLDS):
        seen, held = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        some = [rows[i] for i in seen.tolist()]
        logits = deep + share(deep[seen], wide[seen], some) * wide
        fits = [fit_task(some, logits[seen], "topics", TOPICS)[topic] for topic in TOPICS]
        slope, offset, cut = (np.array([getattr(f, name) for f in fits]) for name in ("slope", "offset", "threshold"))
        on[held] = 1 / (1 + np.exp(-(slope * logits[held] + offset))) >= cut
    return on


def main() -> None:
    """Print micro and macro F1 by dev set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=weights.HERE)
    given = parser.parse_args()
    table = words.read(given.model)
    if table is None:
        parser.error(f"{given.model} holds no {words.FILE}")
    rows = dev_rows(given.data)
    texts = [row.text for row in rows]
    wide = table.logits(texts).astype(float)
    deep = Classifier(given.model).logits(texts)["topics"] - wide
    report(rows, crossed(rows, deep, np.zeros_like(wide)), crossed(rows, deep, wide))


def report(rows: list[Row], without: npt.NDArray[np.bool_], both: npt.NDArray[np.bool_]) -> None:
    """Print a Markdown row per dev set that knows topics; macro over topics with five positives or more."""
    print("| dev set | n | without: micro / macro F1 | with |\n|-|-|-|-|")
    truth = np.array([row.topics for row in rows]) > 0.5
    known = np.array([row.topics_mask for row in rows]) > 0
    for source in sorted({row.source for row in rows}):
        use = np.array([row.source == source for row in rows]) & known.any(1)
        if use.any() and truth[use].any():
            found = [multilabel(truth[use], on[use], known[use], at_least=5) for on in (without, both)]
            print(f"| {source} | {use.sum()} | {' | '.join(f'{a:.3f} / {b:.3f}' for a, b in found)} |")


if __name__ == "__main__":
    main()
