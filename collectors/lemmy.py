"""Lemmy and PieFed: new posts and comments of one server or some communities."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest, paragraphs, web
from collectors.lanes import aside
from collectors.markup import to_text
from collectors.paging import Batch, Walk, newest_first, several, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SIZE = 50


class Lemmy:
    """New posts and comments, newest first, through the API's version 3.

    `instance`: the server's address. `communities`: as "name@server"; none means all the server knows. `comments`:
    theirs as well. `backfill_days`: how far the first sweep goes back.
    """

    name: ClassVar[str] = "lemmy"
    limit: ClassVar[tuple[int, float]] = (1, 2.0)
    terms: ClassVar[str] = "The server's rules hold; deleted posts must be deleted here too."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        instance: str,
        communities: Sequence[str] = (),
        comments: bool = True,
        backfill_days: float = 7.0,
    ) -> None:
        self._http, self._clock, self._base = http, clock, instance.rstrip("/")
        kinds = ("post", "comment") if comments else ("post",)
        self._lists = [(kind, name) for kind in kinds for name in (communities or ("",))]
        self._backfill = backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each list by page number; what arrives meanwhile only shifts posts to pages still to come."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {f"{kind}:{name}": self._walk(kind, name, floor) for kind, name in self._lists})

    def _walk(self, kind: str, community: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            number = at if isinstance(at, int) else 1
            params: dict[str, str | int] = {"sort": "New", "type_": "All", "limit": _SIZE, "page": number}
            params |= {"community_name": community} if community else {}
            answer = await self._http.get(f"{self._base}/api/v3/{kind}/list", params=params, limit=self.limit)

            def batch() -> Batch:
                found = read(answer.json(), answer.url)
                is_end = len(found.posts) + len(found.gone) + len(found.bad) == 0
                return Batch.of(found, None if is_end else number + 1)

            return await aside(batch)

        return lambda part: newest_first(part, fetch, overlap=600, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask the server what it knows of each address: votes and answers, or that it was deleted or removed."""

        async def ask(native: str) -> Harvest:
            url = f"{self._base}/api/v3/resolve_object"
            answer = await self._http.get(url, params={"q": native}, limit=self.limit)
            return await answer.read(read)

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read lists, searches (also of servers before 0.9) and single ActivityPub objects."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read all posts and comments of an answer. Raises Malformed when it holds neither."""
    answer = Item(data, where)
    if answer.get("type") in ("Page", "Note", "Article"):
        return harvest([data], _activity, where)
    single = [answer.get(key) for key in ("post_view", "comment_view") if isinstance(answer.get(key), dict)]
    single += [answer.get(key) for key in ("post", "comment") if isinstance(answer.get(f"{key}.{key}"), dict)]
    lists = [answer.list(key) for key in ("posts", "comments") if isinstance(answer.get(key), list)]
    if not lists and not single:
        raise Malformed(where, "neither posts nor comments", "record /api/v3/post/list or a search")
    return harvest([item for part in (*lists, single) for item in part], _view, where)


def _view(view: Item) -> Post | Deleted:
    """One view {post or comment, creator, counts}, or the flat object of old servers."""
    is_comment = isinstance(view.get("comment"), dict) or "content" in view.data
    item = view.child("comment" if is_comment else "post") or view
    counts = view.child("counts") or view
    native = item.id("ap_id", "id")
    if item.flag("deleted") or item.flag("removed"):
        return Deleted(native)
    words = (item.text("name"), to_text(item.text("body", "content")))
    return Post(
        source="lemmy", external_id=native, text=paragraphs(*words),
        created_at=item.time("published", "published_at"), kind=Kind.COMMENT if is_comment else Kind.POST,
        author=view.text("creator.actor_id", "creator.name", "creator_actor_id", "creator_name") or None,
        parent=(view.text("post.ap_id") or None) if is_comment else None,
        url=web(native),
        engagement=Engagement(likes=counts.count("score"), replies=counts.count("comments", "child_count")),
    )  # fmt: skip


def _activity(item: Item) -> Post:
    words = (item.text("name"), to_text(item.text("content")))
    native = item.id("id")
    return Post(
        source="lemmy", external_id=native, text=paragraphs(*words),
        created_at=item.time("published"), kind=Kind.COMMENT if item.text("inReplyTo") else Kind.POST,
        author=item.text("attributedTo") or None, parent=item.text("inReplyTo") or None,
        lang=item.text("language.identifier") or None, url=web(native),
    )  # fmt: skip
