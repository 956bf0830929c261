"""Files that people exported elsewhere: read whole, once for each size. Nothing is fetched."""

import asyncio
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
            found.extend([json.loads(line, object_hook=give_way)] if line.strip() else [])
        except (ValueError, RecursionError):
            raise Malformed(f"{where}: line {number}", "a line that is no JSON", "export it again") from None
    return found


def once(posts: Sequence[Post]) -> list[Post]:
    """Each post once, the first of an id."""
    return list({post.external_id: post for post in reversed(posts)}.values())[::-1]
