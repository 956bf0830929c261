"""Importer for Zeeschuimer: the NDJSON of the browser extension, one captured item a line, of several platforms.

Longer than other sources by its table: where each of ten platforms keeps the fields of an item.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from collectors.exports import Export, ndjson
from collectors.items import Item, harvest
from collectors.markup import to_text
from collectors.values import count, when
from collectors.weibo import CHINA, weibo_statuses
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Page, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a platform's item keeps its fields; several paths mean the first that is filled."""

    source: str
    id: tuple[str, ...]
    text: tuple[str, ...]
    at: tuple[str, ...]
    title: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    likes: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    lang: str | None = None
    kind: Kind = Kind.POST


_NOTE = Layout(
    source="xiaohongshu", lang="zh", id=("id", "note_id", "noteId"),
    title=("note_card.display_title", "note_card.title", "title", "display_title"),
    text=("note_card.desc", "desc", "note_card.display_title", "display_title"),
    at=("note_card.time", "time", "note_card.last_update_time", "publish_time"),
    author=("note_card.user.user_id", "user.userId"),
    likes=("note_card.interact_info.liked_count", "interactInfo.likedCount"),
    replies=("note_card.interact_info.comment_count", "interactInfo.commentCount"),
    shares=("note_card.interact_info.share_count", "interactInfo.shareCount"),
)  # fmt: skip
_NOTE_COMMENT = Layout(
    source="xiaohongshu", lang="zh", kind=Kind.COMMENT, id=("id",), text=("content",), at=("create_time",),
    author=("user_info.user_id",), parent=("target_comment.id", "note_id"), likes=("like_count",),
    replies=("sub_comment_count",),
)  # fmt: skip
_CLIP = Layout(
    source="tiktok", id=("id", "aweme_id", "awemeId"), text=("desc",), at=("createTime", "create_time"),
    author=("author.id", "author.uid", "authorInfo.uid", "author"),
    likes=("stats.diggCount", "statistics.digg_count", "statsV2.diggCount"),
    replies=("stats.commentCount", "statistics.comment_count", "statsV2.commentCount"),
    shares=("stats.shareCount", "statistics.share_count", "statsV2.shareCount"),
    views=("stats.playCount", "statistics.play_count", "statsV2.playCount"),
)  # fmt: skip
_CLIP_COMMENT = Layout(
    source="tiktok", kind=Kind.COMMENT, id=("cid",), text=("text",), at=("create_time",), author=("user.uid",),
    parent=("aweme_id",), likes=("digg_count",), replies=("reply_comment_total",),
)  # fmt: skip
_PICTURE = Layout(
    source="instagram", id=("code", "id"), text=("caption.text",), at=("taken_at",), author=("user.pk", "user.id"),
    likes=("like_count",), replies=("comment_count",), views=("play_count",),
)  # fmt: skip
_THREAD = replace(
    _PICTURE, source="threads", replies=("text_post_app_info.direct_reply_count",),
    shares=("text_post_app_info.repost_count",),
)  # fmt: skip
LAYOUTS: Mapping[str, Layout] = {
    "xiaohongshu.com": _NOTE, "rednote.com": _NOTE, "xiaohongshu-comments": _NOTE_COMMENT,
    "rednote-comments": _NOTE_COMMENT, "tiktok.com": _CLIP, "tiktok-comments": _CLIP_COMMENT,
    "douyin.com": replace(_CLIP, source="douyin", lang="zh"),
    "douyin-comments": replace(_CLIP_COMMENT, source="douyin", lang="zh"),
    "twitter.com": Layout(
        source="x", id=("rest_id", "id"), text=("note_tweet.note_tweet_results.result.text", "legacy.full_text"),
        at=("legacy.created_at",), author=("legacy.user_id_str",), parent=("legacy.in_reply_to_status_id_str",),
        likes=("legacy.favorite_count",), replies=("legacy.reply_count",), shares=("legacy.retweet_count",),
        views=("views.count",),
    ),
    "instagram.com": _PICTURE, "threads.net": _THREAD, "threads.com": _THREAD,
    "truthsocial.com": Layout(
        source="truthsocial", id=("id",), text=("content",), at=("created_at",), author=("account.id",),
        parent=("in_reply_to_id",), likes=("favourites_count",), replies=("replies_count",), shares=("reblogs_count",),
    ),
}  # fmt: skip
"""Zeeschuimer's `source_platform` → where the fields stand."""
_SAME = {"x.com": "twitter.com"}


