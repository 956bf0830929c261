import numpy as np
import pytest

from models.metrics import accuracy, calibration_error, f1, macro_f1, macro_recall, multilabel

TRUTH = np.array(["negative", "negative", "positive", "neutral"])
SAID = np.array(["negative", "neutral", "positive", "positive"])


def test_figures_of_a_small_set_by_hand() -> None:
    assert accuracy(TRUTH, SAID) == 0.5
    assert macro_recall(TRUTH, SAID) == pytest.approx((0.5 + 1 + 0) / 3)
    assert macro_f1(TRUTH, SAID) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_a_class_the_truth_lacks_does_not_count_as_a_class_but_its_prediction_is_wrong() -> None:
    truth, said = np.array(["negative", "positive"]), np.array(["neutral", "positive"])
    assert macro_recall(truth, said) == 0.5
    assert accuracy(truth, said) == 0.5


def test_masked_cells_do_not_count() -> None:
    truth = np.array([[True, False], [False, True]])
    said = np.array([[True, True], [False, False]])
    known = np.array([[True, False], [True, True]])
    assert f1(truth, said, known) == pytest.approx(2 * 1 / (2 + 1))
    micro, macro = multilabel(truth, said, known)
    assert micro == pytest.approx(2 / 3)
    assert macro == pytest.approx((1 + 0) / 2)
    assert multilabel(truth, said, known, at_least=2) == (micro, 0.0)


def test_calibration_error_of_honest_and_of_boastful_scores() -> None:
    right = np.array([True] * 70 + [False] * 30)
    assert calibration_error(np.full(100, 0.7), right) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.full(100, 1.0), right) == pytest.approx(0.3)
