"""Things that belong together, joined pair by pair: union-find with path halving (Tarjan and van Leeuwen 1984)."""

from collections import Counter
from collections.abc import Hashable


class Groups:
    """Disjoint groups; a thing nobody named before is a group of its own."""

    def __init__(self) -> None:
        self._next: dict[Hashable, Hashable] = {}

    def root(self, thing: Hashable) -> Hashable:
        """Return the thing that stands for the group of `thing`."""
        self._next.setdefault(thing, thing)
        while self._next[thing] != thing:
            self._next[thing] = self._next[self._next[thing]]
            thing = self._next[thing]
        return thing

    def join(self, one: Hashable, other: Hashable) -> None:
        """Put the groups of two things together."""
        self._next[self.root(one)] = self.root(other)

    def __len__(self) -> int:
        """Return how many groups there are."""
        return sum(thing == after for thing, after in self._next.items())

    def sizes(self, things: set[Hashable]) -> list[int]:
        """Return how many of `things` each group that holds some has, the largest first."""
        return sorted(Counter(self.root(thing) for thing in things).values(), reverse=True)
