"""Telegram: what a bot hears in the firm's own groups and channels."""

from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of
from collectors.lanes import aside
from collectors.paging import Batch, forward
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Kind, Page, Post

_KINDS = ("message", "edited_message", "channel_post", "edited_channel_post")


class Telegram:
    """Messages in chats the bot was added to; nothing else is read.

    `token`: the bot's. `base` is for tests.
    """

    name: ClassVar[str] = "telegram"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "Only groups and channels of your own that a bot of yours was added to."

    def __init__(self, http: Http, clock: Clock, *, token: str, base: str = "https://api.telegram.org") -> None:
        http.hide(token)
        self._http, self._clock, self._url = http, clock, f"{base.rstrip('/')}/bot{token}/getUpdates"

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk the updates forward; Telegram forgets those before the one asked for, so they are stored first."""

        async def fetch(after: object) -> Batch:
            params: dict[str, str | int] = {"limit": 100, "timeout": 0}
            params |= {"offset": after} if isinstance(after, int) else {}
            answer = await self._http.get(self._url, params=params, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                found = read(item.data, answer.url)
                last = max(keys_of(item.list("result"), lambda update: update.count("update_id")), default=None)
                return Batch(posts=found.posts, gap=found.gap, next=None if last is None else last + 1)

            return await aside(batch)

        return forward(cursor, fetch)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer of getUpdates."""
        yield from recordings.pages(raw, where, read)


def read(data: object, where: str) -> Harvest:
    """Read the messages among the updates; service messages have no words and are left out."""
    answer = Item(data, where)
    if not answer.flag("ok"):
        raise Malformed(f"{where}: ok", answer.text("description")[:200] or "Telegram refuses", "check the bot's token")
    found = harvest(answer.list("result"), _update, f"{where}: result")
    latest = {post.external_id: post for post in found.posts}  # an edit follows its message
    return Harvest(posts=list(latest.values()), bad=found.bad)


def _update(update: Item) -> Post | None:
    update.id("update_id")
    message = next((m for kind in _KINDS if (m := update.child(kind)) is not None), None)
    text = message.text("text", "caption") if message is not None else ""
    if message is None or not text:
        return None
    chat = message.id("chat.id")
    answered = message.count("reply_to_message.message_id")
    name = message.text("chat.username")
    number = message.id("message_id")
    return Post(
        source="telegram", external_id=f"{chat}:{number}", text=text, created_at=message.time("date"),
        kind=Kind.POST if answered is None else Kind.COMMENT, lang=message.text("from.language_code")[:2] or None,
        author=_author(message), parent=None if answered is None else f"{chat}:{answered}",
        url=f"https://t.me/{name}/{number}" if name else None,
    )  # fmt: skip


def _author(message: Item) -> str | None:
    who = message.count("from.id", "sender_chat.id")
    return None if who is None else str(who)
