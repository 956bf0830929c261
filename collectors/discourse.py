"""Discourse forums: the newest posts of the whole site, fifty ids at a time."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest
from collectors.markup import to_text
from collectors.paging import Batch, newest_first
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_WINDOW = 50  # /posts.json?before=N shows the visible posts among the ids N-49 to N


class Discourse:
    """All new posts of a forum.

    `url`: the forum's address. `key` and `user`: an API key and its user, for forums that are not public.
    `backfill_posts`: how many ids the first sweep goes back. `source`: what the posts are said to come from; name each
    forum of several, their ids overlap.
    """

    name: ClassVar[str] = "discourse"
    limit: ClassVar[tuple[int, float]] = (1, 3.5)  # user keys: 20 a minute; anonymous: 200
    terms: ClassVar[str] = "The forum's own terms hold; link back to the post."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        url: str,
        key: str = "",
        user: str = "",
        backfill_posts: int = 1000,
        source: str = "discourse",
    ) -> None:
        http.hide(key)
        self._source = source
        self._http, self._clock, self._base, self._backfill = http, clock, url.rstrip("/"), backfill_posts
        self._headers = {"Api-Key": key, **({"Api-Username": user} if user else {})} if key else {}

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk down by post id; a window without visible posts is no end."""
        is_first = not isinstance(cursor.get("done"), int)

        async def fetch(at: object) -> Batch:
            before, stop = _window(at)
            params: dict[str, str | int] = {"before": before} if before is not None else {}
            url = f"{self._base}/posts.json"
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                found = _any(answer.json(), answer.url)
                ids = [int(post.external_id) for post in found.posts]
                top = before if before is not None else max(ids, default=0)
                end = max(top - self._backfill, 0) if before is None and is_first else stop
                further = {"before": top - _WINDOW, "stop": end} if top - _WINDOW > end else None
                return Batch(
                    posts=[replace(post, source=self._source) for post in found.posts], newest=max(ids, default=None),
                    oldest=max(top - _WINDOW + 1, 0), next=further, gone=found.gone, gap=found.gap,
                )  # fmt: skip

            return await to_thread(batch)

        return newest_first(cursor, fetch, overlap=_WINDOW)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read the latest posts, or a topic's; a list of topics names posts and holds none."""
        yield from recordings.pages(raw, where, _any)


def _window(at: object) -> tuple[int | None, int]:
    if not isinstance(at, dict):
        return None, 0
    before, stop = at.get("before"), at.get("stop")
    return (before if isinstance(before, int) else None), (stop if isinstance(stop, int) else 0)


def _any(data: object, where: str) -> Harvest:
    root = Item(data, where)
    stream = root.child("post_stream")
    title = root.text("title")
    if isinstance(root.get("latest_posts"), list):
        found = root.list("latest_posts")
    elif stream is not None:
        found = stream.list("posts")
    elif isinstance(root.get("posts"), list):  # a search
        found = root.list("posts")
    elif isinstance(root.get("topic_list"), dict):
        return Harvest()
    elif "cooked" in root.data:
        found = [data]
    else:
        raise Malformed(where, "neither posts nor a topic", "record /posts.json or /t/<id>.json")
    return harvest(found, lambda item: _post(item, title), where)


def _post(item: Item, topic: str) -> Post | Deleted | None:
    native = item.id("id")
    if not native.isdigit():
        raise Malformed(f"{item.where}: id", "no number", "the forum changed its answer")
    if item.get("deleted_at") or item.flag("user_deleted"):
        return Deleted(native)
    number = item.count("post_number") or 1
    title = (item.text("topic_title") or topic) if number == 1 else ""
    text = to_text(item.text("cooked", "raw", "blurb"))
    return Post(
        source="discourse", external_id=native, text="\n\n".join(part for part in (title, text) if part),
        created_at=item.time("created_at"), kind=Kind.POST if number == 1 else Kind.COMMENT,
        author=item.text("username") or None,
        engagement=Engagement(likes=_likes(item), replies=item.count("reply_count"), views=item.count("reads")),
    )  # fmt: skip


def _likes(item: Item) -> int | None:
    """Count action 2, which is "like"; a post nobody liked has no such entry, only the list."""
    actions = item.get("actions_summary")
    if not isinstance(actions, list):
        return item.count("like_count")
    liked = [Item(a, item.where).count("count") for a in actions if isinstance(a, dict) and a.get("id") == 2]
    return liked[0] if liked else 0
