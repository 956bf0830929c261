"""Does a post name what a query watches? Word boundaries for Latin script, plain occurrence for Chinese."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from groundswell.types import Query

_WORD = r"[A-Za-z0-9_À-ɏ]"


def matches(query: Query, text: str, *, lang: str | None = None, source: str = "") -> bool:
    """True when `text` holds any of the any-terms, all of the all-terms and none of the none-terms.

    "ai" does not match "training"; a Chinese term matches wherever it stands, for Chinese has no word boundaries.
    A query with languages or sources also needs the post's to be among them; an unknown language passes.
    """
    if query.sources and source not in query.sources:
        return False
    if query.languages and lang and lang.split("-")[0].lower() not in query.languages:
        return False
    folded = fold(text)
    return (
        (not query.any_terms or any(_found(term, folded) for term in query.any_terms))
        and all(_found(term, folded) for term in query.all_terms)
        and not any(_found(term, folded) for term in query.none_terms)
        and bool(query.any_terms or query.all_terms)
    )


def fold(text: str) -> str:
    """Compatibility-normalise and fold case, so that Ｈａｌｖｅｒｏ equals halvero."""
    return unicodedata.normalize("NFKC", text).casefold()


def matched(queries: Sequence[Query], text: str, *, lang: str | None = None, source: str = "") -> list[str]:
    """Brands whose query matches, in the order of `queries`."""
    return [q.brand for q in queries if matches(q, text, lang=lang, source=source)]


def _found(term: str, folded: str) -> bool:
    return _pattern(term).search(folded) is not None


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    plain = fold(term)
    before = rf"(?<!{_WORD})" if re.match(_WORD, plain) else ""
    after = rf"(?!{_WORD})" if re.search(rf"{_WORD}\Z", plain) else ""
    return re.compile(before + re.escape(plain) + after)
