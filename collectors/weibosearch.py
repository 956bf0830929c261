"""Importer for the CSV of weibo-search."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from collectors.batches import read
from collectors.files import Files
from collectors.http import Http
from collectors.rows import RowReader
from groundswell.clock import Clock, now
from groundswell.types import Page, Post

_CHINA = "Asia/Shanghai"


_FOLDED = re.compile(r"\s*(?:(?:\.{3}|…)\s*(?:全文|展开c?)|展开全文|展开c|收起全文d?|收起d)\s*\Z")


def unfolded(text: str) -> str:
    """The words without the button that a page shows behind long ones; its arrow is the letter of an icon font."""
    return _FOLDED.sub("", text)


class UnfoldingReader(RowReader):
    """A row whose words may end with that button."""

    def read(self, row: Mapping[str, object], where: str) -> Post:
        post = RowReader.read(self, row, where)
        return replace(post, text=unfolded(post.text) or post.text)


class WeiboSearch(Files):
    """What you exported with weibo-search: its CSV with Chinese headers.

    `path`: the CSV file.
    """

    name: ClassVar[str] = "weibosearch"
    terms: ClassVar[str] = "Import only: data that you were given or exported with your own account."
    reader: ClassVar[type[RowReader]] = UnfoldingReader

    def __init__(self, http: Http, clock: Clock, *, path: str) -> None:
        super().__init__(http, clock, path=path, source="weibo", timezone=_CHINA, lang="zh")

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the CSV."""
        yield from read(raw, where, clock, reader=cls.reader("weibo", {}, clock, ZoneInfo(_CHINA), "zh"))
