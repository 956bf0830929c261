"""Letters from a file: mbox archives of mailing lists and newsgroups, single .eml files."""

import asyncio
import email.policy
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar

from collectors.charset import decode
from collectors.http import Http
from collectors.markup import clean, to_text
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Cursor, Kind, Page, Post

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
        while (page := await asyncio.to_thread(next, walk, None)) is not None:
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
            posts.append(_letter(raw[start:end], f"{where}: letter {number}", source))
        except Malformed as error:
            problems.append(str(error))
        if len(posts) + len(problems) >= _PAGE or number == len(starts):
            if problems and not posts and len(starts) == 1:
                raise Malformed(where, problems[0], "is it a letter?")
            gap = f"{len(problems)} letters not read: {problems[0]}" if problems else None
            unique = {post.external_id: post for post in posts}
            yield Page(posts=list(unique.values()), cursor={"letters": number}, gap=gap)
            posts, problems = [], []


def letters(raws: Sequence[bytes], where: str, source: str) -> tuple[list[Post], str | None]:
    """Read letters one by one, each once; a damaged one costs only itself and is told in words."""
    posts, problems = dict[str, Post](), list[str]()
    for number, raw in enumerate(raws, 1):
        try:
            found = _letter(raw, f"{where}: letter {number}", source)
        except Malformed as error:
            problems.append(str(error))
        else:
            posts[found.external_id] = found
    return list(posts.values()), f"{len(problems)} letters not read: {problems[0]}" if problems else None


def _letter(raw: bytes, where: str, source: str) -> Post:
    try:
        letter = BytesParser(EmailMessage, policy=email.policy.compat32).parsebytes(_without_envelope(raw))
        modern = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(_without_envelope(raw))
        subject = clean(str(modern.get("Subject") or ""))
        body = _body(modern, where)
    except (ValueError, LookupError, IndexError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise Malformed(where, f"not to be read: {type(error).__name__}", "is it a letter?") from None
    header = {name: str(letter.get(name) or "") for name in ("Message-ID", "Date", "From", "In-Reply-To")}
    text = "\n\n".join(part for part in (subject, body) if part)
    if not text:
        raise Malformed(where, "no words", "a letter needs a subject or a body")
    made = blake2b(f"{header['Date']}\x1f{header['From']}\x1f{text}".encode("utf-8", "replace"), digest_size=8)
    parent = clean(header["In-Reply-To"]).strip("<>")
    return Post(
        source=source, external_id=clean(header["Message-ID"]).strip("<>")[:512] or made.hexdigest(), text=text,
        created_at=_date(header["Date"], where), kind=Kind.COMMENT if parent else Kind.POST,
        author=parseaddr(header["From"])[1] or clean(header["From"]) or None, parent=parent[:512] or None,
    )  # fmt: skip


def _without_envelope(raw: bytes) -> bytes:
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _date(value: str, where: str) -> datetime:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        raise Malformed(f"{where}: Date", "no usable date", "a letter needs a Date header") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not 1990 <= found.year <= 2100:
        raise Malformed(f"{where}: Date", "no usable date", "a letter needs a Date header")
    return found.astimezone(UTC)


def _body(letter: EmailMessage, where: str) -> str:
    """Return the plain part, else the HTML part as text; a charset that lies is found out by the bytes."""
    part = letter.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = decode(payload, where, part.get_content_charset())
    return to_text(text) if part.get_content_subtype() == "html" else clean(text)
