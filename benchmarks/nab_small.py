"""Peaks over threshold against the negative binomial on small brands: `python -m benchmarks.nab_small [--runs N]`.

benchmarks.nab has ten brands of thousands of mentions a day. Here each brand has 30, 200 or 1,000 mentions a day, three
in ten negative: four weeks of everyday talk (benchmarks.crowd), and forty complaints within 90 minutes at noon of the
27th day. Both detectors see the negatives per 5 minutes, as benchmarks.nab gives them, in the configuration frozen
there. Prints false alarms per brand-week of days 15 to 26, and what was seen of the forty at the alarm.
"""

import argparse

import numpy as np

from benchmarks.crowd import START, Crowd
from benchmarks.nab import RECORD_H, THRESHOLD, Series, alarms, looks
from groundswell.types import Sentiment
from trends.peaks import QUANTILE, STEP_S
from trends.settings import DetectorSettings

MENTIONS = (30.0, 200.0, 1000.0)
A_DAY = int(24 * 3600 / STEP_S)
FIRST, ONSET, END = 14 * A_DAY, 26 * A_DAY + A_DAY // 2, 28 * A_DAY
FORTY = ONSET + (5400 * np.sqrt(np.arange(1, 41) / 40) // STEP_S).astype(np.int64)  # steps, faster and faster


def brand(day: float, seed: int) -> Series:
    """Return the negatives of one brand per 5 minutes."""
    crowd = Crowd("Halvero", day, 0.3, np.random.default_rng([int(day), seed]))
    crowd.ordinary(0, 28 * 24)
    at = [(post.at - START).total_seconds() for post in crowd.posts if post.label is Sentiment.NEGATIVE]
    steps = np.concatenate([(np.array(at) // STEP_S).astype(np.int64), FORTY])
    counts = np.bincount(steps, minlength=END)[:END]
    return Series("small", START.timestamp() + STEP_S * (np.arange(END) + 1), counts, [])


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2, help="brands of each size")
    given = parser.parse_args()
    settings = DetectorSettings()
    for day in MENTIONS:
        false, seen = {"peaks": 0, "binomial": 0}, dict[str, list[int]](peaks=[], binomial=[])
        for seed in range(given.runs):
            one = brand(day, seed)
            values = np.array([(plain, peaks[0]) for plain, peaks in looks(one, (QUANTILE,))])
            fired = {
                "peaks": alarms(one, values[:, 1], THRESHOLD, RECORD_H, settings.calm_h),
                "binomial": alarms(one, values[:, 0], settings.surprise, settings.record_h, settings.calm_h),
            }
            for name, rows in fired.items():
                false[name] += sum(FIRST <= row < ONSET for row in rows)
                first = next((row for row in rows if ONSET <= row < ONSET + A_DAY // 4), None)
                seen[name] += [] if first is None else [int((first >= FORTY).sum())]
        weeks = given.runs * (ONSET - FIRST) / (7 * A_DAY)
        for name in false:
            print(f"{day:5.0f} mentions a day  {name:8s}  {false[name] / weeks:.2f} false alarms per brand-week, "
                  f"outbreak found {len(seen[name])}/{given.runs}, of forty seen {seen[name]}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
