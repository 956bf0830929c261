"""How often a learned silence would be told of a source that is well: simulated, for no real source is known so long.

    python -m benchmarks.silences

A year of arrivals a source: a day's rhythm, weekends at 0.3, days that differ (gamma, `shape`), a level that wanders
(log random walk, `drift` a day), visits every quarter of an hour. The rule is that of `storage.health.usual_silence`.
"""

import numpy as np
from numpy.typing import NDArray

from storage.health import LEARNED, LEAST_DAYS, LEAST_S, LEAST_TIMES, STRANGE

DAYS, SOURCES, VISIT_H = 400, 5, 0.25


def arrivals(rng: np.random.Generator, per_day: float, shape: float, drift: float) -> NDArray[np.float64]:
    """Draw when visits brought something new, in hours."""
    hours = np.arange(DAYS * 24)
    rhythm = np.where((hours % 24 >= 7) & (hours % 24 < 23), 1.0, 0.05) * np.where(hours // 24 % 7 >= 5, 0.3, 1.0)
    level = rng.gamma(shape, 1 / shape, DAYS) * np.exp(np.cumsum(rng.normal(0, drift, DAYS)))
    counts = rng.poisson(per_day / 24 * rhythm / rhythm.mean() * np.repeat(level / level.mean(), 24))
    times = np.repeat(hours, counts) + rng.random(counts.sum())
    return np.unique(np.ceil(times / VISIT_H) * VISIT_H)


def alarms(times: NDArray[np.float64]) -> tuple[int, float]:
    """Count the silences that would be told, and the years in which enough was known."""
    fired, known, window = 0, 0.0, LEARNED.total_seconds() / 3600
    for n in range(1, len(times)):
        now = times[n - 1]
        past = times[np.searchsorted(times, now - window) : n]
        if now < window or len(past) < LEAST_TIMES or len(np.unique(past // 24)) < LEAST_DAYS:
            continue
        silence = times[n] - now
        known += silence / 24 / 365
        fired += silence > max(STRANGE * np.diff(past).max(), LEAST_S / 3600)
    return fired, known


def main() -> None:
    """Print a line per kind of source."""
    rng = np.random.default_rng(1)
    for per_day in (8, 12, 20, 50):
        for shape in (2.0, 0.5):
            for drift in (0.0, 0.1):
                found = [alarms(arrivals(rng, per_day, shape, drift)) for _ in range(SOURCES)]
                fired, years = (sum(column) for column in zip(*found, strict=True))
                print(f"{per_day} a day, shape {shape}, drift {drift}: {fired} alarms in {years:.1f} source-years")


if __name__ == "__main__":
    main()
