"""Reddit without a key: the Atom feed of a subreddit, a degraded mode that says so."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors.feeds import Feeds
from collectors.http import Http
from collectors.lanes import aside
from collectors.paging import several
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post

DEGRADED = (
    "degraded mode: Reddit's Atom feed shows the newest 25 posts alone, without scores, comments or deletions; "
    "use the type `reddit` with an approved key for all of it"
)
_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_TRAILER = re.compile(r"\s*submitted by\s+/u/\S+(?:\s+to\s+r/\S+)?\s*\[link\]\s*\[comments\]\s*\Z")


class RedditAtom:
    """The newest posts of some subreddits, by their feeds. Ids are Reddit's own, so a later key finds the same posts.

    `subreddits`: their names. `base` is for tests.
    """

    name: ClassVar[str] = "reddit_atom"
    limit: ClassVar[tuple[int, float]] = (1, 60.0)
    terms: ClassVar[str] = "Degraded: 25 newest posts, no scores, no comments; Reddit refuses many hosted addresses."

    def __init__(
        self, http: Http, clock: Clock, *, subreddits: Sequence[str], base: str = "https://www.reddit.com"
    ) -> None:
        self._names = [name.removeprefix("/").removeprefix("r/").strip("/") for name in subreddits]
        site = base.rstrip("/")
        self._feeds = {n: Feeds(http, clock, self.limit, url=f"{site}/r/{n}/new/.rss") for n in self._names}

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per subreddit; the first of all tells in its gap what this mode cannot see."""
        has_told = cursor.get("told") is True
        parts = cursor.get("feeds")
        async for page in several(
            parts if isinstance(parts, Mapping) else {}, {name: feed.pages for name, feed in self._feeds.items()}
        ):
            gap = page.gap if has_told else "; ".join(filter(None, (DEGRADED, page.gap)))
            has_told = True
            state = {"told": True, "feeds": dict(page.cursor)}
            posts = await aside(_owned, page.posts)
            yield Page(posts=posts, cursor=state, gap=gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read a subreddit's feed."""
        for page in Feeds.parse(raw, where, clock):
            if page.posts and not any(_native(post) for post in page.posts):
                raise Malformed(where, "this is no feed of Reddit", "use the type feeds")
            gap = "; ".join(filter(None, (DEGRADED, page.gap)))
            yield Page(posts=[_own(post) for post in page.posts], cursor={}, gap=gap)


def _native(post: Post) -> str:
    return next((part for part in reversed(post.external_id.split(":")) if _NAME.fullmatch(part)), "")


def _owned(posts: Sequence[Post]) -> list[Post]:
    return [_own(post) for post in posts]


def _own(post: Post) -> Post:
    """An entry as Reddit's own interface would give it: bare id, author without /u/, no trailer of links."""
    native = _native(post) or post.external_id
    author = (post.author or "").removeprefix("/u/")
    return replace(
        post, source="reddit", external_id=native, text=_TRAILER.sub("", post.text), author=author or None,
        kind=Kind.COMMENT if native.startswith("t1_") else Kind.POST, lang=None,
    )  # fmt: skip
