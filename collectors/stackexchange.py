"""Stack Exchange: questions of one site in the order of their last activity."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, web
from collectors.markup import to_text
from collectors.paging import Batch, forward
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SIZE = 100


class StackExchange:
    """Questions with their words, oldest activity first.

    `site`: as in the API ("stackoverflow"). `tagged`: only these tags, joined by ";". `query`: words in the title or
    body. `key`: lifts the day's quota from 300 to 10,000. `backfill_days`: where the first look begins.
    `source`: what the posts are said to come from; name each site of several, their ids overlap. `base` is for tests.
    """

    name: ClassVar[str] = "stackexchange"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)  # more than 30 a second bans the address
    terms: ClassVar[str] = "CC BY-SA: name the author and link to the question."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        site: str = "stackoverflow",
        tagged: str = "",
        query: str = "",
        key: str = "",
        backfill_days: float = 7.0,
        source: str = "stackexchange",
        base: str = "https://api.stackexchange.com",
    ) -> None:
        http.hide(key)
        self._http, self._clock, self._base = http, clock, base.rstrip("/")
        self._fixed: dict[str, str | int] = {
            "site": site, "order": "asc", "sort": "activity", "filter": "withbody", "pagesize": _SIZE,
            **{name: value for name, value in (("tagged", tagged), ("q", query), ("key", key)) if value},
        }  # fmt: skip
        self._backfill, self._source = timedelta(days=backfill_days), source

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk by time of activity; a `backoff` inside an answer is kept before the next one is asked for."""
        start = int((self._clock() - self._backfill).timestamp())

        async def fetch(after: object) -> Batch:
            since, page = _place(after, start)
            url = f"{self._base}/2.3/search/advanced"
            params = {**self._fixed, "min": since, "page": page}
            answer = await self._http.get(url, params=params, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                self._http.hold(url, item.number("backoff") or 0.0)
                found = _any(item.data, answer.url)
                keys = [Item(q, answer.url).count("last_activity_date") or since for q in item.list("items")]
                last = max(keys, default=since)
                more = item.flag("has_more")
                following = [last, 1] if last > since else [since, page + 1]
                posts = [replace(post, source=self._source) for post in found.posts]
                return Batch(posts=posts, gap=found.gap, next=following if more else [last, 1] if keys else None)

            return await to_thread(batch)

        return forward(cursor, fetch)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a list of questions, answers or comments."""
        yield from recordings.pages(raw, where, _any)


def _place(after: object, start: int) -> tuple[int, int]:
    if isinstance(after, list) and len(after) == 2 and all(isinstance(part, int) for part in after):
        return after[0], after[1]
    return start, 1


def _any(data: object, where: str) -> Harvest:
    answer = Item(data, where)
    if answer.get("error_id") is not None:
        message = answer.text("error_message") or "an error"
        if answer.count("error_id") in (401, 402, 403, 406):
            raise AuthNeeded(f"{where}: {message}", "check the key")
        raise Malformed(where, message, "check site, tags and key")
    return harvest(answer.list("items"), _post, f"{where}: items")


def _post(item: Item) -> Post:
    is_question = item.get("question_id") is not None and item.get("answer_id") is None
    native = item.id("comment_id", "answer_id", "question_id")
    title, body = to_text(item.text("title")), to_text(item.text("body", "body_markdown"))
    parent = None if is_question and item.get("comment_id") is None else item.count("post_id", "question_id")
    link = item.text("link")
    return Post(
        source="stackexchange", external_id=native, text="\n\n".join(part for part in (title, body) if part),
        created_at=item.time("creation_date"), kind=Kind.POST if parent is None else Kind.COMMENT,
        author=to_text(item.text("owner.display_name")) or None, parent=None if parent is None else str(parent),
        url=web(link),
        engagement=Engagement(
            likes=item.count("score"), replies=item.count("answer_count"), views=item.count("view_count")
        ),
    )  # fmt: skip
