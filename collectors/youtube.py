"""YouTube: comments under the user's choice of videos, by the Data API with the user's key."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.budget import Budget
from collectors.http import Http
from collectors.items import Harvest, Item, harvest
from collectors.lanes import aside
from collectors.paging import Batch, Walk, several, token, unix
from collectors.rechecks import by_many, groups
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post


class YouTube:
    """Comments and the first replies under some videos, newest first.

    `key`: an API key (a page costs 1 of 10,000 units a day). `videos`: their ids. `units_per_day`: what this
    source may spend of them; days are those of California. `backfill_days`: how far the first sweep goes back. `base`
    is for tests.
    """

    name: ClassVar[str] = "youtube"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "YouTube API terms: refresh or delete stored comments within 30 days."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        key: str,
        videos: Sequence[str],
        units_per_day: int = 9000,
        backfill_days: float = 30.0,
        base: str = "https://www.googleapis.com",
    ) -> None:
        http.hide(key)
        self.budget = Budget(clock, "youtube", units_per_day, "America/Los_Angeles")
        self._http, self._clock, self._key, self._videos = http, clock, key, tuple(videos)
        self._backfill, self._base = backfill_days, base.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each video's threads down to the newest comment known."""
        floor = unix(self._clock(), days_before=self._backfill)
        walks = {video: self._walk(video, floor) for video in self._videos}
        return several(cursor, walks)

    def _walk(self, video: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {
                "part": "snippet,replies", "videoId": video, "order": "time", "maxResults": 100, "key": self._key,
                "textFormat": "plainText", **({"pageToken": at} if isinstance(at, str) else {}),
            }  # fmt: skip
            url = f"{self._base}/youtube/v3/commentThreads"
            answer = await self._http.get(url, params=params, limit=self.limit, charge=self.budget.charge())

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                keys = [unix(post.created_at) for post in found.posts if post.kind is Kind.POST]
                return Batch.of(found, item.text("nextPageToken") or None, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=3600, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for 50 comments at a time (1 unit); those YouTube no longer shows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            params = {"part": "snippet", "id": ",".join(asked), "textFormat": "plainText", "key": self._key}
            url = f"{self._base}/youtube/v3/comments"
            answer = await self._http.get(url, params=params, limit=self.limit, charge=self.budget.charge())
            return await answer.read(read)

        return by_many(groups(ids, 50), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read comment threads or comments."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read threads with their replies, or plain comments. Raises Malformed with YouTube's own words for an error."""
    answer = Item(data, where)
    if isinstance(answer.get("error"), dict):
        hint = "check the key, its quota, and whether comments are open"
        raise Malformed(f"{where}: error", answer.text("error.message")[:200] or "an error", hint)
    return harvest(list(_comments(answer.list("items"))), _comment, f"{where}: items")


def _comments(items: Sequence[object]) -> Iterator[object]:
    for item in items:
        snippet = item.get("snippet") if isinstance(item, dict) else None
        top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
        if not isinstance(item, dict) or not isinstance(snippet, dict) or not isinstance(top, dict):
            yield item
            continue
        yield {**top, "replies_of": snippet.get("totalReplyCount"), "video": snippet.get("videoId")}
        replies = item.get("replies")
        inner = replies.get("comments") if isinstance(replies, dict) else None
        yield from inner if isinstance(inner, list) else []


def _comment(item: Item) -> Post:
    native, video = item.id("id"), item.text("snippet.videoId", "video")
    parent = item.text("snippet.parentId")
    return Post(
        source="youtube", external_id=native, text=item.text("snippet.textOriginal", "snippet.textDisplay"),
        created_at=item.time("snippet.publishedAt"), kind=Kind.COMMENT if parent else Kind.POST, parent=parent or None,
        author=item.text("snippet.authorChannelId.value", "snippet.authorDisplayName") or None,
        url=f"https://www.youtube.com/watch?v={video}&lc={native}" if video else None,
        engagement=Engagement(likes=item.count("snippet.likeCount"), replies=item.count("replies_of")),
    )  # fmt: skip
