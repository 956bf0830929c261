"""Does a post name what a query watches? Word boundaries for Latin script, plain occurrence for Chinese."""

import hashlib
import json
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from groundswell.types import Near, Query

_WORD = r"[A-Za-z0-9_À-ɏ]"
_UNIT = re.compile(rf"{_WORD}+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\d_]+")
_MATCHER = 1  # raise it when the same query begins to find other posts


def matches(query: Query, text: str, *, lang: str | None = None, source: str = "") -> bool:
    """True when `text` holds any of the any-terms or near-rules, all of the all-terms and none of the none-terms.

    "ai" does not match "training"; a Chinese term matches wherever it stands, for Chinese has no word boundaries.
    A query with languages or sources also needs the post's to be among them; an unknown language passes.
    """
    return why(query, text, lang=lang, source=source) is not None


def why(query: Query, text: str, *, lang: str | None = None, source: str = "") -> str | None:
    """The rule by which `text` matches ("any: acme", "near: 小米", "all"), None when it does not."""
    return _why(query, fold(text), lang, source)


def matched(queries: Sequence[Query], text: str, *, lang: str | None = None, source: str = "") -> dict[str, str]:
    """Brand → rule of the queries that match, in the order of `queries`."""
    folded = fold(text)
    found = ((query.brand, _why(query, folded, lang, source)) for query in queries)
    return {brand: rule for brand, rule in found if rule is not None}


def _why(query: Query, folded: str, lang: str | None, source: str) -> str | None:
    if query.sources and source not in query.sources:
        return None
    if query.languages and lang and lang.split("-")[0].lower() not in query.languages:
        return None
    rule = _rule(query, folded)
    if rule is None or not all(_found(term, folded) for term in query.all_terms):
        return None
    return None if any(_found(term, folded) for term in query.none_terms) else rule


def _rule(query: Query, folded: str) -> str | None:
    if not query.any_terms and not query.near:
        return "all" if query.all_terms else None
    for term in query.any_terms:
        if _found(term, folded):
            return f"any: {term}"
    return next((f"near: {rule.term}" for rule in query.near if _is_near(rule, folded)), None)


def _is_near(rule: Near, folded: str) -> bool:
    """Whether one of the context words stands close enough to the term, before it or behind it."""
    terms = [found.span() for found in _pattern(rule.term).finditer(folded)]
    if not terms:
        return False
    others = [found.span() for word in rule.context for found in _pattern(word).finditer(folded)]
    starts = [found.start() for found in _UNIT.finditer(folded)]
    return any(_between(starts, a, b) < rule.within for a in terms for b in others)


def _between(starts: Sequence[int], a: tuple[int, int], b: tuple[int, int]) -> int:
    """How many words stand between two spans; none when they touch or overlap."""
    first, second = sorted((a, b))
    return max(bisect_left(starts, second[0]) - bisect_left(starts, first[1]), 0)


def fold(text: str) -> str:
    """Compatibility-normalise and fold case, so that Ｈａｌｖｅｒｏ equals halvero."""
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=256)
def version(query: Query) -> str:
    """Fingerprint of what `query` finds: 12 hex digits, the same on every machine and for every order of its terms.

    Two queries with one fingerprint find the same posts; rivals are left out, for they do not decide what is found.
    """
    near = sorted([fold(n.term), sorted({fold(word) for word in n.context}), n.within] for n in query.near)
    said = (query.any_terms, query.all_terms, query.none_terms, query.languages, query.sources)
    terms = [sorted({fold(term) for term in part}) for part in said[:3]] + [sorted({*part}) for part in said[3:]]
    plain = json.dumps([_MATCHER, query.brand, *terms, near], ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _found(term: str, folded: str) -> bool:
    return _pattern(term).search(folded) is not None


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    plain = fold(term)
    before = rf"(?<!{_WORD})" if re.match(_WORD, plain) else ""
    after = rf"(?!{_WORD})" if re.search(rf"{_WORD}\Z", plain) else ""
    return re.compile(before + re.escape(plain) + after)
