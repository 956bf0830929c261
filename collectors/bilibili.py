"""Importer for comments of Bilibili, from an exported answer with its replies."""

from collections.abc import Iterator
from typing import ClassVar

from collectors.exports import Export, documents, once
from collectors.items import Harvest, Item, harvest
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Page, Post


class Bilibili(Export):
    """Comments of Bilibili from an exported file of replies.

    `path`: the file. Bilibili itself is not asked: its comment interface is not public.
    """

    name: ClassVar[str] = "bilibili"

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read the comments of one answer."""
        yield from documents(raw, where, _replies)


def _replies(data: object, where: str) -> Harvest:
    """Read the comments; the few replies shown under each are a sample of `rcount` and are left out."""
    answer = Item(data, where)
    listed = answer.get("data.replies") if "data" in answer.data else answer.get("replies")
    if not isinstance(listed, list):
        raise Malformed(where, "no Bilibili replies", "export the answer with its list of replies")
    result = harvest(listed, _reply, where)
    return Harvest(posts=once(result.posts), bad=result.bad)


def _reply(item: Item) -> Post:
    parent = item.count("parent")
    return Post(
        source="bilibili", external_id=item.id("rpid_str", "rpid"), text=item.text("content.message"),
        created_at=item.time("ctime"), kind=Kind.COMMENT, lang="zh", author=item.text("member.uname") or None,
        parent=str(parent) if parent else None,
        engagement=Engagement(likes=item.count("like"), replies=item.count("rcount", "count")),
    )  # fmt: skip
