"""Alerts as signed JSON to a program: POST with HMAC, timestamp and idempotency key."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import aiohttp

from alerts.reader import Reader
from alerts.render import payload_bytes
from alerts.signing import SIGNATURE, TIMESTAMP, check_secret, sign
from groundswell.clock import Clock
from groundswell.errors import DeliveryError, InputError
from groundswell.types import Notification

from . import TryLater

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORTH_ANOTHER_TRY = (408, 421, 425, 429)
"""Client errors that pass by themselves; every other 4xx means that we are wrong, and stay so."""


class Webhook:
    """Posts to `url`, signed with `secret`; the body is described in docs/alerts.md.

    Quotes are personal enough not to travel in clear: http is refused except to this machine, or with
    `allow_plain_http` inside a network one trusts. Redirects are not followed, for they would carry a signed message
    to a host nobody configured. Neither the address (it may hold a token) nor the secret is in repr or errors.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        *,
        url: str,
        secret: str,
        timeout_s: float = 10,
        allow_plain_http: bool = False,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("url", "not an http(s) address", "for example https://example.com/hooks/groundswell")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not allow_plain_http:
            raise InputError("url", f"http to {parts.hostname} is readable by others", "use https or allow_plain_http")
        check_secret(secret)
        self.reader, self.clock, self.host, self.timeout_s = reader, clock, parts.hostname, timeout_s
        self._url, self._secret = url, secret

    def __repr__(self) -> str:
        return f"Webhook(host={self.host!r})"

    async def send(self, notification: Notification) -> None:
        """POST once. Raises DeliveryError (permanent or not, by status) or TryLater when told how long to wait."""
        body = payload_bytes(notification, self.reader)
        timestamp = int(self.clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "groundswell",
            "Idempotency-Key": header_key(notification.key),
            TIMESTAMP: str(timestamp),
            SIGNATURE: sign(self._secret, timestamp, body),
        }
        timeout = aiohttp.ClientTimeout(total=self.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status, answered = answer.status, answer.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # `from None`: aiohttp's own message quotes the address, which may hold a token
            raise DeliveryError(f"webhook {self.host}: {type(error).__name__}", permanent=False) from None
        self._judge(status, answered)

    def _judge(self, status: int, headers: Mapping[str, str]) -> None:
        if 200 <= status < 300:
            return
        message = f"webhook {self.host}: answered {status}"
        if status < 500 and status not in WORTH_ANOTHER_TRY:
            raise DeliveryError(message, permanent=True, hint="check its url and secret")
        after_s = retry_after_s(headers.get("Retry-After", ""), self.clock())
        if after_s is not None:
            raise TryLater(message, after_s=after_s)
        raise DeliveryError(message, permanent=False)


def header_key(key: str) -> str:
    """Write an idempotency key as ASCII without control characters: a receiver's name may be Chinese."""
    return quote(key, safe=":")


def retry_after_s(header: str, at: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; None when it is absent or nonsense."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - at).total_seconds())
