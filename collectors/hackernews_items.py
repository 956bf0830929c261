"""What Hacker News says of an item, by Algolia's search or by Firebase, to Posts and deletions."""

from collectors.items import Deleted, Harvest, Item, harvest, paragraphs
from collectors.markup import to_text
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

_SITE = "https://news.ycombinator.com/item?id="


def read(data: object, where: str) -> Harvest:
    """Read a search, an item with its tree, or a list that names items and holds none. Raises Malformed."""
    if data is None or isinstance(data, int) or (isinstance(data, list) and all(isinstance(i, int) for i in data)):
        return Harvest()
    item = Item(data, where)
    if "hits" in item.data:
        return hits(item)
    if isinstance(item.get("children"), list):
        return _tree(item)
    if "items" in item.data or "submitted" in item.data or "karma" in item.data:
        return Harvest()
    return harvest([data], _item, where)


def hits(answer: Item) -> Harvest:
    """Read an answer of Algolia's search. Raises Malformed when it is none."""
    return harvest(answer.list("hits"), _hit, f"{answer.where}: hits")


def _tree(root: Item) -> Harvest:
    """Every node of an Algolia item with its comments, parents first."""
    nodes, waiting = [], [root.data]
    while waiting:
        node = waiting.pop(0)
        nodes.append(node)
        children = node.get("children") if isinstance(node, dict) else None
        waiting.extend(children if isinstance(children, list) else [])
    return harvest(nodes, _hit, root.where)


def _hit(item: Item) -> Post | None:
    """One Algolia hit; `points` is null on comments, which means unknown."""
    native = item.id("objectID", "id")
    comment, title = item.text("comment_text"), item.text("title")
    body = item.text("story_text") or ("" if comment else item.text("text"))
    is_comment = bool(comment) or item.get("type") == "comment" or "comment" in _tags(item)
    text = to_text(comment or body) if is_comment else paragraphs(title, to_text(body))
    if not text and not title:
        return None  # a comment whose words were deleted while it was indexed
    parent = item.count("parent_id")
    return Post(
        source="hackernews", external_id=native, text=text, created_at=item.time("created_at_i", "created_at"),
        kind=Kind.COMMENT if is_comment else Kind.POST, author=item.text("author") or None,
        parent=str(parent) if parent is not None else None, url=_SITE + native,
        engagement=Engagement(likes=item.count("points"), replies=item.count("num_comments")),
    )  # fmt: skip


def _tags(item: Item) -> list[object]:
    tags = item.get("_tags")
    return tags if isinstance(tags, list) else []


def _item(item: Item) -> Post | Deleted:
    """One Firebase item; dead ones are hidden by the site and count as gone."""
    native = item.id("id")
    if item.flag("deleted") or item.flag("dead"):
        return Deleted(native)
    if item.get("type") not in ("story", "comment", "poll", "job", "pollopt"):
        raise Malformed(f"{item.where}: type", "no Hacker News item", "record /v0/item/<id>.json or a search")
    parent = item.count("parent")
    return Post(
        source="hackernews", external_id=native, text=paragraphs(item.text("title"), to_text(item.text("text"))),
        created_at=item.time("time"), kind=Kind.COMMENT if item.get("type") == "comment" else Kind.POST,
        author=item.text("by") or None, parent=str(parent) if parent is not None else None, url=_SITE + native,
        engagement=Engagement(likes=item.count("score"), replies=item.count("descendants")),
    )  # fmt: skip
