"""Fit the head that reads marked sentences (`models.toward`) on this project's own. Needs the extra `train`.

Multinomial logistic regression with an L2 penalty chosen by five-fold cross-validation in which both readings of a
sentence, one per brand, lie in one fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.plan import AUTHORED
from models.predict import Classifier
from models.rows import Row, read_rows
from models.toward import MARKS, Head

SUITS = "*_toward.jsonl", "*_rivals.jsonl"
STRENGTHS = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)  # inverse of the L2 penalty, on standardised features
FOLDS = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The head, and the share of judgements right in cross-validation."""

    head: Head
    accuracy: float


def marked_rows() -> list[Row]:
    """Sentences of our own in which the brand meant is marked."""
    return [row for suit in SUITS for path in sorted(AUTHORED.glob(suit)) for row in read_rows(path)]


def fit_toward(classifier: Classifier, rows: Sequence[Row]) -> Fitted:
    """The head for the graph that `classifier` runs."""
    found, whole = classifier.mark_features([row.text for row in rows])
    features, kept = found[whole].astype(float), [row for row, is_whole in zip(rows, whole, strict=True) if is_whole]
    truth = np.array([row.sentiment for row in kept])
    _, group = np.unique([sentence(row.text) for row in kept], return_inverse=True)
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-3)
    standard = (features - mean) / scale
    scores = {strength: _crossed(standard, truth, group, strength) for strength in STRENGTHS}
    strength = max(scores, key=lambda tried: scores[tried][0])
    model = _model(strength).fit(standard, truth)
    weights = (model.coef_ / scale).T
    bias = model.intercept_ - mean @ weights
    return Fitted(Head(weights.astype(np.float32), bias.astype(np.float32)), scores[strength][1])


def sentence(text: str) -> str:
    """What both readings of one sentence have in common."""
    for marked in MARKS:
        text = text.replace(marked, "@")
    return text


def _model(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=1000)


def _crossed(
    features: Floats, truth: npt.NDArray[np.int64], group: npt.NDArray[np.int64], strength: float
) -> tuple[float, float]:
    """Mean log likelihood and share right on the folds left out."""
    likelihood, hits = [], []
    for train, left in GroupKFold(FOLDS).split(features, truth, group):
        p = _model(strength).fit(features[train], truth[train]).predict_proba(features[left])
        likelihood += np.log(p[np.arange(len(left)), truth[left]]).tolist()
        hits += (p.argmax(axis=1) == truth[left]).tolist()
    return float(np.mean(likelihood)), float(np.mean(hits))
