"""Timed cascades for the forecaster: read, split by time, thin."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HOUR = 3600.0
TRAINED = 7 / 8  # of the cascades by time; the rest is for evaluation


@dataclass(frozen=True, slots=True)
class Cascade:
    """One origin (seconds since 1970) and the sorted seconds of what followed."""

    first: float
    times: tuple[float, ...]

    def thinned(self, share: float, random: np.random.Generator) -> "Cascade":
        """Keep each post with chance `share`."""
        kept = np.array(self.times)[random.random(len(self.times)) < share]
        return Cascade(self.first, tuple(kept.tolist()))

    def until(self, age_s: float) -> int:
        """Count the posts up to an age."""
        return int(np.searchsorted(self.times, self.first + age_s, side="right"))


def read(folder: Path) -> list[Cascade]:
    """Return the cascades of every *.jsonl.gz in `folder` (`ts`, `events` as offsets in seconds), by time."""
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        raise SystemExit(f"{folder}: no *.jsonl.gz here; --data names a folder of timed cascades")
    found: list[Cascade] = []
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        found += [Cascade(r["ts"], tuple(sorted(r["ts"] + max(0.0, e) for e in r["events"]))) for r in rows]
    return sorted(found, key=lambda c: c.first)


def split(cascades: list[Cascade]) -> tuple[list[Cascade], list[Cascade]]:
    """Split by time into what may be learned from and what is evaluated."""
    cut = int(len(cascades) * TRAINED)
    return cascades[:cut], cascades[cut:]


def busiest_hour(cascades: list[Cascade]) -> float:
    """Return the hour of the UTC day around which posts fall: the angle of the first harmonic of their times."""
    times = np.concatenate([np.array(c.times) for c in cascades])
    angle = np.angle(np.exp(2j * np.pi * times / (24 * HOUR)).mean())
    return float(angle * 12 / np.pi % 24)
