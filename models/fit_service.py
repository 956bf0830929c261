"""Fit the linear head on service failures (`models.service`) to every training post read in full. Needs `train`.

Logistic regression per failure with an L2 penalty on standardised features; solved to its optimum, where a pass of
the network over a dozen tasks leaves rare labels behind.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from models.fit_words import training_rows
from models.rows import SERVICES, Row
from models.service import Head

STRENGTH = 2e-3  # inverse of the L2 penalty; 1e-3 to 3e-3 do alike on dev


def service_rows(data: Path) -> list[Row]:
    """The training posts of which every service failure is known."""
    return [row for row in training_rows(data) if row.read]


def fit_service(features: npt.NDArray[np.floating], rows: Sequence[Row]) -> Head:
    """The head for `features` (rows, features), as `models.predict.Classifier.logits` gives them."""
    values = features.astype(np.float32)
    mean, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    standard = (values - mean) / scale
    truth = np.array([row.service for row in rows]) > 0.5
    weights, bias = np.zeros((values.shape[1], len(SERVICES))), np.full(len(SERVICES), -5.0)
    for j in range(len(SERVICES)):
        if truth[:, j].any() and not truth[:, j].all():
            model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(standard, truth[:, j])
            weights[:, j] = model.coef_[0] / scale
            bias[j] = model.intercept_[0] - mean @ weights[:, j]
    return Head(weights.astype(np.float32), bias.astype(np.float32))
