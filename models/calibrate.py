"""Logits to honest probabilities: temperature scaling for sentiment, Platt scaling per label for the rest.

Temperature: Guo et al. 2017, "On Calibration of Modern Neural Networks". Platt scaling: Platt 1999. The figures are
fitted on dev splits by `models.fit` and travel with the weights in calibration.json.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """probability = sigmoid(slope × logit + offset); the label is on at `threshold` or above."""

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`temperature` of the three sentiment logits by language; `labels` by task, then label."""

    temperature: Mapping[str, float]
    labels: Mapping[str, Mapping[str, Label]]
    window: int = 128

    def sentiment(self, logits: Floats, lang: str) -> Floats:
        """(3,) logits to probabilities that sum to 1."""
        scaled = logits / self.temperature[lang]
        scaled = np.exp(scaled - scaled.max())
        return np.asarray(scaled / scaled.sum())

    def probabilities(self, task: str, logits: Floats) -> dict[str, float]:
        """(labels,) logits of `task` to one probability per label, in the order of `labels[task]`."""
        scores = zip(self.labels[task].items(), logits, strict=True)
        return {name: float(1 / (1 + np.exp(-(fit.slope * x + fit.offset)))) for (name, fit), x in scores}

    def on(self, task: str, probabilities: Mapping[str, float]) -> list[str]:
        """Labels at or above their threshold."""
        return [name for name, p in probabilities.items() if p >= self.labels[task][name].threshold]


def read_calibration(path: Path) -> Calibration:
    """Raises ModelError when the file is missing or of another shape."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        labels = {task: {name: Label(**fit) for name, fit in fits.items()} for task, fits in raw["labels"].items()}
        return Calibration(temperature=raw["temperature"], labels=labels, window=int(raw["window"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}", "export the model again") from error


def write_calibration(path: Path, calibration: Calibration) -> None:
    """The inverse of `read_calibration`."""
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
