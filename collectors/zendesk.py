"""Zendesk tickets by the incremental export, with the firm's own key: private, so redacted before anything else."""

import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest, paragraphs
from collectors.lanes import aside
from collectors.markup import clean, to_text
from collectors.paging import Batch, forward, unix
from collectors.rechecks import by_many, groups
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post

_OTHERS = frozenset({"job_status", "custom_role", "user", "users", "audit", "results", "deleted_tickets"})


class Zendesk:
    """Tickets as they are opened and changed.

    `url`: of the account, "https://firm.zendesk.com". `email` and `token`: of an agent with an API token.
    `backfill_days`: where the first export begins.
    """

    name: ClassVar[str] = "zendesk"
    limit: ClassVar[tuple[int, float]] = (10, 60.0)
    terms: ClassVar[str] = "Your customers' private words: masked before they are stored; deleted tickets are deleted."

    def __init__(
        self, http: Http, clock: Clock, *, url: str, email: str, token: str, backfill_days: float = 30.0
    ) -> None:
        secret = base64.b64encode(f"{email}/token:{token}".encode()).decode()
        for part in (token, secret):
            http.hide(part)
        self._http, self._clock, self._base = http, clock, url.rstrip("/")
        self._headers, self._backfill = {"Authorization": f"Basic {secret}"}, backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the export by its own cursor."""

        async def fetch(after: object) -> Batch:
            start = unix(self._clock(), days_before=self._backfill)
            params: dict[str, str | int] = {"cursor": after} if isinstance(after, str) else {"start_time": start}
            url = f"{self._base}/api/v2/incremental/tickets/cursor.json"
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                if not isinstance(item.get("tickets"), list):
                    raise Malformed(f"{answer.url}: tickets", "no tickets in the answer", "is this a Zendesk account?")
                found = read(item.data, answer.url)
                following = item.text("after_cursor") or None
                return Batch(posts=found.posts, gone=found.gone, gap=found.gap, next=following)

            return await aside(batch)

        return forward(cursor, fetch)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for a hundred tickets at a time; those that are shown no more are deleted."""

        async def ask(asked: list[str]) -> Harvest:
            url = f"{self._base}/api/v2/tickets/show_many.json"
            answer = await self._http.get(url, params={"ids": ",".join(asked)}, headers=self._headers, limit=self.limit)
            return await answer.read(read)

        return by_many(groups(ids, 100), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read tickets, one or many, also from a cassette; other answers in it hold no posts."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the tickets of an answer. Raises Malformed when it is no answer of Zendesk."""
    answer = Item(data, where)
    if isinstance(answer.get("tickets"), list):
        return harvest(answer.list("tickets"), _ticket, f"{where}: tickets")
    if isinstance(answer.get("ticket"), dict):
        return harvest([answer.get("ticket")], _ticket, f"{where}: ticket")
    if isinstance(answer.get("deleted_tickets"), list):
        return harvest(answer.list("deleted_tickets"), lambda item: Deleted(item.id("id")), where)
    if _OTHERS & set(answer.data):
        return Harvest()
    raise Malformed(where, "no tickets", "record the incremental export")


def _ticket(item: Item) -> Post | Deleted:
    native = item.id("id")
    if item.text("status") == "deleted":
        return Deleted(native)
    words = (item.text("subject", "raw_subject"), to_text(clean(item.text("description"))))
    requester = item.count("requester_id")
    return Post(
        source="zendesk", external_id=native, text=paragraphs(*dict.fromkeys(words)),
        created_at=item.time("created_at"), kind=Kind.POST, url=None,
        author=None if requester is None else str(requester),
    )  # fmt: skip
