"""Train and measure readers: what the `train` and `evaluate` commands call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundswell.errors import ModelError
from models.evaluate import evaluate as measure
from models.predict import Classifier


def build(data: Path, base: Path, out: Path, scale: float, say: Callable[[str], None]) -> Path:
    """Train a reader into `out`. Raises ModelError when the extra `train` is not installed."""
    try:
        from models.build import build as make
    except ImportError as error:
        raise ModelError(f"{error.name} is not installed", "pip install 'groundswell[train]'") from error
    return make(data, base, out, scale, say)


def evaluate(data: Path, model: Path | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures of the reader in `model` (None: the shipped one) on every public test in `data`."""
    classifier = Classifier(model)
    return {"model": classifier.name, **measure(data, classifier.predict, say)}


def table(row: dict[str, Any]) -> str:
    """The figures as Markdown, one line per set."""
    lines = [
        "| set | n | accuracy | macro-recall | macro-F1 | topics micro / macro | service | signals |",
        "|-" * 8 + "|",
    ]
    for name, found in row["sets"].items():
        sentiment = found.get("sentiment")
        first = [f"{sentiment[k]:.3f}" for k in ("accuracy", "macro_recall", "macro_f1")] if sentiment else [""] * 3
        rest = [
            f"{found[t]['micro_f1']:.3f} / {found[t]['macro_f1']:.3f}" if t in found else ""
            for t in ("topics", "service", "signals")
        ]
        lines.append("| " + " | ".join([name, str(found["n"]), *first, *rest]) + " |")
    errors = ", ".join(f"{key} {value:.3f}" for key, value in row["calibration_error"].items())
    return "\n".join(
        [
            *lines,
            "",
            f"model {row['model']}; calibration error (15 bins): {errors}",
            f"{row['posts']} posts in {row['seconds']:.0f} s",
        ]
    )
