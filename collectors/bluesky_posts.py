"""A post of Bluesky, from its record in the stream or from a view of the AppView (a search, a feed, a thread)."""

from datetime import datetime

from collectors.items import Harvest, Item, harvest
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

POSTS = "app.bsky.feed.post"
"""The collection posts stand in."""


def post(record: Item, uri: str, author: str | None, seen: datetime, engagement: Engagement) -> Post:
    """A record as a post; its author wrote the time, which may not be later than it was `seen`."""
    langs = record.get("langs")
    lang = langs[0] if isinstance(langs, list) and langs and isinstance(langs[0], str) else None
    parent = record.text("reply.parent.uri") or record.text("embed.record.uri", "embed.record.record.uri")
    did, _, rkey = uri.removeprefix("at://").partition(f"/{POSTS}/")
    return Post(
        source="bluesky", external_id=uri, text=record.text("text"), created_at=min(record.time("createdAt"), seen),
        kind=Kind.COMMENT if record.text("reply.parent.uri") else Kind.POST, lang=lang, author=author or did or None,
        parent=parent or None, engagement=engagement,
        url=f"https://bsky.app/profile/{did}/post/{rkey}" if rkey else None,
    )  # fmt: skip


def views(data: object, where: str) -> Harvest:
    """Read the posts of an AppView answer: a search, a feed, a thread with its replies, or one post."""
    root, waiting, found = Item(data, where), [data], []
    if not any(key in root.data for key in ("posts", "feed", "thread", "post", "uri")):
        raise Malformed(where, "neither Jetstream events nor an answer with posts", "record searchPosts or the stream")
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if isinstance(value.get("record"), dict) and POSTS in str(value.get("uri")):
                found.append(value)
            inner = (value.get(key) for key in ("post", "posts", "feed", "thread", "parent", "replies"))
            waiting.extend(part for part in reversed([*inner]) if isinstance(part, dict | list))
    return harvest(found, _view, where)


def _view(view: Item) -> Post:
    counts = Engagement(
        likes=view.count("likeCount"), replies=view.count("replyCount"), shares=view.count("repostCount")
    )
    record = view.child("record") or view
    seen = view.time("indexedAt") if view.get("indexedAt") else record.time("createdAt")
    return post(record, view.id("uri"), view.text("author.did") or None, seen, counts)
