"""Reddit through praw with the user's own approved key, in one thread of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import reddit_items
from collectors.http import Http
from collectors.items import Harvest, Item
from collectors.paging import Batch, Expired, Walk, newest_first, several, unix
from collectors.praw_thread import PrawThread
from collectors.rechecks import by_many
from collectors.recordings import answers
from collectors.reddit_atom import RedditAtom
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page

_ANCHORS = 5  # a listing behind a deleted anchor is empty; the next newer one still works
_DEPTH = 950  # listings end at about 1,000 items
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
        self._praw, self._paths = PrawThread(settings, clock, http.redact), _paths(subreddits, comments, query)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Sweep each listing newest first, a hundred items a page; the posts of a page are made in praw's thread."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {path: self._walk(path, params, floor) for path, params in self._paths.items()})

    def _walk(self, path: str, params: dict[str, str], floor: int) -> Walk:
        def walk(part: Cursor) -> AsyncIterator[Page]:
            stored = part.get("at")

            async def fetch(at: object) -> Batch:
                batch = await self._batch(path, params, at)
                if at is not None and at == stored and not batch.posts and not batch.gone:
                    raise Expired  # the anchors were deleted since
                return batch

            return newest_first(part, fetch, overlap=_OVERLAP_S, floor=floor)

        return walk

    async def _batch(self, path: str, params: dict[str, str], at: object) -> Batch:
        anchors, depth = _position(at)
        listing, found = await self._listing(path, params, anchors[0] if anchors else None)
        for anchor in anchors[1:]:
            if found.posts or found.gone:
                break
            listing, found = await self._listing(path, params, anchor)
        depth += len(found.posts) + len(found.gone)
        after = listing.text("data.after")
        newest_last = [post.external_id for post in found.posts[::-1][:_ANCHORS] if post.external_id != after]
        return Batch.of(
            found, {"after": [after, *newest_last], "depth": depth} if after else None,
            cut="Reddit lists only the newest 1,000: older ones were missed" if depth >= _DEPTH else None,
        )  # fmt: skip

    async def _listing(self, path: str, params: dict[str, str], after: str | None) -> tuple[Item, Harvest]:
        asked = {**params, "limit": "100", "raw_json": "1", **({"after": after} if after else {})}

        def job() -> tuple[Item, Harvest]:
            listing = Item(self._praw.ask(path, asked), path)
            return listing, reddit_items.read(listing.data, path)

        return await self._praw.run(job)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for a hundred fullnames at a time; those Reddit no longer knows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            params = {"id": ",".join(asked), "raw_json": "1"}
            return await self._praw.run(lambda: reddit_items.read(self._praw.ask("api/info", params), "api/info"))

        return by_many(ids, 100, ask)

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
    paths: dict[str, dict[str, str]] = {}
    for name in subreddits:
        short = name.removeprefix("/").removeprefix("r/").strip("/")
        paths[f"r/{short}/new"] = {}
        if comments:
            paths[f"r/{short}/comments"] = {}
    if query:
        paths["r/all/search"] = {"q": query, "sort": "new", "restrict_sr": "false"}
    return paths


def _position(at: object) -> tuple[list[str], int]:
    if not isinstance(at, dict):
        return [], 0
    after, depth = at.get("after"), at.get("depth")
    names = [name for name in after if isinstance(name, str)] if isinstance(after, list) else []
    return names, depth if isinstance(depth, int) else 0
