"""Statuses of Mastodon to Posts: alone, in timelines, searches and contexts, and in cassettes among other answers."""

from collectors.items import Deleted, Harvest, Item, harvest, paragraphs, web
from collectors.markup import to_text
from collectors.recordings import Recorded
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post


def read(data: object, answer: Recorded) -> Harvest:
    """Read whatever statuses an answer holds. Raises Malformed when it is none of Mastodon."""
    if isinstance(data, list):
        # in a cassette lists of accounts stand beside those of statuses; a file of its own is one or the other
        listed = [status for status in data if _is_status(status)] if answer.url else data
        return harvest(listed, status_of, answer.where)
    item = Item(data, answer.where)
    if answer.method == "DELETE" and "/statuses/" in answer.url:
        return Harvest(gone=[item.id("id")])
    if _is_status(data):
        return harvest([data], status_of, answer.where)
    for keys in (("ancestors", "descendants"), ("statuses",)):
        if all(isinstance(item.get(key), list) for key in keys):
            return harvest([status for key in keys for status in item.list(key)], status_of, answer.where)
    if answer.url and "/statuses" not in answer.url:
        return Harvest()  # another call in the same cassette: accounts, the instance
    raise Malformed(answer.where, "neither status nor timeline", "record a timeline, a status or a search")


def _is_status(data: object) -> bool:
    return isinstance(data, dict) and "created_at" in data and "content" in data and "account" in data


def status_of(status: Item) -> Post | Deleted | None:
    """One status; None for one of somebody who opted out of search."""
    if status.flag("account.noindex"):
        return None
    again = status.child("reblog")
    words = again or status
    text = paragraphs(words.text("spoiler_text"), to_text(words.text("content")))
    parent = again.id("id") if again else status.text("in_reply_to_id")
    return Post(
        source="mastodon", external_id=status.id("id"), text=text, created_at=status.time("created_at"),
        kind=Kind.REPOST if again else Kind.COMMENT if parent else Kind.POST, lang=words.text("language") or None,
        author=status.text("account.acct", "account.username") or None, parent=parent or None,
        url=web(words.text("url", "uri")), audience=status.count("account.followers_count"),
        engagement=Engagement(
            likes=words.count("favourites_count"), replies=words.count("replies_count"),
            shares=words.count("reblogs_count"),
        ),
    )  # fmt: skip
