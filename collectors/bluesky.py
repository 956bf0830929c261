"""Bluesky by Jetstream: the public stream of posts, read on from where we stopped until it is caught up with."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from collectors import recordings
from collectors.answer import give_way
from collectors.bluesky_posts import POSTS, post, views
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, moment, replayed
from collectors.lanes import aside
from collectors.paging import Batch, follow
from collectors.rechecks import by_many, groups
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Page, Post

_REWIND_US = 5_000_000  # the stream repeats a little rather than losing an event
_GAP_US = 300_000_000
_AHEAD_US = 60_000_000  # an event from later than this would move the cursor where nothing is
_PAGE = 500
_LONG = 65536  # characters of an event that are too many to be read on the loop


class Bluesky:
    """Every public post, for the brand queries to choose from; deletions and deleted accounts come as `gone`.

    `endpoint`: a Jetstream server. `idle_s`: how long a silent stream is listened to before the round ends. A stream
    that is older than 36 hours is cut by the server without a word; the missing span is told as a gap. `appview` is
    asked for the counts of known posts.
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
        appview: str = "https://public.api.bsky.app",
    ) -> None:
        self._appview = appview.rstrip("/")
        self._http, self._clock, self._endpoint, self._idle_s = http, clock, endpoint, idle_s

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Yield a page per 500 events until the stream has caught up with the clock or falls silent."""
        started = int(self._clock().timestamp() * 1e6)
        return follow(cursor, self._listen, _batch, rewind=_REWIND_US, size=_PAGE, until=started, lost=_lost)

    async def _listen(self, after: int | None) -> AsyncIterator[tuple[int, object]]:
        url = f"{self._endpoint}?wantedCollections={POSTS}" + (f"&cursor={after}" if after is not None else "")
        latest = int(self._clock().timestamp() * 1e6) + _AHEAD_US
        async for line in self._http.listen(url, idle_s=self._idle_s):
            event = _event(line) if len(line) < _LONG else await aside(_event, line)
            at = event.get("time_us") if isinstance(event, dict) else None
            yield at if isinstance(at, int) and 0 < at <= latest else 0, event

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask the public AppView for the counts of 25 posts at a time; those it no longer shows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            url = f"{self._appview}/xrpc/app.bsky.feed.getPosts?" + "&".join(f"uris={quote(uri)}" for uri in asked)
            answer = await self._http.get(url, limit=self.limit)
            return await answer.read(views)

        return by_many(groups(ids, 25), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read Jetstream events, one a line, or an answer of the AppView with posts in it."""
        lines = [line for line in raw.decode("utf-8", "replace").split("\n") if line.strip()]
        if lines and '"time_us"' in lines[0]:
            found = replayed(map(_event, lines), _read, where)
            yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)
            return
        yield from recordings.pages(raw, where, views)


def _event(line: str) -> object:
    """An event; what is none stays as it is, and costs only itself where events are read."""
    try:
        return json.loads(line, object_hook=give_way)
    except (ValueError, RecursionError):
        return line


def _batch(events: Sequence[object]) -> Batch:
    found = replayed(events, _read, "jetstream")
    return Batch(posts=found.posts, gone=found.gone, gap=found.gap)


def _lost(last: int, first: int) -> str | None:
    if first - last <= _GAP_US:
        return None
    return f"events from {_utc(last).isoformat()} to {_utc(first).isoformat()} were lost"


def _read(event: Item) -> Post | Deleted | None:
    did, at = event.id("did"), moment((event.number("time_us") or 0) / 1e6)
    if at is None:
        raise Malformed(f"{event.where}: time_us", "no usable time", "the stream changed")
    if event.get("kind") == "account" and event.get("account.active") is False:
        return Deleted(f"at://{did}/")  # all that the account wrote
    commit = event.child("commit")
    if commit is None or commit.get("collection") != POSTS:
        return None
    uri = f"at://{did}/{POSTS}/{commit.id('rkey')}"
    if commit.get("operation") == "delete":
        return Deleted(uri)
    return post(commit.child("record") or commit, uri, did, at, Engagement())


def _utc(time_us: int) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    except OverflowError:
        raise Malformed("time_us", "no usable time", "the stream changed") from None