class Zeeschuimer(Export):
    """What you captured with the Zeeschuimer browser extension from Xiaohongshu, Douyin, TikTok, X and others.

    `path`: the NDJSON file. Nothing is fetched. Posts come under the platform's own name as source; items of a
    platform that is not known here are counted in the gap.
    """

    name: ClassVar[str] = "zeeschuimer"

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the captured items of one file."""
        at, (items, bad) = clock(), ndjson(raw, where)
        if not any(isinstance(item, dict) and "source_platform" in item and "data" in item for item in items):
            raise Malformed(where, "no captured items with source_platform and data", "export NDJSON in Zeeschuimer")
        unknown = dict[str, int]()
        found = harvest(items, lambda item: _read(item, at, unknown), where)
        found.bad += bad
        posts = {post.external_id: post for post in found.posts}  # captured again while scrolling: the last one holds
        told = [f"{n} items of {name}, which is not known here" for name, n in sorted(unknown.items())]
        yield Page(posts=list(posts.values()), cursor={}, gap="; ".join(filter(None, (found.gap, *told))) or None)


def _read(line: Item, at: datetime, unknown: dict[str, int]) -> Post | None:
    platform = line.id("source_platform").lower()
    data, known = line.child("data"), _SAME.get(platform, platform)
    if data is None:
        raise Malformed(f"{line.where}: data", "no captured data", "export NDJSON in Zeeschuimer")
    seen = when(line.get("timestamp_collected"), at) or at  # "3分钟前" was said then
    if known.startswith("weibo"):
        return next(iter(weibo_statuses(data.data, data.where, seen).posts), None)
    if known not in LAYOUTS:
        unknown[platform] = unknown.get(platform, 0) + 1
        return None
    inner = data.child("aweme_info")  # a search of Douyin wraps what it found
    return _post(inner or data, LAYOUTS[known], line, seen)


def _post(item: Item, layout: Layout, line: Item, seen: datetime) -> Post | None:
    def first(paths: tuple[str, ...]) -> object:
        return next((value for path in paths if (value := item.get(path)) not in (None, "")), None)

    words = [to_text(item.text(*paths)) for paths in (layout.title, layout.text) if paths]
    zone = CHINA if layout.lang == "zh" else UTC
    created = when(first(layout.at), seen, zone) or when(_corner(item), seen, zone)
    if created is None and when(line.get("timestamp_collected"), seen) is None:
        raise Malformed(f"{item.where}: {layout.at[0]}", "no usable time", "capture it again")
    parent = item.reference(*layout.parent)
    return Post(
        source=layout.source, external_id=item.reference(*layout.id) or line.id("item_id"),
        text="\n\n".join(dict.fromkeys(word for word in words if word)), created_at=created or seen,
        kind=Kind.COMMENT if parent else layout.kind, lang=layout.lang, parent=parent,
        author=item.reference(*layout.author),
        engagement=Engagement(
            likes=count(first(layout.likes)), replies=count(first(layout.replies)), shares=count(first(layout.shares)),
            views=count(first(layout.views)),
        ),
    )  # fmt: skip


def _corner(item: Item) -> object:
    """When a note was published, by its card in a list of Xiaohongshu ("3天前", "11-18"); None where none is."""
    tags = item.get("note_card.corner_tag_info")
    said = (tag for tag in tags if isinstance(tag, dict)) if isinstance(tags, list) else iter(())
    return next((tag.get("text") for tag in said if tag.get("type") == "publish_time"), None)
