"""Keep secrets out of errors and logs: known values and whatever stands behind a telling name."""

import re
from urllib.parse import quote, quote_plus

_NAMES = r"(?:[a-z_]*token|key|[a-z_]*api_?key|secret|client_secret|password|passwd|pwd|sig|signature|auth|session)"
_QUERY = re.compile(rf"(?i)([?&;]{_NAMES}=)[^&#\s\"']+")
_HEADER = re.compile(r"(?i)\b(bearer|basic|token|dpop)\s+[a-z0-9._~+/=-]{8,}")
_TOKEN = re.compile(r'(?i)("(?:access|refresh|id)_?token"\s*:\s*")[^"]+')
_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/@\s]+@")
HIDDEN = "[hidden]"


class Redactor:
    """Collects the secrets in use and masks them in any text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """Mask this value from now on, also as it stands in an address.

        Values under 4 characters are ignored: they would mask innocent text.
        """
        if len(secret) >= 4:
            self._secrets |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        text = _QUERY.sub(rf"\1{HIDDEN}", text)
        text = _TOKEN.sub(rf"\1{HIDDEN}", text)
        text = _HEADER.sub(rf"\1 {HIDDEN}", text)
        return _USER.sub(rf"\1{HIDDEN}@", text)
