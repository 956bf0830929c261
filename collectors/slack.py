"""Slack: what is written in the firm's own channels, by an app the firm installed there."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, keys_of
from collectors.lanes import aside
from collectors.paging import Batch, Walk, several, token, unix
from collectors.rechecks import one_by_one
from collectors.slack_items import read, refuse
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page, Post


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
        self._backfill = backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each channel down to the newest message known."""
        floor = unix(self._clock(), days_before=self._backfill)
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
                keys = keys_of(item.list("messages"), lambda message: message.count("ts"))
                following = item.text("response_metadata.next_cursor") or None
                return Batch.of(_placed(found, channel), following if keys else None, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=3600, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each message: its reactions and answers, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            channel, _, ts = native.partition(":")
            params: dict[str, str | int] = {
                "channel": channel,
                "oldest": ts,
                "latest": ts,
                "inclusive": "true",
                "limit": 1,
            }
            answer = await self._http.get(self._url, params=params, headers=self._headers, limit=self.limit)
            return await aside(lambda: _placed(read(answer.json(), answer.url), channel))

        return one_by_one([native for native in ids if native.partition(":")[0] in self._channels], ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of conversations.history; it does not name its channel, so ids are times alone."""
        yield from recordings.pages(raw, where, read)


def _placed(found: Harvest, channel: str) -> Harvest:
    """Messages with their channel: Slack's times are unique inside one channel only."""

    def placed(post: Post) -> Post:
        parent = f"{channel}:{post.parent}" if post.parent else None
        return replace(post, external_id=f"{channel}:{post.external_id}", parent=parent)

    return replace(found, posts=[placed(post) for post in found.posts])
