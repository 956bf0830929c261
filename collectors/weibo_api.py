"""Weibo by its official interface with the firm's own token: who mentions the firm, who comments on its posts."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import ClassVar

from collectors import recordings
from collectors.answer import judge, words_of
from collectors.budget import Budget
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of
from collectors.lanes import aside
from collectors.markup import to_text
from collectors.paging import Batch, Walk, newest_first, several
from collectors.values import when
from collectors.weibo import CHINA, weibo_statuses
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Malformed, Throttled
from groundswell.types import Cursor, Kind, Page, Post

_LISTS = {"statuses/mentions": "statuses", "comments/to_me": "comments"}
_SIZE = 50
_HOUR = timedelta(hours=1)
_DEPTH = "Weibo lists about 2,000 of these: older ones were missed"
_TOKEN_ERRORS = frozenset(range(21301, 21336)) | {10006, 10013, 10014}
_QUOTA_ERRORS = frozenset({10022, 10023, 10024})


class WeiboApi:
    """Posts that mention the firm's account, and comments on its posts; bring your own token.

    `token`: an access token of the firm's account, for an app Weibo approved. `comments`: those on the firm's posts
    as well. `calls_per_day`: what Weibo lets one authorised user ask in a day of China. Posts come as
    source "weibo", so that an import of the same post is the same post. `base` is for tests.
    """

    name: ClassVar[str] = "weibo_api"
    limit: ClassVar[tuple[int, float]] = (1, 5.0)  # 100 calls a day for one user: look every half hour
    terms: ClassVar[str] = "Official OAuth interface, your own account only; Weibo's developer agreement holds."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        token: str,
        comments: bool = True,
        calls_per_day: int = 100,
        base: str = "https://api.weibo.com",
    ) -> None:
        http.hide(token)
        self.budget = Budget(clock, "api.weibo.com", calls_per_day, "Asia/Shanghai")
        self._http, self._clock, self._base = http, clock, f"{base.rstrip('/')}/2"
        self._headers = {"Authorization": f"OAuth2 {token}"}
        self._paths = list(_LISTS) if comments else ["statuses/mentions"]

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each list down by id to the newest one known."""
        walks = {path: self._walk(path) for path in self._paths}
        return several(cursor, walks)

    def _walk(self, path: str) -> Walk:
        async def fetch(at: object) -> Batch:
            params: dict[str, str | int] = {"count": _SIZE, **({"max_id": at} if isinstance(at, int) else {})}
            answer = await self._http.get(
                f"{self._base}/{path}.json", params=params, headers=self._headers, limit=self.limit,
                charge=self.budget.charge(), expects=(400, 403),
            )  # fmt: skip

            def batch() -> Batch:
                item = Item(answer.json() if answer.status == 200 else words_of(answer), answer.url)
                self._refuse(item)
                judge(answer)
                found = read(item.data, answer.url, self._clock)
                keys = keys_of(item.list(_LISTS[path]), lambda one: one.count("id"))
                oldest = min(keys, default=None)
                following = None if oldest is None or len(keys) < 2 else oldest - 1
                return Batch(
                    posts=found.posts, newest=max(keys, default=None), oldest=oldest, gap=found.gap, next=following,
                    cut=_DEPTH if at is not None and not keys else None,
                )  # fmt: skip

            return await aside(batch)

        return lambda part: newest_first(part, fetch)

    def _refuse(self, item: Item) -> None:
        """Raise what Weibo's error number means: it may come with 200, 400 or 403."""
        number = item.count("error_code")
        if number in _QUOTA_ERRORS:
            raise Throttled("api.weibo.com", self._clock() + _HOUR)
        if number in _TOKEN_ERRORS:
            raise AuthNeeded(f"{item.where}: {item.text('error')[:200]}", "make a new access token; they expire")

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read statuses or comments."""
        yield from recordings.pages(raw, where, lambda data, place: read(data, place, clock))


def read(data: object, where: str, clock: Clock) -> Harvest:
    """Read the statuses or comments of an answer. Raises Malformed with Weibo's own words for an error."""
    answer = Item(data, where)
    if answer.get("error_code") is not None:
        raise Malformed(f"{where}: error_code", answer.text("error")[:200] or "an error", "check token and app")
    if isinstance(answer.get("comments"), list):
        return harvest(answer.list("comments"), lambda item: _comment(item, clock), f"{where}: comments")
    return weibo_statuses(data, where, clock())


def _comment(item: Item, clock: Clock) -> Post:
    created = when(item.get("created_at"), clock(), CHINA)
    if created is None:
        raise Malformed(f"{item.where}: created_at", "no usable time", "Weibo changed its answer")
    answered = item.child("reply_comment") or item.child("status")
    return Post(
        source="weibo", external_id=item.id("idstr", "id"), text=to_text(item.text("text")), created_at=created,
        kind=Kind.COMMENT, lang="zh", author=item.text("user.screen_name") or None,
        parent=answered.reference("idstr", "id") if answered else None,
        audience=item.count("user.followers_count"),
    )  # fmt: skip
