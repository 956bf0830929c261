"""The shipped forecaster on cascades it never saw: `python -m benchmarks.cascades --data DIR [--all]`.

Evaluates `trends.forecast` as it is on the last eighth in time of the cascades in DIR (`--all`: on every one), at 10,
30, 60 and 360 minutes, on cascades with at least five posts by then, and with at least twenty: a forecast is stated
from five on, and published figures are of cascades with fifteen to twenty at least (docs/trends_figures.md). Prints,
for the size 24 h after the origin and for the posts of the next 24 h: median absolute percentage error of the size,
share of sizes inside the 80 % interval, median of its upper bound ÷ lower bound; and how well the forecast tells those
that pass 500 in 24 h (area under the curve; under five posts the plain count speaks). The busiest hour is that of the
first seven eighths.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade_data import Cascade, busiest_hour, read, split
from groundswell.types import Interval
from trends.forecast import DAY_S, day_size, forecast

AGES_MIN = (10, 30, 60, 360)
PASSES = 500
SEEN = (5, 20)  # posts by the time of the forecast: the fewest it is stated for, and as many as published figures have
THIN = 0.3  # of the posts, as if three in ten were negative
Array = NDArray[np.float64]


def auc(score: Sequence[float], holds: Sequence[bool]) -> float:
    """Area under the curve: the chance that one that holds scores above one that does not; ties count half."""
    values, truth = np.array(score), np.array(holds)
    yes, no = values[truth], values[~truth]
    if not len(yes) or not len(no):
        return float("nan")
    above = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return float(above)


def told(one: Cascade, age_s: float, hour: float | None, *, is_day: bool) -> tuple[Interval, float] | None:
    """Return the forecast of a size at `age_s` and the truth; None when too little was seen."""
    now, seen = one.first + age_s, one.until(age_s)
    if is_day:
        size = day_size(one.times, one.first, now, busiest_hour=hour)
        return None if size is None else (size, float(one.until(DAY_S)))
    rest = forecast(one.times, one.first, now, busiest_hour=hour)
    if rest is None:
        return None
    return (
        Interval(lo=seen + rest.lo, mid=seen + rest.mid, hi=seen + rest.hi),
        float(one.until(DAY_S + age_s)),
    )


def known(cascades: Sequence[Cascade], age_min: int, least: int) -> list[Cascade]:
    """Return those with at least `least` posts by an age."""
    return [one for one in cascades if one.until(60.0 * age_min) >= least]


def line(cascades: Sequence[Cascade], age_min: int, hour: float | None, least: int, *, is_day: bool) -> str:
    """Score one age: error, coverage, width, number of cascades."""
    seen = known(cascades, age_min, least)
    pairs = [pair for one in seen if (pair := told(one, 60.0 * age_min, hour, is_day=is_day))]
    if not pairs:
        return f"{age_min:4d} min  none"
    lo, mid, hi, true = (np.array(v) for v in zip(*((i.lo, i.mid, i.hi, t) for i, t in pairs), strict=True))
    error = float(np.median(np.abs(mid - true) / true))
    covered = float(((lo <= true) & (true <= hi)).mean())
    width = float(np.median(hi / lo))
    return f"{age_min:4d} min  error {error:.3f}  covered {100 * covered:.0f} %  width x {width:.2f}  n {len(pairs)}"


def passing(cascades: Sequence[Cascade], age_min: int, hour: float | None) -> str:
    """Score "will pass 500 in 24 h" by the forecast size and by the plain count."""
    truth = [one.until(DAY_S) >= PASSES for one in cascades]
    counts = [float(one.until(60.0 * age_min)) for one in cascades]
    sizes = []
    for one, count in zip(cascades, counts, strict=True):
        size = day_size(one.times, one.first, one.first + 60.0 * age_min, busiest_hour=hour)
        sizes.append(size.mid if size else count)
    return f"{age_min:4d} min  AUC {auc(sizes, truth):.3f}  plain count {auc(counts, truth):.3f}  {sum(truth)} pass"


def main() -> None:
    """Evaluate on --data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz with `ts` and `events`")
    parser.add_argument("--all", action="store_true", help="every cascade, not the last eighth in time")
    given = parser.parse_args()
    cascades = read(given.data)
    past, last = split(cascades)
    hour, chosen = busiest_hour(past), cascades if given.all else last
    random = np.random.default_rng(2)
    thin = [one.thinned(THIN, random) for one in chosen]
    print(f"{len(chosen)} cascades; busiest hour {hour:.1f} UTC")
    for title, group, at, is_day in (
        ("size 24 h after the origin", chosen, hour, True),
        ("size 24 h from now", chosen, hour, False),
        ("size 24 h after the origin, busiest hour unknown", chosen, None, True),
        (f"size 24 h from now, {THIN:.0%} of the posts kept", thin, hour, False),
    ):
        print(title)
        for least in SEEN:
            print(f"  at least {least} seen")
            for age in AGES_MIN:
                print("    " + line(group, age, at, least, is_day=is_day))
    for least in (0, SEEN[1]):
        print(f"will pass {PASSES} in 24 h, at least {least} seen")
        for age in (10, 60):
            print("  " + passing(known(chosen, age, least), age, hour))


if __name__ == "__main__":
    main()
