"""Google Play: reviews of the firm's own apps by the Publisher API; recordings of the shop's pages can be parsed."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import ClassVar

from collectors import googleplay_shop, recordings
from collectors.google import service_account
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, moment
from collectors.lanes import aside
from collectors.markup import clean
from collectors.paging import Batch, token
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SCOPE = "https://www.googleapis.com/auth/androidpublisher"


class GooglePlay:
    """Reviews with words of one of your own apps, of the last week: Google gives out no older ones.

    `package`: the app's package name. `key_file`: the JSON key of a service account that may see the app's reviews.
    `base` is for tests.
    """

    name: ClassVar[str] = "googleplay"
    limit: ClassVar[tuple[int, float]] = (200, 3600.0)
    terms: ClassVar[str] = "Your own apps only, by the Google Play Developer API; the last seven days."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        package: str,
        key_file: str,
        base: str = "https://androidpublisher.googleapis.com",
    ) -> None:
        self._http, self._token = http, service_account(http, clock, key_file, _SCOPE)
        self._url = f"{base.rstrip('/')}/androidpublisher/v3/applications/{package}/reviews"

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the week's reviews down to the last change known, a day of overlap included."""

        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"maxResults": 100, **({"token": at} if isinstance(at, str) else {})}
            headers = await self._token.headers()
            answer = await self._http.get(self._url, params=params, headers=headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                newest = max((int(post.created_at.timestamp()) for post in found.posts), default=None)
                following = item.text("tokenPagination.nextPageToken") or None
                # the order is not promised: a page counts as old when its newest review is
                return Batch(posts=found.posts, newest=newest, oldest=newest, gap=found.gap, next=following)

            return await aside(batch)

        return token(cursor, fetch, overlap=86_400)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of the Publisher API, or of the shop's own pages (")]}'" and an envelope)."""
        if googleplay_shop.is_envelope(raw):
            found = googleplay_shop.read(raw, where)
            yield Page(posts=found.posts, cursor={}, gap=found.gap)
            return
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the reviews of an answer; one without `reviews` but otherwise empty found none."""
    answer = Item(data, where)
    if not answer.data or (set(answer.data) <= {"tokenPagination", "pageInfo"}):
        return Harvest()
    return harvest(answer.list("reviews"), _review, f"{where}: reviews")


def _review(item: Item) -> Post:
    comments = item.list("comments")
    theirs = next((c["userComment"] for c in comments if isinstance(c, dict) and "userComment" in c), None)
    comment = Item(theirs, f"{item.where}: userComment")
    said = (comment.get(name) for name in ("originalText", "text"))
    words = next((word for word in said if isinstance(word, str) and word.strip()), "")
    text = clean(words.replace("\t", "\n\n"))  # a title stands before a tab
    return Post(
        source="googleplay", external_id=item.id("reviewId"), text=text, kind=Kind.REVIEW,
        created_at=_seconds(comment), lang=comment.text("reviewerLanguage").partition("_")[0].lower() or None,
        author=item.text("authorName") or None, rating=comment.stars("starRating"),
        engagement=Engagement(likes=comment.count("thumbsUpCount")),
    )  # fmt: skip


def _seconds(comment: Item) -> datetime:
    found = moment(comment.number("lastModified.seconds"))
    if found is None:
        raise Malformed(f"{comment.where}: lastModified", "no usable time", "Google changed its answer")
    return found
