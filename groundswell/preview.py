"""What a brand's query would find among the posts that are stored: to try a change of its terms before it counts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from groundswell import clock
from groundswell.config import Config
from groundswell.errors import InputError
from groundswell.matching import why
from storage.store import open_store

_SHOWN = 5
_CUT = 120
NOTE = "posts that matched no brand when they came were not stored: a wider query finds new ones only from now on"


def preview(config: Config, brand: str) -> dict[str, Any]:
    """Count what the query as configured finds in the store; changes nothing. Raises InputError for another brand.

    `kept` are stored for the brand and match by `rules`; `left` are stored for it and do not (answers and reposts of
    one that does are not among them); `found` are stored for other brands and match.
    """
    query = next((q for q in config.queries() if q.brand == brand), None)
    if query is None:
        known = ", ".join(b.name for b in config.brands) or "none"
        raise InputError(brand, "no such brand", f"configured: {known}")
    rules, sources = Counter[str](), Counter[str]()
    left, found, names = list[Mapping[str, Any]](), list[Mapping[str, Any]](), set[tuple[str, str]]()
    store = open_store(config.store_path(), clock.now)
    try:
        for row in store.export():
            rule = why(query, row["text"], lang=row["lang"], source=row["source"])
            is_ours = row["brand"] == brand
            if rule is not None and is_ours:
                rules[rule] += 1
                sources[row["source"]] += 1
                names.add((row["source"], row["external_id"]))
            elif is_ours:
                left.append(row)
            elif rule is not None:
                found.append(row)
    finally:
        store.close()
    lost = [row for row in left if (row["source"], row["parent"]) not in names]
    others = [row for row in found if (row["source"], row["external_id"]) not in names]
    return {
        "brand": brand, "kept": rules.total(), "rules": dict(rules.most_common()),
        "sources": dict(sources.most_common()), "left": len(lost), "left_examples": _examples(lost),
        "found": len(others), "found_examples": _examples(others), "note": NOTE,
    }  # fmt: skip


def _examples(rows: list[Mapping[str, Any]]) -> list[str]:
    return [" ".join(str(row["text"]).split())[:_CUT] for row in rows[:_SHOWN]]
