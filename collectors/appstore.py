"""App Store reviews by Apple's RSS: best effort, for apps that are not one's own; often silent."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, moment, paragraphs, web
from collectors.lanes import aside
from collectors.paging import Batch, Walk, newest_first, several, unix
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
        self._backfill, self._base = backfill_days, base.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each storefront newest first, at most ten pages of fifty."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {country: self._walk(country, floor) for country in self._countries})

    def _walk(self, country: str, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            number = at if isinstance(at, int) else 1
            url = f"{self._base}/{country}/rss/customerreviews/page={number}/id={self._app}/sortby=mostrecent/json"
            answer = await self._http.get(url, limit=self.limit)

            def batch() -> Batch:
                found = read(answer.json(), answer.url, self._clock())
                is_last = not found.posts or number >= _LAST_PAGE
                cut = _DEPTH if number >= _LAST_PAGE else None
                made = Batch.of(found, None if is_last else number + 1, cut=cut)
                return replace(made, gap=_SILENT) if not found.posts and number == 1 else made

            return await aside(batch)

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
    return Post(
        source="appstore", external_id=entry.id("id.label"), text=paragraphs(*dict.fromkeys(words)),
        created_at=moment(entry.get("updated.label")) or updated, kind=Kind.REVIEW,
        author=entry.text("author.name.label") or None, url=web(entry.text("link.attributes.href")),
        rating=entry.stars("im:rating.label"),
        engagement=Engagement(likes=entry.count("im:voteSum.label")),
    )  # fmt: skip
