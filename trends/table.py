"""The live stories of one brand: a bounded table of centroids and word weights that finds the nearest story.

Everything here can be rebuilt from what is stored with each story, so that a restart changes nothing: a centroid is
rounded to float16 after every change, document frequencies count stories, not posts.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from groundswell.types import Topic

Vector = NDArray[np.float32]

TOPICS = len(Topic)
EMBEDDING = 384  # the reader's
WIDTH = EMBEDDING + TOPICS  # then what the post complains of
HEAT_HALF_LIFE = timedelta(hours=6)  # of a complaint's pull on the next: a wave rises within hours
HALF_LIFE = timedelta(days=3)  # of a word's weight: after a weekend a story is about what it says now
MOST_WORDS = 40  # kept per story: grouping on t26 does not gain from more
COHERENT = 0.35  # centroids nearer to the brand's mean than this, in lengths of a post, belong to no one subject
MEMORY = 20  # a centroid averages about this many posts, so that it follows a story slowly


@dataclass(slots=True)
class Story:
    """One story's state, exactly as stored."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    words: dict[str, float] = field(default_factory=dict)
    heat: float = 0.0  # complaints at last_at, each fading with HEAT_HALF_LIFE
    row: int = -1
    script: int = 0


class Table:
    """Stories of one brand, at most `capacity`; the one silent longest makes room."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.stories: dict[str, Story] = {}
        self.frequency: Counter[str] = Counter()
        self._mass = 0
        self._centroids = np.zeros((64, WIDTH), dtype=np.float32)
        self._by_row: list[Story | None] = [None] * 64
        self._has = np.zeros(64, dtype=bool)  # rows with a centroid
        self._sums = np.zeros((2, WIDTH), dtype=np.float64)  # of centroids, per script
        self._counts = [0, 0]
        self._scripts = np.zeros(64, dtype=np.int8)
        self._free = list(range(63, -1, -1))
        self._postings: dict[str, set[str]] = {}

    def add(self, story: Story, centroid: Vector | None) -> None:
        """Take in a story, new or stored; a stored centroid is taken as it is, or a restart would round it twice."""
        if len(self.stories) >= self._capacity:
            self._evict()
        if not self._free:
            size = len(self._by_row)
            self._centroids = np.vstack([self._centroids, np.zeros((size, WIDTH), dtype=np.float32)])
            self._by_row.extend([None] * size)
            self._has = np.concatenate([self._has, np.zeros(size, dtype=bool)])
            self._scripts = np.concatenate([self._scripts, np.zeros(size, dtype=np.int8)])
            self._free = list(range(2 * size - 1, size - 1, -1))
        story.row = self._free.pop()
        self._by_row[story.row] = story
        story.script = script(story.words)
        self._scripts[story.row] = story.script
        if centroid is not None:
            self._place(story, centroid)
        self.stories[story.story] = story
        self._index(story.words, story.story, 1)
        self._mass += _heft(story.posts)

    def remove(self, story: str) -> None:
        """Forget a story: merged away, purged, or silent for too long."""
        gone = self.stories.pop(story)
        self._index(gone.words, story, -1)
        self._mass -= _heft(gone.posts)
        self._by_row[gone.row] = None
        if self._has[gone.row]:
            self._sums[gone.script] -= self._centroids[gone.row]
            self._counts[gone.script] -= 1
        self._centroids[gone.row], self._has[gone.row] = 0.0, False
        self._free.append(gone.row)

    def idf(self, word: str) -> float:
        """Measure how rare a word is among posts: log(1 + (N + 10) / (df + 1)); +10 keeps the first ones sane."""
        return math.log(1 + (self._mass + 10) / (self.frequency[word] + 1))

    def centroid(self, story: Story) -> Vector:
        """Return the story's centroid; zero when no post of it had an embedding."""
        row: Vector = self._centroids[story.row]
        return row

    def meaning(self, vector: Vector, written: int, base: float, prior: int) -> dict[str, float]:
        """How like in meaning a post is to each story of its script (`written`): 0 unrelated, 1 equal.

        Embeddings of one brand in one language nearly coincide; what tells subjects apart is the rest. So the mean of
        the brand's centroids is taken off both sides before the cosine. While stories are few that mean is unknown, and
        the plain cosine above `base`, rescaled, speaks instead with the weight of `prior` stories.
        """
        rows = np.flatnonzero(self._has & (self._scripts == written))
        if not len(rows):
            return {}
        centroids = self._centroids[rows]  # (stories, width)
        mean = (self._sums[written] / self._counts[written]).astype(np.float32)
        apart, own = centroids - mean, vector - mean
        size = float(np.linalg.norm(own))
        length = np.maximum(np.sqrt((apart * apart).sum(axis=1)), COHERENT * size)
        centred = (apart @ own) / np.maximum(length * size, 1e-6)
        plain = (centroids @ vector - base) / (1 - base)
        share = len(rows) / (len(rows) + prior)
        values = share * centred + (1 - share) * plain
        return {self._name(row): value for row, value in zip(rows.tolist(), values.tolist(), strict=True)}

    def _name(self, row: int) -> str:
        story = self._by_row[row]
        return story.story if story is not None else ""

    def _place(self, story: Story, centroid: Vector) -> None:
        """Put a centroid in its row and in the sum of its script."""
        if self._has[story.row]:
            self._sums[story.script] -= self._centroids[story.row]
        else:
            self._counts[story.script] += 1
        self._centroids[story.row], self._has[story.row] = centroid, True
        self._sums[story.script] += centroid

    def _write(self, story: Story, written: int) -> None:
        """Move a story to the script of its words; a function of what is stored, so that a restart finds it there."""
        if written == story.script:
            return
        if self._has[story.row]:
            self._sums[story.script] -= self._centroids[story.row]
            self._sums[written] += self._centroids[story.row]
            self._counts[story.script] -= 1
            self._counts[written] += 1
        story.script = self._scripts[story.row] = written

    def heat(self, story: Story, at: datetime) -> float:
        """Return how many complaints a story has lately, each weighing less the longer it is ago."""
        halvings: float = max(at - story.last_at, timedelta(0)) / HEAT_HALF_LIFE
        return float(story.heat * 0.5**halvings)

    def sharing(self, words: Iterable[str]) -> set[str]:
        """Return stories that hold one of `words`, words of every tenth story (the brand's name) left out."""
        most = max(20, len(self.stories) // 10)
        held: set[str] = set()
        for word in words:
            stories = self._postings.get(word, ())
            if len(stories) <= most:
                held.update(stories)
        return held

    def likeness(self, weights: dict[str, float], story: Story) -> float:
        """Return the cosine of the IDF-weighted words of a post with those of a story, 0–1."""
        dot = sum(value * self.idf(word) * story.words.get(word, 0.0) for word, value in weights.items())
        if not dot:
            return 0.0
        norm = math.sqrt(sum((value * self.idf(word)) ** 2 for word, value in story.words.items()))
        own = math.sqrt(sum(value * value for value in weights.values()))
        return dot / (norm * own)

    def absorb(
        self,
        story: Story,
        at: datetime,
        words: Sequence[str],
        vector: Vector | None,
        weight: float,
        negative: float = 0.0,
    ) -> None:
        """Add one post's words and embedding; commutes in time, because weights decay from the newest post."""
        newest = max(story.last_at, at)
        fade = 0.5 ** ((newest - story.last_at) / HALF_LIFE)
        entry = weight * 0.5 ** ((newest - at) / HALF_LIFE)
        old, new = story.words, {word: value * fade for word, value in story.words.items()}
        for word in dict.fromkeys(words):
            new[word] = new.get(word, 0.0) + entry
        if len(new) > MOST_WORDS:
            kept = sorted(new, key=lambda w: (-new[w] * self.idf(w), w))[:MOST_WORDS]
            new = {word: new[word] for word in kept}
        hot = story.heat * 0.5 ** ((newest - story.last_at) / HEAT_HALF_LIFE)
        story.heat = float(f"{hot + negative * 0.5 ** ((newest - at) / HEAT_HALF_LIFE):.6g}")
        story.words = {word: float(f"{value:.4g}") for word, value in new.items()}
        self._index(old, story.story, -1)
        self._index(story.words, story.story, 1)
        self._write(story, script(story.words))
        self._mass += _heft(story.posts + 1) - _heft(story.posts)
        if vector is not None:
            mixed = self._centroids[story.row] * min(story.posts, MEMORY) + vector
            self._place(story, _rounded(mixed))
        story.first_at, story.last_at, story.posts = min(story.first_at, at), newest, story.posts + 1

    def _evict(self) -> None:
        self.remove(min(self.stories.values(), key=lambda s: (s.last_at, s.story)).story)

    def _index(self, words: Mapping[str, float], story: str, sign: int) -> None:
        """Count a story's words in (sign 1) or out (-1)."""
        for word, value in words.items():
            self.frequency[word] += sign * _heft(value)
            if sign > 0:
                self._postings.setdefault(word, set()).add(story)
            else:
                self._postings[word].discard(story)
                if not self._postings[word]:
                    del self._postings[word], self.frequency[word]


def _heft(posts: float) -> int:
    """How much a story counts for how common its words are: the root of its posts, so that one loud story does not
    make its own words common, nor a brand's favourite word stay rare.
    """
    return 1 + int(math.sqrt(posts))


def script(words: Iterable[str]) -> int:
    """1 for words mostly in Chinese characters, else 0: embeddings of the two lie apart, whatever they say."""
    marks = [1 if word.isascii() else -1 for word in words]
    return int(sum(marks) < 0)


def _rounded(vector: Vector) -> Vector:
    """L2-normalised and rounded to what is stored."""
    norm = float(np.linalg.norm(vector))
    return (vector / norm if norm else vector).astype(np.float16).astype(np.float32)
