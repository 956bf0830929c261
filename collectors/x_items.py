"""Posts of X from the answers of API version 2; times out of ids where an answer has none."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from collectors.items import Harvest, Item, harvest
from collectors.markup import to_text
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

_EPOCH_MS = 1_288_834_974_657  # the zero of X's ids: the upper bits are milliseconds since then
_KINDS = {"replied_to": Kind.COMMENT, "retweeted": Kind.REPOST, "quoted": Kind.POST}


def read(data: object, where: str) -> Harvest:
    """Read the posts of an answer; one without `data` but with `meta` found none."""
    answer = Item(data, where)
    if answer.get("data") is None and isinstance(answer.get("meta"), dict):
        return Harvest()
    if answer.get("data") is None:
        what = answer.text("detail", "title")[:200] or "no posts"
        raise Malformed(f"{where}: data", what, "record a search of API version 2")
    users = answer.get("includes.users")
    people = {str(u.get("id")): Item(u, where) for u in users if isinstance(u, dict)} if isinstance(users, list) else {}
    listed = answer.get("data")
    return harvest(listed if isinstance(listed, list) else [listed], lambda item: _post(item, people), f"{where}: data")


def looked_up(data: object, where: str) -> Harvest:
    """Read posts that were asked for by id; an answer that only says which it cannot show holds none."""
    answer = Item(data, where)
    errors = answer.get("errors")
    if answer.get("data") is None and isinstance(errors, list) and errors and all(map(_is_unseen, errors)):
        return Harvest()
    return read(data, where)


def _is_unseen(error: object) -> bool:
    return isinstance(error, dict) and error.get("resource_type") == "tweet"


def _post(item: Item, people: Mapping[str, Item]) -> Post:
    native, author = item.id("id"), item.text("author_id")
    person = people.get(author)
    kind, parent = _reference(item)
    return Post(
        source="x", external_id=native, text=to_text(item.text("note_tweet.text", "text")),
        created_at=item.time("created_at") if item.get("created_at") else _made_at(item), kind=kind, parent=parent,
        lang=item.text("lang") or None, author=(person.text("username") if person else "") or author or None,
        url=f"https://x.com/i/status/{native}",
        audience=person.count("public_metrics.followers_count") if person else None,
        engagement=Engagement(
            likes=item.count("public_metrics.like_count"), replies=item.count("public_metrics.reply_count"),
            shares=item.count("public_metrics.retweet_count"), views=item.count("public_metrics.impression_count"),
        ),
    )  # fmt: skip


def _reference(item: Item) -> tuple[Kind, str | None]:
    found = item.get("referenced_tweets")
    for part in found if isinstance(found, list) else []:
        if isinstance(part, dict) and isinstance(part.get("id"), str) and str(part.get("type")) in _KINDS:
            return _KINDS[str(part["type"])], part["id"]
    return Kind.POST, None


def _made_at(item: Item) -> datetime:
    native = int(item.id("id")) if item.id("id").isdigit() and len(item.id("id")) < 20 else 0
    if native < 1 << 30:
        raise Malformed(f"{item.where}: created_at", "no usable time", "ask for tweet.fields=created_at")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=(native >> 22) + _EPOCH_MS)
