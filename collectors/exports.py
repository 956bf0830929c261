"""Importers for what people exported elsewhere: Weibo and Bilibili JSON, Zeeschuimer lines. Nothing is fetched."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from collectors import recordings
from collectors.crawls import WeiboSearch
from collectors.http import Http
from collectors.items import Harvest, Item, harvest
from collectors.markup import to_text
from collectors.values import count, when
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_HEADER = "微博正文"
_UNFOLD = ("...全文", "…全文", "全文", "展开全文", "展开", "收起")


class Weibo:
    """Posts of Weibo from a file: official API answers, what m.weibo.cn shows, or one JSON object a line.

    `path`: the file. Weibo itself is not asked: without an account it refuses, and getting round that is unlawful.
    """

    name: ClassVar[str] = "weibo"
    limit: ClassVar[tuple[int, float]] = (1000, 1.0)
    terms: ClassVar[str] = "Import only: data that you were given or exported with your own account."

    def __init__(self, _http: Http, clock: Clock, *, path: str) -> None:
        self._path, self._clock = Path(path), clock

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page with all posts of the file; a file of unchanged size is not read again."""
        try:
            raw = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            raise InputError(str(self._path), error.strerror or "it cannot be read", "correct the path") from None
        if cursor.get("size") == len(raw):
            yield Page(posts=(), cursor=cursor)
            return
        found = await asyncio.to_thread(lambda: list(self.parse(raw, self._path.name, self._clock)))
        for number, page in enumerate(found, 1):
            state = {"size": len(raw)} if number == len(found) else {}
            yield Page(posts=page.posts, cursor=state, gone=page.gone, gap=page.gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read statuses wherever they stand in the JSON, or weibo-search's CSV; relative times end at `clock`."""
        if any(_HEADER.encode(codec) in raw[:4096] for codec in ("utf-8", "gb18030")) and raw.lstrip()[:1] not in b"{[":
            yield from WeiboSearch.parse(raw, where, clock)
            return
        yield from _parse(raw, where, lambda data, place: weibo_statuses(data, place, clock()))


class Bilibili(Weibo):
    """Comments of Bilibili from an exported file of replies.

    `path`: the file. Bilibili itself is not asked: its comment interface is not public.
    """

    name: ClassVar[str] = "bilibili"

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read the comments of one answer."""
        yield from _parse(raw, where, _replies)


def _parse(raw: bytes, where: str, read: recordings.Read) -> Iterator[Page]:
    """Read one JSON document, or NDJSON (one object a line, Zeeschuimer wraps each in {data})."""
    first = raw.lstrip().partition(b"\n")[0].strip()
    if raw.count(b"\n") > 0 and first[:1] == b"{" and first[-1:] == b"}":
        lines = ndjson(raw, where)
        found = read([line.get("data", line) if isinstance(line, dict) else line for line in lines], where)
        yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)
        return
    yield from recordings.pages(raw, where, read)


def ndjson(raw: bytes, where: str) -> list[object]:
    """Read one JSON value a line. Raises Malformed naming the first line that is none."""
    found = list[object]()
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            found.extend([json.loads(line)] if line.strip() else [])
        except (ValueError, RecursionError):
            raise Malformed(f"{where}: line {number}", "a line that is no JSON", "export it again") from None
    return found


def _found(root: object, key: str) -> Iterator[dict[str, object]]:
    """Every object that has `key`, in document order, without recursion."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and key in value:
            yield value
        parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        waiting.extend(part for part in reversed(parts) if isinstance(part, dict | list))


def weibo_statuses(data: object, where: str, at: datetime) -> Harvest:
    """Read every status in the JSON, each once. Raises Malformed when there is neither one nor a list of them."""
    found = [item for item in _found(data, "created_at") if "text" in item and ("mid" in item or "id" in item)]
    if not found and not any(True for _ in _found(data, "statuses")) and not any(True for _ in _found(data, "cards")):
        raise Malformed(where, "no Weibo statuses", "export statuses with created_at, text and id")
    result = harvest(found, lambda item: _status(item, at), where)
    return Harvest(posts=_once(result.posts), bad=result.bad)


def _status(item: Item, at: datetime) -> Post:
    again = item.child("retweeted_status")
    text = to_text(item.text("longText.longTextContent", "text"))
    created = when(item.get("created_at"), at)
    if created is None:
        raise Malformed(f"{item.where}: created_at", "no usable time", "export the time as Weibo shows it")
    native = item.id("idstr", "mid", "id") if item.get("idstr") or not item.get("id") else item.id("id")
    return Post(
        source="weibo", external_id=native, text=_unfolded(text), created_at=created,
        kind=Kind.REPOST if again else Kind.POST, lang="zh", author=item.text("user.screen_name") or None,
        parent=again.id("idstr", "id", "mid") if again else None, audience=count(item.get("user.followers_count")),
        engagement=Engagement(
            likes=count(item.get("attitudes_count")), replies=count(item.get("comments_count")),
            shares=count(item.get("reposts_count")),
        ),
    )  # fmt: skip


def _unfolded(text: str) -> str:
    for ending in _UNFOLD:
        text = text.removesuffix(ending).rstrip()
    return text


def _replies(data: object, where: str) -> Harvest:
    """Read the comments; the few replies shown under each are a sample of `rcount` and are left out."""
    answer = Item(data, where)
    listed = answer.get("data.replies") if "data" in answer.data else answer.get("replies")
    if not isinstance(listed, list):
        raise Malformed(where, "no Bilibili replies", "export the answer with its list of replies")
    result = harvest(listed, _reply, where)
    return Harvest(posts=_once(result.posts), bad=result.bad)


def _reply(item: Item) -> Post:
    parent = item.count("parent")
    return Post(
        source="bilibili", external_id=item.id("rpid_str", "rpid"), text=item.text("content.message"),
        created_at=item.time("ctime"), kind=Kind.COMMENT, lang="zh", author=item.text("member.uname") or None,
        parent=str(parent) if parent else None,
        engagement=Engagement(likes=item.count("like"), replies=item.count("rcount", "count")),
    )  # fmt: skip


def _once(posts: Sequence[Post]) -> list[Post]:
    return list({post.external_id: post for post in reversed(posts)}.values())[::-1]
