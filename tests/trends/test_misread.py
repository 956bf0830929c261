"""A count is held against what misreading the present crowd would bring, not only against the usual count."""

import pytest

from trends.baseline import Expectation
from trends.settings import DetectorSettings
from trends.surprise import most_surprising

LEAST = DetectorSettings().least_negatives
MISREAD = DetectorSettings().misread_share


def quiet(_: float) -> Expectation:
    return Expectation(mean=0.2, shape=2.0, history_h=500.0)


@pytest.mark.parametrize(("negative", "read"), [(12, 100), (120, 1000), (6, 40)])
def test_a_neutral_crowd_misread_as_often_as_measured_surprises_nobody(negative: int, read: int) -> None:
    counts, crowd = [negative] * 4, [read] * 4
    assert most_surprising(counts, quiet, LEAST).value > 4
    assert most_surprising(counts, quiet, LEAST, read=crowd, misread=MISREAD).value < 1


@pytest.mark.parametrize(("negative", "read"), [(9, 9), (12, 18), (40, 60)])
def test_a_story_of_complaints_stays_surprising(negative: int, read: int) -> None:
    assert most_surprising([negative] * 4, quiet, LEAST, read=[read] * 4, misread=MISREAD).value > 5


def test_a_window_of_complaints_speaks_where_longer_ones_hold_a_misread_crowd() -> None:
    found = most_surprising([6, 6, 45, 45], quiet, LEAST, read=[6, 6, 400, 400], misread=MISREAD)
    assert (found.window_h, found.observed) == (0.25, 6)
    assert found.value > 4
