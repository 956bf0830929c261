from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from models.calibrate import Calibration, Label, read_calibration, write_calibration
from models.fit import best_threshold, fit_platt, fit_temperature
from models.metrics import calibration_error

PLAIN = Calibration(
    temperature={"en": 2.0},
    labels={"topics": {"delivery": Label(slope=2.0, offset=-1.0, threshold=0.4), "price_value": Label()}},
    window=64,
)


def test_probabilities_sum_to_one_and_keep_their_order() -> None:
    p = PLAIN.sentiment(np.array([3.0, -1.0, 0.5]), "en")
    assert p.sum() == pytest.approx(1)
    assert list(np.argsort(p)) == [1, 2, 0]
    assert PLAIN.sentiment(np.array([1e4, 0.0, -1e4]), "en")[0] == pytest.approx(1)


def test_labels_are_on_from_their_threshold() -> None:
    found = PLAIN.probabilities("topics", np.array([0.5, -0.1]))
    assert found["delivery"] == pytest.approx(0.5)
    assert PLAIN.on("topics", found) == ["delivery"]


def test_a_file_round_trips_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    write_calibration(path, PLAIN)
    assert read_calibration(path) == PLAIN
    path.write_text('{"labels": {}}')
    with pytest.raises(ModelError, match=r"calibration\.json"):
        read_calibration(path)


def test_a_temperature_mends_overconfidence() -> None:
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(4000, 3)) * 1.5
    p = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    target = np.array([chance.choice(3, p=row) for row in p])
    assert fit_temperature(honest * 3, target, np.ones(len(target))) == pytest.approx(3, rel=0.15)


def test_platt_scaling_makes_scores_honest() -> None:
    chance = np.random.default_rng(1)
    logit = chance.normal(size=5000) * 3
    truth = (chance.random(5000) < 1 / (1 + np.exp(-(0.5 * logit - 1)))).astype(float)
    slope, offset = fit_platt(logit, truth, np.ones(5000))
    p = 1 / (1 + np.exp(-(slope * logit + offset)))
    assert calibration_error(p, truth > 0.5) < 0.03
    raw = 1 / (1 + np.exp(-logit))
    assert calibration_error(raw, truth > 0.5) > 0.08


def test_platt_without_a_single_positive_stays_sane() -> None:
    slope, offset = fit_platt(np.linspace(-3, 3, 50), np.zeros(50), np.ones(50))
    assert 1 / (1 + np.exp(-(slope * 3 + offset))) < 0.5


def test_the_best_threshold_separates() -> None:
    truth = np.array([True] * 20 + [False] * 80)
    assert 0.3 < best_threshold(truth, np.where(truth, 0.6, 0.2) + 0.0) < 0.6
