"""Letters from a file: mbox archives of mailing lists and newsgroups, single .eml files."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar

from collectors.http import Http
from collectors.lanes import aside
from collectors.letters import letter
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Cursor, Page, Post

_PAGE = 200
_ENVELOPE = re.compile(rb"(?:^|\n\n|\r\n\r\n)(?=From [^\r\n]+\d\d:\d\d[^\r\n]*\r?\n[!-9;-~]+:)")
_HEADER = re.compile(rb"^(?:From [^\n]*\n)?[!-9;-~]+:[^\n]*\n", re.MULTILINE)


class Mail:
    """The letters in an mbox or .eml file, in their order; a file that grew is read on.

    `path`: the file. `source`: what its letters are said to come from.
    """

    name: ClassVar[str] = "mail"
    limit: ClassVar[tuple[int, float]] = (1000, 1.0)
    terms: ClassVar[str] = "Your own mail: make sure that you may process it."

    def __init__(self, _http: Http, clock: Clock, *, path: str, source: str = "mail") -> None:
        self._path, self._clock, self._source = Path(path), clock, source

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per 200 letters behind the last one read."""
        try:
            raw = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            raise InputError(str(self._path), error.strerror or "it cannot be read", "correct the path") from None
        done = cursor.get("letters")
        size, before = len(raw), cursor.get("size")
        done = done if isinstance(done, int) and isinstance(before, int) and before <= size else 0
        walk = _pages(raw, self._path.name, self._source, max(done - 1, 0))
        while (page := await aside(next, walk, None)) is not None:
            yield Page(posts=page.posts, cursor={**page.cursor, "size": size}, gap=page.gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read the letters of an mbox, or one letter."""
        yield from _pages(raw, where, cls.name, 0)


def _pages(raw: bytes, where: str, source: str, skip: int) -> Iterator[Page]:
    if not _HEADER.match(raw[:4096].lstrip()):
        raise Malformed(where, "this is no letter and no mbox", "an mbox begins with 'From ', a letter with headers")
    starts = [found.end() for found in _ENVELOPE.finditer(raw)] if raw.startswith(b"From ") else [0]
    starts = starts or [0]
    ends = [*starts[1:], len(raw)]
    posts, problems = list[Post](), list[str]()
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        if number <= skip:
            continue
        try:
            posts.append(letter(raw[start:end], f"{where}: letter {number}", source))
        except Malformed as error:
            problems.append(str(error))
        if len(posts) + len(problems) >= _PAGE or number == len(starts):
            if problems and not posts and len(starts) == 1:
                raise Malformed(where, problems[0], "is it a letter?")
            gap = f"{len(problems)} letters not read: {problems[0]}" if problems else None
            unique = {post.external_id: post for post in posts}
            yield Page(posts=list(unique.values()), cursor={"letters": number}, gap=gap)
            posts, problems = [], []
