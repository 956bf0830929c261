"""A web page to posts: its structured reviews, else what CSS selectors choose, else the article's text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from collectors.items import Item, paragraphs, web
from collectors.markup import clean, to_text
from collectors.structured import is_article, is_review, objects
from collectors.values import when
from groundswell.errors import Malformed
from groundswell.types import Kind, Post

_NOTHING = "no review, article or selected text found on the page: that does not mean that there is none"


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS: one review each, and inside it its words, time, author and stars."""

    item: str = ""
    text: str = ""
    date: str = ""
    author: str = ""
    rating: str = ""


def read(html: str, where: str, at: datetime, selectors: Selectors) -> tuple[list[Post], str | None]:
    """Return the page's posts, each once, and in words what was not found. Raises Malformed for what is no page."""
    if "<" not in html:
        raise Malformed(where, "this is no web page", "give the address of a page")
    tree = LexborHTMLParser(html)
    lang = _lang(tree)
    found = [review for review in map(_plain, filter(is_review, objects(tree))) if review["text"]]
    if not found and selectors.item:
        found = list(_selected(tree, selectors))
    kind = Kind.REVIEW
    if not found:
        kind, found = Kind.ARTICLE, _article(tree, html)
    posts = {(post := _post(one, kind, lang, at)).external_id: post for one in found}
    return list(posts.values()), None if posts else _NOTHING


def _lang(tree: LexborHTMLParser) -> str | None:
    root = tree.css_first("html")
    spoken = root.attributes.get("lang") if root is not None else None
    return (spoken or "").strip()[:16].lower() or None


def _plain(data: Mapping[str, object]) -> dict[str, Any]:
    """A schema.org review or article by our words."""
    item = Item(dict(data), "page")
    title = to_text(item.text("headline", "name"))
    body = to_text(item.text("reviewBody", "description", "articleBody", "text"))
    return {
        "text": body if body.startswith(title) else paragraphs(title, body),
        "at": item.text("datePublished", "dateCreated", "dateModified"), "stars": _stars(item), "author": _author(item),
        "url": item.text("url", "@id"), "lang": item.text("inLanguage").lower()[:16],
    }  # fmt: skip


def _author(item: Item) -> str:
    said = item.get("author") if item.get("author") is not None else item.get("creator")
    first = said[0] if isinstance(said, list) and said else said
    return to_text(Item(first, "author").text("name") if isinstance(first, dict) else str(first or ""))


def _stars(item: Item) -> float | None:
    """The rating on a scale of one to five; the page's own `bestRating` says what it is out of."""
    stars, best = _number(item, "ratingValue"), _number(item, "bestRating") or 5.0
    return round(stars * 5 / best, 2) if stars is not None and best > 0 and 0 <= stars <= best else None


def _number(item: Item, name: str) -> float | None:
    rating = item.get("reviewRating")
    said = rating.get(name) if isinstance(rating, dict) else rating if name == "ratingValue" else None
    return Item({"n": to_text(said).replace(",", ".") if isinstance(said, str) else said}, "rating").number("n")


def _selected(tree: LexborHTMLParser, selectors: Selectors) -> Iterator[dict[str, Any]]:
    for node in tree.css(selectors.item):

        def words(selector: str, node: Any = node) -> str:
            inner = node.css_first(selector) if selector else None
            stamp = inner.attributes.get("datetime") or inner.attributes.get("content") if inner is not None else None
            return stamp or (to_text(inner.html or "") if inner is not None else "")

        text = words(selectors.text) if selectors.text else to_text(node.html or "")
        if text:
            yield {"text": text, "at": words(selectors.date), "author": words(selectors.author), "url": "", "lang": "",
                   "stars": Item({"n": words(selectors.rating).replace(",", ".")}, "rating").number("n")}  # fmt: skip


def _article(tree: LexborHTMLParser, html: str) -> list[dict[str, Any]]:
    """What the page says of its article, else its main text by trafilatura where that is installed."""
    said = [article for article in map(_plain, filter(is_article, objects(tree))) if article["text"]]
    if said:
        return said[:1]
    # a shop's own words about a thing are no post
    is_shop = any("offers" in o or "aggregateRating" in o or "Product" in str(o.get("@type")) for o in objects(tree))
    try:
        import trafilatura
    except ImportError:
        return []  # told as a gap; docs/sources.md names the extra
    text = None if is_shop else trafilatura.extract(html, include_comments=False, include_tables=False)
    return [{"text": clean(text), "at": "", "author": "", "url": "", "lang": "", "stars": None}] if text else []


def _post(found: Mapping[str, Any], kind: Kind, lang: str | None, at: datetime) -> Post:
    text, author = clean(found["text"]), clean(found["author"])[:200]
    native = blake2b(f"{author}\x1f{found['at']}\x1f{text}".encode("utf-8", "replace"), digest_size=8).hexdigest()
    url, stars = found["url"], found["stars"]
    return Post(
        source="review_pages", external_id=native, text=text, created_at=when(found["at"], at) or at, kind=kind,
        lang=found["lang"] or lang, author=author or None, url=web(url),
        rating=stars if stars is not None and 0 <= stars <= 5 else None,
    )  # fmt: skip
