"""Bluesky by Jetstream: the public stream of posts, read on from where we stopped until it is caught up with."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_POSTS = "app.bsky.feed.post"
_REWIND_US = 5_000_000  # the stream repeats a little rather than losing an event
_GAP_US = 300_000_000
_PAGE = 500


class Bluesky:
    """Every public post, for the brand queries to choose from; deletions and deleted accounts come as `gone`.

    `endpoint`: a Jetstream server. `idle_s`: how long a silent stream is listened to before the round ends. A stream
    that is older than 36 hours is cut by the server without a word; the missing span is told as a gap.
    """

    name: ClassVar[str] = "bluesky"
    limit: ClassVar[tuple[int, float]] = (10, 60.0)
    terms: ClassVar[str] = "Public stream without key; deleted posts and accounts must be deleted here too."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        endpoint: str = "wss://jetstream2.us-east.bsky.network/subscribe",
        idle_s: float = 10.0,
    ) -> None:
        self._http, self._clock, self._endpoint, self._idle_s = http, clock, endpoint, idle_s

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Yield a page per 500 events until the stream has caught up with the clock or falls silent."""
        last = cursor.get("time_us")
        last = last if isinstance(last, int) else None
        url = f"{self._endpoint}?wantedCollections={_POSTS}" + (f"&cursor={last - _REWIND_US}" if last else "")
        gap, events, started = None, list[object](), int(self._clock().timestamp() * 1e6)
        async for line in self._http.listen(url, idle_s=self._idle_s):
            events.append(_event(line, "jetstream"))
            at = Item(events[-1], "jetstream").count("time_us") or 0
            if last and len(events) == 1 and at - last > _GAP_US:
                gap = f"events from {_utc(last).isoformat()} to {_utc(at).isoformat()} were lost"
            if len(events) >= _PAGE or at >= started:
                last = max(at, last or 0)
                yield _page(events, {"time_us": last}, gap)
                events, gap = [], None
                if at >= started:
                    return
        if events or last is None:
            last = max((Item(e, "jetstream").count("time_us") or 0 for e in events), default=started)
        yield _page(events, {"time_us": last}, gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read Jetstream events, one a line, or an answer of the AppView with posts in it."""
        lines = [line for line in raw.decode("utf-8", "replace").split("\n") if line.strip()]
        if lines and '"time_us"' in lines[0]:
            events = [_event(line, f"{where}: line {n}") for n, line in enumerate(lines, 1)]
            yield _page(events, {}, None, where)
            return
        yield from recordings.pages(raw, where, _views)


def _event(line: str, where: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise Malformed(where, "no JSON event", "one event per line") from None


def _page(events: Sequence[object], cursor: Cursor, gap: str | None, where: str = "jetstream") -> Page:
    found = harvest(events, _read, where)
    posts = {post.external_id: post for post in found.posts}  # an edit after the post: the last one holds
    alive = [post for key, post in posts.items() if key not in set(found.gone)]
    words = "; ".join(part for part in (gap, found.gap) if part)
    return Page(posts=alive, cursor=cursor, gone=list(dict.fromkeys(found.gone)), gap=words or None)


def _read(event: Item) -> Post | Deleted | None:
    did, at = event.id("did"), _utc(int(event.number("time_us") or 0))
    if event.get("kind") == "account" and event.get("account.active") is False:
        return Deleted(f"at://{did}")
    commit = event.child("commit")
    if commit is None or commit.get("collection") != _POSTS:
        return None
    uri = f"at://{did}/{_POSTS}/{commit.id('rkey')}"
    if commit.get("operation") == "delete":
        return Deleted(uri)
    return _post(commit.child("record") or commit, uri, did, at, Engagement())


def _post(record: Item, uri: str, author: str | None, seen: datetime, engagement: Engagement) -> Post:
    langs = record.get("langs")
    lang = langs[0] if isinstance(langs, list) and langs and isinstance(langs[0], str) else None
    parent = record.text("reply.parent.uri") or record.text("embed.record.uri", "embed.record.record.uri")
    did, _, rkey = uri.removeprefix("at://").partition(f"/{_POSTS}/")
    return Post(
        source="bluesky", external_id=uri, text=record.text("text"), created_at=min(record.time("createdAt"), seen),
        kind=Kind.COMMENT if record.text("reply.parent.uri") else Kind.POST, lang=lang, author=author or did or None,
        parent=parent or None, engagement=engagement,
        url=f"https://bsky.app/profile/{did}/post/{rkey}" if rkey else None,
    )  # fmt: skip


def _views(data: object, where: str) -> Harvest:
    """Read the posts of an AppView answer: a search, a feed, a thread with its replies, or one post."""
    root, waiting, views = Item(data, where), [data], []
    if not any(key in root.data for key in ("posts", "feed", "thread", "post", "uri")):
        raise Malformed(where, "neither Jetstream events nor an answer with posts", "record searchPosts or the stream")
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if isinstance(value.get("record"), dict) and _POSTS in str(value.get("uri")):
                views.append(value)
            inner = (value.get(key) for key in ("post", "posts", "feed", "thread", "parent", "replies"))
            waiting.extend(part for part in reversed([*inner]) if isinstance(part, dict | list))
    return harvest(views, _view, where)


def _view(view: Item) -> Post:
    counts = Engagement(
        likes=view.count("likeCount"), replies=view.count("replyCount"), shares=view.count("repostCount")
    )
    record = view.child("record") or view
    seen = view.time("indexedAt") if view.get("indexedAt") else record.time("createdAt")
    return _post(record, view.id("uri"), view.text("author.did") or None, seen, counts)


def _utc(time_us: int) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    except OverflowError:
        raise Malformed("time_us", "no usable time", "the stream changed") from None
