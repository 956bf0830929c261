"""A row of a table, whatever its columns are called, to a Post."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from hashlib import blake2b
from typing import ClassVar

from collectors.items import web
from collectors.markup import clean, looks_like_html, to_text
from collectors.values import count, when
from groundswell.clock import Clock
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

ALIASES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "review", "review_text", "comment", "message", "tweet", "full_text",
             "正文", "内容", "评论内容", "评价内容", "评论", "评价", "微博正文", "comment_content",
             "content_text", "desc"),
    "title": ("title", "subject", "summary", "headline", "标题"),
    "created_at": ("created_at", "ts", "created", "time", "date", "datetime", "timestamp", "published", "created_utc",
                   "create_date_time", "create_time", "created_time", "publish_time",
                   "发布时间", "时间", "评论时间", "评价时间", "日期"),
    "external_id": ("external_id", "id", "post_id", "comment_id", "note_id", "review_id", "mid", "评论id", "微博id"),
    "author": ("author", "user", "username", "user_name", "nickname", "screen_name", "creator_hash", "用户", "昵称",
               "用户名", "用户昵称", "user_nickname", "user_id"),
    "parent": ("parent", "cascade", "parent_id", "parent_comment_id", "in_reply_to", "retweet_id"),
    "url": ("url", "link", "permalink", "note_url", "aweme_url", "video_url", "content_url", "链接", "地址"),
    "lang": ("lang", "language", "语言"),
    "rating": ("rating", "stars", "score_stars", "star", "评分", "星级"),
    "likes": ("likes", "like_count", "liked_count", "comment_like_count", "favorites", "upvotes", "voteup_count",
              "点赞数", "点赞"),
    "replies": ("replies", "reply_count", "comments_count", "comment_count", "num_comments", "sub_comment_count",
                "video_comment", "total_replay_num", "评论数", "回复数"),
    "shares": ("shares", "share_count", "shared_count", "reposts", "retweets", "video_share_count", "转发数",
               "转发"),
    "views": ("views", "view_count", "viewd_count", "video_play_count", "阅读数", "浏览数"),
    "audience": ("audience", "followers", "followers_count", "粉丝数"),
    "kind": ("kind", "type"),
    "source": ("source", "platform", "平台", "来源"),
}  # fmt: skip
"""Post field → column names tried in order when the user gave no field map; compared without case."""


@dataclass(slots=True)
class RowReader:
    """Turns rows into Posts. `fields` (Post field → column) goes before the aliases.

    A row without an id gets one from its words, time and author; equal rows without an author are told apart by
    their order, so that ten reviews "good" of one day stay ten.
    """

    source: str
    fields: Mapping[str, str]
    clock: Clock
    zone: tzinfo = UTC
    lang: str | None = None
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = ALIASES
    _equal: Counter[bytes] = field(default_factory=Counter)
    _columns: dict[str, str] = field(default_factory=dict)
    _prepared: tuple[str, ...] = ()

    def prepare(self, columns: tuple[str, ...], where: str) -> None:
        """Choose the column of each field. Raises Malformed naming what is missing and what there is."""
        if columns != self._prepared:
            self._columns, self._prepared = self._choose(columns, where), columns

    def _choose(self, columns: tuple[str, ...], where: str) -> dict[str, str]:
        chosen: dict[str, str] = {}
        lower = {column.strip().lower(): column for column in columns}
        shown = ", ".join(columns[:30])
        for name, column in self.fields.items():
            if column.strip().lower() not in lower:
                raise Malformed(where, f"no column {column!r} for {name}; there are: {shown}", "correct the field map")
            chosen[name] = lower[column.strip().lower()]
        for name, names in self.aliases.items():
            found = next((lower[alias] for alias in names if alias in lower), None)
            if name not in chosen and found is not None and found not in chosen.values():
                chosen[name] = found
        if "text" not in chosen and "title" in chosen:
            chosen["text"] = chosen.pop("title")
        missing = [name for name in ("text", "created_at") if name not in chosen]
        if missing:
            hint = "name the columns in the field map, e.g. text=Comment created_at=Date"
            raise Malformed(where, f"no column for {' and '.join(missing)}; there are: {shown}", hint)
        return chosen

    def read(self, row: Mapping[str, object], where: str) -> Post:
        """Return the row as a Post. Raises Malformed when it has no words or no readable time."""
        words = [self._words(row, name) for name in ("title", "text")]
        text = "\n\n".join(dict.fromkeys(part for part in words if part))
        if not text:
            raise Malformed(where, "no text", "rows need words")
        created = when(self._value(row, "created_at"), self.clock(), self.zone)
        if created is None:
            raise Malformed(where, f"no readable time in column {self._columns['created_at']!r}", "use ISO 8601 times")
        author = self._words(row, "author") or None
        return Post(
            source=self._words(row, "source")[:64] or self.source,
            external_id=self._words(row, "external_id")[:512] or self._made_id(text, created.isoformat(), author),
            text=text,
            created_at=created,
            kind=_kind(self._words(row, "kind")),
            lang=self._words(row, "lang").lower()[:16] or self.lang,
            author=author,
            parent=self._words(row, "parent") or None,
            url=web(self._words(row, "url")),
            rating=_rating(self._value(row, "rating")),
            audience=count(self._value(row, "audience")),
            engagement=Engagement(**{n: count(self._value(row, n)) for n in ("likes", "replies", "shares", "views")}),
        )

    def _value(self, row: Mapping[str, object], name: str) -> object:
        column = self._columns.get(name)
        return None if column is None else row.get(column)

    def _words(self, row: Mapping[str, object], name: str) -> str:
        value = self._value(row, name)
        if value is None or (isinstance(value, float) and value != value):
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # spreadsheets write ids as 123.0
        text = str(value)
        return to_text(text) if name in ("text", "title") and looks_like_html(text) else clean(text)

    def _made_id(self, text: str, created: str, author: str | None) -> str:
        digest = blake2b("\x1f".join((text, created, author or "")).encode(), digest_size=8)
        if author is not None:
            return digest.hexdigest()
        self._equal[digest.digest()] += 1
        nth = self._equal[digest.digest()]
        return digest.hexdigest() if nth == 1 else f"{digest.hexdigest()}-{nth}"


def _kind(word: str) -> Kind:
    try:
        return Kind(word.lower())
    except ValueError:
        return Kind.POST


def _rating(value: object) -> float | None:
    try:
        number = float(str(value).strip().rstrip("星"))
    except ValueError:
        return None
    return number if 0 <= number <= 100 else None
