"""How long to wait before asking a host again: our own spacing, corrected by what its answers say."""

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from groundswell.clock import Clock
from groundswell.errors import Throttled

Sleep = Callable[[float], Awaitable[None]]

_PREFIXES = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
_LIMIT = re.compile(r"rate-?limit")
_LONGEST_S = 24 * 3600.0
_STRUCTURED = re.compile(r"\b(remaining|resets?|r|t)\s*=\s*(\d+)")
_APPLE = re.compile(r"user-hour-rem:(\d+)")
_HOUR = timedelta(hours=1)


def instant(value: str, now: datetime) -> datetime | None:
    """Read a moment from a header: seconds from now, unix seconds or milliseconds, ISO 8601 or an HTTP date.

    None when it is none of these. Never before `now` and never more than a day ahead.
    """
    value = value.strip()
    try:
        number = float(value)
    except ValueError:
        found = _date(value)
    else:
        found = _from_number(number, now)
    if found is None:
        return None
    return min(max(found, now), now + timedelta(seconds=_LONGEST_S))


def _from_number(number: float, now: datetime) -> datetime | None:
    if not math.isfinite(number) or number < 0:
        return None
    if number > 1e14:
        return None
    if number > 1e11:
        number /= 1000
    if number > 1e9:
        return datetime.fromtimestamp(number, UTC)
    return now + timedelta(seconds=min(number, _LONGEST_S))


def _date(value: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value)
        except (ValueError, TypeError, IndexError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


@dataclass(slots=True)
class _Host:
    interval_s: float
    ready_at: datetime
    blocked_until: datetime
    stretch_s: float = 0.0
    throttled: int = 0


class Limits:
    """One spacing per host. Waits up to `patience_s` are slept through; longer ones raise Throttled."""

    def __init__(self, clock: Clock, sleep: Sleep, *, patience_s: float, interval_s: float) -> None:
        self._clock, self._sleep = clock, sleep
        self._patience_s, self._interval_s = patience_s, interval_s
        self._hosts: dict[str, _Host] = {}
        self.told: dict[str, dict[str, str]] = {}

    def _host(self, host: str) -> _Host:
        if host not in self._hosts:
            now = self._clock()
            self._hosts[host] = _Host(self._interval_s, now, now)
        return self._hosts[host]

    def space(self, host: str, requests: int, seconds: float) -> None:
        """Keep at least `seconds` / `requests` between two requests to `host`; the widest spacing asked for wins."""
        state = self._host(host)
        state.interval_s = max(state.interval_s, seconds / requests)

    def hold(self, host: str, seconds: float) -> None:
        """Send nothing to `host` for so long."""
        state = self._host(host)
        state.blocked_until = max(state.blocked_until, self._clock() + timedelta(seconds=min(seconds, _LONGEST_S)))

    async def wait(self, host: str) -> None:
        """Take the next free moment of `host` and sleep until then. Raises Throttled when it is too far away."""
        state, now = self._host(host), self._clock()
        interval = timedelta(seconds=max(state.interval_s, state.stretch_s))
        if state.ready_at > now + 100 * interval:  # the clock was set back: do not wait out the jump
            state.ready_at = now
        moment = max(now, state.ready_at, state.blocked_until)
        if moment - now > timedelta(seconds=self._patience_s):
            raise Throttled(host, moment)
        state.ready_at = moment + interval
        if moment > now:
            await self._sleep((moment - now).total_seconds())

    def learn(self, host: str, status: int, headers: Mapping[str, str]) -> datetime | None:
        """Take in an answer's headers. Returns until when the host wants us to wait, None when it does not."""
        state, now = self._host(host), self._clock()
        low = {name.lower(): value for name, value in headers.items()}
        remaining, until = _quota(low, now)
        limits = {name: value for name, value in low.items() if _LIMIT.search(name)}
        if limits:
            self.told[host] = limits
        exhausted = status == 403 and (remaining == 0 or "retry-after" in low)
        if status == 429 or exhausted or (status == 503 and "retry-after" in low):
            asked = instant(low["retry-after"], now) if "retry-after" in low else None
            return self.throttle(host, asked or (until if remaining == 0 else None))
        if status < 400:
            state.throttled = 0
        self._spread(state, remaining, until, now)
        return None

    def throttle(self, host: str, until: datetime | None = None) -> datetime:
        """Leave a host alone that said it has had enough; when it did not say until when, longer each time."""
        state = self._host(host)
        state.throttled += 1
        fallback = self._clock() + timedelta(seconds=min(30.0 * 2 ** (state.throttled - 1), 3600.0))
        state.blocked_until = until or fallback
        return state.blocked_until

    def _spread(self, state: _Host, remaining: float | None, until: datetime | None, now: datetime) -> None:
        """When little of the quota is left, spread it over the rest of the window; when nothing, wait for the next."""
        state.stretch_s = 0.0
        if remaining is None or until is None:
            return
        if remaining < 1:
            state.blocked_until = until
        elif remaining < 10:
            state.stretch_s = (until - now).total_seconds() / remaining


def _quota(headers: Mapping[str, str], now: datetime) -> tuple[float | None, datetime | None]:
    """Return what is left of the window and when it ends, in any of the spellings in use."""
    for prefix in _PREFIXES:
        if prefix + "remaining" in headers:
            reset = headers.get(prefix + "reset")
            return _number(headers[prefix + "remaining"]), instant(reset, now) if reset else None
    if found := _APPLE.search(headers.get("x-rate-limit", "")):  # App Store Connect: of a rolling hour
        return _number(found.group(1)), now + _HOUR
    said = [value for name, value in headers.items() if name == "ratelimit" or name.startswith("zendesk-ratelimit")]
    parts = {name.rstrip("s"): value for name, value in _STRUCTURED.findall(";".join(said))}
    left, ends = parts.get("r", parts.get("remaining", "")), parts.get("t", parts.get("reset"))
    return _number(left), instant(ends, now) if ends else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
