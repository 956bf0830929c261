"""When the mix of complaints changes: change points in the share of each topic and service failure, per brand.

A pure function over daily counts. The share of a kind among a brand's negative mentions is compared between adjacent
stretches of whole days: up to eight weeks before a day against the ten to fourteen days from it on. A product launch
brings more of everything and a season moves shares slowly; neither moves one share between two such stretches by as
much as is asked here, and a day of many complaints counts as an ordinary one. The comparison is made within each source
(Cochran 1954, Mantel & Haenszel 1959): a source that is added, falls silent or grows brings its own complaints, and
that changes nobody's mind. Every kind is looked at every day, so significance is charged with the tests of many years.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

WINDOW_D = 14  # "found within two windows": four weeks after the change at the latest
LEAST_AFTER_D = 10  # of it must have passed: a bad week is no change
BEFORE_D = 56
LEAST_BEFORE_D = 28
LEAST_D = LEAST_BEFORE_D + LEAST_AFTER_D  # whole days without which nothing can be told
LEAST_OF_KIND = 15  # complaints of the kind in the window after (before, when it fell)
LEAST_TOTAL = 40  # negative mentions on either side
LEAST_SIZE = 0.10  # of all complaints; less is no news to anyone ...
LEAST_RATIO = 1.5  # ... nor is 60 % that become 70 %
LEVEL = (
    1e-7  # one-sided, over 365 days x 5 starts x 15 kinds x 2 directions: one false shift in 200 brand-years at most
)
NEAR = 0.9  # of the level: from there on a window is looked at in full, where shares are smoothed a little
AGREEING = 0.7  # of the days must lie beyond the middle of old and new share

Array = NDArray[np.float64]
_NORMAL = NormalDist()
_CRITICAL = _NORMAL.inv_cdf(1 - LEVEL)


@dataclass(frozen=True, slots=True)
class Shift:
    """One kind's share of a brand's complaints changed on `day` (days since 1970 UTC).

    `before` and `after` are shares (0-1) at equal sources; the size after - before has the 90 % interval `lo` to `hi`;
    `z` is the standardised difference; `found` the day from whose end on it could be told.
    """

    kind: str
    day: int
    found: int
    before: float
    after: float
    lo: float
    hi: float
    z: float

    @property
    def size(self) -> float:
        """How far the share moved."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Days:
    """A brand's negative mentions per whole UTC day from day `first` on (days since 1970).

    `totals` are (sources, days); `of` (kinds, sources, days), a kind being a topic or a service failure: one post may
    count for several, or none.
    """

    first: int
    kinds: tuple[str, ...]
    totals: Array
    of: Array


def tabulate(
    totals: Iterable[tuple[str, int, int]], counts: Iterable[tuple[str, str, int, int]], first: int, today: int
) -> Days:
    """Lay out (source, day, negatives) and (kind, source, day, negatives) of the days from `first` up to `today`."""
    all_of = [row for row in totals if first <= row[1] < today]
    by_kind = [row for row in counts if first <= row[2] < today]
    width = max(today - first, 0)
    sources = {name: i for i, name in enumerate(sorted({source for source, _, _ in all_of}))}
    kinds = {name: i for i, name in enumerate(sorted({row[0] for row in by_kind}))}
    found = Days(first, tuple(kinds), np.zeros((len(sources), width)), np.zeros((len(kinds), len(sources), width)))
    for source, day, n in all_of:
        found.totals[sources[source], day - first] += n
    for kind, source, day, n in by_kind:
        found.of[kinds[kind], sources[source], day - first] += n
    return found


def shifts(days: Days, *, since: int = 0, told: Mapping[str, int] | None = None) -> list[Shift]:
    """Return every shift that can be told of these days, by the day it was found, and kind.

    `told` are the shifts known already, kind → day: a kind is held against what it was after its last shift only, so
    one change is told once. `since` leaves out what could be told before that day (days since 1970).
    """
    latest = dict(told or {})
    days = _even(days)
    width, found = days.totals.shape[1], list[Shift]()
    n, k = _sums(days.totals), _sums(days.of)
    for end in range(max(LEAST_D, since - days.first), width + 1):
        for i, starts in _candidates(days, n, k, latest, end).items():
            seen = [shift for start in starts if (shift := _told(days, i, start, end, latest)) is not None]
            if seen:
                found.append(max(seen, key=lambda shift: abs(shift.z)))
                latest[found[-1].kind] = found[-1].day
    return found


def _even(days: Days) -> Days:
    """Let no day count for more than the mean of the eight weeks before it: a burst of one kind thins all others."""
    total = days.totals.sum(axis=0)
    before = _sums(total)
    ends = np.arange(len(total))
    begins = np.maximum(ends - BEFORE_D, 0)
    mean = (before[ends] - before[begins]) / np.maximum(ends - begins, 1)
    most = np.where(ends >= LEAST_BEFORE_D, mean, np.inf)
    part = np.minimum(1.0, most / np.maximum(total, 1))
    return Days(days.first, days.kinds, days.totals * part, days.of * part)


def _sums(counts: Array) -> Array:
    """Return counts before each day, along the last axis."""
    return np.concatenate([np.zeros((*counts.shape[:-1], 1)), counts.cumsum(axis=-1)], axis=-1)


