"""App Store Connect: every review of the firm's own apps, in all storefronts, with a key made there."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from yarl import URL

from collectors import recordings
from collectors.apple import Key
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, paragraphs
from collectors.lanes import aside
from collectors.paging import Batch, Walk, several, token, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post


class AppStoreConnect:
    """Customer reviews of your own apps, newest first.

    `apps`: their ids in App Store Connect. `issuer` and `key_id`: of an API key with the role Customer Support or
    above. `key_file`: its private key (AuthKey_….p8). `backfill_days`: how far the first sweep goes back. `base` is
    for tests.
    """

    name: ClassVar[str] = "appstoreconnect"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Your own apps only, under the App Store Connect API terms."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        apps: Sequence[int],
        issuer: str,
        key_id: str,
        key_file: str,
        backfill_days: float = 90.0,
        base: str = "https://api.appstoreconnect.apple.com",
    ) -> None:
        self._http, self._clock, self._apps, self._base = http, clock, tuple(apps), base.rstrip("/")
        self._key, self._backfill = Key(http, clock, issuer, key_id, key_file), backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each app's reviews down to the newest one known."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {f"app:{app}": self._walk(app, floor) for app in self._apps})

    def _walk(self, app: int, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"sort": "-createdDate", "limit": 200}
            params |= {"cursor": at} if isinstance(at, str) else {}
            url = f"{self._base}/v1/apps/{app}/customerReviews"
            headers = await self._key.headers()
            answer = await self._http.get(url, params=params, headers=headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                return Batch.of(found, _cursor(item.text("links.next")))

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=86_400, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each review: changed stars or words, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            url, headers = f"{self._base}/v1/customerReviews/{native}", await self._key.headers()
            answer = await self._http.get(url, headers=headers, limit=self.limit)
            return await answer.read(read)

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of customerReviews, or one review."""
        yield from recordings.pages(raw, where, read)


def _cursor(link: str) -> str | None:
    """Only the cursor of the next page's address is used: the key is never sent to an address an answer names."""
    try:
        return URL(link).query.get("cursor") if link else None
    except ValueError:
        return None


def read(data: object, where: str) -> Harvest:
    """Read the reviews of an answer. Raises Malformed with Apple's own words for an error."""
    answer = Item(data, where)
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        first = Item(errors[0], where)
        raise Malformed(f"{where}: errors", first.text("detail", "title")[:200] or "an error", "check key and app id")
    one = answer.get("data")
    return harvest([one] if isinstance(one, dict) else answer.list("data"), _review, f"{where}: data")


def _review(item: Item) -> Post | None:
    if item.text("type") not in ("customerReviews", ""):
        return None
    words = (item.text("attributes.title"), item.text("attributes.body"))
    return Post(
        source="appstoreconnect", external_id=item.id("id"), text=paragraphs(*dict.fromkeys(words)),
        created_at=item.time("attributes.createdDate"), kind=Kind.REVIEW,
        author=item.text("attributes.reviewerNickname") or None,
        rating=item.stars("attributes.rating"),
    )  # fmt: skip
