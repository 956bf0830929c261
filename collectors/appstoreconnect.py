"""App Store Connect: every review of the firm's own apps, in all storefronts, with a key made there."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import jwt
from yarl import URL

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest
from collectors.paging import Batch, Walk, several, token
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Cursor, Kind, Page, Post

_LIFE = timedelta(minutes=15)  # Apple accepts up to 20


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
        self._issuer, self._key_id, self._key_file = issuer, key_id, Path(key_file)
        self._backfill, self._statement = timedelta(days=backfill_days), ("", clock())

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each app's reviews down to the newest one known."""
        floor = int((self._clock() - self._backfill).timestamp())
        return several(cursor, {f"app:{app}": self._walk(app, floor) for app in self._apps})

    def _walk(self, app: int, floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"sort": "-createdDate", "limit": 200}
            params |= {"cursor": at} if isinstance(at, str) else {}
            headers = {"Authorization": f"Bearer {await asyncio.to_thread(self._signed)}"}
            url = f"{self._base}/v1/apps/{app}/customerReviews"
            answer = await self._http.get(url, params=params, headers=headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                keys = [int(post.created_at.timestamp()) for post in found.posts]
                return Batch(
                    posts=found.posts, newest=max(keys, default=None), oldest=min(keys, default=None), gap=found.gap,
                    next=_cursor(item.text("links.next")),
                )  # fmt: skip

            return await asyncio.to_thread(batch)

        return lambda part: token(part, fetch, overlap=86_400, floor=floor)

    def _signed(self) -> str:
        """A short-lived statement that the key is ours (JWT, ES256), made anew after half its life."""
        if self._clock() < self._statement[1]:
            return self._statement[0]
        at = int(self._clock().timestamp())
        claims = {"iss": self._issuer, "iat": at, "exp": at + int(_LIFE.total_seconds()), "aud": "appstoreconnect-v1"}
        try:
            key = self._key_file.read_text(encoding="ascii")
            self._http.hide(key)
            signed = jwt.encode(claims, key, algorithm="ES256", headers={"kid": self._key_id})
        except OSError as error:
            hint = "give the .p8 file that Apple let you download once"
            raise InputError(str(self._key_file), error.strerror or "it cannot be read", hint) from None
        except (ValueError, TypeError, jwt.PyJWTError):
            raise InputError(str(self._key_file), "this is no EC private key", "give Apple's .p8 file") from None
        self._statement = (signed, self._clock() + _LIFE / 2)
        return signed

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of customerReviews."""
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
    return harvest(answer.list("data"), _review, f"{where}: data")


def _review(item: Item) -> Post | None:
    if item.text("type") not in ("customerReviews", ""):
        return None
    words = (item.text("attributes.title"), item.text("attributes.body"))
    stars = item.number("attributes.rating")
    return Post(
        source="appstoreconnect", external_id=item.id("id"), text="\n\n".join(dict.fromkeys(w for w in words if w)),
        created_at=item.time("attributes.createdDate"), kind=Kind.REVIEW,
        author=item.text("attributes.reviewerNickname") or None,
        rating=stars if stars is not None and 1 <= stars <= 5 else None,
    )  # fmt: skip
