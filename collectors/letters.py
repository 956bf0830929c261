"""A letter's bytes to a Post: headers, the plain or HTML part, a charset that may lie."""

import email.policy
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import blake2b

from collectors.charset import decode
from collectors.items import paragraphs
from collectors.markup import clean, to_text
from groundswell.errors import Malformed
from groundswell.types import Kind, Post


def letters(raws: Sequence[bytes], where: str, source: str) -> tuple[list[Post], str | None]:
    """Read letters one by one, each once; a damaged one costs only itself and is told in words."""
    posts, problems = dict[str, Post](), list[str]()
    for number, raw in enumerate(raws, 1):
        try:
            found = letter(raw, f"{where}: letter {number}", source)
        except Malformed as error:
            problems.append(str(error))
        else:
            posts[found.external_id] = found
    return list(posts.values()), f"{len(problems)} letters not read: {problems[0]}" if problems else None


def letter(raw: bytes, where: str, source: str) -> Post:
    """Read one letter, with or without its envelope line. Raises Malformed."""
    try:
        headers = BytesParser(EmailMessage, policy=email.policy.compat32).parsebytes(_without_envelope(raw))
        modern = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(_without_envelope(raw))
        subject = clean(str(modern.get("Subject") or ""))
        body = _body(modern, where)
    except (ValueError, LookupError, IndexError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise Malformed(where, f"not to be read: {type(error).__name__}", "is it a letter?") from None
    header = {name: str(headers.get(name) or "") for name in ("Message-ID", "Date", "From", "In-Reply-To")}
    text = paragraphs(subject, body)
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
