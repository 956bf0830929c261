"""Learn from people's corrections: a small addition to the sentiment head over the frozen encoder, or a refusal.

The addition is linear in the embedding the reader gives anyway (logits + [embedding, 1] · W, W drawn to zero), so it
needs no torch and a few corrections cannot shake the encoder. How far W may go is chosen by the log loss on corrections
held out; what is worse on the written suites than before is refused.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundswell.errors import InputError, ModelError
from groundswell.types import Sentiment
from models import addition, suites, weights
from models.calibrate import Calibration, read_calibration
from models.card import write_card
from models.predict import Classifier

Floats = npt.NDArray[np.float64]
LEAST = 30  # corrections: below that, held-out fifths of six say nothing
STRENGTHS = (30.0, 10.0, 3.0, 1.0, 0.3)  # of the pull to zero, from "almost nothing" to "a good deal"
FOLDS = 5
TOLERANCE = 0.005  # of a suite's share: two sentences of four hundred
GUARDED = ("hard", "invariance", "direction", "domain")
LABELS = tuple(Sentiment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A text with the label a person gave it."""

    text: str
    lang: str
    label: Sentiment


def learn(model: Path | None, corrected: Sequence[Corrected], folder: Path, out: Path) -> dict[str, Any]:
    """Write a corrected copy of the reader in `model` to `out`; returns what changed.

    `folder` holds the written suites. Raises InputError for too few corrections or an `out` that is there already,
    ModelError when nothing learned holds on held-out corrections or the copy is worse on a suite; then `out` is gone.
    """
    if len(corrected) < LEAST:
        hint = "label more posts: groundswell label POST_ID --sentiment ..."
        raise InputError("corrections", f"{len(corrected)} are too few, want {LEAST}", hint)
    if out.exists():
        raise InputError(str(out), "is there already", "give the name of a new folder")
    before = Classifier(model)
    logits = before.logits([c.text for c in corrected])
    known = Problem.of(corrected, logits, read_calibration(before.folder / weights.CALIBRATION))
    strength, loss_before, loss_after = choose(known)
    try:
        shutil.copytree(before.folder, out, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md"))
        added = earlier(before.folder) + solve(known, strength)
        np.savez(out / addition.FILE, sentiment=added.astype(np.float32))
        facts = json.loads((out / weights.CARD).read_text(encoding="utf-8"))
        write_card(out, facts | {"corrections": len(corrected)})
        guard(suites.run(folder, before.predict), suites.run(folder, Classifier(out).predict))
    except BaseException:
        if out.exists():
            shutil.rmtree(out)  # a refused or half-written reader must not be found and used
        raise
    return {
        "model": str(out), "corrections": len(corrected), "strength": strength,
        "held_out_log_loss_before": round(loss_before, 4), "held_out_log_loss_after": round(loss_after, 4),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """`features` (n, d + 1), scaled logits (n, 3), their `scale` (n, 1) by language, truth (n, 3) one-hot."""

    features: Floats
    logits: Floats
    scale: Floats
    truth: Floats

    @classmethod
    def of(
        cls, corrected: Sequence[Corrected], logits: Mapping[str, npt.NDArray[np.float32]], fit: Calibration
    ) -> "Problem":
        """From the reader's raw outputs for the corrected texts."""
        scale = np.array([[1.0 / fit.temperature[c.lang]] for c in corrected])
        truth = np.eye(3)[[LABELS.index(c.label) for c in corrected]]
        return cls(addition.features(logits["embedding"]), logits["sentiment"] * scale, scale, truth)

    def take(self, rows: npt.NDArray[np.intp]) -> "Problem":
        """The problem of some rows."""
        return Problem(self.features[rows], self.logits[rows], self.scale[rows], self.truth[rows])

    def probabilities(self, added: Floats) -> Floats:
        """(n, 3) with the addition (d + 1, 3) applied."""
        z = self.logits + self.scale * (self.features @ added)
        p = np.exp(z - z.max(1, keepdims=True))
        return np.asarray(p / p.sum(1, keepdims=True))

    def loss(self, added: Floats) -> float:
        """Mean log loss in nats."""
        return float(-np.log((self.probabilities(added) * self.truth).sum(1) + 1e-12).mean())


def solve(known: Problem, strength: float, steps: int = 300) -> Floats:
    """Gradient descent with momentum on mean log loss + strength / n · |W|²: convex, so the start does not matter."""
    added = np.zeros((known.features.shape[1], 3))
    speed = np.zeros_like(added)
    pull = 2.0 * strength / len(known.truth)
    rate = 1.0 / (0.5 * float((known.features**2).sum(1).max()) * float(known.scale.max()) ** 2 + pull)
    for _ in range(steps):
        error = (known.probabilities(added) - known.truth) * known.scale
        speed = 0.9 * speed - rate * (known.features.T @ error / len(error) + pull * added)
        added = added + speed
    return added


def choose(known: Problem) -> tuple[float, float, float]:
    """(strength, held-out log loss without, with it). Raises ModelError when none is better than no change."""
    fold = np.random.default_rng(0).permutation(len(known.truth)) % FOLDS
    parts = [(known.take(np.flatnonzero(fold != k)), known.take(np.flatnonzero(fold == k))) for k in range(FOLDS)]
    nothing = np.zeros((known.features.shape[1], 3))
    before = float(np.mean([held.loss(nothing) for _, held in parts]))
    losses = {s: float(np.mean([held.loss(solve(seen, s)) for seen, held in parts])) for s in STRENGTHS}
    best = min(losses, key=lambda s: losses[s])
    if losses[best] >= before:
        raise ModelError("nothing learned from the corrections holds on others", "label more posts, then try again")
    return best, before, losses[best]


def guard(before: Mapping[str, suites.Figures], after: Mapping[str, suites.Figures]) -> None:
    """Raises ModelError naming the suite and language on which `after` is worse, InputError if a suite lacks one."""
    for suite in GUARDED:
        for lang in ("en", "zh"):
            if f"{lang} all" not in before[suite]:
                hint = "give --suites a folder like tests/models"
                raise InputError(f"suite {suite}", f"holds no sentence in {lang!r}: nothing guards it", hint)
            old, new = (figures[suite][f"{lang} all"]["share"] for figures in (before, after))
            if new < old - TOLERANCE:
                found = f"{suite} {lang}: {100 * old:.1f} % right before, {100 * new:.1f} % after"
                raise ModelError(f"refused, worse on the written suites: {found}", "check the corrections' labels")


def earlier(folder: Path) -> Floats | float:
    """The addition the reader carries already, 0 for none: a second round builds on the first."""
    found = addition.read(folder)
    return 0.0 if found is None else found.astype(float)
