"""What a source may cost in a day: booked in the store before each request leaves, so that no crash forgets it.

A request is booked at the most it can cost, in a transaction of its own. What it surely did not cost is given back when
its answer is known; a crash between the two leaves the larger sum standing. So never less is booked than was spent, and
at most one request's cost more for each crash.
"""

from asyncio import to_thread
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from groundswell.clock import Clock
from groundswell.errors import Exhausted


class Books(Protocol):
    """Where spending is kept. Called in worker threads; each call is a transaction of its own."""

    def spent(self, source: str, day: date) -> int:
        """Return the units booked for a source on a day."""
        ...

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        """Add units (less than 0: give back) unless they would make it more than `most`; whether they were added."""
        ...


class _Memory:
    """Books for a source that nobody runs: a script, a test."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], int] = {}

    def spent(self, source: str, day: date) -> int:
        return self._days.get((source, day), 0)

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        after = self.spent(source, day) + units
        if units > 0 and after > most:
            return False
        self._days[source, day] = max(after, 0)
        return True


def requests_of(source: str) -> str:
    """Name under which the requests of a configured source are booked, beside what it counts itself."""
    return f"{source} (requests)"


class Budget:
    """Units of one source a day; days are those of `zone`, where the quota is counted.

    `is_free_when_refused`: a request that is refused, or never reached the host, costs nothing.
    """

    def __init__(
        self, clock: Clock, host: str, per_day: int, zone: str = "UTC", *, is_free_when_refused: bool = False
    ) -> None:
        self._clock, self._host, self._per_day, self._zone = clock, host, per_day, ZoneInfo(zone)
        self._books: Books = _Memory()
        self._source = ""
        self._parts: dict[str, Budget] = {}
        self.is_free_when_refused = is_free_when_refused

    def keep(self, books: Books, source: str) -> None:
        """From now on, book in `books` under the name of the configured source."""
        self._books, self._source = books, source
        for name, part in self._parts.items():
            part.keep(books, f"{source} ({name})")

    def part(self, name: str, per_day: int) -> "Budget":
        """Return a further limit for some of what is asked, kept beside this one; it is booked in both."""
        return self._parts.setdefault(name, Budget(self._clock, self._host, per_day, self._zone.key))

    async def left(self) -> int:
        """Return what is left of today."""
        return self._per_day - await to_thread(self._books.spent, self._source, self._today())

    def charge(self, units: int = 1) -> "Charge":
        """Return what one request may cost, for the door (`Http.get(..., charge=...)`) to book before it asks."""
        return Charge(self, units)

    async def book(self, units: int) -> date:
        """Book units and return their day. Raises Exhausted until the next day when they would pass what is left."""
        today = self._today()
        if not await to_thread(self._books.book, self._source, today, units, self._per_day):
            raise self.exhausted()
        return today

    async def give_back(self, day: date, units: int) -> None:
        """Take units of a day out again that were booked and not spent."""
        await to_thread(self._books.book, self._source, day, -units, self._per_day)

    def exhausted(self) -> Exhausted:
        """Return the error that says until when the day lasts."""
        tomorrow = datetime.combine(self._today() + timedelta(days=1), time(), self._zone).astimezone(UTC)
        return Exhausted(f"{self._host} (at most {self._per_day} a day)", tomorrow)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


class Charge:
    """What one request may cost; the door books it again for every try."""

    def __init__(self, budget: Budget, units: int) -> None:
        self._budget, self._units = budget, units
        self._day: date | None = None

    async def book(self) -> None:
        """Book it: the request leaves now. Raises Exhausted when the day's budget does not allow it."""
        self._day = await self._budget.book(self._units)

    async def refused(self) -> None:
        """The last try never reached the host, or was refused by it."""
        if self._budget.is_free_when_refused:
            await self.settle(0)

    async def settle(self, units: int) -> None:
        """The last try cost so many units, not all that were booked."""
        if self._day is not None and units < self._units:
            await self._budget.give_back(self._day, self._units - units)
        self._day = None


class Charges:
    """What one request may cost in several budgets: booked in all of them, or in none."""

    def __init__(self, *parts: Iterable[Charge]) -> None:
        self._parts = [charge for part in parts for charge in part]

    async def book(self) -> None:
        """Book it in all. Raises Exhausted when one of them does not allow it."""
        for number, part in enumerate(self._parts):
            try:
                await part.book()
            except Exhausted:
                for booked in self._parts[:number]:
                    await booked.settle(0)
                raise

    async def refused(self) -> None:
        """The last try never reached the host, or was refused by it."""
        for part in self._parts:
            await part.refused()
