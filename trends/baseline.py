"""How many negative mentions of a brand are normal now: level × time of day × day of week, with honest uncertainty.

Counts are negative binomial (Poisson whose rate varies). What is not known widens them: few counts so far, hours of
the day never watched. Everything is learned from hourly counts per source in event time, so late posts mend it.

A little long: what is counted and what is learned of it are to be read beside one another.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

HOUR = 3600.0
WEEK_H = 7 * 24
HISTORY_H = 8 * 7 * 24  # eight weeks: what the store keeps, enough for day-of-week factors
HALF_LIFE_H = 14 * 24.0  # a brand's level drifts within weeks
GAP_H = 12  # the newest hours are what is being judged, so they are not history (the longest short window)
KEPT_H = HISTORY_H + GAP_H
WHOLE_DAYS = HISTORY_H // 24 - 1  # of UTC in it, at whatever hour a restart reads it
PRIOR_COUNT = 0.5  # Jeffreys' prior of a rate ...
PRIOR_HOURS = 1.0  # ... worth one hour of watching: 0.5 negative mentions an hour until seen otherwise
DAY_PRIOR = 8.0  # negative mentions' worth of belief that an hour of the day is ordinary
WEEK_PRIOR = 20.0  # the same for a day of the week, which a single crisis distorts more easily
PRIOR_SHAPE = 2.0  # dispersion until seen: the variance of the ten NAB brands' hours is about mean + mean²/2
SHAPE_PRIOR_INFORMATION = 2.0  # in units of squared mean counts
UNSEEN_DAY = 1.5  # relative variance of hours never watched, judged by a few others, if day and night differ fivefold
BUSIEST_FROM_H = 7 * 24.0  # hours of history from which the busiest hour of the day is told ...
LEAST_RHYTHM = 0.05  # ... when the first harmonic is a tenth of the mean or more
CLIP = 6.0  # standard deviations: past crises should not teach that crises are normal

Array = NDArray[np.float64]
Hours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Negative mentions expected in a window: mean, shape of the negative binomial, hours of history behind it."""

    mean: float
    shape: float
    history_h: float


@dataclass(frozen=True, slots=True)
class _Fit:
    sources: tuple[str, ...]
    level: Array  # (sources,) negative mentions an hour in an average hour of the week
    day: Array  # (24,) factors with mean 1
    week: Array  # (7,)
    passed: list[float]  # (169,) day x week summed over the hours of the week, which begins where 1970 did
    inverse_shape: dict[int, float]  # block of hours → 1/shape
    uncertainty: float  # relative variance of the level itself
    history_h: float
    negative_share: float | None


