"""Mastodon and what speaks its API: hashtags, the public timeline, and search with the user's token."""

import json
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors.answer import load_json
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest, web
from collectors.markup import to_text
from collectors.paging import Batch, Walk, forward, several
from collectors.recordings import Recorded, answers
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post


class Mastodon:
    """New posts of one server, oldest first after the newest ones known.

    `instance`: the server's address. `hashtags`: watched one by one. `public`: the whole public timeline as well.
    `token`: an access token; many servers show their timelines to members only. People who asked not to be indexed
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
        token: str = "",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._base = http, clock, instance.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._paths = [f"tag/{tag.lstrip('#')}" for tag in hashtags] + (["public"] if public or not hashtags else [])

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each timeline forward by id; the first look takes the newest forty."""
        return several(cursor, {path: self._walk(path) for path in self._paths})

    def _walk(self, path: str) -> Walk:
        async def fetch(after: object) -> Batch:
            params: dict[str, str | int] = {"limit": 40, **({"min_id": after} if isinstance(after, str) else {})}
            url = f"{self._base}/api/v1/timelines/{path}"
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                data = answer.json()
                if not isinstance(data, list):
                    raise Malformed(answer.url, "wanted a list of statuses", "does this server speak Mastodon's API?")
                found = harvest(data, _status, answer.url)
                ids = [Item(status, answer.url).id("id") for status in data if isinstance(status, dict)]
                return Batch(
                    posts=found.posts, gone=found.gone, gap=found.gap, next=max(ids, key=_order) if ids else None
                )

            return await to_thread(batch)

        return lambda part: forward(part, fetch)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read statuses, timelines, searches, contexts and streamed events, also from a cassette."""
        for answer in answers(raw, where):
            if answer.status >= 400:
                yield Page(posts=(), cursor={}, gap=f"{answer.where}: HTTP {answer.status}")
                continue
            found = _events(answer) if _is_stream(answer.body) else _any(load_json(answer.body, answer.where), answer)
            yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)


def _order(native: str) -> tuple[int, str]:
    return len(native), native  # snowflake ids are numbers too large for some; other servers use sortable text


def _any(data: object, answer: Recorded) -> Harvest:
    if isinstance(data, list):
        # in a cassette lists of accounts stand beside those of statuses; a file of its own is one or the other
        listed = [status for status in data if _is_status(status)] if answer.url else data
        return harvest(listed, _status, answer.where)
    item = Item(data, answer.where)
    if answer.method == "DELETE" and "/statuses/" in answer.url:
        return Harvest(gone=[item.id("id")])
    if _is_status(data):
        return harvest([data], _status, answer.where)
    for keys in (("ancestors", "descendants"), ("statuses",)):
        if all(isinstance(item.get(key), list) for key in keys):
            return harvest([status for key in keys for status in item.list(key)], _status, answer.where)
    if answer.url and "/statuses" not in answer.url:
        return Harvest()  # another call in the same cassette: accounts, the instance
    raise Malformed(answer.where, "neither status nor timeline", "record a timeline, a status or a search")


def _is_status(data: object) -> bool:
    return isinstance(data, dict) and "created_at" in data and "content" in data and "account" in data


def _is_stream(body: bytes) -> bool:
    return b"event: " in body[:300] and body.lstrip()[:1] in b":e"


def _events(answer: Recorded) -> Harvest:
    """Server-sent events: update and status.update carry a status, delete an id."""
    statuses, gone, kind = list[object](), list[str](), ""
    for line in answer.body.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value.strip()
        elif name == "data" and kind in ("update", "status.update"):
            try:
                statuses.append(json.loads(value))
            except (ValueError, RecursionError):
                raise Malformed(answer.where, "an event that is no JSON", "record the stream again") from None
        elif name == "data" and kind == "delete" and value.strip():
            gone.append(value.strip())
    found = harvest(statuses, _status, answer.where)
    return Harvest(posts=[p for p in found.posts if p.external_id not in gone], gone=gone, bad=found.bad)


def _status(status: Item) -> Post | Deleted | None:
    if status.flag("account.noindex"):
        return None
    again = status.child("reblog")
    words = again or status
    text = "\n\n".join(part for part in (words.text("spoiler_text"), to_text(words.text("content"))) if part)
    parent = again.id("id") if again else status.text("in_reply_to_id")
    return Post(
        source="mastodon", external_id=status.id("id"), text=text, created_at=status.time("created_at"),
        kind=Kind.REPOST if again else Kind.COMMENT if parent else Kind.POST, lang=words.text("language") or None,
        author=status.text("account.acct", "account.username") or None, parent=parent or None,
        url=web(words.text("url", "uri")), audience=status.count("account.followers_count"),
        engagement=Engagement(
            likes=words.count("favourites_count"), replies=words.count("replies_count"),
            shares=words.count("reblogs_count"),
        ),
    )  # fmt: skip
