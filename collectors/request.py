"""One request as the door sends it, and sends it on."""

import zlib
from asyncio import to_thread
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from aiohttp import ClientPayloadError, ClientResponse
from yarl import URL

from collectors.budget import Charges
from collectors.guard import Refused
from groundswell.errors import Malformed

_CHUNK = 65536  # bytes, read or unpacked at once
_HARMLESS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, of whom, at what cost; `sent` is what aiohttp is handed beside method and target.

    An answer with a status that is expected (a redirect, a refusal) is returned as it is.
    """

    target: URL
    sent: Mapping[str, Any]
    charge: Charges
    method: str = "GET"
    page: bool = False
    expects: Collection[int] = ()

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
    """Read the body and unpack it in a worker thread. Raises Malformed for one of more than `most` bytes."""
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        if (size := size + len(chunk)) > most:
            raise Malformed(where, f"longer than {most} bytes", "this is no feed or listing")
        parts.append(chunk)
    body, coding = b"".join(parts), response.headers.get("Content-Encoding", "identity").strip().lower()
    return await to_thread(unpacked, body, coding, where, most) if body and coding != "identity" else body


def unpacked(body: bytes, coding: str, where: str, most: int) -> bytes:
    """Undo gzip or deflate; a small answer that unpacks without end stops at `most` bytes.

    Raises Malformed for that and for a coding that was not asked for, ClientPayloadError for a damaged body.
    """
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15 if body[0] & 0xF == 8 else -15}  # deflate: with a header or not
    if coding not in windows:
        raise Malformed(where, f"packed as {coding[:40]!r}, which was not asked for", "the server is at fault")
    parts, size, unpack = [], 0, zlib.decompressobj(windows[coding])
    rest = memoryview(body)
    try:
        while rest:
            parts.append(unpack.decompress(rest[:_CHUNK], most - size + 1))
            if (size := size + len(parts[-1])) > most:
                raise Malformed(where, f"longer than {most} bytes when unpacked", "this is no feed or listing")
            rest = rest[min(len(rest), _CHUNK) - len(unpack.unused_data) :]
            if unpack.eof and bytes(rest[:2]) != b"\x1f\x8b":
                break  # what stands behind the end is padding
            unpack = zlib.decompressobj(windows["gzip"]) if unpack.eof else unpack  # gzip may have several members
    except zlib.error as error:
        raise ClientPayloadError(f"the body is damaged: {error}") from None
    if not unpack.eof:
        raise ClientPayloadError("the body breaks off")
    return b"".join(parts)
