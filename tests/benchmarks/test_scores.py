"""The yardsticks themselves: known answers of the scores the benchmarks print."""

import math

import numpy as np
import pytest

from benchmarks.bcubed import bcubed
from benchmarks.cascade_data import Cascade, busiest_hour, split
from benchmarks.cascades import auc
from benchmarks.fit_forecast import JUDGED_MIN, Rows, stretch
from benchmarks.nab_score import judge, score

ROWS, WINDOW = 4000, (2000, 2100)


def of(*alarms):
    return [judge(alarms, ROWS, [WINDOW])]


def test_a_silent_detector_has_zero_and_an_alarm_at_the_first_row_of_the_window_nearly_hundred():
    assert score(of(), "standard") == 0
    assert score(of(WINDOW[0]), "standard") == pytest.approx(100, abs=0.1)
    assert score(of(WINDOW[0]), "low FN") == pytest.approx(100, abs=0.1)


def test_a_later_alarm_is_worth_less_and_a_second_one_nothing():
    early, late = score(of(2010), "standard"), score(of(2090), "standard")
    assert 50 < late < early
    assert score(of(2010, 2050), "standard") == early


def test_false_alarms_cost_twice_as_much_where_they_are_unwanted():
    clean = score(of(2010), "standard")
    cost = [clean - score(of(2010, 3500), profile) for profile in ("standard", "low FP")]
    assert cost == [pytest.approx(5.5), pytest.approx(11.0)]


def test_alarms_in_the_warm_up_count_for_nothing_and_near_ones_are_one_episode():
    assert of(100) == of()
    assert of(3000, 3050, 3100, 3300)[0].episodes == 2
    assert of(2101)[0].false > of(2200)[0].false


def test_bcubed_of_known_groupings():
    whole = bcubed(["a", "a", "b", "b"], [1, 1, 2, 2])
    assert (whole.precision, whole.recall, whole.f1) == (1, 1, 1)
    one = bcubed(["a", "a", "b", "b"], [1, 1, 1, 1])
    assert (one.precision, one.recall) == (0.5, 1)
    each = bcubed(["a", "a", "b", "b"], [1, 2, 3, 4])
    assert (each.precision, each.recall) == (1, 0.5)


def test_auc_of_known_scores():
    assert auc([1, 2, 3, 4], [False, False, True, True]) == 1
    assert auc([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert math.isnan(auc([1, 2], [True, True]))


def test_cascades_are_split_by_time_and_told_by_their_busiest_hour():
    cascades = [Cascade(86400.0 * i, (86400.0 * i + 15 * 3600, 86400.0 * i + 17 * 3600)) for i in range(16)]
    past, last = split(cascades)
    assert (len(past), len(last)) == (14, 2)
    assert max(c.first for c in past) < min(c.first for c in last)
    assert busiest_hour(past) == pytest.approx(16)
    assert cascades[0].until(16 * 3600) == 1


def test_the_stretched_interval_holds_for_whole_and_for_thinned_cascades():
    random = np.random.default_rng(8)
    n = 4000
    whole = np.arange(n) % 2 == 0
    y = random.normal(0, np.where(whole, 2.0, 1.0))
    age = np.repeat(60.0 * np.array(JUDGED_MIN), n // len(JUDGED_MIN))
    judged = Rows(np.zeros((n, 1)), y, np.zeros(n), age, np.full(n, 9.0), whole)
    told = np.tile([-1.0, 0.0, 1.0], (n, 1))
    for _, below, above in stretch(judged, told):
        assert 2.0 < below < 3.2  # 1.28 deviations of the wider kind
        assert 2.0 < above < 3.2
