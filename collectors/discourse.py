"""Discourse forums: the newest posts of the whole site, fifty ids at a time."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from collectors import recordings
from collectors.answer import Answer
from collectors.discourse_items import read
from collectors.http import Http
from collectors.items import Harvest
from collectors.lanes import aside
from collectors.paging import Batch, newest_first
from collectors.rechecks import by_many
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page

_WINDOW = 50  # /posts.json?before=N shows the visible posts among the ids N-49 to N


class Discourse:
    """All new posts of a forum.

    `url`: the forum's address. `key` and `user`: an API key and its user, for forums that are not public.
    `backfill_posts`: how many ids the first sweep goes back. `source`: what the posts are said to come from; name each
    forum of several, their ids overlap.
    """

    name: ClassVar[str] = "discourse"
    limit: ClassVar[tuple[int, float]] = (1, 3.5)  # user keys: 20 a minute; anonymous: 200
    terms: ClassVar[str] = "The forum's own terms hold; link back to the post."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        url: str,
        key: str = "",
        user: str = "",
        backfill_posts: int = 1000,
        source: str = "discourse",
    ) -> None:
        http.hide(key)
        self._source = source
        self._http, self._clock, self._base, self._backfill = http, clock, url.rstrip("/"), backfill_posts
        self._headers = {"Api-Key": key, **({"Api-Username": user} if user else {})} if key else {}

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk down by post id; a window without visible posts is no end."""
        is_first = not isinstance(cursor.get("done"), int)

        async def fetch(at: object) -> Batch:
            before, stop = _place(at)
            answer = await self._window(before)

            def batch() -> Batch:
                found = self._read(answer)
                ids = [int(post.external_id) for post in found.posts]
                top = before if before is not None else max(ids, default=0)
                end = max(top - self._backfill, 0) if before is None and is_first else stop
                further = {"before": top - _WINDOW, "stop": end} if top - _WINDOW > end else None
                return replace(Batch.of(found, further, keys=ids), oldest=max(top - _WINDOW + 1, 0))

            return await aside(batch)

        return newest_first(cursor, fetch, overlap=_WINDOW)

    async def _window(self, before: int | None) -> Answer:
        params: dict[str, str | int] = {"before": before} if before is not None else {}
        return await self._http.get(f"{self._base}/posts.json", params=params, headers=self._headers, limit=self.limit)

    def _read(self, answer: Answer) -> Harvest:
        found = read(answer.json(), answer.url)
        return replace(found, posts=[replace(post, source=self._source) for post in found.posts])

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for the windows that known posts stand in; those a window no longer shows are gone."""

        async def ask(asked: list[str]) -> Harvest:
            answer = await self._window(int(asked[0]))
            found = await aside(self._read, answer)
            return replace(found, posts=[post for post in found.posts if post.external_id in asked])

        return by_many(_windows(sorted((int(i) for i in ids if i.isdigit()), reverse=True)), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read the latest posts, or a topic's; a list of topics names posts and holds none."""
        yield from recordings.pages(raw, where, read)


def _windows(ids: Sequence[int]) -> list[list[str]]:
    """Falling ids, those of one window together."""
    found: list[list[str]] = []
    for number in ids:
        if found and int(found[-1][0]) - number < _WINDOW:
            found[-1].append(str(number))
        else:
            found.append([str(number)])
    return found


def _place(at: object) -> tuple[int | None, int]:
    if not isinstance(at, dict):
        return None, 0
    before, stop = at.get("before"), at.get("stop")
    return (before if isinstance(before, int) else None), (stop if isinstance(stop, int) else 0)
