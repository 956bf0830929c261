"""From labelled posts to a folder that ships: train, export, calibrate, describe. Needs the extra `train`."""

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path

from models import weights
from models.calibrate import Calibration, Label, write_calibration
from models.export import export, load_trained, write_card
from models.fit import TASKS, dev_rows, fit
from models.plan import Recipe
from models.predict import Classifier
from models.rows import read_rows
from models.train import train

NAME = "groundswell-reader"
SAMPLE = 300  # posts that set the int8 ranges: more changed no label in a thousand
WINDOW = 128


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
)
"""Each stage goes on from the one before; what each draws, and why, is said in models/draws.py."""


def build(data: Path, base: Path, out: Path, scale: float, say: Callable[[str], None]) -> Path:
    """Train every stage (resuming a broken run in `out`), export, calibrate, write the card; returns `out`.

    `scale` is the share of the posts to draw; 1 is what ships.
    """
    trained: Path | None = None
    for number, stage in enumerate(STAGES, 1):
        say(f"train: stage {number} of {len(STAGES)}")
        trained = train(data, base, out / f"stage{number}", dataclasses.replace(stage, scale=scale), start=trained)
    assert trained is not None
    return ship(trained, data, base, out, scale, say)


def ship(trained: Path, data: Path, base: Path, out: Path, scale: float, say: Callable[[str], None]) -> Path:
    """Export trained weights as int8, fit calibration on dev splits with the exported graph, write the card."""
    say("export: int8 graph")
    export(load_trained(trained, base), base, sample(data), out)
    _plain(out)
    classifier = Classifier(out)
    rows = dev_rows(data)
    say(f"calibrate: {len(rows)} dev posts")
    logits = classifier.logits([row.text for row in rows])
    write_calibration(out / weights.CALIBRATION, fit(rows, logits, WINDOW))
    write_card(
        out,
        {
            "name": NAME,
            "stages": [dataclasses.asdict(dataclasses.replace(stage, scale=scale)) for stage in STAGES],
            "int8": True,
            "window": WINDOW,
            "languages": ["en", "zh"],
            "calibrated_on": len(rows),
        },
    )
    return out


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
    """A calibration that changes nothing, so that the classifier can start before the real one is fitted."""
    labels = {task: {str(name): Label() for name in names} for task, names in TASKS.items()}
    write_calibration(
        out / weights.CALIBRATION,
        Calibration(temperature={"en": 1.0, "zh": 1.0}, labels=labels, window=WINDOW),
    )
    write_card(out, {"name": NAME})
