"""Hacker News: Algolia's search finds, newest first; Firebase knows what became of an item."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest
from collectors.markup import to_text
from collectors.paging import Batch, Walk, newest_first, several
from collectors.recordings import pages
from groundswell.clock import Clock, now
from groundswell.errors import Gone, Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SITE = "https://news.ycombinator.com/item?id="
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
        self._backfill, self._size = timedelta(days=backfill_days), min(max(page_size, 1), 1000)
        self._base, self._firebase = base.rstrip("/"), firebase.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Sweep each query by time slices."""
        floor = int((self._clock() - self._backfill).timestamp())
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
            found = _hits(Item(answer.json(), answer.url))
            keys = [int(post.created_at.timestamp()) for post in found.posts]
            if not keys:
                return Batch(gone=found.gone, gap=found.gap)
            oldest = min(keys)
            following = oldest - 1 if oldest == at else oldest  # a whole page within one second: step over it
            is_end = len(found.posts) + len(found.bad) + len(found.gone) < self._size
            return Batch(
                posts=found.posts, newest=max(keys), oldest=oldest, next=None if is_end else following, gone=found.gone,
                gap=found.gap,
            )  # fmt: skip

        return await to_thread(batch)

    async def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask Firebase for each item: new points, or that it is gone."""
        for external_id in ids:
            url = f"{self._firebase}/v0/item/{external_id}.json"
            try:
                answer = await self._http.get(url, limit=(10, 1.0))
            except Gone:
                yield Page(posts=(), cursor={}, gone=(external_id,))
                continue
            data = answer.json()
            found = Deleted(external_id) if data is None else _item(Item(data, answer.url))
            if isinstance(found, Deleted):
                yield Page(posts=(), cursor={}, gone=(external_id,))
            elif found is not None:
                yield Page(posts=(found,), cursor={})

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an Algolia search, an Algolia or Firebase item, or a Firebase list (which names posts, holds none)."""
        yield from pages(raw, where, _any)


def _any(data: object, where: str) -> Harvest:
    if data is None or isinstance(data, int) or (isinstance(data, list) and all(isinstance(i, int) for i in data)):
        return Harvest()
    item = Item(data, where)
    if "hits" in item.data:
        return _hits(item)
    if isinstance(item.get("children"), list):
        return _tree(item)
    if "items" in item.data or "submitted" in item.data or "karma" in item.data:
        return Harvest()
    return harvest([data], _item, where)


def _hits(answer: Item) -> Harvest:
    return harvest(answer.list("hits"), _hit, f"{answer.where}: hits")


def _tree(root: Item) -> Harvest:
    """Every node of an Algolia item with its comments, parents first."""
    nodes, waiting = [], [root.data]
    while waiting:
        node = waiting.pop(0)
        nodes.append(node)
        children = node.get("children") if isinstance(node, dict) else None
        waiting.extend(children if isinstance(children, list) else [])
    return harvest(nodes, _hit, root.where)


def _hit(item: Item) -> Post | None:
    """One Algolia hit; `points` is null on comments, which means unknown."""
    native = item.id("objectID", "id")
    comment, title = item.text("comment_text"), item.text("title")
    body = item.text("story_text") or ("" if comment else item.text("text"))
    is_comment = bool(comment) or item.get("type") == "comment" or "comment" in _tags(item)
    text = to_text(comment or body) if is_comment else "\n\n".join(part for part in (title, to_text(body)) if part)
    if not text and not title:
        return None  # a comment whose words were deleted while it was indexed
    parent = item.count("parent_id")
    return Post(
        source=HackerNews.name, external_id=native, text=text, created_at=item.time("created_at_i", "created_at"),
        kind=Kind.COMMENT if is_comment else Kind.POST, author=item.text("author") or None,
        parent=str(parent) if parent is not None else None, url=_SITE + native,
        engagement=Engagement(likes=item.count("points"), replies=item.count("num_comments")),
    )  # fmt: skip


def _tags(item: Item) -> list[object]:
    tags = item.get("_tags")
    return tags if isinstance(tags, list) else []


def _item(item: Item) -> Post | Deleted | None:
    """One Firebase item; dead ones are hidden by the site and count as gone."""
    native = item.id("id")
    if item.flag("deleted") or item.flag("dead"):
        return Deleted(native)
    if item.get("type") not in ("story", "comment", "poll", "job", "pollopt"):
        raise Malformed(f"{item.where}: type", "no Hacker News item", "record /v0/item/<id>.json or a search")
    parts = (item.text("title"), to_text(item.text("text")))
    parent = item.count("parent")
    return Post(
        source=HackerNews.name, external_id=native, text="\n\n".join(part for part in parts if part),
        created_at=item.time("time"), kind=Kind.COMMENT if item.get("type") == "comment" else Kind.POST,
        author=item.text("by") or None, parent=str(parent) if parent is not None else None, url=_SITE + native,
        engagement=Engagement(likes=item.count("score"), replies=item.count("descendants")),
    )  # fmt: skip
