"""What a brand's query would find among the posts that are stored: to try a change of its terms before it counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundswell import clock
from groundswell.config import Config
from groundswell.errors import InputError
from groundswell.gate import GIVEN, PARENT
from groundswell.matching import version, why
from groundswell.types import Query
from storage.store import open_store

_SHOWN = 5
_CUT = 120
NOTE = "posts that matched no brand when they came were not stored: a wider query finds new ones only from now on"
Name = tuple[str, str]  # source, external_id


@dataclass(slots=True)
class _Side:
    """Stored posts on one side of a change: ids (as `export` prints them) and a few words of the first."""

    ids: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def take(self, row: Mapping[str, Any]) -> None:
        self.ids.append(row["id"])
        if len(self.examples) < _SHOWN:
            self.examples.append(" ".join(str(row["text"]).split())[:_CUT])


@dataclass(slots=True)
class _Tally:
    """What the query as it is now says of the stored posts; holds names and ids, not words."""

    rules: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)  # of the query when the brand's posts were taken
    kept: set[Name] = field(default_factory=set)
    answers: dict[Name, Name] = field(default_factory=dict)  # of ours that do not match themselves → what they answer


def preview(config: Config, brand: str) -> dict[str, Any]:
    """Say what the query as configured finds in the store; changes nothing. Raises InputError for another brand.

    `kept` are stored for the brand and stay, by `rules`; `left` are stored for it and would not be taken any more
    (answers to posts that are kept stay with them, and so does what was given to the brand by its source); `found` are
    stored for other brands only and would be added. `left_ids` and `found_ids` are the posts of `export`. `version`
    is the query's now, `versions` count the brand's stored posts by the version that took them.
    """
    query = next((q for q in config.queries() if q.brand == brand), None)
    if query is None:
        known = ", ".join(b.name for b in config.brands) or "none"
        raise InputError(brand, "no such brand", f"configured: {known}")
    store = open_store(config.store_path(), clock.now)
    try:
        tally = _count(query, store.export())
        left, found = _Side(), _Side()
        for row in store.export():  # a second time, so that no words are held meanwhile
            name = (row["source"], row["external_id"])
            if row["brand"] == brand and name not in tally.kept:
                left.take(row)
            elif row["brand"] != brand and name not in tally.kept and _rule(query, row):
                found.take(row)
    finally:
        store.close()
    return {
        "brand": brand, "version": version(query), "versions": dict(tally.versions.most_common()),
        "kept": tally.rules.total(), "rules": dict(tally.rules.most_common()),
        "sources": dict(tally.sources.most_common()),
        "left": len(left.ids), "left_ids": left.ids, "left_examples": left.examples,
        "found": len(found.ids), "found_ids": found.ids, "found_examples": found.examples, "note": NOTE,
    }  # fmt: skip


def _count(query: Query, rows: Iterable[Mapping[str, Any]]) -> _Tally:
    tally = _Tally()
    for row in rows:
        if row["brand"] != query.brand:
            continue
        name = (row["source"], row["external_id"])
        tally.versions[row["rule_version"] or (GIVEN if row["rule"] == GIVEN else "unknown")] += 1
        rule = GIVEN if row["rule"] == GIVEN else _rule(query, row)
        if rule is None:
            tally.answers[name] = (row["source"], row["parent"] or "")
        else:
            tally.rules[rule] += 1
            tally.sources[row["source"]] += 1
            tally.kept.add(name)
    while more := [name for name, parent in tally.answers.items() if parent in tally.kept]:
        for name in more:
            del tally.answers[name]
            tally.rules[PARENT] += 1
            tally.sources[name[0]] += 1
            tally.kept.add(name)
    return tally


def _rule(query: Query, row: Mapping[str, Any]) -> str | None:
    return why(query, row["text"], lang=row["source_lang"], source=row["source"])
