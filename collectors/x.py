"""X: recent search with the user's own token, under a spending cap that survives restarts."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.answer import Answer
from collectors.budget import Budget, Charge
from collectors.http import Http
from collectors.items import Harvest, Item
from collectors.lanes import aside
from collectors.paging import Batch, token
from collectors.rechecks import by_many, groups
from collectors.x_items import looked_up, read
from groundswell.clock import Clock, now
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
        self._http, self._query, self._base = http, query, base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        reads = int(dollars_per_day / dollars_per_post) if dollars_per_post > 0 else 0
        self.budget = Budget(clock, "api.x.com", reads, is_free_when_refused=True)
        self._looks = self.budget.part("second looks", reads // 5)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the search down to the newest post known. Raises Exhausted when the day's money is spent."""
        return token(cursor, self._fetch, overlap=0)

    async def _fetch(self, at: object) -> Batch:
        most = min(await self.budget.left(), _MOST)
        if most < _LEAST:
            raise self.budget.exhausted()
        charge = self.budget.charge(most)
        further = {"next_token": at} if isinstance(at, str) else {}
        answer = await self._ask("search/recent", {"query": self._query, "max_results": most, **further}, charge)

        def batch() -> tuple[Batch, int]:
            item = Item(answer.json(), answer.url)
            found = read(item.data, answer.url)
            keys = [int(post.external_id) for post in found.posts if post.external_id.isdigit()]
            billed = item.get("data") or ()  # also those that cannot be read
            cost = len(billed) if isinstance(billed, list | tuple) else most
            return Batch.of(found, item.text("meta.next_token") or None, keys=keys), cost

        made, cost = await aside(batch)
        await charge.settle(cost)
        return made

    async def _ask(self, path: str, params: Mapping[str, str | int], charge: Charge) -> Answer:
        return await self._http.get(
            f"{self._base}/2/tweets/{path}".rstrip("/"), params={**params, **_FIELDS}, headers=self._headers,
            limit=self.limit, charge=charge,
        )  # fmt: skip

    async def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for as many as a fifth of the day's reads allows; those X shows no more are gone."""
        asked = list(ids[: max(min(await self._looks.left(), await self.budget.left()), 0)])

        async def ask(names: list[str]) -> Harvest:
            await self._looks.book(len(names))
            answer = await self._ask("", {"ids": ",".join(names)}, self.budget.charge(len(names)))
            return await answer.read(looked_up)

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
