import math

import pytest

from trends.surprise import discoveries
from trends.tails import binomial_surprise, negative_binomial_surprise


@pytest.mark.parametrize(("count", "mean", "shape"), [(1, 0.5, 2.0), (7, 2.0, 0.5), (40, 30.0, 3.0), (200, 5.0, 2.0)])
def test_negative_binomial_tail_equals_the_sum(count, mean, shape):
    p = mean / (mean + shape)
    logs = [
        math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1) + shape * math.log1p(-p) + k * math.log(p)
        for k in range(count, count + 4000)
    ]
    assert negative_binomial_surprise(count, mean, shape) == pytest.approx(-math.log10(math.fsum(map(math.exp, logs))))


def test_a_large_shape_is_poisson():
    tail = 1 - math.exp(-3) * sum(3**k / math.factorial(k) for k in range(8))
    assert negative_binomial_surprise(8, 3.0, 1e9) == pytest.approx(-math.log10(tail), rel=1e-4)


@pytest.mark.parametrize(("count", "of", "share"), [(3, 20, 0.1), (20, 20, 0.12), (75, 500, 0.12), (1, 1, 0.5)])
def test_binomial_tail_equals_the_sum(count, of, share):
    tail = math.fsum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count, of + 1))
    assert binomial_surprise(count, of, share) == pytest.approx(-math.log10(tail))


def test_extremes_are_finite_and_ordered():
    assert negative_binomial_surprise(0, 5.0, 2.0) == binomial_surprise(0, 10, 0.1) == 0.0
    far, further = (negative_binomial_surprise(n, 0.001, 2.0) for n in (500, 5000))
    assert 300 < far < further < math.inf


def test_benjamini_hochberg_admits_weaker_ones_beside_strong_ones():
    # Rate 10^-2 over 100 tests: alone a p of 10^-3.8 falls short of 10^-4; as the second of two it stands.
    assert discoveries([3.8], 100, 2.0) == [False]
    assert discoveries([3.8, 9.0], 100, 2.0) == [True, True]
    assert discoveries([0.0, 9.0, 1.0], 100, 2.0) == [False, True, False]
    assert discoveries([], 0, 2.0) == []
