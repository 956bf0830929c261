"""What a source may cost in a day, kept in its cursor so that a restart does not forget what was spent."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collectors.paging import Walk
from groundswell.clock import Clock
from groundswell.errors import Throttled
from groundswell.types import Cursor, Page


class Budget:
    """Units of one source a day; days are those of `zone`, where the quota is counted."""

    def __init__(self, clock: Clock, host: str, per_day: int, zone: str = "UTC") -> None:
        self._clock, self._host, self._per_day, self._zone = clock, host, per_day, ZoneInfo(zone)
        self._day, self._spent = "", 0

    def spend(self, units: int = 1) -> None:
        """Take units before a request. Raises Throttled until the next day when they would pass what is left."""
        today = self._clock().astimezone(self._zone).date()
        if self._day != today.isoformat():
            self._day, self._spent = today.isoformat(), 0
        if self._spent + units > self._per_day:
            tomorrow = datetime.combine(today + timedelta(days=1), time(), self._zone).astimezone(UTC)
            raise Throttled(f"{self._host} (the day's budget of {self._per_day} is spent)", tomorrow)
        self._spent += units

    async def pages(self, cursor: Cursor, walk: Walk) -> AsyncIterator[Page]:
        """Walk, with what was spent beside the walk's own cursor: {day, spent, walk}."""
        day, spent, part = cursor.get("day"), cursor.get("spent"), cursor.get("walk")
        if isinstance(day, str) and isinstance(spent, int) and day >= self._day:
            self._spent = max(spent, self._spent) if day == self._day else spent
            self._day = day
        async for page in walk(part if isinstance(part, Mapping) else {}):
            state = {"day": self._day, "spent": self._spent, "walk": dict(page.cursor)}
            yield Page(posts=page.posts, cursor=state, gone=page.gone, gap=page.gap)
