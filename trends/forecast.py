"""How many negative mentions are to come, with an 80 % interval: boosted trees and a line on what was seen of a story.

y = ln((rest + 1) / (seen + 1)) is told by three sums of regression trees (Friedman 2001), for its median and its 10 and
90 % quantiles (pinball loss), and by a line per age (least absolute deviations). They look at how the posts seen are
spread over the story's age and at the day's rhythm ahead (`features`), whose part is missing where the brand's busiest
hour is unknown. The centre is the mean of median tree and line: each errs where the other does not, trees late, lines
early. The quantiles are stretched about it until they hold forward in time (conformalised quantile regression, Romano
et al. 2019, over blocks of time).

All numbers lie in forecast.json, written by `python -m benchmarks.fit_forecast --data DIR` from the first seven eighths
in time of 2,682 public Weibo cascades, whole and thinned to random 10–100 % (a story's negatives are a part of its
posts). Cascades are there because they grew (>= 100 posts): read a forecast as "if this goes on as those did".
"""

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundswell.types import Interval

FITTED = Path(__file__).with_name("forecast.json")
LEAST = 5  # negative mentions from which a forecast is stated: the fit saw nothing smaller
AGES_S = (600.0, 172800.0)  # the fit saw nothing younger or older
LATE = (0.5, 0.25, 0.125, 0.0625, 0.03125)
EARLY = (0.05, 0.125, 0.25, 0.5)
NEWEST_S = (900.0, 3600.0, 10800.0)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
BACK = (3, 10, 20)
DAY_S = 86400.0
TIMED = 7  # features that need the busiest hour, the last ones
RHYTHM = ((0.268, 0.0), (0.545, 2.266), (0.312, -2.097))  # harmonics of the day of what was fitted: size, angle


