"""One request as the door sends it, and sends it on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from aiohttp import ClientResponse
from yarl import URL

from collectors.budget import Charge
from collectors.guard import Refused
from groundswell.errors import Malformed

_HARMLESS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, of whom, at what cost; `sent` is what aiohttp is handed beside method and target."""

    target: URL
    sent: Mapping[str, Any]
    method: str = "GET"
    page: bool = False
    charge: Charge | None = None

    def moved(self, onward: URL) -> Self:
        """Follow a redirect; to another site with nothing that could be a key."""
        headers = self.sent["headers"]
        if onward.origin() != self.target.origin():
            headers = {k: v for k, v in headers.items() if k.lower() in _HARMLESS}
        return replace(self, target=onward, sent={"headers": headers})


def web_address(text: str, params: Mapping[str, str | int] | None) -> URL:
    """Read an address and add parameters. Raises Refused for what is none."""
    try:
        url = URL(text)
        return url.extend_query({k: str(v) for k, v in params.items()}) if params else url
    except (ValueError, TypeError):
        raise Refused("this is no web address", "correct the url: it begins with https://") from None


def conditions(validators: Mapping[str, object]) -> dict[str, str]:
    """Return the headers that make a request conditional."""
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {names[k]: v for k, v in validators.items() if k in names and isinstance(v, str) and "\n" not in v}


async def read_body(response: ClientResponse, where: str, most: int) -> bytes:
    """Read the decompressed body: a small answer that unpacks without end stops at `most` bytes. Raises Malformed."""
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(65536):
        if (size := size + len(chunk)) > most:
            raise Malformed(where, f"longer than {most} bytes", "this is no feed or listing")
        parts.append(chunk)
    return b"".join(parts)
