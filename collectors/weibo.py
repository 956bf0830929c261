"""Importer for posts of Weibo: exported JSON, JSON lines, or weibo-search's CSV; and how a status of Weibo is read."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from collectors.exports import Export, documents, once
from collectors.items import Harvest, Item, harvest
from collectors.markup import to_text
from collectors.values import count, when
from collectors.weibosearch import WeiboSearch
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Page, Post

CHINA = ZoneInfo("Asia/Shanghai")
"""Where Weibo and other Chinese platforms are when they write a time without a zone."""
_HEADER = "微博正文"
_UNFOLD = ("...全文", "…全文", "全文", "展开全文", "展开", "收起")


class Weibo(Export):
    """Posts of Weibo from a file: official API answers, what m.weibo.cn shows, or one JSON object a line.

    `path`: the file. Weibo itself is not asked: without an account it refuses, and getting round that is unlawful.
    """

    name: ClassVar[str] = "weibo"

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read statuses wherever they stand in the JSON, or weibo-search's CSV; relative times end at `clock`."""
        if any(_HEADER.encode(codec) in raw[:4096] for codec in ("utf-8", "gb18030")) and raw.lstrip()[:1] not in b"{[":
            yield from WeiboSearch.parse(raw, where, clock)
            return
        yield from documents(raw, where, lambda data, place: weibo_statuses(data, place, clock()))


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
    return Harvest(posts=once(result.posts), bad=result.bad)


def _status(item: Item, at: datetime) -> Post:
    again = item.child("retweeted_status") or item.child("retweet")
    parent = again.reference("idstr", "id", "mid") if again else None
    text = to_text(item.text("longText.longTextContent", "text"))
    created = when(item.get("created_at"), at, CHINA)
    if created is None:
        raise Malformed(f"{item.where}: created_at", "no usable time", "export the time as Weibo shows it")
    native = item.id("idstr", "mid", "id") if item.get("idstr") or not item.get("id") else item.id("id")
    return Post(
        source="weibo", external_id=native, text=_unfolded(text), created_at=created,
        kind=Kind.REPOST if again and again.data else Kind.POST, lang="zh", parent=parent,
        author=item.text("user.screen_name", "screen_name") or None,
        audience=count(item.get("user.followers_count")),
        engagement=Engagement(
            likes=count(item.get("attitudes_count")), replies=count(item.get("comments_count")),
            shares=count(item.get("reposts_count")),
        ),
    )  # fmt: skip


def _unfolded(text: str) -> str:
    for ending in _UNFOLD:
        text = text.removesuffix(ending).rstrip()
    return text
