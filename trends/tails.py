"""Tail probabilities without scipy: negative binomial and binomial, in logarithms so that 1e-300 is still a number."""

import math

LN10 = math.log(10)


def log_beta_tail(a: float, b: float, x: float) -> float:
    """Return ln of the regularised incomplete beta I_x(a, b), by Lentz's continued fraction (NIST DLMF 8.17.22)."""
    if x <= 0:
        return -math.inf
    if x >= 1:
        return 0.0
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    if x > (a + 1) / (a + b + 2):
        rest = math.exp(min(front + math.log(_fraction(b, a, 1 - x)) - math.log(b), 0.0))
        return math.log1p(-rest) if rest < 1 else -745.0
    return min(front + math.log(_fraction(a, b, x)) - math.log(a), 0.0)


def negative_binomial_surprise(count: int, mean: float, shape: float) -> float:
    """Return -log10 P(N >= count), N negative binomial with variance mean + mean²/shape; 0 for count <= 0."""
    if count <= 0:
        return 0.0
    mean = max(mean, 1e-12)
    return -log_beta_tail(float(count), shape, mean / (mean + shape)) / LN10


def binomial_surprise(count: int, of: int, share: float) -> float:
    """Return -log10 P(N >= count) for N binomial of `of` trials with chance `share`; 0 for count <= 0."""
    if count <= 0:
        return 0.0
    return -log_beta_tail(float(count), float(of - count + 1), share) / LN10


def _fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 400):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + step * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + step / c
            c = c if abs(c) > tiny else tiny
            result *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return max(result, tiny)
