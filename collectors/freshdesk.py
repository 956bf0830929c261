"""Freshdesk tickets with the firm's own key, in the order of their last change: private, so masked before stored."""

import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest, keys_of, paragraphs
from collectors.lanes import aside
from collectors.markup import to_text
from collectors.paging import Batch, Walk, behind, forward, position, several, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post

_SIZE = 100
_OUTBOUND = 10  # a letter that an agent wrote first


class Freshdesk:
    """Tickets as they are opened and changed; those deleted there, or found to be spam, are deleted here.

    `url`: of the account, "https://firm.freshdesk.com". `key`: the API key of an agent who sees all tickets.
    `backfill_days`: where the first look begins.
    """

    name: ClassVar[str] = "freshdesk"
    limit: ClassVar[tuple[int, float]] = (20, 60.0)  # what the smallest plan allows for lists of tickets
    terms: ClassVar[str] = "Your customers' private words: masked before they are stored; deleted tickets are deleted."

    def __init__(self, http: Http, clock: Clock, *, url: str, key: str, backfill_days: float = 30.0) -> None:
        secret = base64.b64encode(f"{key}:X".encode()).decode()
        for part in (key, secret):
            http.hide(part)
        self._http, self._clock, self._url = http, clock, f"{url.rstrip('/')}/api/v2/tickets"
        self._headers, self._backfill = {"Authorization": f"Basic {secret}"}, backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk by time of change the tickets, then the deleted ones, then the spam."""
        start = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {kind: self._walk(kind, start) for kind in ("tickets", "deleted", "spam")})

    def _walk(self, kind: str, start: int) -> Walk:
        async def fetch(after: object) -> Batch:
            since, page = position(after, start)
            params: dict[str, str | int] = {
                # whether the second asked for is included is not documented: ask from the one before
                "updated_since": datetime.fromtimestamp(since - 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "order_by": "updated_at", "order_type": "asc", "per_page": _SIZE, "page": page,
                "include": "description", **({} if kind == "tickets" else {"filter": kind}),
            }  # fmt: skip
            answer = await self._http.get(self._url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                listed = _listed(answer.json(), answer.url)
                found = harvest(listed, _ticket if kind == "tickets" else _removed, answer.url)
                keys = keys_of(listed, lambda ticket: unix(ticket.time("updated_at")))
                following = behind(since, page, keys, len(listed) == _SIZE)
                return Batch(posts=found.posts, gone=found.gone, gap=found.gap, next=following)

            return await aside(batch)

        return lambda part: forward(part, fetch)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each ticket: changed words, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            answer = await self._http.get(f"{self._url}/{native}", headers=self._headers, limit=self.limit)
            return await answer.read(read)

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a list of tickets, or one ticket."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the tickets of an answer. Raises Malformed with Freshdesk's own words for an error."""
    if isinstance(data, dict) and "created_at" in data:
        return harvest([data], _ticket, where)
    return harvest(_listed(data, where), _ticket, where)


def _listed(data: object, where: str) -> list[object]:
    if isinstance(data, list):
        return data
    said = Item(data, where).text("message", "description")[:200]
    raise Malformed(where, said or "no tickets", "record /api/v2/tickets, or check key and address")


def _ticket(item: Item) -> Post | Deleted | None:
    native = item.id("id")
    if item.flag("deleted") or item.flag("spam"):
        return Deleted(native)
    if item.count("source") == _OUTBOUND:
        return None
    requester = item.count("requester_id")
    words = item.text("description_text") or to_text(item.text("description"))
    return Post(
        source="freshdesk", external_id=native, text=paragraphs(*dict.fromkeys((item.text("subject"), words))),
        created_at=item.time("created_at"), kind=Kind.POST, author=None if requester is None else str(requester),
    )  # fmt: skip


def _removed(item: Item) -> Deleted:
    return Deleted(item.id("id"))
