"""Complaints that simmer: a topic's negative mentions of the last days against its own weeks before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundswell.types import Topic
from trends.baseline import HOUR
from trends.board import DAY, BrandState
from trends.surprise import discoveries
from trends.tails import negative_binomial_surprise

WINDOWS_D = (3, 7)
HISTORY_D = 28  # before the window, less as many days as the window has
LEAST_HISTORY_D = 5  # fewer days know no ordinary week; what they leave uncertain widens the expected
LEAST = 12  # negative mentions in the window: two a day over a week is a habit, not a wave
PRIOR_COUNT, PRIOR_DAYS = 0.5, 1.0
PRIOR_SHAPE, PRIOR_INFORMATION = 2.0, 10.0  # dispersion of days until seen; information in squared mean counts
RISING = 1.5  # times the ordinary day ...
RISING_SHARE = 0.66  # ... on this share of the window's days, and no day holds half of all: one bad day is no rise
RARER = 2.0
"""Powers of ten by which a slow rise may be less surprising: it is looked for once a day, a burst 1,440 times (10^3.2,
less because one minute's look hardly differs from the next)."""
FADED = 1.0
"""-log10 p under which a slow rise is over: days waver, and one complaint told twice helps nobody."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A topic above its own past: `observed` negatives in `window_d` whole days, `expected` by the days before."""

    topic: Topic
    window_d: int
    observed: int
    expected: float
    surprise: float


class SlowRises:
    """The slow rises of all brands, judged together. `rate_log10` is -log10 of the false-discovery rate of one look at
    bursts.
    """

    def __init__(self, rate_log10: float) -> None:
        self._rate = rate_log10 - RARER
        self._day: dict[str, int] = {}
        self._found: dict[str, list[Rise]] = {}
        self._standing: list[tuple[str, Rise]] = []
        self._told: defaultdict[str, set[Topic]] = defaultdict(set)

    def look(self, states: Iterable[BrandState], now: float) -> None:
        """Look at every brand's last whole days; they change once a day, and so does what is found in them."""
        today = int(now // DAY)
        new = [state for state in states if self._day.get(state.brand) != today]
        for state in new:
            first = int((now - state.baseline.history_h(now) * HOUR) // DAY) + 1
            self._found[state.brand] = rises(state.days, state.baseline.mentions_by_day(), today, first)
            self._day[state.brand] = today
        if new:
            pool = [(brand, rise) for brand, found in self._found.items() for rise in found]
            tests = len(WINDOWS_D) * len(Topic) * len(self._found)
            stands = discoveries([rise.surprise for _, rise in pool], tests, self._rate)
            self._standing = [one for one, holds in zip(pool, stands, strict=True) if holds]

    def forget(self, brand: str) -> None:
        """Look at a brand's days again at the next look: past ones changed."""
        self._day.pop(brand, None)

    def of(self, brand: str) -> list[Rise]:
        """Return a brand's rises that stood at the last look and are not told already."""
        told = self._told[brand] = {topic for topic in self._told[brand] if self.lasts(brand, topic)}
        return [rise for name, rise in self._standing if name == brand and rise.topic not in told]

    def lasts(self, brand: str, topic: Topic) -> bool:
        """Tell whether a rise is not over, as of the last look."""
        return any(rise.topic == topic and rise.surprise >= FADED for rise in self._found.get(brand, ()))

    def told(self, brand: str, topic: Topic) -> None:
        """Say that the story under which a rise was told is forgotten: another tells it only when it rises anew."""
        self._told[brand].add(topic)


def rises(
    days: Mapping[Topic, Mapping[int, int]], mentions: Mapping[int, int], today: int, first_day: int
) -> list[Rise]:
    """Return every topic's most surprising window that ends with the last whole day; empty while history is short.

    `mentions` are all scored posts of the brand by day: a crowd that came for something else brings its usual
    complaints, so the ordinary day grows with it. `today` is the day under way (days since 1970 UTC), which is left
    out; `first_day` the first day watched.
    """
    found = []
    for topic, counts in days.items():
        looked = [_rise(topic, counts, mentions, today, first_day, window) for window in WINDOWS_D]
        windows = [rise for rise in looked if rise is not None]
        if windows:
            found.append(max(windows, key=lambda rise: rise.surprise))
    return found


def _rise(
    topic: Topic, counts: Mapping[int, int], mentions: Mapping[int, int], today: int, first_day: int, window: int
) -> Rise | None:
    start = today - window
    before = range(max(first_day, start - HISTORY_D), start - window)  # between them the rise may have begun
    past = [counts.get(day, 0) for day in before]
    now = [counts.get(day, 0) for day in range(start, today)]
    if len(past) < LEAST_HISTORY_D or sum(now) < LEAST or max(now) > sum(now) / 2:
        return None
    ordinary = (PRIOR_COUNT + sum(past)) / (PRIOR_DAYS + len(past))
    crowd = _daily(mentions, range(start, today)) / max(_daily(mentions, before), 1.0)
    usual = ordinary * max(crowd, 1.0)
    if sum(n > RISING * usual for n in now) < RISING_SHARE * window:
        return None
    excess = sum((n - ordinary) ** 2 - ordinary for n in past)
    information = PRIOR_INFORMATION + len(past) * ordinary**2
    # Days vary together (a busy week), so a window is as dispersed as a day: conservative.
    inverse_shape = max((PRIOR_INFORMATION / PRIOR_SHAPE + excess) / information, 0.05) / window**0.5
    shape = 1 / (inverse_shape + 1 / (PRIOR_COUNT + sum(past)))
    value = negative_binomial_surprise(sum(now), usual * window, shape)
    return Rise(topic, window, sum(now), usual * window, value)


def _daily(mentions: Mapping[int, int], days: range) -> float:
    return sum(mentions.get(day, 0) for day in days) / max(len(days), 1)
