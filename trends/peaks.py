"""How far a count stands above everything its own past held: peaks over threshold on the log excess, several windows.

The negative binomial of baseline.py knows how hours vary; big brands' minutes have heavier tails than that, and each
brand its own. Here the logarithm of (count + 1) ÷ (expected + 1) is held against the largest of the brand's own past:
above its 98 % quantile u the excess is exponential (Balkema & de Haan 1974, Pickands 1975, with shape 0: a power law of
the count), P(z) = 0.02 · exp(-(z - u)/beta). The value is the mean of -log10 P over windows of 5 min, 15 min and 1 h: a
burst that is real shows in all three, a machine's five minutes or a busy evening in one only.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WINDOWS_H = (1 / 12, 0.25, 1.0)
STEP_S = 300.0  # of the past, one look in this time is remembered
QUANTILE = 0.98  # from which a look counts as a peak: enough of them to learn from, few enough to be the tail
REMEMBERED = 8 * 7 * 24 * 12  # looks: eight weeks, as in baseline.py
GAP = 144  # the newest twelve hours are judged, not learned ...
WARM = 288  # ... unless there is less than a day without them: then all but the last hour
LEAST = 72  # looks without which nothing is said
PRIOR_SCALE, PRIOR_PEAKS = 0.35, 10.0  # beta until seen: a tenfold peak is a hundred and forty times rarer than u

Array = NDArray[np.float64]


class Peaks:
    """One brand's (or any one count's) past of log excesses. Memory: 16,128 x 3 floats."""

    def __init__(self, quantile: float = QUANTILE) -> None:
        self._quantile = quantile
        self._past = np.zeros((1024, len(WINDOWS_H)))
        self._size = 0
        self._step = -1
        self._fit: tuple[int, Array, Array] | None = None

    def look(self, at: float, counts: Sequence[int], means: Sequence[float]) -> float:
        """Return the mean -log10 P of the counts of `WINDOWS_H` that end at `at` (seconds), and remember them.

        `means` are the expected counts. 0 where any window is ordinary in all, or while the past is under six hours.
        """
        excess = np.log((np.asarray(counts, dtype=np.float64) + 1) / (np.asarray(means, dtype=np.float64) + 1))
        self._learn(int(at // 3600))
        value = 0.0
        if self._fit is not None:
            _, start, scale = self._fit
            rare = (excess - start) / scale / math.log(10) - math.log10(1 - self._quantile)
            value = float(np.where(excess > start, rare, 0.0).mean())
        self._remember(int(at // STEP_S), excess)
        return value

    def _remember(self, step: int, excess: Array) -> None:
        if step <= self._step:
            return
        self._step = step
        if self._size == len(self._past):
            if self._size >= 2 * REMEMBERED:
                self._past[:REMEMBERED] = self._past[self._size - REMEMBERED :]
                self._size = REMEMBERED
            else:
                self._past = np.vstack([self._past, np.zeros_like(self._past)])
        self._past[self._size] = excess
        self._size += 1

    def _learn(self, hour: int) -> None:
        """Learn threshold and scale per window once an hour."""
        if self._fit is not None and self._fit[0] == hour:
            return
        end = self._size - GAP
        if end < WARM:
            end = self._size - 12
        if end < LEAST:
            return
        past = self._past[max(end - REMEMBERED, 0) : end]
        start = np.quantile(past, self._quantile, axis=0)
        over = past > start
        scale = ((past - start) * over).sum(axis=0) + PRIOR_SCALE * PRIOR_PEAKS
        self._fit = (hour, start, scale / (over.sum(axis=0) + PRIOR_PEAKS))
