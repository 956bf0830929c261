"""Importer for the CSV of weibo-search."""

from collections.abc import Iterator
from typing import ClassVar

from collectors.batches import read
from collectors.files import Files
from collectors.http import Http
from groundswell.clock import Clock, now
from groundswell.types import Page

_CHINA = "Asia/Shanghai"


class WeiboSearch(Files):
    """What you exported with weibo-search: its CSV with Chinese headers.

    `path`: the CSV file.
    """

    name: ClassVar[str] = "weibosearch"
    terms: ClassVar[str] = "Import only: data that you were given or exported with your own account."

    def __init__(self, http: Http, clock: Clock, *, path: str) -> None:
        super().__init__(http, clock, path=path, source="weibo", timezone=_CHINA, lang="zh")

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the CSV."""
        yield from read(raw, where, clock, source="weibo", timezone=_CHINA, lang="zh")
