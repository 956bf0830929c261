"""Posts of a Discourse forum: the latest ones, a topic's, or those a search found."""

from collectors.items import Deleted, Harvest, Item, harvest, paragraphs
from collectors.markup import to_text
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post


def read(data: object, where: str) -> Harvest:
    """Read whatever posts an answer holds; a list of topics names posts and holds none. Raises Malformed."""
    root = Item(data, where)
    stream = root.child("post_stream")
    title = root.text("title")
    if isinstance(root.get("latest_posts"), list):
        found = root.list("latest_posts")
    elif stream is not None:
        found = stream.list("posts")
    elif isinstance(root.get("posts"), list):  # a search
        found = root.list("posts")
    elif isinstance(root.get("topic_list"), dict):
        return Harvest()
    elif "cooked" in root.data:
        found = [data]
    else:
        raise Malformed(where, "neither posts nor a topic", "record /posts.json or /t/<id>.json")
    return harvest(found, lambda item: _post(item, title), where)


def _post(item: Item, topic: str) -> Post | Deleted | None:
    native = item.id("id")
    if not native.isdigit():
        raise Malformed(f"{item.where}: id", "no number", "the forum changed its answer")
    if item.get("deleted_at") or item.flag("user_deleted"):
        return Deleted(native)
    number = item.count("post_number") or 1
    title = (item.text("topic_title") or topic) if number == 1 else ""
    text = to_text(item.text("cooked", "raw", "blurb"))
    return Post(
        source="discourse", external_id=native, text=paragraphs(title, text),
        created_at=item.time("created_at"), kind=Kind.POST if number == 1 else Kind.COMMENT,
        author=item.text("username") or None,
        engagement=Engagement(likes=_likes(item), replies=item.count("reply_count"), views=item.count("reads")),
    )  # fmt: skip


def _likes(item: Item) -> int | None:
    """Count action 2, which is "like"; a post nobody liked has no such entry, only the list."""
    actions = item.get("actions_summary")
    if not isinstance(actions, list):
        return item.count("like_count")
    liked = [Item(a, item.where).count("count") for a in actions if isinstance(a, dict) and a.get("id") == 2]
    return liked[0] if liked else 0
