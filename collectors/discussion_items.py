"""What GitHub's GraphQL interface answers about discussions: the fields asked for, and the posts in them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from collectors.items import Harvest, Item, harvest, paragraphs, web
from groundswell.errors import Malformed
from groundswell.types import Engagement, Kind, Post

_FIELDS = "url bodyText createdAt updatedAt upvoteCount author { login }"
NODE = f"{_FIELDS} title comments(last: 50) {{ totalCount nodes {{ {_FIELDS} }} }}"
"""What is asked of a discussion."""

LIST = "data.repository.discussions"
_PAGE = re.compile(r"^https?://[^/]+/([\w.-]+)/([\w.-]+)/discussions/(\d+)$")


def is_discussion(page: str) -> bool:
    """Whether this address is a discussion's, not one of its comments'."""
    return _PAGE.match(page) is not None


def look_at(pages: Sequence[str]) -> str:
    """The query for discussions by their addresses, each under an alias of its own."""
    asked = (found.groups() for page in pages if (found := _PAGE.match(page)))
    parts = (
        f'd{place}: repository(owner: "{owner}", name: "{name}") {{ discussion(number: {number}) {{ {NODE} }} }}'
        for place, (owner, name, number) in enumerate(asked)
    )
    return f"query {{ {' '.join(parts)} }}"


def looked_at(data: object, where: str) -> Harvest:
    """Read the answer to `look_at`; a discussion that is gone is null there. Raises Malformed."""
    found = Item(data, where).get("data")
    if not isinstance(found, dict):
        raise Malformed(f"{where}: data", "no discussions", "check the token")
    return _harvest([part["discussion"] for part in found.values() if _holds_one(part)], f"{where}: data")


def _holds_one(part: object) -> bool:
    return isinstance(part, dict) and part.get("discussion") is not None


def read(data: object, where: str) -> Harvest:
    """Read the discussions of an answer, each before its comments. Raises Malformed with GitHub's words."""
    answer = Item(data, where)
    if answer.get(LIST) is None:
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        words = str(first.get("message"))[:200] if isinstance(first, dict) else "no discussions"
        raise Malformed(f"{where}: {LIST}", words, "check token and repository")
    return _harvest(answer.list(f"{LIST}.nodes"), f"{where}: nodes")


def _harvest(nodes: Iterable[object], where: str) -> Harvest:
    return harvest((part for node in nodes for part in _with_comments(node)), _post, where)


def _with_comments(node: object) -> Iterator[object]:
    yield node
    comments = node.get("comments") if isinstance(node, dict) else None
    listed = comments.get("nodes") if isinstance(comments, dict) else None
    for comment in listed if isinstance(listed, list) else []:
        yield {**comment, "above": node.get("url")} if isinstance(comment, dict) and isinstance(node, dict) else comment


def _post(item: Item) -> Post:
    native, above = item.id("url"), item.text("above")
    return Post(
        source="github", external_id=native, text=paragraphs(item.text("title"), item.text("bodyText")),
        created_at=item.time("createdAt"), kind=Kind.COMMENT if above else Kind.POST, parent=above or None,
        author=item.text("author.login") or None, url=web(native),
        engagement=Engagement(likes=item.count("upvoteCount"), replies=item.count("comments.totalCount")),
    )  # fmt: skip