class Baseline:
    """One brand's normal. Times are seconds since 1970 UTC; hours and days are UTC, whose offset the factors absorb."""

    def __init__(self) -> None:
        self._negative: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._classified: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._outages: defaultdict[str, dict[float, float]] = defaultdict(dict)  # source → start → end (inf: open)
        self._since = math.inf
        self._fit: tuple[int, _Fit] | None = None
        self._past: tuple[tuple[int, int], tuple[int, int]] | None = None  # today and hour of the fit, `past`

    def watch(self, since: float) -> None:
        """Note that posts of this brand would have been seen from `since` on: silence after it counts as silence."""
        if since < self._since:
            self._since, self._fit = since, None

    def add(self, source: str, hour: int, classified: int, negative: int) -> None:
        """Add to the counts of one hour (hours since 1970)."""
        table = self._classified[source]
        table[hour] = table.get(hour, 0) + classified
        if negative:
            self._negative[source][hour] = self._negative[source].get(hour, 0) + negative
        self.watch(hour * HOUR)
        if self._fit and hour < self._fit[0] - 1:
            self._fit = None

    def put(self, source: str, hour: int, classified: int, negative: int) -> None:
        """Set the counts of one hour that is remembered; others are left alone."""
        if hour in self._classified.get(source, ()):
            self._classified[source][hour], self._negative[source][hour] = classified, negative
            self._fit = None

    def outage(self, source: str, start: float, end: float | None) -> None:
        """`source` could not be read from `start` to `end` (None: still); a later call with an equal start updates."""
        until = math.inf if end is None else end
        if self._outages[source].get(start) != until:
            self._outages[source][start], self._fit = until, None

    def history_h(self, at: float) -> float:
        """Return the hours this brand has been watched before `at`."""
        return max(0.0, (at - self._since) / HOUR)

    def negative_share(self, at: float) -> float | None:
        """Return the usual share of negative among classified mentions; None under 50 mentions."""
        return self._at(at).negative_share

    def expected(self, at: float, window_s: float) -> Expectation:
        """Return negative mentions expected in (at - window_s, at], sources in an open outage left out."""
        fit = self._at(at)
        mean = 0.0
        for level, source in zip(fit.level.tolist(), fit.sources, strict=True):
            for start, end in self._seen(source, at, window_s):
                mean += level * _integral(fit, start, end)
        if not fit.sources:
            mean = PRIOR_COUNT / PRIOR_HOURS * window_s / HOUR
        block = min((b for b in fit.inverse_shape if b * HOUR >= window_s), default=GAP_H)
        return Expectation(mean, 1 / (fit.inverse_shape[block] + fit.uncertainty), fit.history_h)

    def busiest_hour(self, at: float) -> float | None:
        """Return the hour of the UTC day around which negatives come: the angle of the day factors' first harmonic.

        None while under a week is known, or where day and night hardly differ.
        """
        fit = self._at(at)
        turn = complex(np.sum(fit.day * np.exp(2j * np.pi * (np.arange(24) + 0.5) / 24)))
        if fit.history_h < BUSIEST_FROM_H or abs(turn) < LEAST_RHYTHM * 24:
            return None
        return float(np.angle(turn)) * 12 / math.pi % 24

    def past(self, today: int) -> tuple[int, int]:
        """Return the first of the last `WHOLE_DAYS` UTC days before `today` that is remembered, and the negative
        mentions from it on until `today` begins (days since 1970).
        """
        if self._past is None or self._fit is None or self._past[0] != (today, self._fit[0]):
            known = min((hour for table in self._classified.values() for hour in table), default=today * 24)
            first = max(today - WHOLE_DAYS, known // 24)
            hours = range(first * 24, today * 24)
            count = sum(n for table in self._negative.values() for hour, n in table.items() if hour in hours)
            self._past = ((today, self._fit[0] if self._fit else 0), (first, count))
        return self._past[1]

    def mentions_by_day(self) -> dict[int, int]:
        """Return the scored mentions per UTC day (days since 1970) that are remembered."""
        days: defaultdict[int, int] = defaultdict(int)
        for table in self._classified.values():
            for hour, n in table.items():
                days[hour // 24] += n
        return days

    def prune(self, at: float) -> None:
        """Forget what is older than the history that is used."""
        oldest = int(at // HOUR) - KEPT_H
        for table in (*self._negative.values(), *self._classified.values()):
            for hour in [h for h in table if h < oldest]:
                del table[hour]
        for outages in self._outages.values():
            for start in [start for start, end in outages.items() if end <= oldest * HOUR]:
                del outages[start]

    def _seen(self, source: str, at: float, window_s: float) -> list[tuple[float, float]]:
        """Return the intervals whose posts fall into the window: the window without open outages, and, once a source
        is back, the whole of its outage: what piled up may arrive at once, and that is no burst.
        """
        start, extra = at - window_s, []
        end = at
        for out, back in self._outages[source].items():
            if out < at < back:
                end = min(end, out)
            elif start < back <= at and out < start:
                extra.append((max(out, back - 7 * 24 * HOUR), start))
        return ([(start, end)] if end > start else []) + extra

    def _at(self, at: float) -> _Fit:
        hour = int(at // HOUR)
        if self._fit is None or self._fit[0] != hour:
            self._fit = (hour, self._learn(hour))
        return self._fit[1]

    def _learn(self, now: int) -> _Fit:
        sources = tuple(sorted(self._classified))
        first = now if math.isinf(self._since) else int(self._since // HOUR)
        watched = now - first
        stop = now - min(GAP_H, watched // 2)
        hours = range(max(first, now - HISTORY_H), stop)
        shape = (len(sources), len(hours))
        counts = np.array([[self._negative[s].get(h, 0) for h in hours] for s in sources], dtype=np.float64)
        exposed = np.array([self._exposed(s, hours) for s in sources], dtype=np.float64)
        fit = learn(counts.reshape(shape), exposed.reshape(shape), np.array(hours, dtype=np.int64), now)
        classified = sum(sum(n for h, n in self._classified[s].items() if h < stop) for s in sources)
        negative = sum(sum(n for h, n in self._negative[s].items() if h < stop) for s in sources)
        share = negative / classified if classified >= 50 else None
        level, day, week, inverse, uncertainty = fit
        season = [float(day[hour % 24] * week[(hour // 24 + 3) % 7]) for hour in range(WEEK_H)]
        passed = [0.0, *accumulate(season)]
        return _Fit(sources, level, day, week, passed, inverse, uncertainty, float(watched), share)

    def _exposed(self, source: str, hours: range) -> Array:
        """1 for hours in which the source could be read, 0 for those an outage touches."""
        exposed, of = np.ones(len(hours)), np.array(hours, dtype=np.float64)
        for start, end in self._outages[source].items():
            exposed[(of + 1 > start / HOUR) & (of < end / HOUR)] = 0.0
        return exposed


def learn(counts: Array, exposed: Array, hours: Hours, now: int) -> tuple[Array, Array, Array, dict[int, float], float]:
    """Learn level per source, day and week factors, 1/shape per block of hours, relative variance of the level.

    `counts` and `exposed` are (sources, hours). Each factor is a posterior mean under a Gamma prior around 1 given the
    others, two rounds; outliers are clipped at `CLIP` standard deviations of the round before.
    """
    day, week = np.ones(24), np.ones(7)
    of_day, of_week = hours % 24, (hours // 24 + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
    weight = 0.5 ** ((now - hours) / HALF_LIFE_H)
    clipped, level = counts, np.zeros(len(counts))
    prior = PRIOR_COUNT / max(len(counts), 1)
    inverse = {1: 1 / PRIOR_SHAPE, 3: 1 / PRIOR_SHAPE, GAP_H: 1 / PRIOR_SHAPE}
    for _ in range(3):
        season = day[of_day] * week[of_week] * weight
        level = (prior + clipped @ weight) / (PRIOR_HOURS + exposed @ season)
        flat = level @ exposed
        total = clipped.sum(axis=0)
        day = _factors(total * weight, flat * week[of_week] * weight, of_day, 24, DAY_PRIOR)
        if len(hours) >= 14 * 24:
            week = _factors(total * weight, flat * day[of_day] * weight, of_week, 7, WEEK_PRIOR)
        mean = flat * day[of_day] * week[of_week]
        spread = np.sqrt(mean + mean**2 * inverse[1])
        cap = (mean + CLIP * spread + 3) / np.maximum(counts.sum(axis=0), 1)
        clipped = counts * np.minimum(cap, 1)
        inverse = {block: _inverse_shape(clipped.sum(axis=0), mean, block) for block in inverse}
    unseen = UNSEEN_DAY * (1 - len(np.unique(of_day)) / 24)
    uncertainty = 1 / (PRIOR_COUNT + float((clipped @ weight).sum())) + unseen
    return level, day, week, inverse, uncertainty


def _factors(counts: Array, means: Array, slot: Hours, slots: int, prior: float) -> Array:
    seen = np.bincount(slot, weights=counts, minlength=slots)
    base = np.bincount(slot, weights=means, minlength=slots)
    factors: Array = (seen + prior) / (base + prior)
    factors /= factors.mean()
    return factors


def _inverse_shape(counts: Array, mean: Array, block: int) -> float:
    """Estimate excess variance relative to mean², by moments over blocks of hours, shrunk to the prior."""
    whole = len(counts) // block * block
    y, m = counts[:whole].reshape(-1, block).sum(axis=1), mean[:whole].reshape(-1, block).sum(axis=1)
    excess = float(((y - m) ** 2 - m).sum())
    information = float((m**2).sum())
    prior = SHAPE_PRIOR_INFORMATION
    return min(max((prior / PRIOR_SHAPE + excess) / (prior + information), 0.05), 20.0)


def _integral(fit: _Fit, start: float, end: float) -> float:
    """Sum the hours between two times, each weighed by its factors."""
    return _passed(fit.passed, end / HOUR) - _passed(fit.passed, start / HOUR)


def _passed(passed: list[float], hours: float) -> float:
    """Return the weighed hours of all weeks before `hours` since 1970, up to a constant that differences lose."""
    weeks, rest = divmod(hours, WEEK_H)
    whole = int(rest)
    return weeks * passed[-1] + passed[whole] + (rest - whole) * (passed[whole + 1] - passed[whole])
