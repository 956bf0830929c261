"""Trustpilot: reviews of a business by its API, with an API key; nothing is scraped."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, paragraphs
from collectors.lanes import aside
from collectors.paging import Batch, newest_first, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SIZE = 100


class Trustpilot:
    """Service reviews of one business unit, newest first.

    `business_unit`: its id at Trustpilot. `key`: an API key. `backfill_days`: how far the first sweep goes back.
    `base` is for tests.
    """

    name: ClassVar[str] = "trustpilot"
    limit: ClassVar[tuple[int, float]] = (833, 300.0)
    terms: ClassVar[str] = "Trustpilot's API terms: show its name and stars unaltered; delete what was deleted there."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        business_unit: str,
        key: str,
        backfill_days: float = 90.0,
        base: str = "https://api.trustpilot.com",
    ) -> None:
        http.hide(key)
        self._http, self._clock, self._headers = http, clock, {"apikey": key}
        self._base, self._unit, self._backfill = f"{base.rstrip('/')}/v1", business_unit, backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the reviews by page number down to the newest one known; what arrives meanwhile only repeats some."""

        async def fetch(at: object) -> Batch:
            number = at if isinstance(at, int) else 1
            params: dict[str, str | int] = {"orderBy": "createdat.desc", "perPage": _SIZE, "page": number}
            url = f"{self._base}/business-units/{self._unit}/reviews"
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                is_last = len(item.list("reviews")) < _SIZE
                return Batch.of(read(item.data, answer.url), None if is_last else number + 1)

            return await aside(batch)

        floor = unix(self._clock(), days_before=self._backfill)
        return newest_first(cursor, fetch, overlap=86_400, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each review: its likes, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            answer = await self._http.get(f"{self._base}/reviews/{native}", headers=self._headers, limit=self.limit)
            return await answer.read(read)

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a list of reviews, or one review."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the reviews of an answer, or a review by itself. Raises Malformed for a refusal."""
    answer = Item(data, where)
    if answer.get("reviews") is None and answer.get("stars") is not None:
        return harvest([data], _review, where)
    shown = answer.get("props.pageProps.reviews")  # what a page of the site holds, when somebody recorded one
    if answer.get("reviews") is None and isinstance(shown, list):
        return harvest(shown, _review, f"{where}: props.pageProps.reviews")
    if answer.get("reviews") is None:
        message = answer.text("message", "details", "fault.faultstring")[:200] or "no reviews"
        raise Malformed(f"{where}: reviews", message, "check the key and the business unit's id")
    return harvest(answer.list("reviews"), _review, f"{where}: reviews")


def _review(item: Item) -> Post:
    words = (item.text("title"), item.text("text"))
    text = words[1] if words[1].startswith(words[0].rstrip("….")) else paragraphs(*words)
    native = item.id("id")
    return Post(
        source="trustpilot", external_id=native, text=text, created_at=item.time("createdAt", "dates.publishedDate"),
        kind=Kind.REVIEW, lang=item.text("language") or None, author=item.text("consumer.id") or None,
        url=f"https://www.trustpilot.com/reviews/{native}" if native.isalnum() else None,
        rating=item.stars("stars", "rating"),
        engagement=Engagement(likes=item.count("numberOfLikes", "likes")),
    )  # fmt: skip
