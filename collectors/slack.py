"""Slack: what is written in the firm's own channels, by an app the firm installed there."""

import html
import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, moment
from collectors.markup import clean
from collectors.paging import Batch, Walk, several, token
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Gone, Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_KEPT = frozenset({"", "bot_message", "file_share", "thread_broadcast", "me_message"})
_REFUSALS = frozenset({
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
    "no_permission",
    "access_denied", "not_in_channel", "ekm_access_denied", "org_login_required",
})  # fmt: skip
_MARK = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


class Slack:
    """Messages of channels an app of yours was invited to; answers inside threads are not read.

    `token`: the app's bot token, with channels:history (groups:history for private ones). `channels`: their ids.
    `backfill_days`: how far the first sweep goes back. `base` is for tests.
    """

    name: ClassVar[str] = "slack"
    limit: ClassVar[tuple[int, float]] = (50, 60.0)
    terms: ClassVar[str] = "Only your own workspace; tell its members that their channel is read."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        token: str,
        channels: Sequence[str],
        backfill_days: float = 30.0,
        base: str = "https://slack.com",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._channels = http, clock, tuple(channels)
        self._headers, self._url = {"Authorization": f"Bearer {token}"}, f"{base.rstrip('/')}/api/conversations.history"
        self._backfill = timedelta(days=backfill_days)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each channel down to the newest message known."""
        floor = int((self._clock() - self._backfill).timestamp())
        return several(cursor, {channel: self._walk(channel, floor) for channel in self._channels})

    def _walk(self, channel: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"channel": channel, "limit": 200, "oldest": floor}
            params |= {"cursor": at} if isinstance(at, str) else {}
            answer = await self._http.get(self._url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                refuse(item)
                found = read(item.data, answer.url)
                keys = [int(Item(m, answer.url).number("ts") or 0) for m in item.list("messages")]
                posts = [_placed(post, channel) for post in found.posts]
                following = item.text("response_metadata.next_cursor") or None
                return Batch(
                    posts=posts, newest=max(keys, default=None), oldest=min(keys, default=None), gap=found.gap,
                    next=following if keys else None,
                )  # fmt: skip

            return await to_thread(batch)

        return lambda part: token(part, fetch, overlap=3600, floor=floor)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of conversations.history; it does not name its channel, so ids are times alone."""
        yield from recordings.pages(raw, where, read)


def _placed(post: Post, channel: str) -> Post:
    """A message with its channel: Slack's times are unique inside one channel only."""
    parent = f"{channel}:{post.parent}" if post.parent else None
    return replace(post, external_id=f"{channel}:{post.external_id}", parent=parent)


def refuse(answer: Item) -> None:
    """Raise what Slack's error word means: it answers 200 to everything."""
    word = answer.text("error")[:80]
    if word in _REFUSALS:
        raise AuthNeeded(f"{answer.where}: {word}", "check the token, its scopes, and invite the app to the channel")
    if word in ("channel_not_found", "is_archived"):
        raise Gone(f"{answer.where}: {word}", "correct the channel's id, and invite the app to it")


def read(data: object, where: str) -> Harvest:
    """Read the messages; joins, leaves and other notices are left out. Raises Malformed for a refusal."""
    answer = Item(data, where)
    if not answer.flag("ok"):
        word = answer.text("error")[:80] or "Slack refuses"
        raise Malformed(f"{where}: error", word, "see Slack's documentation of conversations.history")
    return harvest(answer.list("messages"), _message, f"{where}: messages")


def _message(item: Item) -> Post | None:
    native, text = item.id("ts"), _plain(item.text("text"))
    created = moment(item.number("ts"))
    if created is None:
        raise Malformed(f"{item.where}: ts", "no usable time", "Slack changed its answer")
    if item.text("subtype") not in _KEPT or not text:
        return None
    thread = item.text("thread_ts")
    is_answer = bool(thread) and thread != native
    return Post(
        source="slack", external_id=native, text=text, created_at=created,
        kind=Kind.COMMENT if is_answer else Kind.POST, parent=thread if is_answer else None,
        author=item.text("user", "bot_id") or None,
        engagement=Engagement(likes=_reactions(item), replies=item.count("reply_count")),
    )  # fmt: skip


def _reactions(item: Item) -> int | None:
    found = item.get("reactions")
    return sum(Item(r, item.where).count("count") or 0 for r in found) if isinstance(found, list) else None


def _plain(text: str) -> str:
    """Slack's own marks as words: <@U1|ann> is @ann, <https://…|here> is here; &lt; is <."""
    return clean(html.unescape(_MARK.sub(lambda m: f"{m[1]}{m[3] or m[2]}", text)))
