"""Fit calibration and thresholds of an exported reader on dev splits; test splits are never opened here."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import InputError
from models.calibrate import Calibration, Label
from models.metrics import f1
from models.readings import held_out
from models.rows import SERVICES, SIGNALS, TOPICS, Row, read_rows

Floats = npt.NDArray[np.float64]
CAP = 600  # posts per dev source: 250 left the balance of poles to chance, and no source sets the temperature alone
SHRINK = 25.0  # positives at which a label's own threshold weighs as much as its task's
READ = 3.0  # weight of posts read in full: they look most like what users watch
TASKS = {"topics": TOPICS, "service": SERVICES, "signals": SIGNALS}


def dev_rows(data: Path) -> list[Row]:
    """The first CAP rows of every dev source, and the posts held out for service and signals.

    Raises InputError when there are none.
    """
    files = sorted(data.glob("dev-*.jsonl.gz"))
    if not files:
        raise InputError(str(data), "holds no dev-*.jsonl.gz", "give --data the folder of labelled posts")
    return [row for path in files for row in list(read_rows(path))[:CAP]] + held_out(data)


def fit(rows: Sequence[Row], logits: dict[str, npt.NDArray[np.float32]], window: int) -> Calibration:
    """`logits` are the reader's raw outputs for `rows`, in order."""
    temperature = {}
    for lang in ("en", "zh"):
        use = [i for i, r in enumerate(rows) if r.lang == lang and r.sentiment >= 0]
        counts = {s: sum(rows[i].source == s for i in use) for s in {rows[i].source for i in use}}
        weight = np.array([1.0 / counts[rows[i].source] ** 0.5 for i in use])
        target = np.array([rows[i].sentiment for i in use])
        temperature[lang] = fit_temperature(logits["sentiment"][use].astype(float), target, weight)
    labels = {task: fit_task(rows, logits[task].astype(float), task, names) for task, names in TASKS.items()}
    return Calibration(temperature=temperature, labels=labels, window=window)


def fit_temperature(logits: Floats, target: npt.NDArray[np.int64], weight: Floats, steps: int = 400) -> float:
    """Gradient descent on weighted log loss (temperature scaling, Guo et al. 2017).

    No bias per class: it would learn which class is frequent in these sources, which is no fact of what users watch.
    On dev it left the calibration error as it was and cost TweetEval 2.5 points of macro-recall.
    """
    scale = 1.0
    onehot = np.eye(3)[target]
    weight = weight / weight.sum()
    for _ in range(steps):
        z = logits * scale
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        error = (p - onehot) * weight[:, None]
        scale -= 0.5 * float((error * logits).sum())
    return 1.0 / scale


def fit_task(rows: Sequence[Row], logits: Floats, task: str, names: Sequence[str]) -> dict[str, Label]:
    """Platt scaling per label over all posts that know it, then thresholds that serve F1 on the posts read in full."""
    truth = np.array([getattr(r, task) for r in rows])
    known = np.array([r.topics_mask if task == "topics" else (float(r.read),) * len(names) for r in rows]) > 0.9
    read = np.array([r.read for r in rows])[:, None] & known
    scaled = np.zeros_like(logits)
    platt = []
    for j in range(len(names)):
        use = known[:, j]
        slope, offset = fit_platt(logits[use, j], truth[use, j], np.where(read[use, j], READ, 1.0))
        platt.append((slope, offset))
        scaled[:, j] = 1 / (1 + np.exp(-(slope * logits[:, j] + offset)))
    common = best_threshold(truth[read] > 0.5, scaled[read])
    fits = {}
    for j, name in enumerate(names):
        use = read[:, j]
        positives = float(truth[use, j].sum())
        own = best_threshold(truth[use, j] > 0.5, scaled[use, j])
        threshold = (positives * own + SHRINK * common) / (positives + SHRINK)
        fits[name] = Label(slope=platt[j][0], offset=platt[j][1], threshold=round(threshold, 3))
    return fits


def topic_weights(rows: Sequence[Row]) -> Floats:
    """(rows, topics): what each cell weighs in the topics' fit, 0 where the source does not say for sure."""
    known = np.array([row.topics_mask for row in rows]) > 0.9
    return np.asarray(known * np.where([row.read for row in rows], READ, 1.0)[:, None])


def fit_platt(logit: Floats, truth: Floats, weight: Floats, steps: int = 60) -> tuple[float, float]:
    """Newton's method on weighted log loss with Platt's smoothed targets and a weak prior on slope 1."""
    positives, negatives = truth.sum(), (1 - truth).sum()
    target = np.where(truth > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.stack([logit, np.ones_like(logit)], axis=1)
    prior = np.array([1.0, 0.0])
    strength = np.diag([2.0, 0.1])
    theta = prior.copy()
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(design @ theta)))
        gradient = design.T @ (weight * (p - target)) + strength @ (theta - prior)
        curvature = (design * (weight * p * (1 - p) + 1e-9)[:, None]).T @ design + strength
        step = np.linalg.solve(curvature, gradient)
        theta = theta - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(theta[0]), float(theta[1])


def best_threshold(truth: npt.NDArray[np.bool_], probability: Floats) -> float:
    """The threshold in 0.10..0.70 with the best (micro) F1, the middle of the best where several tie."""
    grid = np.arange(0.10, 0.701, 0.02)
    scores = np.array([f1(truth, probability >= t) for t in grid])
    return float(grid[scores >= scores.max() - 1e-9].mean())
