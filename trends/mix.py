"""When the mix of complaints changes: change points in the share of each topic and service failure, per brand.

A pure function over daily counts. The share of a kind among a brand's negative mentions is compared between adjacent
stretches of whole days: up to eight weeks before a day against the ten to fourteen days from it on. A product launch
brings more of everything and a season moves shares slowly; neither moves one share between two such stretches by as
much as is asked here. Every kind is looked at every day, so significance is charged with the tests of many years.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

WINDOW_D = 14  # "found within two windows": four weeks after the change at the latest
LEAST_AFTER_D = 10  # of it must have passed: a bad week is no change
BEFORE_D = 56
LEAST_BEFORE_D = 28
LEAST_OF_KIND = 15  # complaints of the kind in the window after (before, when it fell)
LEAST_TOTAL = 40  # negative mentions on either side
LEAST_SIZE = 0.10  # of all complaints; less is no news to anyone ...
LEAST_RATIO = 1.5  # ... nor is 60 % that become 70 %
LEVEL = (
    1e-7  # one-sided, over 365 days x 5 starts x 15 kinds x 2 directions: one false shift in 200 brand-years at most
)
AGREEING = 0.7  # of the days must lie beyond the middle of old and new share
EXAMPLES = 3
RECURS_D = 28  # days before the same kind may shift again


@dataclass(frozen=True, slots=True)
class Shift:
    """One kind's share of a brand's complaints changed on `day` (days since 1970 UTC).

    `before` and `after` are shares (0-1); `size` = after - before with its 90 % interval; `z` the standardised
    difference; `found` the day from whose end on it could be told; `examples` three typical posts, if any were given.
    """

    kind: str
    day: int
    found: int
    before: float
    after: float
    lo: float
    hi: float
    z: float
    examples: tuple[int, ...] = ()

    @property
    def size(self) -> float:
        """How far the share moved."""
        return self.after - self.before


def shifts(
    totals: Mapping[int, int],
    counts: Mapping[str, Mapping[int, int]],
    today: int,
    *,
    typical: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> list[Shift]:
    """Return every shift that can be told by the start of `today`, by day and kind.

    `totals` are a brand's negative mentions per whole day (days since 1970 UTC), `counts` those of each kind (topic or
    service failure; one post may count for several). Days without an entry count zero mentions and weigh nothing.
    `typical` gives (day, post) per kind, most typical first: the first three of the days after the change are quoted.
    """
    days = sorted(day for day in totals if day < today)
    if not days:
        return []
    found = []
    for kind in sorted(counts):
        latest = -math.inf
        for end in range(days[0] + LEAST_BEFORE_D + LEAST_AFTER_D, today + 1):
            shift = _told(kind, totals, counts[kind], days[0], end)
            if shift is not None and shift.day - latest >= RECURS_D:
                latest = shift.day
                found.append(_with_examples(shift, (typical or {}).get(kind, ())))
    return sorted(found, key=lambda shift: (shift.day, shift.kind))


def _told(kind: str, totals: Mapping[int, int], of: Mapping[int, int], first: int, end: int) -> Shift | None:
    """Return the clearest change whose stretch after it ends with the day before `end`: ten to fourteen days long."""
    best = None
    for start in range(end - WINDOW_D, end - LEAST_AFTER_D + 1):
        before = range(max(first, start - BEFORE_D), start)
        if len(before) < LEAST_BEFORE_D:
            continue
        shift = _compare(kind, totals, of, before, range(start, end))
        if shift is not None and (best is None or abs(shift.z) > abs(best.z)):
            best = shift
    return best


def _compare(kind: str, totals: Mapping[int, int], of: Mapping[int, int], before: range, after: range) -> Shift | None:
    n0, n1 = (sum(totals.get(day, 0) for day in days) for days in (before, after))
    k0, k1 = (sum(of.get(day, 0) for day in days) for days in (before, after))
    if min(n0, n1) < LEAST_TOTAL or max(k0 * len(after) / len(before), k1) < LEAST_OF_KIND:
        return None
    p0, p1 = (k0 + 0.5) / (n0 + 1), (k1 + 0.5) / (n1 + 1)
    if abs(p1 - p0) < LEAST_SIZE or not _ratio(p0, p1) >= LEAST_RATIO:
        return None
    # Complaints come in clumps: one story of forty posts is no forty opinions. Days tell how much the share varies.
    excess = max(_overdispersion(totals, of, before, p0), _overdispersion(totals, of, after, p1))
    pooled = (k0 + k1) / (n0 + n1)
    z = (p1 - p0) / math.sqrt(excess * pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    if abs(z) < _NORMAL.inv_cdf(1 - LEVEL) or not _lasts(totals, of, after, (p0 + p1) / 2, rising=p1 > p0):
        return None
    half = _NORMAL.inv_cdf(0.95) * math.sqrt(excess * (p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1))
    return Shift(kind, after.start, after.stop - 1, p0, p1, p1 - p0 - half, p1 - p0 + half, z)


_NORMAL = NormalDist()


def _ratio(p0: float, p1: float) -> float:
    return max(p0, p1) / min(p0, p1)


def _overdispersion(totals: Mapping[int, int], of: Mapping[int, int], days: range, share: float) -> float:
    """Return Pearson's chi-squared per degree of freedom of the days' shares, at least 1."""
    used = [day for day in days if totals.get(day, 0) > 0]
    chi = sum(
        (of.get(day, 0) - totals[day] * share) ** 2 / max(totals[day] * share * (1 - share), 1e-9) for day in used
    )
    return max(chi / max(len(used) - 1, 1), 1.0)


def _lasts(totals: Mapping[int, int], of: Mapping[int, int], after: range, middle: float, *, rising: bool) -> bool:
    """Tell whether most of the days after lie beyond the middle, and so do the last three, unlike a burst."""
    used = [day for day in after if totals.get(day, 0) > 0]
    beyond = sum((of.get(day, 0) > totals[day] * middle) == rising for day in used)
    late = [day for day in used if day >= after.stop - 3]
    k, n = sum(of.get(day, 0) for day in late), sum(totals[day] for day in late)
    return beyond >= AGREEING * len(used) and n > 0 and (k > n * middle) == rising


def _with_examples(shift: Shift, typical: Sequence[tuple[int, int]]) -> Shift:
    posts = tuple(post for day, post in typical if shift.day <= day <= shift.found)[:EXAMPLES]
    return Shift(shift.kind, shift.day, shift.found, shift.before, shift.after, shift.lo, shift.hi, shift.z, posts)
