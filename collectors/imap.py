"""A mailbox by IMAP: letters to support@, read on by UID; nothing is marked, moved or deleted there."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from collectors.http import Http
from collectors.letters import letters
from collectors.mail import Mail
from collectors.mailbox import Account, Mailbox
from groundswell.clock import Clock, now
from groundswell.types import Cursor, Page, Post

_PAGE = 50


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
        self._http, self._clock, self._source, self._backfill = http, clock, source, timedelta(days=backfill_days)
        self._account = Account(
            host=host, port=port, user=user, password=password, mailbox=mailbox, tls=tls, redact=http.redact
        )

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per 50 letters behind the last one read; the server is asked in a thread."""
        await self._http.vet(self._account.host, self._account.port)
        box = await to_thread(Mailbox, self._account)
        try:
            validity = await to_thread(box.validity)
            is_same = cursor.get("validity") == validity
            last = cursor.get("uid") if is_same else 0
            last = last if isinstance(last, int) else 0
            gap = "the server numbered its letters anew: all are read again" if cursor and not is_same else None
            uids = await to_thread(box.numbers, last, self._clock() - self._backfill)
            if not uids:
                yield Page(posts=(), cursor={"validity": validity, "uid": last}, gap=gap)
            for start in range(0, len(uids), _PAGE):
                part = uids[start : start + _PAGE]
                posts, problem = await to_thread(self._read, box, part)
                words = "; ".join(filter(None, (gap, problem))) or None
                yield Page(posts=posts, cursor={"validity": validity, "uid": part[-1]}, gap=words)
                gap = None
        finally:
            await to_thread(box.leave)

    def _read(self, box: Mailbox, uids: list[int]) -> tuple[list[Post], str | None]:
        return letters(box.letters(uids), f"imap {self._account.mailbox}", self._source)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the letters of an mbox, or one letter."""
        for page in Mail.parse(raw, where, clock):
            yield Page(posts=[replace(post, source=cls.name) for post in page.posts], cursor={}, gap=page.gap)
