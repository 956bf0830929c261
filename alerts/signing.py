"""Signed webhooks: how we sign, and how the other side checks that a message is ours, whole and fresh."""

import hashlib
import hmac
import re
from datetime import datetime

from groundswell.errors import GroundswellError, InputError

TIMESTAMP = "X-Groundswell-Timestamp"
SIGNATURE = "X-Groundswell-Signature"
SCHEME = "sha256="
WINDOW_S = 300.0
"""How far the two clocks may differ; a recorded message is worthless after it."""
SHORTEST_SECRET = 16


class BadSignature(GroundswellError):
    """The message is not ours, was changed on its way, or is too old: drop it, answer 401."""


def check_secret(secret: str) -> None:
    """Raise InputError for a secret that could be guessed; its value is not in the message."""
    if len(secret) < SHORTEST_SECRET:
        raise InputError("secret", f"shorter than {SHORTEST_SECRET} characters", "make one with: openssl rand -hex 32")


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Sign the exact bytes sent: HMAC-SHA256 (RFC 2104) over the timestamp in decimal, a full stop and the body."""
    return SCHEME + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def verify(
    secret: str, timestamp: str, signature: str, body: bytes, *, at: datetime, window_s: float = WINDOW_S
) -> None:
    """For receivers: return when the message is ours and fresh at `at`, else raise BadSignature.

    `timestamp` and `signature` are the headers as received, `body` the raw bytes before any parsing. Within the
    window the same message can still be replayed: remember its Idempotency-Key and act on each key once.
    """
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadSignature(f"{TIMESTAMP} is not a whole number of seconds")
    expected = sign(secret, int(timestamp), body)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise BadSignature(f"{SIGNATURE} does not match: another secret, or the body was changed")
    if abs(at.timestamp() - int(timestamp)) > window_s:
        raise BadSignature(f"{TIMESTAMP} is more than {window_s:g} s away from now", "check both clocks, or a replay")
