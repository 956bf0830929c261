"""One mailbox by IMAP, read-only, for worker threads: nothing is marked, moved or deleted there."""

import imaplib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from groundswell.errors import AuthNeeded, Gone, Malformed, Unreachable

T = TypeVar("T")

_TIMEOUT_S = 60
_LARGEST = 2 * 1024 * 1024  # bytes of a letter; its words stand at the front, attachments behind
_UID = re.compile(rb"UID (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a mailbox lies and who may read it. `redact` keeps secrets out of errors."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    mailbox: str
    tls: bool
    redact: Callable[[str], str]


class Mailbox:
    """An opened mailbox. Every method may block, and raises Unreachable, AuthNeeded, Gone or Malformed."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._box = self._guarded(self._open)

    def _open(self) -> imaplib.IMAP4:
        at = self._account
        if at.tls:
            context = ssl.create_default_context()
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(at.host, at.port, ssl_context=context, timeout=_TIMEOUT_S)
        else:
            box = imaplib.IMAP4(at.host, at.port, timeout=_TIMEOUT_S)
        try:
            self._enter(box)
        except BaseException:
            box.shutdown()
            raise
        return box

    def _enter(self, box: imaplib.IMAP4) -> None:
        host = self._account.host
        try:
            box.login(self._account.user, self._account.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            raise AuthNeeded(f"{host}: login refused", "check user and app password") from None
        if box.select(f'"{self._account.mailbox}"', readonly=True)[0] != "OK":
            raise Gone(f"{host}: no mailbox {self._account.mailbox!r}", "correct the mailbox's name")

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do `work`; the library's refusals become ours."""
        host = self._account.host
        try:
            return work()
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            what = self._account.redact(str(error))
            raise Unreachable(f"{host}: {what}", "check host, port and network") from None
        except imaplib.IMAP4.error as error:
            what = self._account.redact(str(error))
            raise Malformed(host, what, "the server does not speak IMAP as expected") from None

    def validity(self) -> int:
        """The number of the server's numbering: another one means that letters were numbered anew."""
        found = self._guarded(lambda: self._box.response("UIDVALIDITY"))[1]
        return int(found[0]) if found and isinstance(found[0], bytes) and found[0].isdigit() else 0

    def numbers(self, last: int, since: datetime) -> list[int]:
        """The growing numbers of the letters behind `last`; where that is 0, of those since a day."""
        terms = ["UID", f"{last + 1}:*"] if last else ["SINCE", since.strftime("%d-%b-%Y")]
        status, found = self._guarded(lambda: self._box.uid("SEARCH", *terms))
        if status != "OK":
            where = f"{self._account.host}: SEARCH"
            raise Malformed(where, str(status), "the server does not speak IMAP as expected")
        listed = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted(uid for uid in map(int, listed) if uid > last)  # n:* always names the last letter

    def letters(self, uids: list[int]) -> list[bytes]:
        """The letters as they lie there, unmarked (PEEK), cut behind two MiB."""
        return self._guarded(lambda: self._fetch(uids))

    def _fetch(self, uids: list[int]) -> list[bytes]:
        status, found = self._box.uid("FETCH", ",".join(map(str, uids)), f"(UID BODY.PEEK[]<0.{_LARGEST}>)")
        if status != "OK":
            raise imaplib.IMAP4.error(f"FETCH: {status}")
        numbered = [(_UID.search(part[0]), part[1]) for part in found if isinstance(part, tuple)]
        return [raw for _, raw in sorted((int(uid.group(1)), raw) for uid, raw in numbered if uid is not None)]

    def leave(self) -> None:
        """Log out."""
        try:
            self._box.logout()
        except (imaplib.IMAP4.error, OSError):
            return  # the connection is gone already
