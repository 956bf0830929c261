"""B-cubed precision, recall and F1 of a grouping (Bagga & Baldwin 1998)."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BCubed:
    """Each 0-1: the mean over items of how pure (precision) and how whole (recall) the item's group is."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def bcubed(truth: Sequence[Hashable], found: Sequence[Hashable]) -> BCubed:
    """Compare two groupings of the same items, one label per item each; at least one item."""
    both = Counter(zip(truth, found, strict=True))
    true, given = Counter(truth), Counter(found)
    precision = sum(n * n / given[g] for (_, g), n in both.items()) / len(truth)
    recall = sum(n * n / true[t] for (t, _), n in both.items()) / len(truth)
    return BCubed(precision, recall)