Table = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Model:
    """Regression trees of equal depth as heaps: the children of node i are 2i + 1 and 2i + 2.

    Shapes (quantile, tree, node) and, for `leaf`, (quantile, tree, leaf). A missing value goes left where `missing`.
    `stretch` are rows of ln(age), and the factors of the distances to the lower and the upper quantile; `timed` and
    `untimed` the lines, rows of ln(age), constant and weights.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing: NDArray[np.bool_]
    leaf: NDArray[np.float64]
    base: tuple[float, ...]
    stretch: Table
    timed: Table
    untimed: Table

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> "Model":
        """Read what `benchmarks.fit_forecast` wrote."""
        arrays = [np.array([model[key] for model in held["models"]]) for key in ("feature", "threshold", "leaf")]
        missing = np.array([model["missing"] for model in held["models"]], dtype=bool)
        base = tuple(model["base"] for model in held["models"])
        tables = (held["stretch"], held["lines"]["timed"], held["lines"]["untimed"])
        return cls(arrays[0], arrays[1], missing, arrays[2], base, *tables)

    def sums(self, values: Sequence[float]) -> list[float]:
        """Return the sum of the trees of each quantile; exactly rounded, so that no machine differs."""
        seen = np.array(values)
        models, count, nodes = self.feature.shape
        row, column = np.arange(models)[:, None], np.arange(count)
        place = np.zeros((models, count), dtype=np.int64)
        for _ in range((nodes + 1).bit_length() - 1):
            value = seen[self.feature[row, column, place]]
            right = np.where(
                np.isnan(value), ~self.missing[row, column, place], value > self.threshold[row, column, place]
            )
            place = 2 * place + 1 + right
        found = self.leaf[row, column, place - nodes]
        return [base + math.fsum(own) for base, own in zip(self.base, found.tolist(), strict=True)]


def forecast(times: Sequence[float], first: float, now: float, *, busiest_hour: float | None = None) -> Interval | None:
    """Forecast the negative mentions of the next 24 h; None under `LEAST`.

    `times` are the sorted seconds of a story's negative mentions, `first` its first post's; `busiest_hour` is the hour
    of the UTC day around which the brand is talked of most (None: unknown, the interval is wider for it). Older stories
    are judged by their last two days.
    """
    return _told(DAY_S, times, first, now, busiest_hour)


def day_size(times: Sequence[float], first: float, now: float, *, busiest_hour: float | None = None) -> Interval | None:
    """Forecast how many negative mentions a story will have 24 h after its first post, those seen included.

    None under `LEAST`; what was seen from 24 h on.
    """
    seen = bisect_right(times, now) - bisect_left(times, first)
    if now - first >= DAY_S:
        size = float(bisect_right(times, first + DAY_S) - bisect_left(times, first))
        return Interval(lo=size, mid=size, hi=size) if size >= LEAST else None
    rest = _told(DAY_S - (now - first), times, first, now, busiest_hour)
    return rest and Interval(lo=seen + rest.lo, mid=seen + rest.mid, hi=seen + rest.hi)


def features(
    times: Sequence[float], start: float, now: float, ahead_s: float, busiest_hour: float | None
) -> tuple[float, ...]:
    """Return what a forecast of `ahead_s` looks at, for the posts of [start, now], of which there must be some.

    Counts are logarithms beside that of all; times are parts of the age. The last seven, the day's rhythm, are missing
    (nan) where the busiest hour is unknown.
    """
    age, begin, end = now - start, bisect_left(times, start), bisect_right(times, now)
    n = end - begin
    seen = math.log1p(n)
    found = [math.log(age), seen, math.log(ahead_s)]
    late = [math.log1p(end - bisect_right(times, now - part * age)) - seen for part in LATE]
    found += late
    found += [math.log1p(bisect_right(times, start + part * age) - begin) - seen for part in EARLY]
    found += [math.log1p(end - max(bisect_right(times, now - w), begin)) - seen for w in NEWEST_S]
    found += [(now - times[end - 1]) / age, (times[begin] - start) / age]
    found += [(times[begin + min(n - 1, int(q * n))] - start) / age for q in QUANTILES]
    found += [(now - times[end - k]) / age if n >= k else 1.0 for k in BACK]
    if busiest_hour is None:
        return (*found, *[math.nan] * TIMED)
    angle = (now / 3600 - busiest_hour) * math.pi / 12
    before = math.log(_usual(angle, -age))
    newest = math.log(_usual(angle, -LATE[1] * age))
    return (
        *found, math.sin(angle), math.cos(angle), math.sin(2 * angle), math.cos(2 * angle),
        math.log(_usual(angle, ahead_s)) - before, math.log(_usual(angle, min(ahead_s, NEWEST_S[2]))) - before,
        late[1] - newest + before,
    )  # fmt: skip


def _usual(angle: float, length_s: float) -> float:
    """Mean of the day's rhythm over `length_s` from (negative: until) an angle of the day; the day's mean is 1."""
    turn = length_s / DAY_S * 2 * math.pi
    total = turn
    for k, (size, beside) in enumerate(RHYTHM, start=1):
        total += size / k * (math.sin(k * (angle + turn) - beside) - math.sin(k * angle - beside))
    return max(total / turn, 0.01)


def along(rows: Table, values: Sequence[float]) -> float:
    """Return what the lines say, interpolated in ln(age), the first of `values`."""
    above = min(max(bisect_left(rows, values[0], key=lambda row: row[0]), 1), len(rows) - 1)
    below, upper = rows[above - 1], rows[above]
    share = min(max((values[0] - below[0]) / (upper[0] - below[0]), 0.0), 1.0)
    said = (math.fsum([row[1], *(w * x for w, x in zip(row[2:], values, strict=False))]) for row in (below, upper))
    low, high = said
    return (1 - share) * low + share * high


@lru_cache(maxsize=1)
def shipped() -> Model:
    """Return the shipped model."""
    return Model.of(json.loads(FITTED.read_text(encoding="utf-8")))


def quantiles(model: Model, values: Sequence[float]) -> tuple[float, float, float]:
    """Return the 10, 50 and 90 % quantile of ln((rest + 1) / (seen + 1)), outer ones stretched."""
    lo, mid, hi = model.sums(values)
    mid = (mid + along(model.untimed if math.isnan(values[-1]) else model.timed, values)) / 2
    lo, hi = min(lo, mid), max(hi, mid)
    ages, below, above = zip(*model.stretch, strict=True)
    return (
        mid - float(np.interp(values[0], ages, below)) * (mid - lo),
        mid,
        mid + float(np.interp(values[0], ages, above)) * (hi - mid),
    )


def _told(
    ahead_s: float, times: Sequence[float], first: float, now: float, busiest_hour: float | None
) -> Interval | None:
    age = min(max(now - first, AGES_S[0]), AGES_S[1])
    seen = bisect_right(times, now) - bisect_left(times, now - age)
    if seen < LEAST:
        return None
    values = features(times, now - age, now, ahead_s, busiest_hour)
    lo, mid, hi = (max((seen + 1) * math.exp(y) - 1, 0.0) for y in quantiles(shipped(), values))
    return Interval(lo=lo, mid=mid, hi=hi)
