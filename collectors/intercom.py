"""Intercom conversations that customers began, with the firm's own token: private, so masked before stored."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Deleted, Harvest, Item, harvest, keys_of, paragraphs
from collectors.lanes import aside
from collectors.markup import to_text
from collectors.paging import Batch, token, unix
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post

_CUSTOMERS = frozenset({"user", "lead", "contact", ""})  # others who begin: admin, team, bot


class Intercom:
    """The first message of each conversation, the last changed first.

    `token`: an access token of your own workspace that may read conversations. `backfill_days`: how far the first
    sweep goes back. `base`: where the workspace is hosted; in Europe "https://api.eu.intercom.io", in Australia
    "https://api.au.intercom.io".
    """

    name: ClassVar[str] = "intercom"
    limit: ClassVar[tuple[int, float]] = (60, 60.0)  # 1,000 a minute are allowed
    terms: ClassVar[str] = "Your customers' private words: masked before they are stored; redacted ones are deleted."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        token: str,
        backfill_days: float = 30.0,
        base: str = "https://api.intercom.io",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._backfill = http, clock, backfill_days
        self._url = f"{base.rstrip('/')}/conversations"
        self._headers = {"Authorization": f"Bearer {token}", "Intercom-Version": "2.11", "Accept": "application/json"}

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the conversations down to the last change known."""
        floor = unix(self._clock(), days_before=self._backfill)

        async def fetch(at: object) -> Batch:
            asked = {
                "query": {"field": "updated_at", "operator": ">", "value": floor},
                "sort": {"field": "updated_at", "order": "descending"},
                "pagination": {"per_page": 100, **({"starting_after": at} if isinstance(at, str) else {})},
            }
            answer = await self._http.post(f"{self._url}/search", json=asked, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                keys = keys_of(item.list("conversations"), lambda one: unix(one.time("updated_at")))
                if keys != sorted(keys, reverse=True):
                    raise Malformed(
                        f"{answer.url}: updated_at", "not in the order asked for", "Intercom changed its answer"
                    )
                return Batch.of(found, item.text("pages.next.starting_after") or None, keys=keys)

            return await aside(batch)

        return token(cursor, fetch, overlap=3600, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each conversation: a new rating, a redacted message, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            answer = await self._http.get(f"{self._url}/{native}", headers=self._headers, limit=self.limit)
            return await answer.read(read)

        return one_by_one(ids, ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read a search or a list of conversations, or one conversation."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the conversations of an answer. Raises Malformed with Intercom's own words for an error."""
    answer = Item(data, where)
    if answer.get("type") == "conversation":
        return harvest([data], _conversation, where)
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        said = Item(errors[0], where).text("message", "code")[:200]
        raise Malformed(f"{where}: errors", said or "an error", "check the token and where the workspace is hosted")
    return harvest(answer.list("conversations"), _conversation, f"{where}: conversations")


def _conversation(item: Item) -> Post | Deleted | None:
    native = item.id("id")
    if item.flag("source.redacted"):
        return Deleted(native)
    words = (to_text(item.text("source.subject") or item.text("title")), to_text(item.text("source.body")))
    text = paragraphs(*dict.fromkeys(words))
    if item.text("source.author.type") not in _CUSTOMERS or not text:
        return None
    return Post(
        source="intercom", external_id=native, text=text, created_at=item.time("created_at"), kind=Kind.POST,
        author=item.text("source.author.id", "source.author.email") or None,
        rating=item.stars("conversation_rating.rating"),
    )  # fmt: skip
