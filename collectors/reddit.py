"""Reddit through praw with the user's own approved key, in one thread of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import reddit_items
from collectors.http import Http
from collectors.items import Harvest, Item
from collectors.lanes import LANES
from collectors.paging import Batch, Walk, several, token, unix
from collectors.praw_thread import PrawThread
from collectors.rechecks import by_many, groups
from collectors.recordings import answers
from collectors.reddit_atom import RedditAtom
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page

_ANCHORS = 5  # a listing behind a deleted anchor is empty; the next newer one still works
_DEPTH = 950  # listings end at about 1,000 items
_TOO_DEEP = "Reddit lists only the newest 1,000: older ones were missed"
_OVERLAP_S = 300


class Reddit:
    """New posts and comments of listed subreddits, and a search over all of Reddit to find others.

    `client_id`, `client_secret`: of an app Reddit approved (env:NAME in the configuration). `user_agent`: as Reddit
    asks, "platform:app:version (by /u/name)". `subreddits`: watched completely. `comments`: theirs as well. `query`:
    searched in r/all, incomplete by nature. `backfill_days`: how far the first sweep goes back. `reddit_url` and
    `oauth_url` are for tests.
    """

    name: ClassVar[str] = "reddit"
    limit: ClassVar[tuple[int, float]] = (100, 60.0)
    terms: ClassVar[str] = "Needs an app approved by Reddit; deleted posts must be deleted here too; no resale."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        user_agent: str,
        subreddits: Sequence[str] = (),
        comments: bool = True,
        query: str = "",
        backfill_days: float = 7.0,
        reddit_url: str = "https://www.reddit.com",
        oauth_url: str = "https://oauth.reddit.com",
    ) -> None:
        http.hide(client_secret)
        self._clock, self._backfill = clock, backfill_days
        settings = {
            "client_id": client_id, "client_secret": client_secret, "user_agent": user_agent,
            "reddit_url": reddit_url.rstrip("/"), "oauth_url": oauth_url.rstrip("/"),
        }  # fmt: skip
        self._praw, self._paths = PrawThread(settings, http, self.limit), _paths(subreddits, comments, query)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Sweep each listing newest first, a hundred items a page; the posts of a page are made in praw's thread."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {path: self._walk(path, params, floor) for path, params in self._paths.items()})

    def _walk(self, path: str, params: dict[str, str], floor: int) -> Walk:
        async def fetch(at: object) -> Batch:
            return await self._batch(path, params, at)

        return lambda part: token(part, fetch, overlap=_OVERLAP_S, floor=floor)

    async def _batch(self, path: str, params: dict[str, str], at: object) -> Batch:
        anchors, depth = _position(at)
        for anchor in anchors:
            after, found = await self._asked(path, {**params, "limit": "100", **({"after": anchor} if anchor else {})})
            if found.posts or found.gone:
                break
        depth += len(found.posts) + len(found.gone)
        newest_last = [post.external_id for post in found.posts[::-1][:_ANCHORS] if post.external_id != after]
        following = {"after": [after, *newest_last], "depth": depth} if after else None
        return Batch.of(found, following, cut=_TOO_DEEP if depth >= _DEPTH else None)

    async def _asked(self, path: str, params: dict[str, str]) -> tuple[str, Harvest]:
        """The fullname behind which a listing goes on ("" at its end), and what it holds."""

        def job() -> tuple[str, Harvest]:
            listing = Item(self._praw.ask(path, {**params, "raw_json": "1"}), path)
            with LANES:
                return listing.text("data.after"), reddit_items.read(listing.data, path)

        return await self._praw.run(job)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for a hundred fullnames at a time; those Reddit no longer knows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            return (await self._asked("api/info", {"id": ",".join(asked)}))[1]

        return by_many(groups(ids, 100), ask, self.limit)

    async def close(self) -> None:
        """End praw's thread."""
        await self._praw.close()

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read listings, comment trees or a cassette of them, or a feed; a refused answer is a page with a gap."""
        if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            yield from RedditAtom.parse(raw, where, clock)
            return
        yield from reddit_items.recorded(answers(raw, where))


def _paths(subreddits: Sequence[str], comments: bool, query: str) -> dict[str, dict[str, str]]:
    names = [name.removeprefix("/").removeprefix("r/").strip("/") for name in subreddits]
    kinds = ("new", "comments") if comments else ("new",)
    paths = {f"r/{name}/{kind}": dict[str, str]() for name in names for kind in kinds}
    return paths | ({"r/all/search": {"q": query, "sort": "new", "restrict_sr": "false"}} if query else {})


def _position(at: object) -> tuple[list[str], int]:
    """The anchors to try one after another ("" is the beginning), and how many items stood before them."""
    after, depth = (at.get("after"), at.get("depth")) if isinstance(at, dict) else (None, None)
    names = [name for name in after if isinstance(name, str)] if isinstance(after, list) else []
    return names or [""], depth if isinstance(depth, int) else 0
