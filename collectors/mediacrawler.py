"""Importer for the tables of MediaCrawler: CSV, JSON or JSON lines, of several Chinese platforms."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from collectors.batches import read
from collectors.files import Files
from collectors.http import Http
from collectors.rows import ALIASES, RowReader
from collectors.weibosearch import UnfoldingReader
from groundswell.clock import Clock, now
from groundswell.errors import InputError
from groundswell.types import Kind, Page, Post

PLATFORMS = {"xhs": "xiaohongshu", "dy": "douyin", "ks": "kuaishou", "bili": "bilibili", "wb": "weibo",
             "tieba": "tieba", "zhihu": "zhihu"}  # fmt: skip
"""MediaCrawler's short names → ours."""
_CHINA = "Asia/Shanghai"
_NONE = (None, "", "0", 0)
_NOTES = ("note_id", "aweme_id", "video_id", "content_id")


class _CrawlReader(UnfoldingReader):
    """A row of MediaCrawler: a comment names its note, and perhaps the comment it answers."""

    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {**ALIASES, "external_id": ("comment_id", *_NOTES)}

    def read(self, row: Mapping[str, object], where: str) -> Post:
        post = UnfoldingReader.read(self, row, where)
        if row.get("comment_id") in _NONE:
            native = next((str(row[n]) for n in _NOTES if row.get(n) not in _NONE), post.external_id)
            return replace(post, external_id=native, kind=Kind.POST, parent=None)
        above = next((row[n] for n in ("parent_comment_id", *_NOTES) if row.get(n) not in _NONE), None)
        return replace(post, kind=Kind.COMMENT, parent=None if above is None else str(above))


class MediaCrawler(Files):
    """What you crawled with MediaCrawler under its licence (not commercial): notes and comments of one platform.

    `path`: a CSV, JSON or JSON-lines file of it. `platform`: xhs, dy, ks, bili, wb, tieba or zhihu: the posts' source.
    """

    name: ClassVar[str] = "mediacrawler"
    terms: ClassVar[str] = "Import only: check that you may process the data; the tool is for non-commercial learning."
    reader: ClassVar[type[RowReader]] = _CrawlReader

    def __init__(self, http: Http, clock: Clock, *, path: str, platform: str) -> None:
        if platform not in PLATFORMS:
            raise InputError("platform", f"unknown platform {platform!r}", f"one of {', '.join(PLATFORMS)}")
        super().__init__(http, clock, path=path, source=PLATFORMS[platform], timezone=_CHINA, lang="zh")

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read a file of it; its rows do not name the platform."""
        made = cls.reader(cls.name, {}, clock, ZoneInfo(_CHINA), "zh")
        yield from read(raw, where, clock, reader=made)
