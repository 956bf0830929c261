"""Figures of merit, each as its field defines it."""

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.str_]
Floats = npt.NDArray[np.floating]


def macro_recall(truth: Labels, predicted: Labels) -> float:
    """Mean over the classes in `truth` of the share found (SemEval-2017 task 4's and TweetEval's measure), 0..1."""
    return float(np.mean([np.mean(predicted[truth == c] == c) for c in np.unique(truth)]))


def macro_f1(truth: Labels, predicted: Labels) -> float:
    """Mean over the classes in `truth` of F1, 0..1."""
    return float(np.mean([f1(truth == c, predicted == c) for c in np.unique(truth)]))


def accuracy(truth: Labels, predicted: Labels) -> float:
    """Share predicted right, 0..1; a neutral prediction on a two-class set counts as wrong."""
    return float(np.mean(truth == predicted))


def f1(truth: Bools, predicted: Bools, weight: Bools | None = None) -> float:
    """2TP / (2TP + FP + FN), 0 where nothing is true or predicted; `weight` False leaves a cell out."""
    keep = np.ones_like(truth) if weight is None else weight
    hit = np.sum(truth & predicted & keep)
    total = np.sum(truth & keep) + np.sum(predicted & keep)
    return float(2 * hit / total) if total else 0.0


def multilabel(truth: Bools, predicted: Bools, known: Bools, at_least: int = 1) -> tuple[float, float]:
    """(micro, macro) F1 over (posts, labels); macro over the labels with `at_least` known positives."""
    columns = [j for j in range(truth.shape[1]) if np.sum(truth[:, j] & known[:, j]) >= at_least]
    each = [f1(truth[:, j], predicted[:, j], known[:, j]) for j in columns]
    return f1(truth, predicted, known), float(np.mean(each)) if each else 0.0


def calibration_error(probability: Floats, right: Bools, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015), 0..1."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = place == b
        if inside.any():
            total += inside.mean() * abs(probability[inside].mean() - right[inside].mean())
    return float(total)
