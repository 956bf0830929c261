"""What int8 costs: `python -m benchmarks.int8_loss TRAINED.pt --data DIR --base DIR [--model FOLDER]`.

The weights that were trained are exported once more as they are (fp32) and read the first posts of every dev split that
stands for a headline with the same calibration, n-grams and runtime as the reader in --model (the shipped one).
Printed per set: both figures, their difference in points, and the share of posts whose sentiment both call the same.
"""

import argparse
import shutil
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from models import addition, toward, weights, words
from models.evaluate import score
from models.export import export, load_trained
from models.predict import Classifier
from models.rows import read_rows

HEADLINES = {
    "tweeteval_sentiment": ("sentiment", "macro_recall"),
    "sst5": ("sentiment", "macro_f1"),
    "goemotions": ("sentiment", "macro_f1"),
    "airline": ("sentiment", "macro_f1"),
    "chnsenticorp": ("sentiment", "accuracy"),
    "smp2020_virus": ("sentiment", "macro_f1"),
    "waimai_10k": ("sentiment", "accuracy"),
    "online_shopping_10": ("sentiment", "accuracy"),
    "read_en": ("topics", "micro_f1"),
    "read_zh": ("topics", "micro_f1"),
}
BESIDE = (weights.CALIBRATION, weights.CARD, words.FILE, toward.FILE, addition.FILE)


def as_trained(trained: Path, base: Path, shipped: Path, out: Path) -> Classifier:
    """The weights in fp32, with everything that stands beside the graph in the folder `shipped`."""
    export(load_trained(trained, base), base, [], out, quantise=False)
    for name in BESIDE:
        if (shipped / name).exists():
            shutil.copyfile(shipped / name, out / name)
    return Classifier(out)


def compare(data: Path, count: int, full: Classifier, small: Classifier) -> list[dict[str, Any]]:
    """One row per headline: n, its figure by either reader, and the share of equal sentiment labels."""
    rows = []
    for name, (task, figure) in HEADLINES.items():
        posts = list(islice(read_rows(data / f"dev-{name}.jsonl.gz"), count))
        said = [r.predict([p.text for p in posts], [p.lang for p in posts]) for r in (full, small)]
        fp32, int8 = (score(posts, predictions)[task][figure] for predictions in said)
        same = sum(a.label == b.label for a, b in zip(*said, strict=True)) / len(posts)
        rows.append({"set": name, "n": len(posts), "figure": figure, "fp32": fp32, "int8": int8, "same": same})
    return rows


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trained", type=Path, help="what `groundswell train` left in its last stage: reader.pt")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=weights.HERE, help="the int8 reader of the same weights")
    parser.add_argument("--posts", type=int, default=1000, help="of every set at most")
    given = parser.parse_args()
    print("| dev set | n | figure | fp32 | int8 | points lost | same label |\n|-|-|-|-|-|-|-|")
    with tempfile.TemporaryDirectory() as folder:
        full = as_trained(given.trained, given.base, given.model, Path(folder))
        for row in compare(given.data, given.posts, full, Classifier(given.model)):
            lost = 100 * (row["fp32"] - row["int8"])
            print(
                f"| {row['set']} | {row['n']} | {row['figure']} | {row['fp32']:.3f} | {row['int8']:.3f} | {lost:+.1f} "
                f"| {row['same']:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
