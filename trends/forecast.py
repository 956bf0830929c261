"""How many negative mentions are to come, with an 80 % interval: log-linear in what was seen, per age of the story.

ln((rest + 1) / (seen + 1)) is linear in the logarithms of how many fell into the last 1/2 … 1/16 and the first 1/20 …
1/4 of the story's age, in how long it has been silent, and in the time of day beside the brand's busiest hour (two
harmonics), because a night lies before or behind. The interval is the centre plus conformal quantiles of the residual
times a scale that is log-linear in what was seen (Lei et al. 2018, locally weighted split conformal, over blocks of
time).

The numbers lie in forecast.json, written by `python -m benchmarks.fit_forecast --data DIR` from the first seven eighths
in time of 2,682 public Weibo cascades, whole and thinned to random 5–100 % (a story's negatives are a part of its
posts). Cascades are there because they grew (>= 100 posts): read a forecast as "if this goes on as those did".
"""

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from groundswell.types import Interval

TABLES = Path(__file__).with_name("forecast.json")
LEAST = 5  # negative mentions from which a forecast is stated: the fit saw nothing smaller
LATE = (0.5, 0.25, 0.125, 0.0625)
EARLY = (0.05, 0.125, 0.25)
DAY_S = 86400.0
SCALED_BY = (1, 2, 4)  # features the scale of the residual is log-linear in: seen, last half, last eighth


@dataclass(frozen=True, slots=True)
class Row:
    """One age: constant and weights of the centre, of the log scale, and the two conformal quantiles."""

    age_s: float
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    lo: float
    hi: float


def forecast(times: Sequence[float], first: float, now: float, *, busiest_hour: float | None = None) -> Interval | None:
    """Forecast the negative mentions of the next 24 h; None under `LEAST`.

    `times` are the sorted seconds of a story's negative mentions, `first` its first post's; `busiest_hour` is the hour
    of the UTC day around which the brand is talked of most (None: unknown, the interval is wider for it). Ages between
    two rows are interpolated in ln(age); older stories are judged by their last two days.
    """
    return _told("next", times, first, now, busiest_hour)


def day_size(times: Sequence[float], first: float, now: float, *, busiest_hour: float | None = None) -> Interval | None:
    """Forecast how many negative mentions a story will have 24 h after its first post, those seen included.

    None under `LEAST`; what was seen from 24 h on.
    """
    seen = bisect_right(times, now) - bisect_left(times, first)
    if now - first >= DAY_S:
        size = float(bisect_right(times, first + DAY_S) - bisect_left(times, first))
        return Interval(lo=size, mid=size, hi=size) if size >= LEAST else None
    rest = _told("day", times, first, now, busiest_hour)
    return rest and Interval(lo=seen + rest.lo, mid=seen + rest.mid, hi=seen + rest.hi)


def features(times: Sequence[float], start: float, now: float, busiest_hour: float | None) -> tuple[float, ...]:
    """Return what a forecast looks at, for posts of (start, now]; the last four are the time of day, if it is known."""
    age, end = now - start, bisect_right(times, now)
    begin = bisect_left(times, start)
    seen = [math.log1p(end - begin)]
    seen += [math.log1p(end - bisect_right(times, now - part * age)) for part in LATE]
    seen += [math.log1p(bisect_right(times, start + part * age) - begin) for part in EARLY]
    if end > begin:
        seen += [(now - times[end - 1]) / age, (times[begin] - start) / age]
    else:
        seen += [1.0, 1.0]
    if busiest_hour is None:
        return tuple(seen)
    angle = (now / 3600 - busiest_hour) * math.pi / 12
    return (*seen, math.sin(angle), math.cos(angle), math.sin(2 * angle), math.cos(2 * angle))


@lru_cache(maxsize=1)
def tables() -> dict[str, tuple[Row, ...]]:
    """Return the shipped rows: "next" and "day", and each with "_untimed" where the busiest hour is unknown."""
    held = json.loads(TABLES.read_text(encoding="utf-8"))
    return {
        name: tuple(Row(r["age_s"], tuple(r["centre"]), tuple(r["scale"]), r["lo"], r["hi"]) for r in rows)
        for name, rows in held["tables"].items()
    }


def _told(target: str, times: Sequence[float], first: float, now: float, busiest_hour: float | None) -> Interval | None:
    rows = tables()[target if busiest_hour is not None else f"{target}_untimed"]
    age = min(max(now - first, rows[0].age_s), rows[-1].age_s)
    values = features(times, now - age, now, busiest_hour)
    seen = round(math.expm1(values[0]))
    if seen < LEAST:
        return None
    ages = [math.log(row.age_s) for row in rows]
    upper = min(max(bisect_left(ages, math.log(age)), 1), len(rows) - 1)
    share = (math.log(age) - ages[upper - 1]) / (ages[upper] - ages[upper - 1])
    below, above = (_quantiles(rows[i], values) for i in (upper - 1, upper))
    lo, mid, hi = (
        max((seen + 1) * math.exp((1 - share) * a + share * b) - 1, 0.0) for a, b in zip(below, above, strict=True)
    )
    return Interval(lo=lo, mid=mid, hi=hi)


def _quantiles(row: Row, values: Sequence[float]) -> tuple[float, float, float]:
    """Return 10, 50 and 90 % of ln((rest + 1) / (seen + 1))."""
    centre = row.centre[0] + sum(w * x for w, x in zip(row.centre[1:], values, strict=True))
    scale = math.exp(row.scale[0] + sum(w * values[i - 1] for w, i in zip(row.scale[1:], SCALED_BY, strict=True)))
    return centre + row.lo * scale, centre, centre + row.hi * scale
