"""RSS, Atom and JSON Feed: news, blogs, forums, release notes; asked conditionally, remembered by entry."""

import asyncio
import calendar
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, ClassVar

import feedparser

from collectors.answer import Answer, load_json
from collectors.charset import sniff
from collectors.http import Http
from collectors.items import Item, harvest, moment, web
from collectors.markup import clean, to_text
from collectors.recordings import answers
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Malformed
from groundswell.types import Cursor, Kind, Page, Post

_KEPT = 2000
_LONGEST_PAUSE = timedelta(hours=6)
_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})")
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}


class Feeds:
    """One feed. Known entries are told by id and words, not by date: many feeds lie about dates.

    `url`: the feed's address. `source`: what its posts are said to come from; name a forum here. `lang` is set when
    the feed does not say. The feed's own <ttl>, update period and Cache-Control are obeyed, up to six hours.
    """

    name: ClassVar[str] = "feeds"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Publishers' terms hold: keep excerpts and link to the original."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        pace: tuple[int, float] | None = None,
        *,
        url: str,
        source: str = "feeds",
        lang: str | None = None,
    ) -> None:
        self._pace = pace or self.limit
        self._http, self._clock, self._url, self._source, self._lang = http, clock, url, source, lang

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Yield one page with the entries that are new or were changed; none before the feed's own pause is over."""
        cursor = cursor if cursor.get("for") == self._url else {}
        pause = moment(cursor.get("pause"))
        if pause is not None and pause > self._clock():
            return
        moved = cursor.get("moved")
        url = moved if isinstance(moved, str) else self._url
        answer = await self._http.get(url, validators=cursor, limit=self._pace)
        state = {**cursor, "for": self._url, **({"moved": answer.moved} if answer.moved else {})}
        if answer.not_modified:
            yield Page(posts=(), cursor=state)
            return
        if answer.is_login_page:
            raise AuthNeeded(f"{answer.url}: a login page where a feed was promised", "this feed is not public")
        yield await asyncio.to_thread(self._page, answer, state)

    def _page(self, answer: Answer, state: dict[str, object]) -> Page:
        kind = answer.headers.get("Content-Type", "")
        posts, gap, minutes = _read(answer.body, answer.url, self._clock(), self._source, self._lang, kind)
        known = state.get("seen")
        known = known if isinstance(known, list) else []
        marks = [_mark(post) for post in posts]
        fresh = [post for post, mark in zip(posts, marks, strict=True) if mark not in set(known)]
        if known and len(posts) >= 5 and len(fresh) == len(posts):
            gap = "; ".join(filter(None, (gap, "every entry is new since the last look: some may have been missed")))
        state = {k: v for k, v in state.items() if k not in ("etag", "modified", "pause")}
        state |= {} if gap else answer.validators
        state["seen"] = [*[mark for mark in known if mark not in set(marks)], *reversed(marks)][-_KEPT:]
        if pause := _pause(answer, minutes):
            state["pause"] = (self._clock() + pause).isoformat()
        return Page(posts=fresh, cursor=state, gap=gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read a feed document."""
        for answer in answers(raw, where):
            posts, gap, _ = _read(answer.body, answer.where, clock(), cls.name, None, "")
            yield Page(posts=posts, cursor={}, gap=gap)


def _read(
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
    """Let feedparser read; where it fell back to Windows-1252 and the bytes are Chinese, read them as GB18030."""
    document = feedparser.parse(io.BytesIO(raw), response_headers=headers, sanitize_html=False)
    if str(document.get("encoding")).lower() == "windows-1252" and _codec(raw) == "gb18030":
        text = re.sub(r"(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", r"\1", raw.decode("gb18030"), count=1)
        return feedparser.parse(io.BytesIO(text.encode()), sanitize_html=False)
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


def _pause(answer: Answer, minutes: float) -> timedelta:
    found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
    return min(max(timedelta(minutes=minutes), timedelta(seconds=int(found.group(1)) if found else 0)), _LONGEST_PAUSE)


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
        parts = entry.get(key)
        if parts is not None and (found := moment(calendar.timegm(parts))):
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


def _mark(post: Post) -> str:
    return blake2b(f"{post.external_id}\x1f{post.text}".encode("utf-8", "replace"), digest_size=6).hexdigest()


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
