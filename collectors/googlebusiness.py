"""Google Business Profile: reviews of the firm's own locations, by its owner's consent (OAuth)."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.answer import Answer
from collectors.google import TOKEN_URL, refreshed
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of
from collectors.lanes import aside
from collectors.markup import clean
from collectors.paging import Batch, Walk, several, token, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Gone, Malformed
from groundswell.types import Cursor, Kind, Page, Post

_STARS = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}
_ORIGINAL = re.compile(r"\(Original\)\s*(.*)\Z", re.DOTALL)
_TRANSLATED = re.compile(r"\s*\(Translated by Google\).*\Z", re.DOTALL)


class GoogleBusiness:
    """Reviews of your own locations, the last changed first. A rating without words has the text "".

    `locations`: as "accounts/1/locations/2". `client_id`, `client_secret`, `refresh_token`: of an OAuth client that
    Google approved for the Business Profile API. `base` and `token_url` are for tests.
    """

    name: ClassVar[str] = "googlebusiness"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Your own locations only; access must be approved by Google; keep reviews up to date."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        locations: Sequence[str],
        client_id: str,
        client_secret: str,
        refresh_token: str,
        base: str = "https://mybusiness.googleapis.com",
        token_url: str = TOKEN_URL,
    ) -> None:
        self._http, self._base = http, base.rstrip("/")
        self._locations = [place.strip("/") for place in locations]
        self._token = refreshed(http, clock, client_id, client_secret, refresh_token, token_url)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each location's reviews down to the last change known."""
        return several(cursor, {place: self._walk(place) for place in self._locations})

    def _walk(self, place: str) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"pageSize": 50, "orderBy": "updateTime desc"}
            params |= {"pageToken": at} if isinstance(at, str) else {}
            url, headers = f"{self._base}/v4/{place}/reviews", await self._token.headers()
            answer = await self._http.get(url, params=params, headers=headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                listed = item.get("reviews")
                listed = listed if isinstance(listed, list) else []
                keys = keys_of(listed, lambda review: unix(review.time("updateTime", "createTime")))
                return Batch.of(found, item.text("nextPageToken") or None, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=3600)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each review at each location: changed stars or words, or that none of them has it any more."""

        async def ask(native: str) -> Harvest:
            for place in self._locations:
                url, headers = f"{self._base}/v4/{place}/reviews/{native}", await self._token.headers()
                try:
                    answer = await self._http.get(url, headers=headers, limit=self.limit)
                except Gone:
                    continue
                return await aside(_alone, answer)
            return Harvest()

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of locations.reviews.list."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the reviews of an answer; one that is an empty object found none."""
    answer = Item(data, where)
    if isinstance(answer.get("error"), dict):
        message = answer.text("error.message")[:200] or "an error"
        raise Malformed(f"{where}: error", message, "check the location's name and the approval of the API")
    if set(answer.data) <= {"averageRating", "totalReviewCount", "nextPageToken"}:
        return Harvest()
    return harvest(answer.list("reviews"), _review, f"{where}: reviews")


def _alone(answer: Answer) -> Harvest:
    return harvest([answer.json()], _review, answer.url)


def _review(item: Item) -> Post:
    words = item.text("comment")
    original = _ORIGINAL.search(words)
    text = original.group(1) if original else _TRANSLATED.sub("", words)
    name = item.text("reviewer.displayName")
    return Post(
        source="googlebusiness", external_id=item.id("reviewId", "name"), text=clean(text),
        created_at=item.time("createTime", "updateTime"), kind=Kind.REVIEW,
        author=None if item.flag("reviewer.isAnonymous") else name or None, rating=_STARS.get(item.text("starRating")),
    )  # fmt: skip
