"""Reddit's "things" (t1 comment, t3 submission) to Posts; deleted and removed ones to deletions."""

from collections.abc import Iterator

from collectors.answer import load_json
from collectors.items import Deleted, Harvest, Item, harvest, web
from collectors.recordings import Recorded
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Page, Post

_SITE = "https://www.reddit.com"
_ERASED = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[removed by moderator]", "[ removed by reddit ]"})
_THINGS = ("t1", "t3")


def read(data: object, where: str) -> Harvest:
    """All submissions and comments in a listing, a comment page or a tree, each once, in the order they stand.

    Raises Malformed when `data` is neither listing nor thing.
    """
    if not isinstance(data, dict | list) or not _is_known(data):
        raise Malformed(where, "this is no Reddit listing", "record an answer of oauth.reddit.com")
    found = harvest(_things(data), _thing, where)
    unique: dict[str, Post] = {}
    for post in found.posts:
        unique.setdefault(post.external_id, post)
    return Harvest(posts=list(unique.values()), gone=list(dict.fromkeys(found.gone)), bad=found.bad)


def recorded(exchanges: Iterator[Recorded]) -> Iterator[Page]:
    """Yield the pages of recorded exchanges; the token exchange is passed over, a refusal is told as a gap."""
    for exchange in exchanges:
        if exchange.url.endswith("/access_token"):
            continue
        if exchange.status >= 400:
            yield Page(posts=(), cursor={}, gap=f"{exchange.where}: HTTP {exchange.status}")
            continue
        found = read(load_json(exchange.body, exchange.where), exchange.where)
        yield Page(posts=found.posts, cursor={}, gone=found.gone, gap=found.gap)


def _is_known(data: object) -> bool:
    if isinstance(data, list):
        return all(isinstance(part, dict) and _is_known(part) for part in data)
    if isinstance(data, dict) and isinstance(data.get("json"), dict):  # the answer of api/morechildren
        return True
    return isinstance(data, dict) and data.get("kind") in ("Listing", "more", *_THINGS)


def _things(root: object) -> Iterator[object]:
    """Depth first in document order, without recursion: trees may be deep."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if value.get("kind") in _THINGS and isinstance(value.get("data"), dict):
                yield {**value["data"], "_kind": value["kind"]}
            waiting.extend(part for part in reversed(value.values()) if isinstance(part, dict | list))


def _thing(item: Item) -> Post | Deleted | None:
    is_comment = item.get("_kind") == "t1"
    name = item.text("name") or f"{item.get('_kind')}_{item.id('id')}"
    body = item.text("body") if is_comment else item.text("selftext")
    author = item.text("author")
    if body.lower() in _ERASED or item.text("removed_by_category") in ("deleted", "moderator", "reddit", "author"):
        return Deleted(name)
    title = "" if is_comment else item.text("title")
    if author in _ERASED and title.lower() in _ERASED:
        return Deleted(name)
    permalink = item.text("permalink")
    return Post(
        source="reddit", external_id=name, text="\n\n".join(part for part in (title, body) if part),
        created_at=item.time("created_utc"), kind=Kind.COMMENT if is_comment else Kind.POST,
        author=None if author in _ERASED else author or None, parent=_parent(item, is_comment),
        url=_SITE + permalink if permalink.startswith("/") else web(permalink),
        engagement=Engagement(
            likes=None if item.flag("score_hidden") or item.flag("hide_score") else item.count("score"),
            replies=None if is_comment else item.count("num_comments"), shares=item.count("num_crossposts"),
        ),
    )  # fmt: skip


def _parent(item: Item, is_comment: bool) -> str | None:
    if is_comment:
        return item.text("parent_id", "link_id") or None
    return item.text("crosspost_parent") or None
