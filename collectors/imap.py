"""A mailbox by IMAP: letters to support@, read on by UID; nothing is marked, moved or deleted there."""

import asyncio
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, TypeVar

from collectors.http import Http
from collectors.mail import Mail, letters
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Gone, Malformed, Unreachable
from groundswell.types import Cursor, Page

T = TypeVar("T")

_PAGE = 50
_TIMEOUT_S = 60
_LARGEST = 2 * 1024 * 1024  # bytes of a letter; its words stand at the front, attachments behind
_UID = re.compile(rb"UID (\d+)")


class Imap:
    """The letters of one mailbox, oldest first, by TLS. When the server numbers them anew all are read again.

    `host`, `user`, `password`: of the account (an app password). `mailbox`: the folder. `port`: of IMAP over TLS.
    `backfill_days`: where the first look begins. `source`: what its letters are said to come from. `tls` False is
    for tests: it sends the password in the clear.
    """

    name: ClassVar[str] = "imap"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Your own mailbox: letters are private, they are masked before they are stored."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        host: str,
        user: str,
        password: str,
        mailbox: str = "INBOX",
        port: int = 993,
        backfill_days: float = 30.0,
        source: str = "imap",
        tls: bool = True,
    ) -> None:
        http.hide(password)
        self._http, self._clock, self._host, self._port, self._tls = http, clock, host, port, tls
        self._user, self._password, self._mailbox, self._source = user, password, mailbox, source
        self._backfill = timedelta(days=backfill_days)

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per 50 letters behind the last one read; the server is asked in a thread."""
        await self._http.vet(self._host, self._port)
        box = await asyncio.to_thread(self._guarded, self._open)
        try:
            validity = await asyncio.to_thread(self._guarded, lambda: _validity(box))
            is_same = cursor.get("validity") == validity
            last = cursor.get("uid") if is_same else 0
            last = last if isinstance(last, int) else 0
            gap = "the server numbered its letters anew: all are read again" if cursor and not is_same else None
            uids = await asyncio.to_thread(self._guarded, lambda: self._search(box, last))
            if not uids:
                yield Page(posts=(), cursor={"validity": validity, "uid": last}, gap=gap)
            for start in range(0, len(uids), _PAGE):
                part = uids[start : start + _PAGE]
                raws = await asyncio.to_thread(self._guarded, lambda part=part: _fetch(box, part))
                posts, problem = letters(raws, f"imap {self._mailbox}", self._source)
                words = "; ".join(filter(None, (gap, problem))) or None
                yield Page(posts=posts, cursor={"validity": validity, "uid": part[-1]}, gap=words)
                gap = None
        finally:
            await asyncio.to_thread(_leave, box)

    def _open(self) -> imaplib.IMAP4:
        if self._tls:
            context = ssl.create_default_context()
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=_TIMEOUT_S)
        else:
            box = imaplib.IMAP4(self._host, self._port, timeout=_TIMEOUT_S)
        try:
            self._enter(box)
        except BaseException:
            box.shutdown()
            raise
        return box

    def _enter(self, box: imaplib.IMAP4) -> None:
        try:
            box.login(self._user, self._password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            raise AuthNeeded(f"{self._host}: login refused", "check user and app password") from None
        if box.select(f'"{self._mailbox}"', readonly=True)[0] != "OK":
            raise Gone(f"{self._host}: no mailbox {self._mailbox!r}", "correct the mailbox's name")

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do `work`; the library's refusals become ours."""
        try:
            return work()
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            what = self._http.redact(str(error))
            raise Unreachable(f"{self._host}: {what}", "check host, port and network") from None
        except imaplib.IMAP4.error as error:
            what = self._http.redact(str(error))
            raise Malformed(self._host, what, "the server does not speak IMAP as expected") from None

    def _search(self, box: imaplib.IMAP4, last: int) -> list[int]:
        since = (self._clock() - self._backfill).strftime("%d-%b-%Y")
        terms = ["UID", f"{last + 1}:*"] if last else ["SINCE", since]
        status, found = box.uid("SEARCH", *terms)
        if status != "OK":
            raise Malformed(f"{self._host}: SEARCH", str(status), "the server does not speak IMAP as expected")
        listed = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted(uid for uid in map(int, listed) if uid > last)  # n:* always names the last letter

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the letters of an mbox, or one letter."""
        for page in Mail.parse(raw, where, clock):
            yield Page(posts=[replace(post, source=cls.name) for post in page.posts], cursor={}, gap=page.gap)


def _validity(box: imaplib.IMAP4) -> int:
    found = box.response("UIDVALIDITY")[1]
    return int(found[0]) if found and isinstance(found[0], bytes) and found[0].isdigit() else 0


def _fetch(box: imaplib.IMAP4, uids: list[int]) -> list[bytes]:
    """The letters as they lie there, unmarked (PEEK), cut behind two MiB."""
    status, found = box.uid("FETCH", ",".join(map(str, uids)), f"(UID BODY.PEEK[]<0.{_LARGEST}>)")
    if status != "OK":
        raise imaplib.IMAP4.error(f"FETCH: {status}")
    numbered = [(_UID.search(part[0]), part[1]) for part in found if isinstance(part, tuple)]
    return [raw for _, raw in sorted((int(uid.group(1)), raw) for uid, raw in numbered if uid is not None)]


def _leave(box: imaplib.IMAP4) -> None:
    try:
        box.logout()
    except (imaplib.IMAP4.error, OSError):
        return  # the connection is gone already
