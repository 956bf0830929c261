"""Mastodon's streaming interface: what happens on a server, as it happens, by websocket or recorded as events."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from collectors.items import Deleted, Harvest, Item, replayed
from groundswell.errors import Malformed
from groundswell.types import Post

_NEW = ("update", "status.update")


def address(server: object, base: str, token: str, where: str) -> str:
    """Where a server streams, from its own description (/api/v2/instance), else its own address."""
    said = Item(server, where).text("configuration.urls.streaming", "urls.streaming_api").rstrip("/")
    site = said if said.startswith(("wss://", "ws://", "https://", "http://")) else base
    return f"{site}/api/v1/streaming?{urlencode({'access_token': token})}"


def subscriptions(hashtags: list[str], is_public: bool) -> list[str]:
    """What to ask for on one connection."""
    wanted = [{"type": "subscribe", "stream": "hashtag", "tag": tag} for tag in hashtags]
    wanted += [{"type": "subscribe", "stream": "public"}] if is_public else []
    return [json.dumps(one) for one in wanted]


def is_stream(body: bytes) -> bool:
    """Whether these are recorded events: server-sent ones, or the frames of a websocket, one a line."""
    head = body[:300].lstrip()
    return (b"event: " in head and head[:1] in b":e") or (b'"payload"' in head and b'"event"' in head)


def events(body: str, where: str, read: Callable[[Item], Post | Deleted | None]) -> Harvest:
    """Read events in order: what came last of a post holds, a deletion takes it. Raises Malformed."""

    def one(item: Item) -> Post | Deleted | None:
        return Deleted(item.id("deleted")) if "deleted" in item.data else read(item)

    return replayed(_told(body, where), one, where)


def _told(body: str, where: str) -> Iterator[object]:
    kind = ""
    for line in body.split("\n"):
        if line.startswith("{"):
            frame = Item(_json(line, where), where)
            yield from _event(frame.text("event"), frame.text("payload"), where)
            continue
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value.strip()
        elif name == "data":
            yield from _event(kind, value.strip(), where)


def _event(kind: str, payload: str, where: str) -> Iterator[object]:
    if kind in _NEW:
        yield _json(payload, where)
    elif kind == "delete" and payload:
        yield {"deleted": payload}


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed(where, "an event that is no JSON", "record the stream again") from None
