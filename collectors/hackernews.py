"""Hacker News: Algolia's search finds, newest first; Firebase knows what became of an item."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors import recordings
from collectors.hackernews_items import hits, read
from collectors.http import Http
from collectors.items import Harvest, Item
from collectors.lanes import aside
from collectors.paging import Batch, Walk, newest_first, several, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page

_FIREBASE = (10, 1.0)
_OVERLAP_S = 3600  # items are indexed late


class HackerNews:
    """Stories and comments that match a search.

    `queries`: words to search for, each its own sweep; an empty one means everything. `backfill_days`: how far the
    first sweep goes back. `page_size`: hits per request, at most 1,000; no query is ever asked for more than one
    page, so that Algolia's ceiling of 1,000 hits per query is never met. `base` and `firebase` are for tests.
    """

    name: ClassVar[str] = "hackernews"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)  # 10,000 an hour are allowed; 3,600 are plenty
    terms: ClassVar[str] = "Public API without key; link back to the discussion."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        queries: Sequence[str] = ("",),
        backfill_days: float = 7.0,
        page_size: int = 200,
        base: str = "https://hn.algolia.com",
        firebase: str = "https://hacker-news.firebaseio.com",
    ) -> None:
        self._http, self._clock, self._queries = http, clock, tuple(queries) or ("",)
        self._backfill, self._size = backfill_days, min(max(page_size, 1), 1000)
        self._base, self._firebase = base.rstrip("/"), firebase.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Sweep each query by time slices."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {f"q:{query}": self._walk(query, floor) for query in self._queries})

    def _walk(self, query: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            return await self._batch(query, at)

        return lambda part: newest_first(part, fetch, overlap=_OVERLAP_S, floor=floor)

    async def _batch(self, query: str, at: object) -> Batch:
        params: dict[str, str | int] = {"query": query, "tags": "(story,comment)", "hitsPerPage": self._size}
        if isinstance(at, int):
            params["numericFilters"] = f"created_at_i<={at}"
        answer = await self._http.get(f"{self._base}/api/v1/search_by_date", params=params, limit=self.limit)

        def batch() -> Batch:
            found = hits(Item(answer.json(), answer.url))
            made = Batch.of(found)
            if made.oldest is None or len(found.posts) + len(found.bad) + len(found.gone) < self._size:
                return made
            # a whole page within one second: step over it
            return replace(made, next=made.oldest - 1 if made.oldest == at else made.oldest)

        return await aside(batch)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask Firebase for each item: new points, or that it is gone."""

        async def ask(native: str) -> Harvest:
            answer = await self._http.get(f"{self._firebase}/v0/item/{native}.json", limit=_FIREBASE)
            return await answer.read(read)

        return one_by_one(ids, ask, _FIREBASE)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an Algolia search, an Algolia or Firebase item, or a Firebase list (which names posts, holds none)."""
        yield from recordings.pages(raw, where, read)
