"""Fit trends/forecast.json: `python -m benchmarks.fit_forecast --data DIR [--out FILE]` (needs the extra `train`).

Learns from the first seven eighths in time of the cascades in DIR only. Rows are cascades at many ages, whole and
thinned, a third of them without the busiest hour. Three sums of trees are fitted by scikit-learn, for the quantiles
.1, .5 and .9, and per age a line of least absolute deviations with a ridge; the centre is the mean of middle tree and
line. How far the outer quantiles are stretched is measured forward in time, because tomorrow's cascades are not
exchangeable with yesterday's: on blocks of time that a fit to those before them is asked about. Prints the errors of
these forward answers.
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade_data import Cascade, busiest_hour, read, split
from trends.forecast import DAY_S, FITTED, LEAST, TIMED, along, features

AGES_MIN = (10, 14, 20, 30, 42, 60, 90, 130, 180, 260, 360, 540, 720, 1080, 1440, 2880)
JUDGED_MIN = (10, 30, 60, 180, 360, 720, 1440, 2880)  # where the stretch is measured; between them it is interpolated
THINNED, AGES_OF_THINNED = 4, 8  # copies of each cascade beside the whole one, and at how many ages each is seen
UNTIMED = 1 / 3  # of the rows have no busiest hour
LEVELS = (0.1, 0.5, 0.9)
CUTS = (0.6, 0.8, 1.0)  # of the cascades in time: a fit to those before a cut answers for those up to the next
DEPTH = 4
FIT: dict[str, Any] = {
    "max_iter": 150, "learning_rate": 0.08, "max_depth": DEPTH, "max_leaf_nodes": 2**DEPTH, "min_samples_leaf": 80,
    "max_features": 0.4, "early_stopping": False, "random_state": 1,
}  # fmt: skip
RIDGE = 30.0
NEAR = 1.6  # factor of age within which rows make a line
SEED = 1

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learned from: features, y, place of the cascade in time 0-1, and age, seen, whole, timed of each row."""

    x: Array
    y: Array
    place: Array
    age: Array
    seen: Array
    whole: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> "Rows":
        return Rows(*(getattr(self, name)[keep] for name in self.__slots__))


def rows(cascades: Sequence[Cascade], busiest: float, random: np.random.Generator) -> Rows:
    """Draw the rows of all cascades."""
    found: list[tuple[Any, ...]] = []
    for i, one in enumerate(cascades):
        place = i / len(cascades)
        for age in AGES_MIN:
            found += _row(one, 60.0 * age, bool(random.random() < 0.5), busiest, place, whole=True)
        for _ in range(THINNED):
            thin = one.thinned(random.uniform(0.05, 1.0), random)
            for age in random.choice(AGES_MIN, AGES_OF_THINNED, replace=False):
                found += _row(thin, 60.0 * float(age), bool(random.random() < 0.5), busiest, place, whole=False)
    x, y, place_, age_, seen, whole = zip(*found, strict=True)
    return Rows(*(np.array(v, dtype=float) for v in (x, y, place_, age_, seen)), np.array(whole))


def _row(one: Cascade, age: float, is_day: bool, busiest: float, place: float, *, whole: bool) -> list[tuple[Any, ...]]:
    seen = one.until(age)
    if seen < LEAST or (is_day and age >= DAY_S):
        return []
    ahead = DAY_S - age if is_day else DAY_S
    rest = one.until(age + ahead) - seen
    x = features(one.times, one.first, one.first + age, ahead, busiest)
    return [(x, np.log((rest + 1) / (seen + 1)), place, age, seen, whole)]


def least_absolute(x: Array, y: Array) -> Array:
    """Return constant and weights that minimise the sum of absolute residuals, with `RIDGE` on scaled features."""
    mean, sd = x.mean(axis=0), x.std(axis=0)
    sd[sd < 1e-6] = np.inf  # what is the same in all rows tells nothing, and must weigh nothing between the ages
    z = np.c_[np.ones(len(x)), (x - mean) / sd]
    penalty = np.diag([0.0, *[RIDGE] * x.shape[1]])
    weight = np.ones(len(y))
    for _ in range(20):
        fit = np.linalg.solve(z.T @ (z * weight[:, None]) + penalty, z.T @ (weight * y))
        weight = 1 / np.maximum(np.abs(y - z @ fit), 0.05)
    slopes = fit[1:] / sd
    found: Array = np.r_[fit[0] - slopes @ mean, slopes]
    return found


def lines(given: Rows) -> dict[str, list[list[float]]]:
    """Fit a line per age of `JUDGED_MIN` to the rows of nearly that age: ln(age), constant, weights."""
    found: dict[str, list[list[float]]] = {"timed": [], "untimed": []}
    for age in JUDGED_MIN:
        near = np.abs(np.log(given.age / (60.0 * age))) < np.log(NEAR)
        for name, x in (("timed", given.x[near]), ("untimed", given.x[near, :-TIMED])):
            fit = least_absolute(x, given.y[near])
            found[name].append([round(float(v), 6) for v in (np.log(60.0 * age), *fit)])
    return found


