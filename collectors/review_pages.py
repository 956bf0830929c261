"""Web pages with reviews: what they tell machines (JSON-LD, microdata), else CSS selectors, else the article's text."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors.answer import Answer
from collectors.charset import decode
from collectors.http import Http
from collectors.lanes import aside
from collectors.page_posts import Selectors, read
from collectors.paging import Walk, several
from collectors.seen import unseen
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Malformed
from groundswell.types import Cursor, Page


class ReviewPages:
    """Reviews and articles on pages you name. robots.txt and its Crawl-delay are obeyed; unchanged pages cost nothing.

    `urls`: the pages. `source`: what the posts are said to come from. `item`, `text`, `date`, `author`, `rating`: CSS
    selectors for sites without structured data; those after `item` look inside it. `lang` is set when the page does
    not say.
    """

    name: ClassVar[str] = "review_pages"
    limit: ClassVar[tuple[int, float]] = (1, 5.0)
    terms: ClassVar[str] = "Each site's terms and robots.txt hold: read them before you add a page."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        urls: Sequence[str],
        source: str = "review_pages",
        item: str = "",
        text: str = "",
        date: str = "",
        author: str = "",
        rating: str = "",
        lang: str | None = None,
    ) -> None:
        self._http, self._clock, self._urls, self._source, self._lang = http, clock, tuple(urls), source, lang
        self._selectors = Selectors(item, text, date, author, rating)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per address with what is new on it."""
        return several(cursor, {url: self._walk(url) for url in self._urls})

    def _walk(self, url: str) -> Walk:
        async def walk(part: Cursor) -> AsyncIterator[Page]:
            answer = await self._http.get(url, validators=part, limit=self.limit, page=True)
            if answer.not_modified:
                yield Page(posts=(), cursor=part)
                return
            if _is_closed(answer):
                raise AuthNeeded(f"{answer.url}: a login page", "only pages open to everybody are read")
            yield await aside(self._page, answer, part)

        return walk

    def _page(self, answer: Answer, part: Cursor) -> Page:
        posts, gap = read(answer.text(), answer.url, self._clock(), self._selectors)
        posts = [replace(p, source=self._source, lang=p.lang or self._lang, url=p.url or answer.url) for p in posts]
        fresh, seen = unseen(posts, part.get("seen"))
        return Page(posts=fresh, cursor={**answer.validators, "seen": seen}, gap=gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read a page without selectors."""
        if _is_closed(Answer(url=where, status=200, headers={}, body=raw)):
            raise Malformed(where, "a login page", "record a page that is open to everybody")
        posts, gap = read(decode(raw, where), where, clock(), Selectors())
        yield Page(posts=posts, cursor={}, gap=gap)


def _is_closed(answer: Answer) -> bool:
    return answer.is_login_page and b"application/ld+json" not in answer.body
