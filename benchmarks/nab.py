"""Ten brands' mentions of 2015: `python -m benchmarks.nab --data DIR [--keep 0.7 --seed N] [--peaks [--no-nested]]`.

DIR holds realTweets/*.csv (timestamp, value per 5 min) and windows.json of the Numenta Anomaly Benchmark. The product's
baseline, surprise and latch see the counts of one series at a time, row after row; an alarm is the firing of the latch.
Prints the standard / low-FP / low-FN scores of
- what the detector alarms by, the negative-binomial surprise: threshold, record and calm as in trends/settings.py,
- the same, nested: per series the threshold and record that did best on the nine others,
- with `--peaks` the peaks over threshold of trends/peaks.py too: frozen, and nested with its quantile.
`--keep` thins every count at random before anything sees it.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab_score import Result, judge, line, score
from trends.baseline import HOUR, Baseline, Expectation
from trends.gate import Latch
from trends.peaks import QUANTILE, STEP_S, Peaks
from trends.peaks import WINDOWS_H as PEAK_WINDOWS_H
from trends.settings import DetectorSettings
from trends.surprise import WINDOWS_H, most_surprising

THRESHOLD = 1.9  # mean -log10 P; the middle of a plateau from 1.75 to 2.1
RECORD_H = 24.0  # the latch fires above everything of the last day
TRIED = (tuple(np.arange(3.0, 8.01, 0.5).tolist()), (24.0, 36.0))
NESTED = ((0.97, 0.98, 0.99), tuple(np.arange(1.5, 2.51, 0.125).tolist()), (24.0, 36.0))
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One brand: seconds at which each 5-minute count was complete, the counts, labelled windows in rows."""

    name: str
    at: NDArray[np.float64]
    counts: NDArray[np.int64]
    windows: list[tuple[int, int]]


def read(folder: Path, keep: float, seed: int) -> list[Series]:
    """Return every labelled series, each mention kept with chance `keep`."""
    labels, random, found = json.loads((folder / "windows.json").read_text()), np.random.default_rng(seed), []
    for name in sorted(labels):
        with (folder / "realTweets" / name).open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        first: dict[str, int] = {}
        for i, row in enumerate(rows):
            first.setdefault(row["timestamp"], i)
        windows = [(first[a.split(".")[0]], first[b.split(".")[0]]) for a, b in labels[name]]
        at = [datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp() + STEP_S for row in rows]
        counts = random.binomial([int(row["value"]) for row in rows], keep)
        found.append(Series(name, np.array(at), counts, windows))
    return found


def looks(series: Series, quantiles: Sequence[float] = ()) -> Iterator[tuple[float, list[float]]]:
    """Yield per row the negative-binomial surprise and the peaks' value at each quantile, causally."""
    baseline, all_peaks = Baseline(), [Peaks(quantile) for quantile in quantiles]
    baseline.watch(float(series.at[0]) - STEP_S)
    total = np.concatenate([[0], np.cumsum(series.counts)])
    least = DetectorSettings().least_negatives
    for row, (at, count) in enumerate(zip(series.at.tolist(), series.counts.tolist(), strict=True)):
        baseline.add("nab", int((at - STEP_S) // HOUR), count, count)
        known: dict[float, Expectation] = {}

        def normal(window_h: float, known: dict[float, Expectation] = known, at: float = at) -> Expectation:
            if window_h not in known:
                known[window_h] = baseline.expected(at, window_h * HOUR)
            return known[window_h]

        def seen(window_h: float, row: int = row) -> int:
            return int(total[row + 1] - total[max(row + 1 - round(window_h * 12), 0)])

        plain = most_surprising([seen(w) for w in WINDOWS_H], normal, least).value
        if not all_peaks:
            yield plain, []
            continue
        counts, means = [seen(w) for w in PEAK_WINDOWS_H], [normal(w).mean for w in PEAK_WINDOWS_H]
        yield plain, [peaks.look(at, counts, means) for peaks in all_peaks]


def alarms(series: Series, values: Scores, threshold: float, record_h: float, calm_h: float) -> list[int]:
    """Return the rows at which the latch fires; it is calm again `calm_h` later, its record stays."""
    latch, rows = Latch(), []
    for row in np.flatnonzero(values > 0).tolist():
        at, value = float(series.at[row]), float(values[row])
        if latch.is_viral and at - latch.since >= calm_h * HOUR:
            latch.calm()
        if value >= threshold and not latch.is_viral and latch.exceeds_record(at, value, record_h * HOUR):
            latch.fire(at, value, "brand")
            rows.append(row)
        latch.exceeds_record(at, value, record_h * HOUR)  # forgets what is older
        latch.remember(at, value)
    return rows


def results(of: Sequence[Series], values: Sequence[Scores], threshold: float, record_h: float) -> list[Result]:
    """Judge every series under one configuration."""
    calm_h = DetectorSettings().calm_h
    return [
        judge(alarms(one, v, threshold, record_h, calm_h), len(v), one.windows)
        for one, v in zip(of, values, strict=True)
    ]


def nested(tried: Sequence[Sequence[Result]]) -> list[Result]:
    """Per series, take the configuration with the best standard score on the others; `tried` is (settings, series)."""
    chosen = []
    for i in range(len(tried[0])):
        best = max(tried, key=lambda found: score([r for j, r in enumerate(found) if j != i], "standard"))
        chosen.append(best[i])
    return chosen


def main() -> None:
    """Score --data."""
    given = arguments().parse_args()
    of = read(given.data, given.keep, given.seed)
    quantiles = () if not given.peaks else (QUANTILE,) if given.no_nested else NESTED[0]
    seen = [list(looks(one, quantiles)) for one in of]
    settings = DetectorSettings()
    print("standard / low FP / low FN")
    plain = [np.array([row[0] for row in rows]) for rows in seen]
    told(of, "as shipped", results(of, plain, settings.surprise, settings.record_h))
    leaves_one_out = len(of) > 1 and not given.no_nested
    if leaves_one_out:
        told(of, "nested", nested([results(of, plain, threshold, record) for threshold, record in product(*TRIED)]))
    if given.peaks:
        values = {q: [np.array([row[1][i] for row in rows]) for rows in seen] for i, q in enumerate(quantiles)}
        told(of, "peaks, frozen", results(of, values[QUANTILE], THRESHOLD, RECORD_H))
        if leaves_one_out:
            told(of, "peaks, nested", nested([results(of, values[q], *rest) for q, *rest in product(*NESTED)]))


def told(of: Sequence[Series], name: str, found: Sequence[Result]) -> None:
    """Print the scores, then every series."""
    print(f"{name:14s} {line(found)}")
    for one, result in zip(of, found, strict=True):
        print(f"  {one.name}: {result.hits}/{result.scored} windows, {result.episodes} false-alarm episodes")


def arguments() -> argparse.ArgumentParser:
    """Declare the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with realTweets/ and windows.json")
    parser.add_argument("--keep", type=float, default=1.0, help="share of the mentions kept at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peaks", action="store_true", help="score trends/peaks.py too")
    parser.add_argument("--no-nested", action="store_true", help="frozen configurations only")
    parser.add_argument("--binomial", action="store_true", help="what is always done; kept for old commands")
    return parser


if __name__ == "__main__":
    main()
