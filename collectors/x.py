"""X: recent search with the user's own token, under a spending cap that survives restarts."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.answer import Answer
from collectors.http import Http
from collectors.items import Harvest, Item
from collectors.paging import Batch, token
from collectors.rechecks import by_many, groups
from collectors.x_items import looked_up, read
from groundswell.clock import Clock, now
from groundswell.errors import Throttled
from groundswell.types import Cursor, Page

_LEAST, _MOST = 10, 100  # posts X hands out at a time
_FIELDS = {
    "expansions": "author_id", "user.fields": "username,public_metrics",
    "tweet.fields": "created_at,lang,public_metrics,referenced_tweets,conversation_id",
}  # fmt: skip


class X:
    """Posts of the last seven days that match a query.

    `token`: a bearer token. `query`: in X's search language. `dollars_per_day`: no request is sent that could cost
    more than what is left of it, and second looks at known posts get a fifth of it; days are UTC, as X bills them.
    `dollars_per_post`: what X charges for one read. `base` is for tests.
    """

    name: ClassVar[str] = "x"
    limit: ClassVar[tuple[int, float]] = (450, 900.0)
    terms: ClassVar[str] = "Metered: every post read costs money; deleted posts must be deleted here within 24 hours."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        token: str,
        query: str,
        dollars_per_day: float,
        dollars_per_post: float = 0.005,
        base: str = "https://api.x.com",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._query, self._base = http, clock, query, base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._budget = int(dollars_per_day / dollars_per_post) if dollars_per_post > 0 else 0
        self._day, self._read, self._looked = "", 0, 0

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the search down to the newest post known; each cursor carries the day's reads. Raises Throttled.

        A cursor counts what a second look after it may read as well, since none is stored behind that one: whoever
        starts again from it spends too little rather than too much.
        """
        if self._today() != self._day:
            self._day = self._today()
            spent = [cursor.get(name) if cursor.get("day") == self._day else 0 for name in ("reads", "looks")]
            self._read, self._looked = (part if isinstance(part, int) else 0 for part in spent)
        part = cursor.get("walk")
        async for page in token(part if isinstance(part, Mapping) else {}, self._fetch, overlap=0):
            reads, looks = self._read + self._allowed(), self._looked + self._allowed()
            state = {"day": self._day, "reads": reads, "looks": looks, "walk": dict(page.cursor)}
            yield Page(posts=page.posts, cursor=state, gone=page.gone, gap=page.gap)

    def _today(self) -> str:
        return self._clock().date().isoformat()

    def _allowed(self) -> int:
        """How many known posts may be looked at again: of the day's budget a fifth, and no more than is left."""
        return max(min(self._budget // 5 - self._looked, self._budget - self._read, _MOST), 0)

    async def _fetch(self, at: object) -> Batch:
        left = min(self._budget - self._read, _MOST)
        if left < _LEAST:
            tomorrow = datetime.combine(self._clock().date() + timedelta(days=1), time(), UTC)
            raise Throttled("api.x.com (the day's budget is spent)", tomorrow)
        further = {"next_token": at} if isinstance(at, str) else {}
        answer = await self._ask("search/recent", {"query": self._query, "max_results": left, **further})

        def batch() -> Batch:
            item = Item(answer.json(), answer.url)
            found = read(item.data, answer.url)
            keys = [int(post.external_id) for post in found.posts if post.external_id.isdigit()]
            self._read += len(found.posts) + len(found.bad)
            return Batch.of(found, item.text("meta.next_token") or None, keys=keys)

        return await to_thread(batch)

    async def _ask(self, path: str, params: Mapping[str, str | int]) -> Answer:
        url = f"{self._base}/2/tweets/{path}".rstrip("/")
        return await self._http.get(url, params={**params, **_FIELDS}, headers=self._headers, limit=self.limit)

    async def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for as many as the budget allows; those X shows no more are gone."""
        asked = list(ids[: self._allowed()])
        self._read, self._looked = self._read + len(asked), self._looked + len(asked)

        async def ask(names: list[str]) -> Harvest:
            answer = await self._ask("", {"ids": ",".join(names)})
            return await to_thread(lambda: looked_up(answer.json(), answer.url))

        async for page in by_many(groups(asked, _MOST), ask, self.limit):
            yield page
        if left := len(ids) - len(asked):
            yield Page(
                posts=(), cursor={}, gap=f"{left} known posts were not looked at again: no budget is left for it"
            )

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a search, mentions or looked-up posts, also from a cassette."""
        yield from recordings.pages(raw, where, read)
