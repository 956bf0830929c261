"""Alerts by e-mail over SMTP, one thread per message; a duplicate carries the same Message-ID and is dropped."""

import asyncio
import hashlib
import logging
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal

from alerts.reader import Reader
from alerts.render import render
from groundswell.clock import Clock
from groundswell.errors import DeliveryError, InputError
from groundswell.types import Notification

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Security = Literal["starttls", "ssl", "none"]
log = logging.getLogger(__name__)


class Email:
    """Sends from `sender` to every address in `to` through `host`.

    `security`: "starttls" (port 587, the default), "ssl" (465), or "none", which is refused together with a password
    except on this machine. `ca_file` names the certificate of a private authority. The password is in no repr, log
    or error.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        *,
        host: str,
        sender: str,
        to: tuple[str, ...],
        port: int = 587,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        ca_file: str = "",
        timeout_s: float = 20,
    ) -> None:
        if not to:
            raise InputError("to", "no address", "give at least one")
        if security == "none" and password and host not in LOOPBACK:
            raise InputError("security", "a password would travel in clear", 'use "starttls" or "ssl"')
        if not (user + password).isascii():  # smtplib's own complaint would quote it
            raise InputError("password", "user and password must be ASCII", "SMTP AUTH knows no other")
        self.sender, self.to = _address(sender), tuple(_address(one) for one in to)
        self.reader, self.clock, self.host, self.port = reader, clock, host, port
        self.security, self.user, self.timeout_s = security, user, timeout_s
        self._password, self._ca_file = password, ca_file

    def __repr__(self) -> str:
        return f"Email(host={self.host!r}, port={self.port}, security={self.security!r}, to={len(self.to)})"

    async def send(self, notification: Notification) -> None:
        """Send one message. Raises DeliveryError; SMTP's 5xx answers are permanent (RFC 5321, 4.2.1)."""
        await asyncio.to_thread(self._deliver, self.compose(notification))

    def compose(self, notification: Notification) -> EmailMessage:
        """Build the message; updates answer the first one, so that mail programs show one thread per incident."""
        alert = notification.alert
        written = render(alert, self.reader)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = written.subject
        message["From"] = self.sender
        message["To"] = self.to
        message["Date"] = format_datetime(self.clock())
        message["Message-ID"] = message_id(notification.key, self.sender.domain)
        if alert.number > 1:
            first = message_id(f"{alert.incident}:1:{notification.receiver}", self.sender.domain)
            message["In-Reply-To"] = first
            message["References"] = first
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        message.set_content(written.text, cte="base64")
        message.add_alternative(written.html, subtype="html", cte="base64")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        try:
            with self._connect() as server:
                if self.security == "starttls":
                    server.starttls(context=self._context())
                if self.user:
                    server.login(self.user, self._password)
                refused = server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            # `from None`: a server's answer may repeat what we logged in with
            raise self._explain(error) from None
        self._partly(refused)

    def _connect(self) -> smtplib.SMTP:
        if self.security == "ssl":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=self._context())
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file or None)

    def _explain(self, error: Exception) -> DeliveryError:
        codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in error.recipients.values()]
        permanent = isinstance(error, smtplib.SMTPNotSupportedError) or (bool(codes) and min(codes) >= 500)
        said = f", answered {', '.join(map(str, sorted(set(codes))))}" if codes else ""
        return DeliveryError(f"mail {self.host}:{self.port}: {type(error).__name__}{said}", permanent=permanent)

    def _partly(self, refused: dict[str, tuple[int, bytes]]) -> None:
        """Judge a message that some addresses took and some did not: try again only where that can help."""
        codes = sorted({code for code, _ in refused.values()})
        if not codes:
            return
        if codes[0] < 500:
            raise DeliveryError(f"mail {self.host}: {len(refused)} addresses deferred, {codes}", permanent=False)
        log.warning("mail_partly_refused host=%s addresses=%d codes=%s", self.host, len(refused), codes)


def message_id(key: str, domain: str) -> str:
    """Name a message by its idempotency key, so that mail stores drop what a retry sends twice."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _address(text: str) -> Address:
    """Raise InputError for what is not one plain address: a line break in it would write headers."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, AttributeError) as error:
        raise InputError("address", f"not a mail address: {text!r}", "for example press@example.com") from error
    if not address.username or not address.domain or not (text.isascii() and text.isprintable()):
        raise InputError("address", f"not a mail address: {text!r}", "for example press@example.com")
    return address
