"""Which posts come in, and as what: one gated post per watched brand it is about, all others dropped unstored."""

from collections.abc import Sequence
from typing import Protocol

from groundswell import privacy
from groundswell.matching import matched
from groundswell.types import Post, Query


class KnownPosts(Protocol):
    """What the gate asks of the store."""

    def known(self, source: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Tell which posts of a source are stored, as (brand, external_id)."""


class Gate:
    """A post is about a brand when its collector says so, when the brand's query matches, or when it answers or
    repeats a post that is.
    """

    def __init__(self, queries: Sequence[Query], key: bytes, own_handles: frozenset[str], store: KnownPosts) -> None:
        self._queries, self._key, self._handles, self._store = tuple(queries), key, own_handles, store

    def __call__(self, posts: Sequence[Post]) -> list[Post]:
        """One gated post per brand a post is about, in the order of `posts`."""
        about = {(p.source, p.external_id): self._brands(p) for p in posts}
        for brand, source, parent in self._known_parents(posts):
            about.setdefault((source, parent), set()).add(brand)
        grew = True
        while grew:  # a page may hold an answer before its question; chains are short
            grew = False
            for post in posts:
                mine = about[(post.source, post.external_id)]
                inherited = about.get((post.source, post.parent or ""), set()) - mine
                grew = grew or bool(inherited)
                mine |= inherited
        return [
            privacy.gate(post, brand, self._key, self._handles)
            for post in posts
            for brand in sorted(about[(post.source, post.external_id)])
        ]

    def _brands(self, post: Post) -> set[str]:
        if post.brand:
            return {post.brand}
        return set(matched(self._queries, post.text, lang=post.lang, source=post.source))

    def _known_parents(self, posts: Sequence[Post]) -> list[tuple[str, str, str]]:
        wanted: dict[str, set[str]] = {}
        for post in posts:
            if post.parent:
                wanted.setdefault(post.source, set()).add(post.parent)
        return [(b, s, e) for s, ids in wanted.items() for b, e in self._store.known(s, sorted(ids))]
