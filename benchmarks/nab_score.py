"""The scoring of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015): 0 a silent detector, 100 a perfect one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PROFILES = {"standard": (1.0, 0.11), "low FP": (1.0, 0.22), "low FN": (2.0, 0.11)}
"""Name → cost of a missed window, of a false alarm; a window found is worth up to 1."""
EPISODE_ROWS = 72  # false alarms within six hours are one episode
WEEK_ROWS = 7 * 24 * 12


@dataclass(frozen=True, slots=True)
class Result:
    """What one series' alarms came to; add several with `score`."""

    found: float
    hits: int
    scored: int
    windows: int
    false: float
    episodes: int
    weeks: float


def judge(alarms: Sequence[int], rows: int, windows: Sequence[tuple[int, int]]) -> Result:
    """Judge alarm rows against windows (first row, last row); the first 15 % of rows (750 at most) are warm-up."""
    start = int(min(math.floor(0.15 * rows), 750))
    alarms = sorted(row for row in alarms if row >= start)
    scored = [(a, b) for a, b in windows if b >= start]
    firsts = [next((row for row in alarms if a <= row <= b), None) for a, b in scored]
    found = sum(
        _sigmoid(-(b - row + 1) / (b - a + 1)) / _sigmoid(-1.0)
        for row, (a, b) in zip(firsts, scored, strict=True)
        if row is not None
    )
    outside = [row for row in alarms if not any(a <= row <= b for a, b in windows)]
    false, episodes, last = 0.0, 0, -EPISODE_ROWS - 1
    for row in outside:
        before = [window for window in windows if window[1] < row]
        false += _sigmoid((row - before[-1][1]) / (before[-1][1] - before[-1][0])) if before else -1.0
        episodes += row - last > EPISODE_ROWS
        last = row
    hits = sum(row is not None for row in firsts)
    return Result(found, hits, len(scored), len(windows), false, episodes, (rows - start) / WEEK_ROWS)


def score(results: Sequence[Result], profile: str) -> float:
    """Return the normalised score of several series together."""
    missed_cost, false_cost = PROFILES[profile]
    raw = sum(r.found - missed_cost * (r.scored - r.hits) + false_cost * r.false for r in results)
    silent = -missed_cost * sum(r.scored for r in results)
    return 100 * (raw - silent) / (sum(r.windows for r in results) - silent)


def line(results: Sequence[Result]) -> str:
    """One line: the three scores, windows, false-alarm episodes per brand-week."""
    scores = " / ".join(f"{score(results, profile):.1f}" for profile in PROFILES)
    weeks = sum(r.weeks for r in results)
    hits, scored = sum(r.hits for r in results), sum(r.scored for r in results)
    false = sum(r.episodes for r in results) / weeks
    return f"{scores}  windows {hits}/{scored}  false-alarm episodes per brand-week {false:.2f}"


def _sigmoid(x: float) -> float:
    return -1.0 if x > 3.0 else 2 / (1 + math.exp(5 * x)) - 1.0
