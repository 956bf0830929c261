"""Recorded answers as others keep them (betamax and vcr cassettes), or a plain body in a file."""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO

from collectors.answer import give_way, load_json
from collectors.items import Harvest
from groundswell.errors import Malformed
from groundswell.types import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One exchange. `url` is "" and `status` 200 for a plain body."""

    where: str
    body: bytes
    url: str = ""
    method: str = "GET"
    status: int = 200

    @property
    def is_about_a_key(self) -> bool:
        """Whether a key was exchanged here for another: such an answer holds no post."""
        return self.method == "POST" and self.url.partition("?")[0].endswith("token")


def answers(raw: bytes, where: str) -> Iterator[Recorded]:
    """Yield the answers inside a cassette in order, or the file itself as one. Raises Malformed for a broken one."""
    cassette = _cassette(raw, where)
    if cassette is None:
        yield Recorded(where=where, body=raw)
        return
    for number, exchange in enumerate(cassette):
        yield _recorded(exchange, f"{where}: answer {number}")


def _cassette(raw: bytes, where: str) -> list[object] | None:
    head = raw[:2000]
    if b"interactions" in head and raw.lstrip()[:1] == b"{":
        try:
            data = json.loads(raw, object_hook=give_way)
        except (ValueError, RecursionError):
            return None
        found = data.get("http_interactions", data.get("interactions"))
        return found if isinstance(found, list) else None
    if head.lstrip().startswith(b"interactions:"):
        return _yaml(raw, where)
    return None


def _yaml(raw: bytes, where: str) -> list[object]:
    try:
        import yaml  # only cassettes need it; sources never do
    except ImportError:
        raise Malformed(where, "this cassette is YAML, and PyYAML is not installed", "pip install pyyaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(raw, Loader=loader)  # a safe loader by name: builds plain values only
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Malformed(where, "the cassette is no valid YAML", "record it again") from None
    found = data.get("interactions") if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise Malformed(where, "the cassette holds no interactions", "record it again")
    return found


def _recorded(exchange: object, where: str) -> Recorded:
    if not isinstance(exchange, Mapping):
        raise Malformed(where, "no request and response", "record it again")
    request, response = exchange.get("request"), exchange.get("response")
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        raise Malformed(where, "no request and response", "record it again")
    status = response.get("status")
    code = status.get("code") if isinstance(status, Mapping) else status
    return Recorded(
        where=where,
        url=str(request.get("uri") or request.get("url") or ""),
        method=str(request.get("method") or "GET").upper(),
        status=code if isinstance(code, int) else 200,
        body=_body(response.get("body"), where),
    )


def _body(body: object, where: str) -> bytes:
    if isinstance(body, Mapping):
        encoded = body.get("base64_string")
        try:
            found = base64.b64decode(encoded) if isinstance(encoded, str) and encoded else body.get("string", b"")
        except (binascii.Error, ValueError):
            raise Malformed(where, "the recorded body is no base64", "record it again") from None
    else:
        found = body or b""
    raw = found.encode("utf-8", "replace") if isinstance(found, str) else bytes(found)
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        raise Malformed(where, "the recorded body is no valid gzip", "record it again") from None


class _Answered(Protocol):
    """What is kept of an answer beside its body."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


def exchange(
    method: str, url: str, answered: _Answered, body: bytes, redact: Callable[[str], str]
) -> dict[str, object]:
    """One request and its answer as a cassette holds them; a key that the answer repeats is left out of its body."""
    text = redact(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return {
        "request": {"method": method, "uri": url},
        "response": {
            "status": {"code": answered.status},
            "headers": {"Content-Type": answered.headers.get("Content-Type", "")},
            "body": {"base64_string": base64.b64encode(text).decode()},
        },
    }


def write_cassette(file: TextIO, exchanges: Sequence[dict[str, object]]) -> None:
    """Write what `answers` reads."""
    json.dump({"interactions": list(exchanges)}, file, indent=1)


Read = Callable[[object, str], Harvest]
"""Takes a JSON answer and its place; raises Malformed."""


def pages(raw: bytes, where: str, read: Read) -> Iterator[Page]:
    """One page per recorded JSON answer; a refused one is a page with a gap, never an empty one without."""
    for answer in answers(raw, where):
        if answer.is_about_a_key:
            continue
        if answer.status >= 400:
            yield Page(posts=(), cursor={}, gap=f"{answer.where}: HTTP {answer.status}")
            continue
        found = read(load_json(answer.body, answer.where), answer.where)
        yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)
