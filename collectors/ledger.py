"""What the runner remembers of a source beside its cursor: what is usual there, and when known posts were looked at.

It is stored inside the cursor under a name of its own, so that it survives restarts in the same transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Self

from collectors.items import moment
from groundswell.errors import Drift
from groundswell.types import Cursor, Page, Post

KEY = "_runner"
STEPS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 720))
"""Ages at which a post is looked at again: often while people still answer, then seldom."""
_FIELDS = ("text", "author", "lang", "rating", "url", "likes", "replies", "shares", "views")
_WINDOW = 500  # posts the usual filling is learned from
_LEAST_SEEN, _SAMPLE = 100, 20
_USUAL, _EMPTY = 0.8, 0.05
_ROUNDS = 96  # a day of quarter hours
_MISSED = 30.0
_MANY = 10


@dataclass(slots=True)
class Ledger:
    """`filled`: share of posts with each field among the last 500. `mean`: posts a round. `empty`: rounds in a row
    without one, `longest` the longest such row before. `looked_at`: when due posts were last looked at again.
    """

    seen: int = 0
    filled: dict[str, float] = field(default_factory=dict)
    rounds: int = 0
    mean: float = 0.0
    empty: int = 0
    longest: int = 0
    looked_at: str = ""
    _sample: Counter[str] = field(default_factory=Counter)
    _sampled: int = 0
    _told: set[str] = field(default_factory=set)

    @classmethod
    def split(cls, cursor: Cursor) -> tuple[dict[str, object], Self]:
        """Take a stored cursor apart: what the source knows of, and the ledger (a new one where there is none)."""
        own = {name: value for name, value in cursor.items() if name != KEY}
        kept = cursor.get(KEY)
        known = {f.name for f in fields(cls) if not f.name.startswith("_")}
        try:
            return own, cls(**{n: v for n, v in kept.items() if n in known}) if isinstance(kept, Mapping) else cls()
        except TypeError:
            return own, cls()

    def join(self, page: Page) -> Page:
        """The page as it is stored: with the ledger in its cursor."""
        kept = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        kept["filled"] = {name: round(share, 4) for name, share in self.filled.items()}
        return replace(page, cursor={**page.cursor, KEY: kept})

    def take(self, source: str, posts: Sequence[Post]) -> str | None:
        """Count a page. Returns words when fields that used to be filled are empty, once a round for each field."""
        found = Counter({name: _filled(posts, name) for name in _FIELDS})
        self._sample.update(found)
        self._sampled += len(posts)
        drifted = tuple(name for name in _FIELDS if self._has_drifted(name))
        self._told.update(drifted)
        if posts:
            weight = len(posts) / (min(self.seen, _WINDOW) + len(posts))
            for name in _FIELDS:
                before = self.filled.get(name, 0.0)
                self.filled[name] = before + weight * (found[name] / len(posts) - before)
            self.seen = min(self.seen + len(posts), 10**9)
        return str(Drift(source, drifted)) if drifted else None

    def _has_drifted(self, name: str) -> bool:
        return (
            self._sampled >= _SAMPLE
            and self.seen >= _LEAST_SEEN
            and name not in self._told
            and self.filled.get(name, 0.0) >= _USUAL
            and self._sample[name] <= _EMPTY * self._sampled
        )

    def end_round(self, posts: int) -> str | None:
        """Count a finished round. Returns words, once, when nothing comes where there used to be much."""
        self.rounds += 1
        if posts:
            weight = 1 / min(self.rounds, _ROUNDS)
            self.mean = self.mean * (1 - weight) ** self.empty
            self.mean += weight * (posts - self.mean)
            self.longest, self.empty = max(self.longest, self.empty), 0
            return None
        self.empty += 1
        missed = self.mean * self.empty
        is_long = self.rounds > 5 and self.empty > 2 * self.longest
        if not is_long or not missed >= _MISSED > missed - self.mean:
            return None
        return f"{self.empty} rounds in a row brought nothing, where about {missed:.0f} posts were to be expected"

    def due(self, at: datetime) -> list[tuple[datetime, datetime]]:
        """Spans of arrival (from, up to) whose posts came of age for another look since the last one."""
        since = moment(self.looked_at)
        if since is None or since >= at:
            return []
        return [(since - step, at - step) for step in STEPS]


def _filled(posts: Sequence[Post], name: str) -> int:
    """Count the posts that have a field."""
    read = attrgetter(name if name in ("text", "author", "lang", "rating", "url") else f"engagement.{name}")
    return sum(value is not None and value != "" for value in map(read, posts))


def plausible(page: Page) -> Page:
    """A second look that finds none of many is a fault of the source rather than the end of them all."""
    if len(page.gone) < _MANY or page.posts:
        return page
    words = f"a second look found none of {len(page.gone)} known posts: taken for a fault, nothing was deleted"
    return told(replace(page, gone=()), words)


def told(page: Page, words: str | None) -> Page:
    """The page with these words added to its gap."""
    return replace(page, gap="; ".join(filter(None, (page.gap, words)))) if words else page
