"""The only place that reads the time; everything else is handed a Clock, so that tests and replays own theirs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def whole(at: datetime, step: timedelta) -> datetime:
    """The last multiple of `step` since 1970 (UTC) up to `at`: live runs and replays look at whole minutes alike."""
    return at - (at - datetime.fromtimestamp(0, UTC)) % step


def stopwatch() -> float:
    """Seconds of a clock that never goes back; only differences mean something."""
    return time.monotonic()


def cpu_time() -> float:
    """CPU seconds this process has used, all threads summed; only differences mean something."""
    return time.process_time()


class SettableClock:
    """A clock that stands where it was put: replays set it to each post's own time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance_to(self, at: datetime) -> None:
        """Move forward to `at`; an earlier time leaves the clock where it is."""
        self.at = max(self.at, at)
