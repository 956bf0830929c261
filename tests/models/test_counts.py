import numpy as np
import pytest

from models.counts import confusion, corrected, wilson


def test_wilson_interval_of_known_cases() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20
    found = wilson(81, 263)
    assert (found.lo, found.hi) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    none = wilson(0, 20)
    assert (none.lo, none.hi) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.1611, abs=1e-4))


def test_two_classes_are_corrected_as_rogan_and_gladen_do() -> None:
    sensitivity, specificity, seen = 0.8, 0.9, 0.3
    expected = (seen + specificity - 1) / (sensitivity + specificity - 1)
    given = np.array([[sensitivity, 1 - sensitivity], [1 - specificity, specificity]])
    found = corrected(np.array([300.0, 700.0]), given)
    assert found[0] / found.sum() == pytest.approx(expected, abs=1e-4)


def test_three_classes_are_found_again_and_none_falls_below_zero() -> None:
    truth = np.array([500.0, 300.0, 200.0])
    given = np.array([[0.8, 0.15, 0.05], [0.2, 0.6, 0.2], [0.05, 0.1, 0.85]])
    assert corrected(truth @ given, given) == pytest.approx(truth, abs=1.0)
    impossible = corrected(np.array([0.0, 1000.0, 0.0]), given)
    assert impossible.min() >= 0
    assert impossible.sum() == pytest.approx(1000.0)


def test_a_reader_without_errors_is_left_alone_and_no_posts_stay_none() -> None:
    said = np.array([5.0, 3.0, 2.0])
    assert corrected(said, np.eye(3)) == pytest.approx(said, abs=1e-6)
    assert corrected(np.zeros(3), np.eye(3)).sum() == 0


def test_an_unseen_class_claims_no_certainty() -> None:
    found = confusion(np.array([[10.0, 0, 0], [0, 10.0, 0], [0, 0, 0]]))
    assert found[2] == pytest.approx([1 / 3] * 3)
    assert found.sum(1) == pytest.approx([1.0] * 3)
