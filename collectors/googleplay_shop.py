"""Recordings of Google Play's own pages: an envelope of chunks around positional rows. Nothing is asked there."""

import json
import re

from collectors.items import Harvest, Item, harvest
from collectors.markup import to_text
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

_ENVELOPE = re.compile(rb"^\s*\)\]\}'")
_RPC = "UsvDTd"


def is_envelope(raw: bytes) -> bool:
    """Whether this is an answer of the shop rather than of the Publisher API."""
    return _ENVELOPE.match(raw) is not None


def read(raw: bytes, where: str) -> Harvest:
    """Read the reviews inside an envelope. Raises Malformed."""
    return harvest([_row(row) for row in _reviews(raw, where)], _review, where)


def _reviews(raw: bytes, where: str) -> list[object]:
    """The review rows inside the envelope: chunks of JSON, the wanted one again JSON inside a string."""
    for line in _ENVELOPE.sub(b"", raw).splitlines():
        try:
            chunk = json.loads(line) if line.lstrip()[:1] == b"[" else []
            payloads = [json.loads(part[2]) for part in chunk if part[:2] == ["wrb.fr", _RPC]]
            if payloads:
                return list(payloads[0][0])
        except (ValueError, TypeError, LookupError, RecursionError):
            raise Malformed(where, "a broken envelope of Google Play", "record the answer again, whole") from None
    raise Malformed(where, "no reviews in the envelope", f"record the answer of {_RPC}")


def _row(data: object) -> object:
    """A positional row as an object, so that it is read by type like everything else."""
    if not isinstance(data, list) or len(data) < 7:
        return data
    names, time = data[1], data[5]
    return {
        "id": data[0], "author": names[0] if isinstance(names, list) and names else None, "stars": data[2],
        "text": data[4], "at": time[0] if isinstance(time, list) and time else None, "likes": data[6],
    }  # fmt: skip


def _review(item: Item) -> Post:
    return Post(
        source="googleplay", external_id=item.id("id"), text=to_text(item.text("text")), created_at=item.time("at"),
        kind=Kind.REVIEW, author=item.text("author") or None, rating=item.stars("stars"),
        engagement=Engagement(likes=item.count("likes")),
    )  # fmt: skip
