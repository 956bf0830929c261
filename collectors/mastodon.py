"""Mastodon and what speaks its API: hashtags, the public timeline, search and the stream with the user's token."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar

from collectors import mastodon_stream
from collectors.answer import load_json
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of
from collectors.lanes import aside
from collectors.mastodon_items import read, status_of
from collectors.paging import Batch, Walk, forward, several
from collectors.rechecks import one_by_one
from collectors.recordings import answers
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Page


class Mastodon:
    """New posts of one server, oldest first after the newest ones known.

    `instance`: the server's address. `hashtags`: watched one by one. `public`: the whole public timeline as well.
    `queries`: words to search for. `stream_s`: how long the server's stream is listened to behind each round, for
    edits and deletions as they happen; the timelines bring what was missed meanwhile. `token`: an access token; search
    and stream need one, and many servers show their timelines to members only. People who asked not to be indexed
    (`noindex`) are left out.
    """

    name: ClassVar[str] = "mastodon"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)  # 300 in 5 minutes are allowed
    terms: ClassVar[str] = "The server's rules hold; people who opted out of search are left out."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        instance: str,
        hashtags: Sequence[str] = (),
        public: bool = False,
        queries: Sequence[str] = (),
        stream_s: float = 0.0,
        token: str = "",
    ) -> None:
        http.hide(token)
        self._token, self._stream_s = token, stream_s
        self._http, self._clock, self._base = http, clock, instance.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tags, self._queries = [tag.lstrip("#") for tag in hashtags], list(queries)
        self._is_public = public or not (hashtags or queries)

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each timeline and search forward by id (the first look takes the newest forty), then listen."""
        timelines = [f"tag/{tag}" for tag in self._tags] + (["public"] if self._is_public else [])
        walks = {path: self._walk(f"v1/timelines/{path}") for path in timelines}
        walks |= {f"q:{query}": self._walk("v2/search", {"q": query, "type": "statuses"}) for query in self._queries}
        async for page in several(cursor, walks):
            cursor = page.cursor
            yield page
        if self._stream_s > 0 and (self._tags or self._is_public):
            async for page in self._follow(cursor):
                yield page

    async def _follow(self, cursor: Cursor) -> AsyncIterator[Page]:
        """A page per event; the timelines' cursor stays, so that nothing depends on the stream being whole."""
        answer = await self._http.get(f"{self._base}/api/v2/instance", headers=self._headers, limit=self.limit)
        url = await answer.read(lambda said, where: mastodon_stream.address(said, self._base, self._token, where))
        wanted = mastodon_stream.subscriptions(self._tags, self._is_public)
        end = self._clock() + timedelta(seconds=self._stream_s)
        async for frame in self._http.listen(url, idle_s=self._stream_s, say=wanted):
            found = await aside(mastodon_stream.events, frame, "stream", status_of)
            yield Page(posts=found.posts, cursor=cursor, gone=found.gone, gap=found.gap)
            if self._clock() >= end:
                return

    def _walk(self, path: str, asked: Mapping[str, str] = MappingProxyType({})) -> Walk:
        async def fetch(after: object) -> Batch:
            params: dict[str, str | int] = {**asked, "limit": 40}
            params |= {"min_id": after} if isinstance(after, str) else {}
            url = f"{self._base}/api/{path}"
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                data = answer.json()
                data = Item(data, answer.url).list("statuses") if asked else data
                if not isinstance(data, list):
                    raise Malformed(answer.url, "wanted a list of statuses", "does this server speak Mastodon's API?")
                found = harvest(data, status_of, answer.url)
                ids = keys_of(data, lambda status: status.id("id"))
                return Batch.of(found, max(ids, key=_order, default=None))

            return await aside(batch)

        return lambda part: forward(part, fetch)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each status: its counts, or that it is deleted, hidden, or of somebody who opted out since."""

        async def ask(native: str) -> Harvest:
            url = f"{self._base}/api/v1/statuses/{native}"
            answer = await self._http.get(url, headers=self._headers, limit=self.limit)
            return await aside(lambda: harvest([answer.json()], status_of, answer.url))

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read statuses, timelines, searches, contexts and streamed events, also from a cassette."""
        for answer in answers(raw, where):
            if answer.status >= 400:
                yield Page(posts=(), cursor={}, gap=f"{answer.where}: HTTP {answer.status}")
                continue
            if mastodon_stream.is_stream(answer.body):
                found = mastodon_stream.events(answer.body.decode("utf-8", "replace"), answer.where, status_of)
            else:
                found = read(load_json(answer.body, answer.where), answer)
            yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)


def _order(native: str) -> tuple[int, str]:
    return len(native), native  # snowflake ids are numbers too large for some; other servers use sortable text
