"""What every source offers: pages from a cursor, and the same pages from a recorded answer."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from typing import ClassVar, Protocol, runtime_checkable

from collectors.budget import Budget
from groundswell.clock import Clock
from groundswell.types import Cursor, Page


class Collector(Protocol):
    """One kind of source. Its class is constructed as ``Class(http, clock, **options)``.

    The options are the keyword-only arguments of ``__init__``: plain values with annotations, defaults explained in
    the class docstring. Nothing is opened or fetched before ``pages`` is iterated.

    `name` is the source's word everywhere (config, ``Post.source`` unless an option renames it). `limit` is the
    politest rate the source is known to accept, (requests, seconds). `terms` is one sentence shown to the user:
    what the source's owner asks of those who read it.
    """

    name: ClassVar[str]
    limit: ClassVar[tuple[int, float]]
    terms: ClassVar[str]

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Yield what is new since `cursor` ({} at first), page by page; a page's cursor goes on after that page.

        The caller commits each page with its cursor before asking for the next and may stop after any page.
        Raises SourceError; never yields an empty page in place of an outage.
        """
        ...

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = ..., /) -> Iterator[Page]:
        """Read a recorded answer (`raw`, named `where` in errors) into the pages it would have given.

        `clock` dates what bears no date or a relative one. Raises Malformed and nothing else.
        """
        ...


@runtime_checkable
class Rechecks(Protocol):
    """A source that can look at known posts again: new counts in `posts`, deletions in `gone`."""

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Yield pages about these external_ids; their cursor is {} and must not replace the source's."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A source that holds a thread or a connection of its own."""

    async def close(self) -> None:
        """Let go of it; safe to call twice."""
        ...


@runtime_checkable
class Spends(Protocol):
    """A source whose requests cost: whoever runs it has `budget` kept in the store (`Budget.keep`)."""

    budget: Budget


class Sink(Protocol):
    """Where pages go. Called in worker threads, one call per source at a time."""

    def commit_page(self, source: str, page: Page) -> object:
        """Store posts, deletions, gap and cursor in one transaction."""
        ...

    def cursor(self, source: str) -> Cursor:
        """Return the cursor of the last committed page, {} when there is none."""
        ...

    def source_failed(self, source: str, error: str, retry_at: datetime | None) -> object:
        """Remember a failure; `retry_at` None means that a person has to act first."""
        ...

    def throttled_until(self, source: str) -> datetime | None:
        """Return until when the source's own words ask to leave it alone, None when they do not."""
        ...

    def due(self, source: str, spans: Sequence[tuple[datetime, datetime]], limit: int) -> Sequence[str]:
        """Return external_ids of stored posts that this source brought in any of these spans of arrival."""
        ...

    def spent(self, source: str, day: date) -> int:
        """Return the units booked for a source on a day."""
        ...

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        """Add units (less than 0: give back) unless they would make it more than `most`; whether they were added."""
        ...

    def inbox_depth(self) -> int:
        """Return how many posts wait to be classified."""
        ...
