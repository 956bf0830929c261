"""Steam reviews: every language of a game's reviews, the last updated first."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of
from collectors.lanes import aside
from collectors.markup import clean
from collectors.paging import Batch, Walk, several, token, unix
from groundswell.clock import Clock, now
from groundswell.errors import Gone, Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

LANGUAGES = {"schinese": "zh", "tchinese": "zh", "english": "en", "german": "de", "french": "fr", "spanish": "es",
             "japanese": "ja", "koreana": "ko", "russian": "ru", "brazilian": "pt", "polish": "pl"}  # fmt: skip
_STARS = {True: 5.0, False: 1.0}  # a thumb up or down, on the scale of the other stores


class Steam:
    """Reviews of apps on Steam. A thumb up counts as five stars, one down as one.

    `apps`: application ids. `language`: Steam's name of one language, or "all". `backfill_days`: how far the first
    sweep goes back. Off-topic activity is included: leaving it out hides review bombs. `base` is for tests.
    """

    name: ClassVar[str] = "steam"
    limit: ClassVar[tuple[int, float]] = (1, 1.5)
    terms: ClassVar[str] = "Public endpoint documented by Valve; the Steam Subscriber Agreement holds."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        apps: Sequence[int],
        language: str = "all",
        backfill_days: float = 30.0,
        base: str = "https://store.steampowered.com",
    ) -> None:
        self._http, self._clock, self._apps, self._language = http, clock, tuple(apps), language
        self._backfill, self._base = backfill_days, base.rstrip("/")

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each app's reviews down to the last update known."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {f"app:{app}": self._walk(app, floor) for app in self._apps})

    def _walk(self, app: int, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {
                "json": 1, "filter": "updated", "num_per_page": 100, "purchase_type": "all", "language": self._language,
                "filter_offtopic_activity": 0, "cursor": at if isinstance(at, str) else "*",
            }  # fmt: skip
            answer = await self._http.get(f"{self._base}/appreviews/{app}", params=params, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                if at is None and not found.posts and item.count("query_summary.total_reviews") == 0:
                    raise Gone(f"steam app {app}: no reviews at all", "Steam answers so for ids it does not know")
                keys = keys_of(item.list("reviews"), lambda review: review.count("timestamp_updated"))
                return Batch.of(found, item.text("cursor") or None if keys else None, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=3600, floor=floor)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of /appreviews."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the reviews of one answer. Raises Malformed when Steam says that it failed."""
    answer = Item(data, where)
    if answer.count("success") != 1:
        raise Malformed(f"{where}: success", "Steam says that it failed", "check the application id")
    return harvest(answer.list("reviews"), _review, f"{where}: reviews")


def _review(item: Item) -> Post:
    native, author = item.id("recommendationid"), item.text("author.steamid")
    return Post(
        source="steam", external_id=native, text=clean(item.text("review")), created_at=item.time("timestamp_created"),
        kind=Kind.REVIEW, lang=LANGUAGES.get(item.text("language")), author=author or None,
        rating=_STARS.get(item.get("voted_up") is True) if isinstance(item.get("voted_up"), bool) else None,
        engagement=Engagement(likes=item.count("votes_up"), replies=item.count("comment_count")),
    )  # fmt: skip
