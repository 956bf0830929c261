"""The live stories of one brand in one script: a bounded table that finds which stories share words with a post.

Everything here can be rebuilt from what is stored with each story, so that a restart changes nothing: counts are whole
numbers, a centroid is rounded to float16 after every change.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heapify, heappop, heappush
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from trends.centroids import Centroids, Vector, rounded
from trends.course import Course
from trends.ordinary import RARE, shares
from trends.words import is_chinese

HEAT_HALF_LIFE = timedelta(hours=6)  # of a complaint's pull on the next: a wave rises within hours
MOST_TOKENS = 1280  # words counted in a story: then all counts are halved, so that it follows what it says lately
MEMORY = 20  # a centroid averages about this many posts, so that it follows a story slowly
PRIOR_TOKENS = (
    2000  # words' worth of belief in the language at large, before the brand's own stories say how common a word is
)
UNSEEN = PRIOR_TOKENS * RARE
MOST_POSTINGS = 48  # stories looked at for one word: of a word in more, those that say it most


@lru_cache(maxsize=1)
def expected() -> Mapping[str, float]:
    """Return how often `PRIOR_TOKENS` words of the language at large say each word; one not there: `UNSEEN`."""
    return MappingProxyType({word: PRIOR_TOKENS * share for word, share in shares().items()})


@dataclass(slots=True)
class Story:
    """One story's state, exactly as stored; `row`, `tokens` and `mass` follow from it."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    words: dict[str, int] = field(default_factory=dict)  # how often, of the last hundred posts or so
    heat: float = 0.0  # complaints at last_at, each fading with HEAT_HALF_LIFE
    row: int = -1
    tokens: int = 0  # sum of `words`
    mass: int = 0  # sum of their weights for how common words are
    course: Course | None = None  # how it has gone on since its first words
    drifted_from: str | None = None  # the story whose posts said the words it began with