def _begin(days: Days, kind: str, start: int, told: Mapping[str, int]) -> int:
    return max(0, start - BEFORE_D, told.get(kind, days.first) - days.first)


def _candidates(days: Days, n: Array, k: Array, told: Mapping[str, int], end: int) -> dict[int, list[int]]:
    """Return the kinds that may have shifted, and when: starts of windows that end before `end`.

    Size, dispersion and duration are not looked at yet.
    """
    found: dict[int, list[int]] = {}
    for start in range(end - WINDOW_D, end - LEAST_AFTER_D + 1):
        begins = np.array([_begin(days, kind, start, told) for kind in days.kinds], dtype=np.int64)
        of_kind = np.arange(len(begins))
        n0, n1 = (n[:, start, None] - n[:, begins]).T, (n[:, end] - n[:, start])[None, :]
        k0, k1 = k[:, :, start] - k[of_kind, :, begins], k[:, :, end] - k[:, :, start]
        both = np.maximum(n0 + n1, 1)
        share = (k0 + k1) / both
        usable = (n0 > 0) & (n1 > 0)
        gap = np.where(usable, k1 - n1 * share, 0).sum(axis=1)
        variance = np.where(usable, n0 * n1 * share * (1 - share) / both, 0).sum(axis=1)
        likely = np.abs(gap) >= NEAR * _CRITICAL * np.sqrt(variance)
        for i in np.flatnonzero(likely & (variance > 0) & (start - begins >= LEAST_BEFORE_D)).tolist():
            found.setdefault(i, []).append(start)
    return found


def _told(days: Days, i: int, start: int, end: int, told: Mapping[str, int]) -> Shift | None:
    """Judge one kind's window in full; None unless it is large, lasting and more than clumps."""
    begin = _begin(days, days.kinds[i], start, told)
    heard = (days.totals[:, begin:start].sum(axis=1) > 0) & (days.totals[:, start:end].sum(axis=1) > 0)
    before = _Side.of_counts(days.totals[heard, begin:start], days.of[i][heard, begin:start])
    after = _Side.of_counts(days.totals[heard, start:end], days.of[i][heard, start:end])
    scaled = before.kind * (end - start) / (start - begin)
    if min(before.total, after.total) < LEAST_TOTAL or max(scaled, after.kind) < LEAST_OF_KIND:
        return None
    weight = before.n * after.n / (before.n + after.n)
    p0, p1 = (float((weight * side.share).sum() / weight.sum()) for side in (before, after))
    if abs(p1 - p0) < LEAST_SIZE or max(p0, p1) < LEAST_RATIO * min(p0, p1):
        return None
    # Complaints come in clumps: one story of forty posts is no forty opinions. Days tell how much the share varies.
    excess = max(before.dispersion(), after.dispersion())
    pooled = (before.n * before.share + after.n * after.share) / (before.n + after.n)
    z = (p1 - p0) * float(weight.sum()) / math.sqrt(excess * float((weight * pooled * (1 - pooled)).sum()))
    middle = (before.share + after.share) / 2
    if abs(z) < _CRITICAL or not after.lasts(middle, rising=p1 > p0):
        return None
    spread = sum(float((weight**2 * side.share * (1 - side.share) / side.n).sum()) for side in (before, after))
    half = _NORMAL.inv_cdf(0.95) * math.sqrt(excess * spread) / float(weight.sum())
    last = days.first + end - 1
    return Shift(days.kinds[i], days.first + start, last, p0, p1, p1 - p0 - half, p1 - p0 + half, z)


@dataclass(frozen=True, slots=True)
class _Side:
    """One stretch of one kind: negatives and those of the kind (sources, days), sums and shares (sources,)."""

    totals: Array
    of: Array
    n: Array
    share: Array

    @classmethod
    def of_counts(cls, totals: Array, of: Array) -> "_Side":
        """Shares are drawn towards the stretch's own by one mention's worth, so that none is 0 or 1."""
        n = totals.sum(axis=1)
        pooled = (of.sum() + 0.5) / (n.sum() + 1)
        return cls(totals, of, n, (of.sum(axis=1) + pooled) / (n + 1))

    @property
    def total(self) -> float:
        return float(self.n.sum())

    @property
    def kind(self) -> float:
        return float(self.of.sum())

    def dispersion(self) -> float:
        """Return Pearson's chi-squared per degree of freedom of the days, given the sources' shares; at least 1."""
        used = self.totals.sum(axis=0) > 0
        mean, variance = self.share @ self.totals, (self.share * (1 - self.share)) @ self.totals
        chi = float((((self.of.sum(axis=0) - mean) ** 2)[used] / np.maximum(variance[used], 1e-9)).sum())
        return max(chi / max(int(used.sum()) - 1, 1), 1.0)

    def lasts(self, middle: Array, *, rising: bool) -> bool:
        """Tell whether most of the days lie beyond the middle, and so do the last three, unlike a burst."""
        totals, of, bar = self.totals.sum(axis=0), self.of.sum(axis=0), middle @ self.totals
        used = totals > 0
        beyond = ((of > bar) == rising)[used]
        is_late = float(totals[-3:].sum()) > 0 and bool(of[-3:].sum() > bar[-3:].sum()) == rising
        return bool(beyond.sum() >= AGREEING * len(beyond)) and is_late
