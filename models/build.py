"""From labelled posts to a folder that ships: train, export, calibrate, describe. Needs the extra `train`.

`groundswell train` does all of it; weights that are trained already are made into such a folder by

    python -m models.build TRAINED.pt --data DIR --base DIR --out DIR [--hours H]
"""

import argparse
import dataclasses
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from groundswell.clock import stopwatch
from models import origin, service, toward, weights, words
from models.calibrate import Calibration, Label, write_calibration
from models.export import export, load_trained, write_card
from models.fit import TASKS, dev_rows, fit
from models.fit_service import fit_service, service_rows
from models.fit_toward import fit_toward, marked_rows
from models.fit_words import fit_words, training_rows, with_share
from models.plan import Recipe
from models.predict import Classifier
from models.rows import read_rows
from models.train import train

log = logging.getLogger(__name__)

NAME = "groundswell-reader"
SAMPLE = 300  # posts that set the int8 ranges: more changed no label in a thousand
WINDOW = 128


GENTLE = Recipe(
    rate=4e-5,
    head_rate=1.5e-4,
    warmup=0.03,
    keep_weight=3.0,
    keep_every=6,
    max_tokens=128,
    average=0.997,
    binary_weight=0.6,
)
"""Small steps: at several times these rates each source undid what another had taught (docs/decisions/0011)."""

STAGES = (
    Recipe(),
    Recipe(seed=12, draws="polish", rate=6e-5, head_rate=4e-4, keep_every=8, steps=600),
    Recipe(seed=13, draws="broad", rate=1.2e-4, head_rate=6e-4, keep_weight=6.0, max_tokens=96, steps=1900, stop=682),
    Recipe(seed=14, draws="last", rate=1e-4, head_rate=6e-4, keep_weight=6.0, max_tokens=96, steps=1300, average=0.99),
    Recipe(seed=15, draws="end", rate=6e-5, head_rate=4e-4, keep_weight=6.0, max_tokens=96, steps=300, average=0.98),
    Recipe(
        seed=16,
        draws="reviews",
        rate=1e-4,
        head_rate=6e-4,
        keep_weight=6.0,
        max_tokens=128,
        steps=1500,
        average=0.995,
        dropout=0.1,
        binary_weight=0.6,
    ),
    dataclasses.replace(GENTLE, seed=20, draws="meant", steps=800),
    dataclasses.replace(GENTLE, seed=21, draws="rivals", steps=1716),
)
"""Each stage goes on from the one before; what each draws, and why, is said in models/draws.py."""


def build(data: Path, base: Path, out: Path, scale: float, say: Callable[[str], None]) -> Path:
    """Train every stage (resuming a broken run in `out`), export, calibrate, write the card; returns `out`.

    `scale` is the share of the posts to draw; 1 is what ships.
    """
    resumed = any(out.glob("stage*/checkpoint.pt"))
    began = stopwatch()
    trained: Path | None = None
    for number, stage in enumerate(STAGES, 1):
        say(f"train: stage {number} of {len(STAGES)}")
        trained = train(data, base, out / f"stage{number}", dataclasses.replace(stage, scale=scale), start=trained)
    assert trained is not None
    hours = None if resumed else round((stopwatch() - began) / 3600, 2)
    return ship(trained, data, base, out, scale, say, hours)


def ship(
    trained: Path,
    data: Path,
    base: Path,
    out: Path,
    scale: float,
    say: Callable[[str], None],
    hours: float | None = None,
) -> Path:
    """Export trained weights as int8, fit words and calibration beside the exported graph, write the card.

    `hours` of training go into the card, null where nobody measured them.
    """
    say("export: int8 graph")
    export(load_trained(trained, base), base, sample(data), out)
    _plain(out)
    rows = dev_rows(data)
    texts = [row.text for row in rows]
    say(f"calibrate: {len(rows)} dev posts")
    classifier = Classifier(out)
    logits = classifier.logits(texts)
    say("words: n-grams beside the transformer")
    table, share = with_share(fit_words(training_rows(data)), rows, logits["topics"].astype(float))
    words.write(out, table)
    logits["topics"] += table.logits(texts)
    say("service: the linear head beside the network's")
    read = service_rows(data)[:: max(1, round(1 / scale))]
    failures = fit_service(classifier.logits([row.text for row in read])["features"], read)
    service.write(out, failures)
    logits["service"] = failures.beside(logits["service"], logits["features"])
    write_calibration(out / weights.CALIBRATION, fit(rows, logits, WINDOW))
    say("toward: the head that reads marked sentences")
    sentences = marked_rows()[:: max(1, round(1 / scale))]
    fitted = fit_toward(classifier, sentences)
    toward.write(out, fitted.head)
    facts = {
        "calibrated_on": len(rows),
        "service": {"posts": len(read)},
        "words": {"ngrams": len(table.keys), "share": share},
        "toward": {"readings": len(sentences), "crossed_accuracy": round(fitted.accuracy, 3)},
    }
    came = {"start": origin.start(base), "sources": origin.sources(data, rows), "limits": list(origin.LIMITS)}
    reads = {"int8": True, "window": WINDOW, "languages": ["en", "zh"]}
    write_card(out, {"name": NAME, **history(trained, scale, say), "hours": hours, **came, **reads, **facts})
    return out


def history(trained: Path, scale: float, say: Callable[[str], None]) -> dict[str, Any]:
    """The stages that made `trained`, and the command that runs them again.

    Weights that carry no recipes are taken for those of STAGES, which is said: "stages_from" tells which it was.
    """
    ours = [dataclasses.asdict(dataclasses.replace(stage, scale=scale)) for stage in STAGES]
    carried = torch.load(trained, map_location="cpu", weights_only=True).get("recipes")
    if carried is None:
        say(f"card: {trained.name} carries no recipes; the stages are taken from models/build.py")
    stages = ours if carried is None else carried
    again = "groundswell train --data DIR --base DIR --out DIR" + ("" if scale == 1 else f" --scale {scale:g}")
    return {
        "command": again if stages == ours else "python -m models.build TRAINED.pt --data DIR --base DIR --out DIR",
        "stages_from": "models/build.py" if carried is None else "the weights",
        "stages": stages,
    }


def sample(data: Path) -> list[str]:
    """Training posts for the int8 ranges, the same number from every source, drawn with a fixed seed."""
    files = sorted(data.glob("train-*.jsonl.gz"))
    chance = random.Random(0)
    each = max(1, SAMPLE // max(1, len(files)))
    texts = []
    for path in files:
        rows = list(read_rows(path))
        texts += [row.text for row in chance.sample(rows, min(each, len(rows)))]
    return texts


def _plain(out: Path) -> None:
    """A calibration that changes nothing, no words, no head: the classifier starts before the real ones."""
    for file in (words.FILE, toward.FILE, service.FILE):
        (out / file).unlink(missing_ok=True)
    labels = {task: {str(name): Label() for name in names} for task, names in TASKS.items()}
    write_calibration(
        out / weights.CALIBRATION,
        Calibration(temperature={"en": 1.0, "zh": 1.0}, labels=labels, window=WINDOW),
    )
    write_card(out, {"name": NAME})


def main() -> None:
    """Ship weights that are trained already."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("trained", type=Path)
    for name in ("data", "base", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--hours", type=float, help="how long training took, for the card")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ship(given.trained, given.data, given.base, given.out, 1.0, log.info, given.hours)


if __name__ == "__main__":
    main()