class Table:
    """Stories of one brand and script, at most `capacity`; the one silent longest makes room."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.stories: dict[str, Story] = {}
        self.seats: list[Story | None] = []  # by row
        self.postings: dict[str, dict[int, int]] = {}  # word → row → count
        self.frequency: dict[str, int] = {}  # word → sum over stories of the count's bits
        self.mass = 0  # sum of that over words
        self.expected = expected()  # word → the same in as many words of the language at large
        self.centroids = Centroids()
        self._repeated: dict[tuple[str, int], set[int]] = {}  # word, bits of the count from 2 on → rows
        self._free: list[int] = []
        self._silence: list[tuple[datetime, str]] = []  # heap: no story's last post is earlier than its entry

    def add(self, story: Story, centroid: NDArray[np.float16] | None) -> None:
        """Take in a story, new or stored, without words counted yet that are not in `words`."""
        if len(self.stories) >= self._capacity:
            self._evict()
        if len(self._silence) > 4 * self._capacity:  # removed stories leave entries behind
            self._silence = [(held.last_at, name) for name, held in self.stories.items()]
            heapify(self._silence)
        self._seat(story)
        if centroid is not None:
            self.centroids.place(story.row, centroid)
        self.stories[story.story] = story
        heappush(self._silence, (story.last_at, story.story))
        counts, story.words = story.words, {}
        for word, count in counts.items():
            self._count(story, word, count)

    def remove(self, name: str) -> None:
        """Forget a story: merged away, purged, or silent for too long."""
        story = self.stories.pop(name)
        for word in list(story.words):
            self._count(story, word, 0)
        self.centroids.clear(story.row)
        self.seats[story.row] = None
        self._free.append(story.row)

    def restate(self, story: Story, words: Mapping[str, int], centroid: NDArray[np.float16] | None) -> None:
        """Give a story other words and another centroid, None for no centroid."""
        for word in {**story.words, **words}:
            self._count(story, word, words.get(word, 0))
        if centroid is None:
            self.centroids.clear(story.row)
        else:
            self.centroids.place(story.row, centroid)

    def rarity(self, word: str) -> float:
        """Measure how rare a word is in the brand's stories: -ln of its share, 0 to about 12."""
        return math.log((self.mass + PRIOR_TOKENS) / (self.frequency.get(word, 0) + self.expected.get(word, UNSEEN)))

    def weighed(self, words: Mapping[str, int]) -> list[tuple[float, str]]:
        """Return (count x rarity, word) for every word."""
        return [(count * self.rarity(word), word) for word, count in words.items()]

    def centroid(self, story: Story) -> NDArray[np.float16]:
        """Return the story's centroid; zero when no post of it had an embedding."""
        row: NDArray[np.float16] = self.centroids.matrix[story.row]
        return row

    def heat(self, story: Story, at: datetime) -> float:
        """Return how many complaints a story has lately, each weighing less the longer it is ago."""
        return story.heat * _faded(story.last_at, at)

    def holders(self, word: str) -> dict[int, int]:
        """Return row → count of stories that hold a word: all, or of a common one those that say it most often."""
        held = self.postings.get(word)
        if held is None or len(held) <= MOST_POSTINGS:
            return held or {}
        most: dict[int, int] = {}
        for bits in range(MOST_TOKENS.bit_length(), 1, -1):
            rows = self._repeated.get((word, bits))
            if rows is None:
                continue
            if len(most) + len(rows) > MOST_POSTINGS:
                break
            for row in rows:
                most[row] = held[row]
        return most

    def absorb(
        self, story: Story, at: datetime, words: Iterable[str], vector: Vector | None, complaint: float = 0.0
    ) -> None:
        """Add one post, its distinct words and its embedding."""
        newest = max(story.last_at, at)
        story.heat = story.heat * _faded(story.last_at, newest) + complaint * _faded(at, newest)
        held = story.words
        for word in words:
            self._count(story, word, held.get(word, 0) + 1)
        if story.tokens > MOST_TOKENS:
            for word, count in list(held.items()):
                self._count(story, word, count // 2)
        if vector is not None:
            centroid = self.centroids.matrix[story.row].astype(np.float32)
            self.centroids.place(story.row, rounded(centroid * min(story.posts, MEMORY) + vector))
        story.first_at, story.last_at, story.posts = min(story.first_at, at), newest, story.posts + 1

    def _count(self, story: Story, word: str, after: int) -> None:
        """Set how often a story holds a word, and what follows from it. A story weighs the bits of its count: one loud
        story does not make its own words common, nor does a brand's favourite word stay rare.
        """
        row, before = story.row, story.words.get(word, 0)
        postings = self.postings.get(word)
        if postings is None:
            postings = self.postings[word] = {}
            self.frequency[word] = 0
        story.tokens += after - before
        old, new = before.bit_length(), after.bit_length()
        if after:
            story.words[word] = postings[row] = after
        else:
            del story.words[word], postings[row]
        if new == old:
            return
        story.mass += new - old
        self.mass += new - old
        self.frequency[word] += new - old
        if old > 1:
            self._drop(word, old, row)
        if new > 1:
            self._repeated.setdefault((word, new), set()).add(row)
        if not postings:
            del self.postings[word], self.frequency[word]

    def _drop(self, word: str, bits: int, row: int) -> None:
        rows = self._repeated[word, bits]
        rows.discard(row)
        if not rows:
            del self._repeated[word, bits]

    def _seat(self, story: Story) -> None:
        if self._free:
            story.row = self._free.pop()
            self.seats[story.row] = story
            return
        story.row = len(self.seats)
        self.seats.append(story)
        if story.row == len(self.centroids.has):
            self.centroids.grow()

    def _evict(self) -> None:
        """Remove the story silent longest; entries of the heap that are out of date are put right as they come up."""
        while True:
            last_at, name = heappop(self._silence)
            story = self.stories.get(name)
            if story is not None and story.last_at == last_at:
                self.remove(name)
                return
            if story is not None:
                heappush(self._silence, (story.last_at, name))


def _faded(since: datetime, until: datetime) -> float:
    """What is left at `until` of heat as of `since`; all of it before."""
    return float(0.5 ** ((until - since) / HEAT_HALF_LIFE)) if until > since else 1.0


def script(words: Sequence[str]) -> int:
    """1 for words mostly in Chinese characters, else 0: embeddings of the two lie apart, whatever they say."""
    return int(2 * sum([is_chinese(word) for word in words]) > len(words))
