"""X: recent search with the user's own token, under a spending cap that survives restarts."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.budget import Budget
from collectors.http import Http
from collectors.items import Harvest, Item, harvest
from collectors.markup import to_text
from collectors.paging import Batch, token
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_EPOCH_MS = 1_288_834_974_657  # the zero of X's ids: the upper bits are milliseconds since then
_KINDS = {"replied_to": Kind.COMMENT, "retweeted": Kind.REPOST, "quoted": Kind.POST}


class X:
    """Posts of the last seven days that match a query.

    `token`: a bearer token. `query`: in X's search language. `dollars_per_day`: no request is sent that could cost
    more than what is left of it; days are UTC, as X bills them. `dollars_per_post`: what X charges for one read.
    `base` is for tests.
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

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the search down to the newest post known. Raises Throttled when the day's money is spent."""
        return token(cursor, self._fetch, overlap=0)

    async def _fetch(self, at: object) -> Batch:
        most = min(await self.budget.left(), 100)
        if most < 10:  # the least X hands out at a time
            raise self.budget.exhausted()
        charge = self.budget.charge(most)
        params: dict[str, str | int] = {
            "query": self._query, "max_results": most, "expansions": "author_id",
            "user.fields": "username,public_metrics",
            "tweet.fields": "created_at,lang,public_metrics,referenced_tweets,conversation_id",
            **({"next_token": at} if isinstance(at, str) else {}),
        }  # fmt: skip
        url = f"{self._base}/2/tweets/search/recent"
        answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit, charge=charge)

        def batch() -> tuple[Batch, int]:
            item = Item(answer.json(), answer.url)
            found = read(item.data, answer.url)
            keys = [int(post.external_id) for post in found.posts if post.external_id.isdigit()]
            billed = item.get("data") or ()  # also those that cannot be read
            return Batch(
                posts=found.posts, newest=max(keys, default=None), oldest=min(keys, default=None), gap=found.gap,
                next=item.text("meta.next_token") or None,
            ), len(billed) if isinstance(billed, list | tuple) else most  # fmt: skip

        made, cost = await to_thread(batch)
        await charge.settle(cost)
        return made

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a search, mentions or looked-up posts, also from a cassette."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the posts of an answer; one without `data` but with `meta` found none."""
    answer = Item(data, where)
    if answer.get("data") is None and isinstance(answer.get("meta"), dict):
        return Harvest()
    if answer.get("data") is None:
        what = answer.text("detail", "title")[:200] or "no posts"
        raise Malformed(f"{where}: data", what, "record a search of API version 2")
    users = answer.get("includes.users")
    people = {str(u.get("id")): Item(u, where) for u in users if isinstance(u, dict)} if isinstance(users, list) else {}
    listed = answer.get("data")
    return harvest(listed if isinstance(listed, list) else [listed], lambda item: _post(item, people), f"{where}: data")


def _post(item: Item, people: Mapping[str, Item]) -> Post:
    native, author = item.id("id"), item.text("author_id")
    person = people.get(author)
    kind, parent = _reference(item)
    return Post(
        source="x", external_id=native, text=to_text(item.text("note_tweet.text", "text")),
        created_at=item.time("created_at") if item.get("created_at") else _made_at(item), kind=kind, parent=parent,
        lang=item.text("lang") or None, author=(person.text("username") if person else "") or author or None,
        url=f"https://x.com/i/status/{native}",
        audience=person.count("public_metrics.followers_count") if person else None,
        engagement=Engagement(
            likes=item.count("public_metrics.like_count"), replies=item.count("public_metrics.reply_count"),
            shares=item.count("public_metrics.retweet_count"), views=item.count("public_metrics.impression_count"),
        ),
    )  # fmt: skip


def _reference(item: Item) -> tuple[Kind, str | None]:
    found = item.get("referenced_tweets")
    for part in found if isinstance(found, list) else []:
        if isinstance(part, dict) and isinstance(part.get("id"), str) and str(part.get("type")) in _KINDS:
            return _KINDS[str(part["type"])], part["id"]
    return Kind.POST, None


def _made_at(item: Item) -> datetime:
    native = int(item.id("id")) if item.id("id").isdigit() and len(item.id("id")) < 20 else 0
    if native < 1 << 30:
        raise Malformed(f"{item.where}: created_at", "no usable time", "ask for tweet.fields=created_at")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=(native >> 22) + _EPOCH_MS)
