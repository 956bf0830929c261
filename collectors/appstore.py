"""App Store reviews by Apple's RSS: best effort, for apps that are not one's own; often silent."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, moment, web
from collectors.paging import Batch, Walk, newest_first, several
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_LAST_PAGE = 10
_SILENT = "Apple's feed is empty: that does not mean that there are no reviews"
_DEPTH = "Apple lists 500 reviews a country: older ones were missed"


class AppStore:
    """The newest reviews of an app in some storefronts.

    `app`: the number in the app's address. `countries`: storefronts by two letters. `backfill_days`: how far the
    first sweep goes back. Apple's feed is undocumented and answers empty for many apps. `base` is for tests.
    """

    name: ClassVar[str] = "appstore"
    limit: ClassVar[tuple[int, float]] = (1, 3.0)
    terms: ClassVar[str] = "Undocumented feed, best effort; for your own apps use App Store Connect."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        app: int,
        countries: Sequence[str] = ("us",),
        backfill_days: float = 30.0,
        base: str = "https://itunes.apple.com",
    ) -> None:
        self._http, self._clock, self._app, self._countries = http, clock, app, tuple(countries)
        self._backfill, self._base = timedelta(days=backfill_days), base.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each storefront newest first, at most ten pages of fifty."""
        floor = int((self._clock() - self._backfill).timestamp())
        return several(cursor, {country: self._walk(country, floor) for country in self._countries})

    def _walk(self, country: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            number = at if isinstance(at, int) else 1
            url = f"{self._base}/{country}/rss/customerreviews/page={number}/id={self._app}/sortby=mostrecent/json"
            answer = await self._http.get(url, limit=self.limit)

            def batch() -> Batch:
                found = read(answer.json(), answer.url, self._clock())
                keys = [int(post.created_at.timestamp()) for post in found.posts]
                is_last = not keys or number >= _LAST_PAGE
                silent = _SILENT if not keys and number == 1 else None
                return Batch(
                    posts=found.posts, newest=max(keys, default=None), oldest=min(keys, default=None),
                    next=None if is_last else number + 1, cut=_DEPTH if number >= _LAST_PAGE else None,
                    gap=silent or found.gap,
                )  # fmt: skip

            return await to_thread(batch)

        return lambda part: newest_first(part, fetch, overlap=86_400, floor=floor)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read one page of the feed."""
        yield from recordings.pages(raw, where, lambda data, place: read(data, place, clock()))


def read(data: object, where: str, at: datetime) -> Harvest:
    """Read a feed's reviews; `entry` may be absent, one object or a list, and its first may be the app itself."""
    feed = Item(data, where).child("feed")
    if feed is None:
        raise Malformed(f"{where}: feed", "this is no review feed", "the address ends with /json")
    entries = feed.get("entry")
    listed = entries if isinstance(entries, list) else [entries] if isinstance(entries, dict) else []
    updated = moment(feed.get("updated.label")) or at
    return harvest(listed, lambda entry: _review(entry, updated), f"{where}: entry")


def _review(entry: Item, updated: datetime) -> Post | None:
    if entry.get("im:rating") is None:
        return None  # the app's own entry
    words = (entry.text("title.label"), entry.text("content.label"))
    stars = entry.number("im:rating.label")
    return Post(
        source="appstore", external_id=entry.id("id.label"), text="\n\n".join(dict.fromkeys(w for w in words if w)),
        created_at=moment(entry.get("updated.label")) or updated, kind=Kind.REVIEW,
        author=entry.text("author.name.label") or None, url=web(entry.text("link.attributes.href")),
        rating=stars if stars is not None and 1 <= stars <= 5 else None,
        engagement=Engagement(likes=entry.count("im:voteSum.label")),
    )  # fmt: skip
