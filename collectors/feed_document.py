"""A feed's document to posts: RSS, Atom and RDF by feedparser, JSON Feed by ourselves."""

import calendar
import io
import json
import re
from datetime import datetime
from hashlib import blake2b
from typing import Any

import feedparser

from collectors.answer import load_json
from collectors.charset import is_damaged_utf8, sniff
from collectors.items import Item, harvest, moment, web
from collectors.markup import clean, to_text
from groundswell.errors import Malformed
from groundswell.types import Kind, Post

_DECLARATION = 1000  # characters among which an XML declaration ends
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}


def read(
    raw: bytes, where: str, at: datetime, source: str, lang: str | None, kind: str
) -> tuple[list[Post], str | None, float]:
    """Return the posts, what could not be read, and the minutes the feed asks to be left alone."""
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(raw.removeprefix(b"\xef\xbb\xbf"), where, at, source, lang)
    try:
        headers = {"content-type": kind} if "charset" in kind.lower() else {}
        document = _parsed(raw, headers)
    except Exception as error:  # feedparser's own parsers leak many kinds; none may pass as "no posts"
        raise Malformed(where, f"the feed breaks its reader: {type(error).__name__}") from error
    if not document.get("version") and not document.entries:
        raise Malformed(where, "this is no feed", "a web page? find the address of its RSS or Atom feed")
    feed = document.feed
    home = clean(str(feed.get("id") or feed.get("link") or ""))
    spoken = lang or clean(str(feed.get("language") or ""))[:16].lower() or None
    posts = [_post(entry, at, home, source, spoken) for entry in document.entries]
    unique = list({post.external_id: post for post in reversed(posts)}.values())[::-1]
    return unique, _damage(document), _minutes(feed)


def _parsed(raw: bytes, headers: dict[str, str]) -> Any:
    """Let feedparser read. It guesses where UTF-8 is damaged, and takes GB18030 without a label for Windows-1252."""
    if _codec(raw) == "utf-8" and is_damaged_utf8(raw):
        raw = raw.decode("utf-8", "replace").encode()
    document = feedparser.parse(io.BytesIO(raw), response_headers=headers, sanitize_html=False)
    if str(document.get("encoding")).lower() == "windows-1252" and _codec(raw) == "gb18030":
        text = raw.decode("gb18030")
        head = re.sub(r"(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", r"\1", text[:_DECLARATION], count=1)
        return feedparser.parse(io.BytesIO((head + text[_DECLARATION:]).encode()), sanitize_html=False)
    return document


def _codec(raw: bytes) -> str:
    try:
        return sniff(raw)
    except LookupError:
        return "unknown"


def _damage(document: Any) -> str | None:
    """Why entries may be missing: the XML broke off. A wrong charset label alone is no damage."""
    problem = document.get("bozo_exception") if document.bozo else None
    if problem is None or isinstance(problem, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType):
        return None
    line = problem.getLineNumber() if hasattr(problem, "getLineNumber") else None
    return f"not well-formed at line {line}: later entries may be missing" if line else "not well-formed"


def _minutes(feed: Any) -> float:
    ttl = str(feed.get("ttl") or "")
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    often = str(feed.get("sy_updatefrequency") or "1").strip()
    per_period = period / max(int(often), 1) if period and often.isdigit() else 0.0
    return max(float(ttl) if ttl.isdigit() and len(ttl) < 6 else 0.0, per_period)


def _post(entry: Any, at: datetime, home: str, source: str, lang: str | None) -> Post:
    title = to_text(str(entry.get("title") or ""))
    bodies = [str(part.get("value") or "") for part in entry.get("content") or ()]
    body = to_text(max([*bodies, str(entry.get("summary") or "")], key=len))
    text = body if body.startswith(title) else f"{title}\n\n{body}".strip()
    link = clean(str(entry.get("link") or ""))
    replied = entry.get("thr_in-reply-to") or {}
    return Post(
        source=source, external_id=_identity(clean(str(entry.get("id") or "")) or link, home, text, entry), text=text,
        created_at=_published(entry) or at, kind=Kind.ARTICLE, lang=lang,
        author=clean(str(entry.get("author") or "")) or None, url=web(link),
        parent=clean(str(replied.get("ref") or "")) or None,
    )  # fmt: skip


def _published(entry: Any) -> datetime | None:
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        try:
            found = moment(calendar.timegm(entry.get(key) or ()))
        except (ValueError, OverflowError):  # none, or a year that no calendar has
            continue
        if found:
            return found
    return None


def _identity(native: str, home: str, text: str, entry: Any) -> str:
    """Return the entry's own id when it is one for the whole world, else one of the feed and it, or of its words."""
    if native.startswith(("http://", "https://", "tag:", "urn:")):
        return native[:512]
    if native:
        return f"{_digest(home)}:{native}"[:512]
    return _digest(home, text or json.dumps(entry, default=str, sort_keys=True))


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _json_feed(
    raw: bytes, where: str, at: datetime, source: str, lang: str | None
) -> tuple[list[Post], str | None, float]:
    feed = Item(load_json(raw, where), where)
    if "jsonfeed.org" not in feed.text("version"):
        raise Malformed(f"{where}: version", "this is no JSON Feed", "find the address of the RSS, Atom or JSON feed")
    home, spoken = feed.text("feed_url", "home_page_url"), lang or feed.text("language").lower() or None

    def read(item: Item) -> Post:
        body = item.text("content_text", "content_html", "summary")
        text = f"{item.text('title')}\n\n{body if item.text('content_text') else to_text(body)}".strip()
        authors = item.get("authors")
        first = authors[0].get("name") if isinstance(authors, list) and authors and isinstance(authors[0], dict) else ""
        return Post(
            source=source, external_id=_identity(item.id("id", "url"), home, text, None), text=text,
            created_at=moment(item.get("date_published")) or moment(item.get("date_modified")) or at, kind=Kind.ARTICLE,
            lang=item.text("language").lower() or spoken, url=web(item.text("url", "external_url")),
            author=(first if isinstance(first, str) and first else item.text("author.name", "authors.name")) or None,
        )  # fmt: skip

    found = harvest(feed.list("items"), read, f"{where}: items")
    return found.posts, found.gap, 0.0
