"""Files that people exported elsewhere: read whole, once for each size. Nothing is fetched."""

import asyncio
import codecs
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from collectors import recordings
from collectors.answer import give_way
from collectors.http import Http
from collectors.lanes import aside
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Cursor, Page, Post


class Export:
    """What sources of one exported file have in common: each says in `parse` how its file is read."""

    name: ClassVar[str]
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
        found = await aside(lambda: list(self.parse(raw, self._path.name, self._clock)))
        for number, page in enumerate(found, 1):
            state = {"size": len(raw)} if number == len(found) else {}
            yield Page(posts=page.posts, cursor=state, gone=page.gone, gap=page.gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the file. Raises Malformed."""
        raise NotImplementedError


def documents(raw: bytes, where: str, read: recordings.Read) -> Iterator[Page]:
    """Read one JSON document, or NDJSON (one object a line, Zeeschuimer wraps each in {data})."""
    raw = in_utf8(raw)
    if b"\n" in raw.strip() and _is_of_lines(raw):
        lines, bad = ndjson(raw, where)
        found = read([line.get("data", line) if isinstance(line, dict) else line for line in lines], where)
        found.bad += bad
        yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)
        return
    yield from recordings.pages(raw, where, read)


def _is_of_lines(raw: bytes) -> bool:
    """Whether an object stands on the first line, or on any of a file that is no JSON as a whole."""
    wholes = (line[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in raw.lstrip().splitlines())
    return next(wholes, False) or (any(wholes) and not _is_json(raw))


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw, object_hook=give_way)
    except (ValueError, RecursionError):
        return False
    return True


def ndjson(raw: bytes, where: str) -> tuple[list[object], list[Malformed]]:
    """Read one JSON value a line, and tell which lines are none. Raises Malformed when no line is."""
    found, bad = list[object](), list[Malformed]()
    for number, line in enumerate(in_utf8(raw).splitlines(), 1):
        try:
            found.extend([json.loads(line, object_hook=give_way)] if line.strip() else [])
        except (ValueError, RecursionError):
            bad.append(Malformed(f"{where}: line {number}", "a line that is no JSON", "export it again"))
    if bad and not found:
        raise bad[0]
    return found, bad


def in_utf8(raw: bytes) -> bytes:
    """A file in GB18030 or UTF-16 as UTF-8; one that is damaged UTF-8 stays as it is, for its damage to be told."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data"
        if not is_cut and not any(not line.isascii() and _is(line, "utf-8") for line in raw.splitlines()):
            codec = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "gb18030"
            return raw.decode(codec).encode() if _is(raw, codec) else raw
    return raw.removeprefix(codecs.BOM_UTF8)


def _is(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec).encode()
    except UnicodeError:
        return False
    return True


def once(posts: Sequence[Post]) -> list[Post]:
    """Each post once, the first of an id."""
    return list({post.external_id: post for post in reversed(posts)}.values())[::-1]
