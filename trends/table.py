"""The live stories of one brand: a bounded table of centroids and word weights that finds the stories near a post.

Everything here can be rebuilt from what is stored with each story, so that a restart changes nothing: a centroid is
rounded to float16 after every change, document frequencies count stories, not posts.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

import numpy as np

from trends.centroids import Centroids, Vector, rounded

HEAT_HALF_LIFE = timedelta(hours=6)  # of a complaint's pull on the next: a wave rises within hours
HALF_LIFE = timedelta(days=3)  # of a word's weight: after a weekend a story is about what it says now
MOST_WORDS = 40  # kept per story: grouping on t26 does not gain from more
MEMORY = 20  # a centroid averages about this many posts, so that it follows a story slowly
UNCHANGED = 4.9e-5  # a four-digit number less than this part of itself rounds back to itself: 0.5 / 9999


@dataclass(slots=True)
class Story:
    """One story's state, exactly as stored. `words` is replaced, never changed."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    words: dict[str, float] = field(default_factory=dict)
    heat: float = 0.0  # complaints at last_at, each fading with HEAT_HALF_LIFE
    row: int = -1  # in the arrays of its script
    script: int = 0

    @property
    def slot(self) -> int:
        """One number for row and script."""
        return 2 * self.row + self.script


class Table:
    """Stories of one brand, at most `capacity`; the one silent longest makes room."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.stories: dict[str, Story] = {}
        self.by_slot: dict[int, Story] = {}
        self.postings: dict[str, set[int]] = {}  # word → slots of the stories that hold it
        self.frequency: dict[str, int] = {}
        self._mass = 0
        self._idf: dict[int, float] = {}  # document frequency → inverse, under the present mass
        self.centroids = (Centroids(), Centroids())  # by script
        self.warmth = np.zeros(2 * len(self.centroids[0].has))  # by slot: log(1 + heat), not faded: a bound of it
        self._free: tuple[list[int], list[int]] = ([], [])
        self._rows = [0, 0]
        self._silence: list[tuple[datetime, str]] = []  # heap: no story's last post is earlier than its entry

    def add(self, story: Story, centroid: Vector | None) -> None:
        """Take in a story, new or stored; a stored centroid is taken as it is, or a restart would round it twice."""
        if len(self.stories) >= self._capacity:
            self._evict()
        if len(self._silence) > 4 * self._capacity:  # removed stories leave entries behind
            self._silence = [(held.last_at, name) for name, held in self.stories.items()]
            heapify(self._silence)
        self._seat(story, script(story.words))
        if centroid is not None:
            self.centroids[story.script].place(story.row, centroid)
        self.stories[story.story] = story
        heappush(self._silence, (story.last_at, story.story))
        for word, value in story.words.items():
            self._count(word, _heft(value))
            self.postings.setdefault(word, set()).add(story.slot)
        self._weigh(_heft(story.posts))

    def remove(self, story: str) -> None:
        """Forget a story: merged away, purged, or silent for too long."""
        gone = self.stories.pop(story)
        for word, value in gone.words.items():
            self._count(word, -_heft(value))
            self._unpost(word, gone.slot)
        self._weigh(-_heft(gone.posts))
        self._unseat(gone)

    def idf(self, word: str) -> float:
        """Measure how rare a word is among posts: log(1 + (N + 10) / (df + 1)); +10 keeps the first ones sane."""
        frequency = self.frequency.get(word, 0)
        known = self._idf.get(frequency)
        if known is None:
            known = self._idf[frequency] = math.log(1 + (self._mass + 10) / (frequency + 1))
        return known

    def weighed(self, words: Mapping[str, float]) -> list[tuple[float, str]]:
        """Return (value x idf, word) for every word."""
        frequency, known, idf = self.frequency.get, self._idf.get, self.idf
        return [(value * (known(frequency(word, 0)) or idf(word)), word) for word, value in words.items()]

    def centroid(self, story: Story) -> Vector:
        """Return the story's centroid; zero when no post of it had an embedding."""
        row: Vector = self.centroids[story.script].matrix[story.row]
        return row

    def heat(self, story: Story, at: datetime) -> float:
        """Return how many complaints a story has lately, each weighing less the longer it is ago."""
        halvings: float = max(at - story.last_at, timedelta(0)) / HEAT_HALF_LIFE
        return float(story.heat * 0.5**halvings)

    def common(self) -> int:
        """Return the number of stories above which a word is everyone's (the brand's name), and finds none."""
        return max(20, len(self.stories) // 10)

    def likeness(self, weights: dict[str, float], story: Story) -> float:
        """Return the cosine of a post's words (`weights`: their idf) with the IDF-weighted ones of a story, 0–1."""
        held = story.words
        dot = sum([value * value * held[word] for word, value in weights.items() if word in held])
        if not dot:
            return 0.0
        norm = math.sqrt(sum([value * value for value, _ in self.weighed(held)]))
        own = math.sqrt(sum([value * value for value in weights.values()]))
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
        entry = weight * 0.5 ** ((newest - at) / HALF_LIFE)
        self._reword(story, words, 0.5 ** ((newest - story.last_at) / HALF_LIFE), entry)
        hot = story.heat * 0.5 ** ((newest - story.last_at) / HEAT_HALF_LIFE)
        story.heat = float(f"{hot + negative * 0.5 ** ((newest - at) / HEAT_HALF_LIFE):.6g}")
        self._move(story, script(story.words))
        self.warmth[story.slot] = math.log1p(story.heat)
        more = _heft(story.posts + 1) - _heft(story.posts)
        if more:
            self._weigh(more)
        if vector is not None:
            held = self.centroids[story.script]
            held.place(story.row, rounded(held.matrix[story.row] * min(story.posts, MEMORY) + vector))
        story.first_at, story.last_at, story.posts = min(story.first_at, at), newest, story.posts + 1

    def _reword(self, story: Story, words: Sequence[str], fade: float, entry: float) -> None:
        """Fade a story's words, add a post's, keep the weightiest; four digits each, as stored."""
        old = story.words
        new = {word: value * fade for word, value in old.items()}
        added = dict.fromkeys(words)
        for word in added:
            new[word] = new.get(word, 0.0) + entry
        if len(new) > MOST_WORDS:
            ranked = sorted([(-weight, word) for weight, word in self.weighed(new)])
            new = {word: new[word] for _, word in ranked[:MOST_WORDS]}
        if 1 - fade < UNCHANGED:
            story.words = {w: float(f"{v:.4g}") if w in added else old[w] for w, v in new.items()}
        else:
            story.words = {w: float(f"{v:.4g}") for w, v in new.items()}
        self._recount(story, old)

    def _recount(self, story: Story, old: dict[str, float]) -> None:
        """Bring document frequencies and postings from a story's `old` words to those it has now."""
        new, slot = story.words, story.slot
        for word, value in new.items():
            before = old.get(word)
            if before is None:
                self._count(word, _heft(value))
                self.postings.setdefault(word, set()).add(slot)
            elif int(value) != int(before) and (more := _heft(value) - _heft(before)):
                self._count(word, more)
        for word in old.keys() - new.keys():
            self._count(word, -_heft(old[word]))
            self._unpost(word, slot)

    def _count(self, word: str, more: int) -> None:
        self.frequency[word] = self.frequency.get(word, 0) + more

    def _unpost(self, word: str, slot: int) -> None:
        self.postings[word].discard(slot)
        if not self.postings[word]:
            del self.postings[word], self.frequency[word]

    def _weigh(self, more: int) -> None:
        self._mass += more
        self._idf.clear()

    def _seat(self, story: Story, written: int) -> None:
        """Give a story a row among those of its script."""
        if not self._free[written]:
            if self._rows[written] == len(self.centroids[written].has):
                self.centroids[written].grow()
                slots = 2 * max(len(held.has) for held in self.centroids)
                self.warmth = np.concatenate([self.warmth, np.zeros(slots - len(self.warmth))])
            self._free[written].append(self._rows[written])
            self._rows[written] += 1
        story.script, story.row = written, self._free[written].pop()
        self.by_slot[story.slot], self.warmth[story.slot] = story, math.log1p(story.heat)

    def _unseat(self, story: Story) -> None:
        self.centroids[story.script].clear(story.row)
        del self.by_slot[story.slot]
        self._free[story.script].append(story.row)

    def _move(self, story: Story, written: int) -> None:
        """Seat a story by the script of its words now: a function of what is stored, so a restart finds it there."""
        if written == story.script:
            return
        before, held = story.slot, self.centroids[story.script]
        centroid = held.matrix[story.row].copy() if held.has[story.row] else None
        self._unseat(story)
        self._seat(story, written)
        if centroid is not None:
            self.centroids[written].place(story.row, centroid)
        for word in story.words:
            self.postings[word].discard(before)
            self.postings[word].add(story.slot)

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


def _heft(posts: float) -> int:
    """How much a story counts for how common its words are: the root of its posts, so that one loud story does not
    make its own words common, nor a brand's favourite word stay rare.
    """
    return 1 + int(math.sqrt(posts))


def script(words: Iterable[str]) -> int:
    """1 for words mostly in Chinese characters, else 0: embeddings of the two lie apart, whatever they say."""
    marks = [1 if word.isascii() else -1 for word in words]
    return int(sum(marks) < 0)
