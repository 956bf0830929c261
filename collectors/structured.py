"""What pages say to machines: schema.org reviews and articles in JSON-LD and microdata; else by CSS selectors."""

import json
import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from collectors.answer import give_way
from collectors.markup import to_text

Found = Mapping[str, object]

_STRINGS = r'("(?:\\.|[^"\\])*(?:"|\Z))'  # what is never closed reaches to the end, and is looked at once
_COMMENTS = re.compile(_STRINGS + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING = re.compile(_STRINGS + r"|,(?=\s*[}\]])", re.DOTALL)
_ARTICLES = frozenset({"Article", "NewsArticle", "BlogPosting", "Report", "TechArticle", "DiscussionForumPosting"})
_REVIEWS = frozenset({"Review", "UserReview", "CriticReview", "EmployerReview", "Comment"})


def objects(tree: LexborHTMLParser) -> Iterator[Found]:
    """Every schema.org object of the page, in document order: JSON-LD first, then microdata."""
    for script in tree.css("script[type='application/ld+json']"):
        yield from _nested(_json(script.text(deep=True)))
    for node in tree.css("[itemscope]"):
        if node.attributes.get("itemtype"):
            yield _microdata(node)


def is_review(found: Found) -> bool:
    """Whether it is a review or a comment of a visitor."""
    return bool(_types(found) & _REVIEWS)


def is_article(found: Found) -> bool:
    """Whether it is an article, a blog post or a forum thread."""
    return bool(_types(found) & _ARTICLES)


def _types(found: Found) -> set[str]:
    kind = found.get("@type")
    names = kind if isinstance(kind, list) else [kind]
    return {name.rsplit("/", 1)[-1] for name in names if isinstance(name, str)}


def _json(text: str) -> object:
    """Read JSON-LD as pages have it: with comments, trailing commas and raw line breaks. None when it is none."""
    bare = _TRAILING.sub(r"\1", _COMMENTS.sub(r"\1", text.strip().removeprefix("<!--").removesuffix("-->")))
    try:
        return json.loads(bare, strict=False, object_hook=give_way)
    except (ValueError, RecursionError):
        return None


def _nested(root: object) -> Iterator[Found]:
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(part for part in reversed(value.values()) if isinstance(part, dict | list))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _microdata(scope: LexborNode) -> Found:
    """The properties of one item, those of items inside it under their own names ("author": {"name": …})."""
    found: dict[str, object] = {"@type": scope.attributes.get("itemtype")}
    waiting = list(scope.iter())[::-1]
    while waiting:
        node = waiting.pop()
        name, is_scope = node.attributes.get("itemprop"), "itemscope" in node.attributes
        if name:
            for word in name.split():
                found.setdefault(word, _microdata(node) if is_scope else _value(node))
        if not is_scope:
            waiting.extend(list(node.iter())[::-1])
    return found


def _value(node: LexborNode) -> str:
    for name in ("content", "datetime"):
        if node.attributes.get(name):
            return str(node.attributes[name])
    if node.tag in ("a", "link", "img") and not node.text(strip=True):
        return str(node.attributes.get("href") or node.attributes.get("src") or "")
    return to_text(node.html or "")
