"""Which posts come in, and as what: one gated post per watched brand it is about, all others dropped unstored."""

from collections.abc import Sequence
from typing import Protocol

from groundswell import privacy
from groundswell.matching import matched, version
from groundswell.types import Post, Query

GIVEN, PARENT, LEFT = "given", "parent", "left"
"""Rules beside those of a query: the source or the import belongs to the brand; the post it answers is the brand's; it
is stored for the brand and nothing on this page makes it the brand's any more. The last is never stored: the store
deletes such a post when its words changed (`storage.pages`), and leaves it alone when only the query did.
"""


class KnownPosts(Protocol):
    """What the gate asks of the store."""

    def known(self, source: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Tell which posts of a source are stored, as (brand, external_id)."""


class Gate:
    """A post is about a brand when its collector says so, when the brand's query matches, or when it answers or
    repeats a post that is. Which of these it was, and the version of the query, goes with the post. A stored post that
    comes again and is about its brand no more goes on as LEFT, so that its author's edit reaches the store.
    """

    def __init__(self, queries: Sequence[Query], key: bytes, own_handles: frozenset[str], store: KnownPosts) -> None:
        self._queries, self._key, self._handles, self._store = tuple(queries), key, own_handles, store
        self._versions = {query.brand: version(query) for query in queries}

    def __call__(self, posts: Sequence[Post]) -> list[Post]:
        """One gated post per brand a post is about, in the order of `posts`."""
        about = {(p.source, p.external_id): self._rules(p) for p in posts}
        stored = self._stored(posts)
        grew = True
        while grew:  # a page may hold an answer before its question; chains are short
            grew = False
            for post in posts:
                mine, question = about[(post.source, post.external_id)], (post.source, post.parent or "")
                inherited = (about.get(question, {}).keys() | stored.get(question, set())) - mine.keys()
                grew = grew or bool(inherited)
                mine |= dict.fromkeys(inherited, PARENT)
        for post in posts:
            mine = about[(post.source, post.external_id)]
            if rest := stored.get((post.source, post.external_id), set()) - mine.keys():
                named = self._named(post)  # a post given to one brand may name another that has it too
                mine |= {brand: named.get(brand, LEFT) for brand in rest}
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
        return self._named(post)

    def _named(self, post: Post) -> dict[str, str]:
        return matched(self._queries, post.text, lang=post.lang, source=post.source)

    def _stored(self, posts: Sequence[Post]) -> dict[tuple[str, str], set[str]]:
        """Brands for which these posts, and those they answer, are stored."""
        wanted: dict[str, set[str]] = {}
        for post in posts:
            wanted.setdefault(post.source, set()).update(filter(None, (post.external_id, post.parent)))
        found: dict[tuple[str, str], set[str]] = {}
        for source, ids in wanted.items():
            for brand, external_id in self._store.known(source, sorted(ids)):
                found.setdefault((source, external_id), set()).add(brand)
        return found
