"""Which posts come in, and as what: one gated post per watched brand it is about, all others dropped unstored."""

from collections.abc import Sequence
from typing import Protocol

from groundswell import privacy
from groundswell.matching import matched, version
from groundswell.types import Post, Query

GIVEN, PARENT = "given", "parent"
"""Rules beside those of a query: the source or the import belongs to the brand; the post it answers is the brand's."""


class KnownPosts(Protocol):
    """What the gate asks of the store."""

    def known(self, source: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Tell which posts of a source are stored, as (brand, external_id)."""


class Gate:
    """A post is about a brand when its collector says so, when the brand's query matches, or when it answers or
    repeats a post that is. Which of these it was, and the version of the query, goes with the post.
    """

    def __init__(self, queries: Sequence[Query], key: bytes, own_handles: frozenset[str], store: KnownPosts) -> None:
        self._queries, self._key, self._handles, self._store = tuple(queries), key, own_handles, store
        self._versions = {query.brand: version(query) for query in queries}

    def __call__(self, posts: Sequence[Post]) -> list[Post]:
        """One gated post per brand a post is about, in the order of `posts`."""
        about = {(p.source, p.external_id): self._rules(p) for p in posts}
        for brand, source, parent in self._known_parents(posts):
            about.setdefault((source, parent), {}).setdefault(brand, PARENT)
        grew = True
        while grew:  # a page may hold an answer before its question; chains are short
            grew = False
            for post in posts:
                mine = about[(post.source, post.external_id)]
                inherited = about.get((post.source, post.parent or ""), {}).keys() - mine.keys()
                grew = grew or bool(inherited)
                mine |= dict.fromkeys(inherited, PARENT)
        return [
            self._admit(post, brand, rule)
            for post in posts
            for brand, rule in sorted(about[(post.source, post.external_id)].items())
        ]

    def _admit(self, post: Post, brand: str, rule: str) -> Post:
        told = None if rule == GIVEN else self._versions.get(brand)
        return privacy.gate(post, brand, self._key, self._handles, rule=rule, rule_version=told)

    def _rules(self, post: Post) -> dict[str, str]:
        if post.brand:
            return {post.brand: GIVEN}
        return matched(self._queries, post.text, lang=post.lang, source=post.source)

    def _known_parents(self, posts: Sequence[Post]) -> list[tuple[str, str, str]]:
        wanted: dict[str, set[str]] = {}
        for post in posts:
            if post.parent:
                wanted.setdefault(post.source, set()).add(post.parent)
        return [(b, s, e) for s, ids in wanted.items() for b, e in self._store.known(s, sorted(ids))]
