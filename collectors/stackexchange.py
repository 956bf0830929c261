"""Stack Exchange: questions of one site in the order of their last activity."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of, paragraphs, web
from collectors.lanes import aside
from collectors.markup import to_text
from collectors.paging import Batch, behind, forward, position, unix
from collectors.rechecks import by_many, groups
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
            **({"key": key} if key else {}),
        }  # fmt: skip
        self._chosen = {name: value for name, value in (("tagged", tagged), ("q", query)) if value}
        self._backfill, self._source = backfill_days, source

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk by time of activity; a `backoff` inside an answer is kept before the next one is asked for."""
        start = unix(self._clock(), days_before=self._backfill)
        url = f"{self._base}/2.3/search/advanced"

        async def fetch(after: object) -> Batch:
            since, page = position(after, start)
            params = {**self._fixed, **self._chosen, "min": since, "page": page}
            answer = await self._http.get(url, params=params, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = self._read(item)
                keys = keys_of(item.list("items"), lambda question: question.count("last_activity_date"))
                return Batch(posts=found.posts, gap=found.gap, next=behind(since, page, keys, item.flag("has_more")))

            return await aside(batch)

        return forward(cursor, fetch)

    def _read(self, answer: Item) -> Harvest:
        self._http.hold(self._base, answer.number("backoff") or 0.0)
        found = _any(answer.data, answer.where)
        return replace(found, posts=[replace(post, source=self._source) for post in found.posts])

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for a hundred questions at a time; those the site no longer shows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            url = f"{self._base}/2.3/questions/{';'.join(asked)}"
            answer = await self._http.get(url, params=self._fixed, limit=self.limit)
            return await aside(lambda: self._read(Item(answer.json(), answer.url)))

        return by_many(groups([native for native in ids if native.isdigit()], _SIZE), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a list of questions, answers or comments."""
        yield from recordings.pages(raw, where, _any)


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
        source="stackexchange", external_id=native, text=paragraphs(title, body),
        created_at=item.time("creation_date"), kind=Kind.POST if parent is None else Kind.COMMENT,
        author=to_text(item.text("owner.display_name")) or None, parent=None if parent is None else str(parent),
        url=web(link),
        engagement=Engagement(
            likes=item.count("score"), replies=item.count("answer_count"), views=item.count("view_count")
        ),
    )  # fmt: skip