def fitted(given: Rows, random: np.random.Generator) -> list[Any]:
    """Fit the three quantiles, a third of the rows without their last seven features."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    x = given.x.copy()
    x[random.random(len(x)) < UNTIMED, -TIMED:] = np.nan
    return [HistGradientBoostingRegressor(loss="quantile", quantile=q, **FIT).fit(x, given.y) for q in LEVELS]


def forward(given: Rows, random: np.random.Generator) -> tuple[Rows, Array]:
    """Return the rows from the first cut on, and what a fit to those before says: low, centre, high."""
    asked, told = [], []
    for cut, end in itertools.pairwise(CUTS):
        past = given.where(given.place < cut)
        later = given.where((given.place >= cut) & (given.place < end))
        lo, mid, hi = (model.predict(later.x) for model in fitted(past, random))
        table = lines(past)["timed"]
        line = [along(table, x) for x in later.x]
        asked.append(later)
        told.append(np.c_[lo, (mid + line) / 2, hi])
    both = (np.concatenate([getattr(one, name) for one in asked]) for name in Rows.__slots__)
    return Rows(*both), np.concatenate(told)


def stretch(judged: Rows, told: Array) -> list[list[float]]:
    """Return ln(age) and the factors of both distances with which at most 10 % lie below and 10 % above, of the whole
    cascades as of the thinned ones.
    """
    lo, mid, hi = np.minimum(told[:, 0], told[:, 1]), told[:, 1], np.maximum(told[:, 2], told[:, 1])
    below, above = (mid - judged.y) / (mid - lo + 1e-3), (judged.y - mid) / (hi - mid + 1e-3)
    found = []
    for age in JUDGED_MIN:
        kinds = [(judged.age == 60.0 * age) & kind for kind in (judged.whole, ~judged.whole)]
        sides = (max(float(np.quantile(side[at], 0.9)) for at in kinds) for side in (below, above))
        found.append([round(float(np.log(60.0 * age)), 6), *(round(max(side, 0.5), 4) for side in sides)])
    return found


def written(model: Any) -> dict[str, Any]:
    """Write a sum of trees as heaps of `DEPTH` (trends.forecast.Trees)."""
    held: dict[str, Any] = {"base": round(float(model._baseline_prediction.ravel()[0]), 6)}
    held |= {key: [] for key in ("feature", "threshold", "missing", "leaf")}
    for (tree,) in model._predictors:
        heap = _Heap()
        heap.put(tree.nodes, 0, 0)
        for key in ("feature", "threshold", "missing", "leaf"):
            held[key].append(getattr(heap, key))
    return held


class _Heap:
    def __init__(self) -> None:
        inner = 2**DEPTH - 1
        self.feature, self.threshold, self.missing = [0] * inner, [0.0] * inner, [1] * inner
        self.leaf = [0.0] * (inner + 1)

    def put(self, nodes: Any, node: int, place: int) -> None:
        """Copy a node; a leaf above the last row is held by every place below it."""
        inner, n = len(self.feature), nodes[node]
        if place >= inner:
            self.leaf[place - inner] = round(float(n["value"]), 5)
            return
        if not n["is_leaf"]:
            self.feature[place] = int(n["feature_idx"])
            self.threshold[place] = round(float(n["num_threshold"]), 6)
            self.missing[place] = int(n["missing_go_to_left"])
        left, right = (node, node) if n["is_leaf"] else (int(n["left"]), int(n["right"]))
        self.put(nodes, left, 2 * place + 1)
        self.put(nodes, right, 2 * place + 2)


def report(judged: Rows, told: Array) -> None:
    """Print the errors of forward answers, of the size at the horizon."""
    size = judged.seen + (judged.seen + 1) * np.exp(judged.y) - 1
    said = judged.seen + np.maximum((judged.seen + 1) * np.exp(told[:, 1]) - 1, 0)
    error, held = np.abs(said - size) / size, (told[:, 0] <= judged.y) & (judged.y <= told[:, 2])
    for name, kind in (("whole", judged.whole), ("thinned", ~judged.whole)):
        for age, least in itertools.product((10, 30, 60, 360), (5, 20)):
            at = kind & (judged.age == 60.0 * age) & (judged.seen >= least)
            print(
                f"{name:7s} {age:4d} min, {least:2d} seen  error {np.median(error[at]):.3f}  "
                f"covered unstretched {held[at].mean():.2f}  n {at.sum()}"
            )


def main() -> None:
    """Fit and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz with `ts` and `events`")
    parser.add_argument("--out", type=Path, default=FITTED)
    given = parser.parse_args()
    whole, _ = split(read(given.data))
    random = np.random.default_rng(SEED)
    hour = busiest_hour(whole)
    learned = rows(whole, hour, random)
    print(f"{len(whole)} cascades, {len(learned.y)} rows", flush=True)
    judged, told = forward(learned, random)
    report(judged, told)
    factors = stretch(judged, told)
    print("stretch", factors, flush=True)
    models = [written(model) for model in fitted(learned, random)]
    held = {"cascades": len(whole), "busiest_hour": round(hour, 2), "stretch": factors}
    held |= {"lines": lines(learned), "models": models}
    given.out.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
