"""Fit trends/forecast.json: `python -m benchmarks.fit_forecast --data DIR [--out FILE]`.

Learns from the first seven eighths in time of the cascades in DIR only. Centre: least absolute deviations with a small
ridge, by iterated weights. Scale and conformal quantiles: residuals of whole cascades, block of time by block of time,
each from a fit to the blocks before it, because tomorrow's cascades are not exchangeable with yesterday's.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade_data import Cascade, busiest_hour, read, split
from trends.forecast import DAY_S, LEAST, SCALED_BY, TABLES, features

AGES_MIN = (10, 30, 60, 180, 360, 720, 1440, 2880)
THINNED = 3  # copies of each cascade beside the whole one
BLOCKS, UNJUDGED = 8, 3  # of time; residuals of each later one come from a fit to those before it
RIDGE = 3.0
SEED = 1

Array = NDArray[np.float64]


def rows(
    cascades: Sequence[Cascade], age_s: float, target: str, busiest: float | None
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return features, ln((rest + 1) / (seen + 1)) and the index of the cascade, for those with enough seen."""
    found, wanted, of = [], [], []
    for i, one in enumerate(cascades):
        seen = one.until(age_s)
        if seen >= LEAST:
            end = one.until(DAY_S + (age_s if target == "next" else 0.0))
            found.append(features(one.times, one.first, one.first + age_s, busiest))
            wanted.append(np.log((end - seen + 1) / (seen + 1)))
            of.append(i)
    return np.array(found), np.array(wanted), np.array(of)


def least_absolute(x: Array, y: Array) -> Array:
    """Return constant and weights that minimise the sum of absolute residuals, with `RIDGE` on scaled features."""
    mean, sd = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.c_[np.ones(len(x)), (x - mean) / sd]
    penalty = np.diag([0.0, *[RIDGE] * x.shape[1]])
    weight = np.ones(len(y))
    for _ in range(25):
        fit = np.linalg.solve(z.T @ (z * weight[:, None]) + penalty, z.T @ (weight * y))
        weight = 1 / np.maximum(np.abs(y - z @ fit), 0.05)
    slopes = fit[1:] / sd
    found: Array = np.r_[fit[0] - slopes @ mean, slopes]
    return found


def row(cascades: Sequence[Cascade], age_s: float, target: str, busiest: float | None) -> dict[str, object]:
    """Fit one age of one table. `cascades` are whole ones and their copies, blocks of time alternating alike."""
    x, y, of = rows(cascades, age_s, target, busiest)
    whole = len(cascades) // (THINNED + 1)
    block = of % whole * BLOCKS // whole
    residual = np.zeros(len(y))
    for held in range(UNJUDGED, BLOCKS):
        fit = least_absolute(x[block < held], y[block < held])
        residual[block == held] = (y - fit[0] - x @ fit[1:])[block == held]
    judged = (block >= UNJUDGED) & (of < whole)
    columns = x[judged][:, [i - 1 for i in SCALED_BY]]
    scale = least_absolute(columns, np.log(np.abs(residual[judged]) + 0.02))
    ratio = residual[judged] / np.exp(scale[0] + columns @ scale[1:])
    lo, hi = np.quantile(ratio, [0.1, 0.9])
    centre = least_absolute(x, y)
    return {
        "age_s": age_s,
        "centre": [round(float(v), 4) for v in centre],
        "scale": [round(float(v), 4) for v in scale],
        "lo": round(float(lo), 4),
        "hi": round(float(hi), 4),
    }


def main() -> None:
    """Fit every table and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz with `ts` and `events`")
    parser.add_argument("--out", type=Path, default=TABLES)
    given = parser.parse_args()
    whole, _ = split(read(given.data))
    random = np.random.default_rng(SEED)
    copies = [one.thinned(random.uniform(0.05, 1.0), random) for _ in range(THINNED) for one in whole]
    hour = busiest_hour(whole)
    tables: dict[str, list[dict[str, object]]] = {}
    for target in ("next", "day"):
        for name, busiest in ((target, hour), (f"{target}_untimed", None)):
            ages = [60.0 * m for m in AGES_MIN if target == "next" or m < 1440]
            tables[name] = [row([*whole, *copies], age, target, busiest) for age in ages]
            print(name, [(r["age_s"], r["lo"], r["hi"]) for r in tables[name]], flush=True)
    held = {"cascades": len(whole), "busiest_hour": round(hour, 2), "tables": tables}
    lines = json.dumps(held, indent=None, separators=(",", ":")).replace('{"age_s"', '\n{"age_s"')
    given.out.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
