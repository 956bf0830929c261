"""Whether a count is more than chance: tail probabilities in several windows, and the false-discovery rate over all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

from trends.baseline import Expectation
from trends.tails import binomial_surprise, negative_binomial_surprise

WINDOWS_H = (0.25, 1.0, 3.0, 12.0)
"""A quarter of an hour sees a burst first, half a day sees what simmers; four windows cost little power."""
CHARGE = log10(len(WINDOWS_H))


@dataclass(frozen=True, slots=True)
class Surprise:
    """The window that surprised most: -log10 P(at least `observed`) when `expected` is normal."""

    window_h: float
    observed: int
    expected: float
    value: float


NONE = Surprise(WINDOWS_H[-1], 0, 0.0, 0.0)


def most_surprising(
    counts: Sequence[int],
    expected: Callable[[float], Expectation],
    least: int,
    *,
    read: Sequence[int] | None = None,
    misread: float = 0.0,
) -> Surprise:
    """Test the counts of `WINDOWS_H`; windows with fewer than `least` are not tested (surprise 0).

    The largest of four dependent tests is charged with their number (Bonferroni). Where `read` gives the scored posts
    of each window, a count must also be more than misreading a share of `misread` of them would bring, and the larger
    of the two p counts: an intersection-union test (Berger 1982) of "as many as usual" and of "a crowd misread".
    """
    best = Surprise(WINDOWS_H[-1], counts[-1], expected(WINDOWS_H[-1]).mean, 0.0)
    for place, (window_h, count) in enumerate(zip(WINDOWS_H, counts, strict=True)):
        if count < least:
            continue
        normal = expected(window_h)
        value = negative_binomial_surprise(count, normal.mean, normal.shape)
        if read is not None:
            value = min(value, binomial_surprise(count, max(count, read[place]), misread))
        value -= CHARGE
        if value > best.value:
            best = Surprise(window_h, count, normal.mean, value)
    return best


def discoveries(surprises: Sequence[float], tests: int, rate_log10: float) -> list[bool]:
    """Apply Benjamini-Hochberg (1995) to -log10 p: which of `surprises` stand, when `tests` were made in all.

    `rate_log10` is -log10 of the false-discovery rate of one look. Looks every minute over a week are about 700
    independent quarter hours, so 4 stands for 0.07 false discoveries a week of the surprise part alone.
    """
    order = sorted(range(len(surprises)), key=lambda i: -surprises[i])
    stands = [False] * len(surprises)
    last = -1
    for rank, i in enumerate(order, start=1):
        if surprises[i] >= rate_log10 + log10(max(tests, 1) / rank):
            last = rank
    for i in order[: max(last, 0)]:
        stands[i] = True
    return stands
