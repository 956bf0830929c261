"""Posts the store counts already and the detector not yet: labels that people give meanwhile reach them too."""

from collections.abc import Iterable
from dataclasses import replace

from groundswell.types import Observation, Sentiment
from storage.labels import Relabelled
from storage.rollups import DAY, HOUR, floor

MOST = 10_000
"""The newest that are kept: a monitor has one batch waiting, an import reads posts that nobody observes."""


class Unobserved:
    """What was classified and waits to be observed, by post."""

    def __init__(self) -> None:
        self._waiting: dict[int, Observation] = {}

    def add(self, found: Iterable[Observation]) -> None:
        """Remember posts that were written to the store."""
        self._waiting |= {seen.post: seen for seen in found}
        for post in [*self._waiting][: max(len(self._waiting) - MOST, 0)]:
            del self._waiting[post]

    def take(self, seen: Observation) -> Observation:
        """Return a post as it is labelled now; it is observed from here on."""
        return self._waiting.pop(seen.post, seen)

    def relabel(self, told: Iterable[Relabelled]) -> list[Relabelled]:
        """Label those that wait, and return what was told less what the detector is yet to count itself."""
        found = list(told)
        for one in found:
            if one.seen.post in self._waiting:
                self._waiting[one.seen.post] = one.seen
        return [self._without(one) for one in found]

    def _without(self, told: Relabelled) -> Relabelled:
        seen, hour, day = told.seen, floor(told.seen.at, HOUR), floor(told.seen.at, DAY)
        later = [o for o in self._waiting.values() if o.brand == seen.brand]
        here = [o for o in later if o.source == seen.source and floor(o.at, HOUR) == hour]
        bad = [o for o in later if o.label is Sentiment.NEGATIVE]
        scored, negative = sum(o.label is not None for o in here), sum(o.label is Sentiment.NEGATIVE for o in here)
        today = [o for o in bad if floor(o.at, DAY) == day]
        return replace(
            told,
            hour=told.hour and (told.hour[0] - scored, told.hour[1] - negative),
            days={topic: n - sum(topic in o.topics for o in today) for topic, n in told.days.items()},
            negative=told.negative - sum(o.story == seen.story for o in bad),
        )


def labelled(seen: Observation, label: Sentiment | None) -> Observation:
    """Give an observation the label a person gave the post, if one did."""
    return seen if label is None else replace(seen, label=label, negative=float(label is Sentiment.NEGATIVE))
