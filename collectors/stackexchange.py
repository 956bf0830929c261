"""Stack Exchange: questions of one site in the order of their last activity."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from collectors import recordings
from collectors.answer import Answer, judge, words_of
from collectors.http import Http
from collectors.items import Harvest, Item, keys_of
from collectors.lanes import aside
from collectors.paging import Batch, behind, forward, position, unix
from collectors.rechecks import by_many, groups
from collectors.stackexchange_items import read
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Throttled
from groundswell.types import Cursor, Page

_SIZE = 100
_KEY_ERRORS = (401, 402, 403, 406)
_WAIT = re.compile(r"(\d{1,9}) seconds")


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
            answer = await self._http.get(url, params=params, limit=self.limit, expects=(400,))

            def batch() -> Batch:
                item = self._answered(answer)
                found = self._read(item)
                keys = keys_of(item.list("items"), lambda question: question.count("last_activity_date"))
                return Batch(posts=found.posts, gap=found.gap, next=behind(since, page, keys, item.flag("has_more")))

            return await aside(batch)

        return forward(cursor, fetch)

    def _answered(self, answer: Answer) -> Item:
        """The answer's object; one that says with 400 that too much was asked raises Throttled until when it says."""
        if answer.status == 200:
            return Item(answer.json(), answer.url)
        said = Item(words_of(answer), answer.url)
        if said.text("error_name") == "throttle_violation":
            seconds = _WAIT.search(said.text("error_message"))
            wait = timedelta(seconds=min(int(seconds[1]), 86_400)) if seconds else timedelta(hours=1)
            raise Throttled("api.stackexchange.com", self._clock() + wait)
        if said.count("error_id") in _KEY_ERRORS:
            raise AuthNeeded(f"{answer.url}: {said.text('error_message')[:200]}", "check the key")
        if said.get("error_id") is not None:
            read(said.data, answer.url)
        judge(answer)
        return said

    def _read(self, answer: Item) -> Harvest:
        self._http.hold(self._base, answer.number("backoff") or 0.0)
        found = read(answer.data, answer.where)
        return replace(found, posts=[replace(post, source=self._source) for post in found.posts])

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for a hundred questions at a time; those the site no longer shows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            url = f"{self._base}/2.3/questions/{';'.join(asked)}"
            answer = await self._http.get(url, params=self._fixed, limit=self.limit, expects=(400,))
            return await aside(lambda: self._read(self._answered(answer)))

        return by_many(groups([native for native in ids if native.isdigit()], _SIZE), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a list of questions, answers or comments."""
        yield from recordings.pages(raw, where, read)
