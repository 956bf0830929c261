"""RSS, Atom and JSON Feed: news, blogs, forums, release notes; asked conditionally, remembered by entry."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from collectors.answer import Answer
from collectors.feed_document import read
from collectors.http import Http
from collectors.items import moment
from collectors.lanes import aside
from collectors.recordings import answers
from collectors.seen import unseen
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded
from groundswell.types import Cursor, Page, Post

_LONGEST_PAUSE = timedelta(hours=6)
_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})")


class Feeds:
    """One feed. Known entries are told by id and words, not by date: many feeds lie about dates.

    `url`: the feed's address. `source`: what its posts are said to come from; name a forum here. `lang` is set when
    the feed does not say. The feed's own <ttl>, update period and Cache-Control are obeyed, up to six hours.
    """

    name: ClassVar[str] = "feeds"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Publishers' terms hold: keep excerpts and link to the original."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        pace: tuple[int, float] | None = None,
        *,
        url: str,
        source: str = "feeds",
        lang: str | None = None,
    ) -> None:
        self._pace = pace or self.limit
        self._http, self._clock, self._url, self._source, self._lang = http, clock, url, source, lang

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Yield one page with the entries that are new or were changed; none before the feed's own pause is over."""
        cursor = cursor if cursor.get("for") == self._url else {}
        pause = moment(cursor.get("pause"))
        if pause is not None and pause > self._clock():
            return
        moved = cursor.get("moved")
        url = moved if isinstance(moved, str) else self._url
        answer = await self._http.get(url, validators=cursor, limit=self._pace)
        state = {**cursor, "for": self._url, **({"moved": answer.moved} if answer.moved else {})}
        if answer.not_modified:
            yield Page(posts=(), cursor=state)
            return
        if answer.is_login_page:
            raise AuthNeeded(f"{answer.url}: a login page where a feed was promised", "this feed is not public")
        yield await aside(self._page, answer, state)

    def _page(self, answer: Answer, state: dict[str, object]) -> Page:
        kind = answer.headers.get("Content-Type", "")
        posts, gap, minutes = read(answer.body, answer.url, self._clock(), self._source, self._lang, kind)
        is_first = not state.get("seen")
        fresh, seen = unseen(posts, state.get("seen"))
        if not is_first and len(posts) >= 5 and len(fresh) == len(posts):
            gap = "; ".join(filter(None, (gap, _missed(state.get("looked"), posts))))
        state = {k: v for k, v in state.items() if k not in ("etag", "modified", "pause")}
        state |= {} if gap else answer.validators
        state |= {"seen": seen, "looked": self._clock().isoformat(timespec="seconds")}
        if pause := _pause(answer, minutes):
            state["pause"] = (self._clock() + pause).isoformat()
        return Page(posts=fresh, cursor=state, gap=gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read a feed document."""
        for answer in answers(raw, where):
            posts, gap, _ = read(answer.body, answer.where, clock(), cls.name, None, "")
            yield Page(posts=posts, cursor={}, gap=gap)


def _missed(looked: object, posts: Sequence[Post]) -> str:
    """In words: a feed that shows nothing known any more may have shown others in between."""
    oldest = min(post.created_at for post in posts).isoformat(timespec="seconds")
    since = f" (from {looked} to {oldest})" if isinstance(looked, str) and looked < oldest else ""
    return f"every entry is new since the last look: some may have been missed{since}"


def _pause(answer: Answer, minutes: float) -> timedelta:
    found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
    return min(max(timedelta(minutes=minutes), timedelta(seconds=int(found.group(1)) if found else 0)), _LONGEST_PAUSE)
