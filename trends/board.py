"""What the detector remembers: per brand the minutes, hours and days of negative mentions, per story its newest posts.

Everything is ordered by event time and keyed by post, so that late, duplicate and shuffled posts leave the same state:
counts add up, and "the newest k of all posts seen" does not depend on the order in which they came.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from groundswell.types import Observation, Sentiment, Topic
from trends.baseline import HOUR, Baseline
from trends.settings import DetectorSettings

DAY = 86400.0
REMEMBERED_IDS = 250_000  # post ids per generation; two generations are kept to recognise duplicates


class Minutes:
    """Counts per minute over a bounded time, newest at the end; what is older falls out."""

    def __init__(self, hours: float) -> None:
        self._size = int(hours * 60)
        self._counts = np.zeros(self._size, dtype=np.int32)
        self._newest = -1

    def add(self, at: float, posts: int = 1) -> None:
        """Count so many posts at `at` seconds, less than 0 to take them back."""
        minute = int(at // 60)
        if self._newest < 0:
            self._newest = minute
        if minute > self._newest:
            first = (self._newest + 1) % self._size
            last = first + min(minute - self._newest, self._size)
            self._counts[first:last] = 0
            self._counts[: max(last - self._size, 0)] = 0
            self._newest = minute
        if minute > self._newest - self._size:
            self._counts[minute % self._size] += posts

    def count(self, at: float, window_s: float) -> int:
        """Return posts of the `window_s` / 60 whole minutes that end with the minute of `at`."""
        last = min(int(at // 60), self._newest)
        first = max(int(at // 60) - int(window_s // 60) + 1, self._newest - self._size + 1)
        if self._newest < 0 or last < first:
            return 0
        a, b = first % self._size, last % self._size
        return int(self._counts[a : b + 1].sum() if a <= b else self._counts[a:].sum() + self._counts[: b + 1].sum())


@dataclass(slots=True)
class StoryState:
    """One story's newest posts, by time and id. `version` changes with every post."""

    story: str
    first_at: datetime
    keys: list[tuple[float, int]] = field(default_factory=list)
    posts: list[Observation] = field(default_factory=list)
    negatives: list[float] = field(default_factory=list)
    scored: list[float] = field(default_factory=list)
    last: float = 0.0
    total: int = 0
    total_negative: int = 0
    version: int = 0

    def add(self, seen: Observation, most: int) -> None:
        """Insert in event order, keeping the newest `most`."""
        at = seen.at.timestamp()
        key = (at, seen.post)
        if not self.keys or key > self.keys[-1]:
            self.keys.append(key)
            self.posts.append(seen)
        else:
            place = bisect_left(self.keys, key)
            self.keys.insert(place, key)
            self.posts.insert(place, seen)
        self.first_at, self.last = min(self.first_at, seen.at), max(self.last, at)
        self.total, self.version = self.total + 1, self.version + 1
        if seen.label is not None:
            insort(self.scored, at)
        if seen.label is Sentiment.NEGATIVE:
            insort(self.negatives, at)
            self.total_negative += 1
        if len(self.keys) > most + most // 4:
            self._cut(len(self.keys) - most)

    def negative(self, at: float, window_s: float) -> int:
        """Return negative mentions in (at - window_s, at]."""
        return bisect_right(self.negatives, at) - bisect_right(self.negatives, at - window_s)

    def read(self, at: float, window_s: float) -> int:
        """Return scored mentions in (at - window_s, at]."""
        return bisect_right(self.scored, at) - bisect_right(self.scored, at - window_s)

    def count(self, at: float) -> int:
        """Return how many remembered posts happened up to `at`."""
        return bisect_right(self.keys, (at, 1 << 62))

    def until(self, at: float, oldest: float) -> list[Observation]:
        """Return the remembered posts in (oldest, at], by time."""
        return self.posts[bisect_right(self.keys, (oldest, 1 << 62)) : bisect_right(self.keys, (at, 1 << 62))]

    def prune(self, oldest: float) -> None:
        """Forget single posts up to `oldest`."""
        self._cut(bisect_right(self.keys, (oldest, 1 << 62)))

    def _cut(self, count: int) -> None:
        if count:
            del self.keys[:count], self.posts[:count]
            oldest = self.keys[0][0] if self.keys else float("inf")
            del self.negatives[: bisect_left(self.negatives, oldest)]
            del self.scored[: bisect_left(self.scored, oldest)]


class BrandState:
    """Everything remembered of one brand."""

    def __init__(self, brand: str, settings: DetectorSettings) -> None:
        self.brand, self._settings = brand, settings
        self.baseline = Baseline()
        self.minutes = Minutes(settings.memory_h)  # of negative mentions
        self.mentions = Minutes(settings.memory_h)  # of all that were scored
        self.stories: dict[str, StoryState] = {}
        self.topics: dict[Topic, StoryState] = {}  # negative mentions only
        self.days: defaultdict[Topic, dict[int, int]] = defaultdict(dict)
        self.loaded_hours: set[tuple[str, int]] = set()  # already counted by the store
        self.loaded_days: set[tuple[Topic, int]] = set()

    def add(self, seen: Observation) -> None:
        """Count one post everywhere."""
        at = seen.at.timestamp()
        negative = seen.label is Sentiment.NEGATIVE
        hour = int(at // HOUR)
        if (seen.source, hour) not in self.loaded_hours:
            self.baseline.add(seen.source, hour, int(seen.label is not None), int(negative))
        if seen.label is not None:
            self.mentions.add(at)
        if negative:
            self.minutes.add(at)
            day = int(at // DAY)
            for topic in seen.topics:
                if topic not in self.topics:
                    self.topics[topic] = StoryState(topic, seen.at)
                self.topics[topic].add(seen, self._settings.posts_per_story)
                if (topic, day) not in self.loaded_days:
                    self.days[topic][day] = self.days[topic].get(day, 0) + 1
        story = self.stories.get(seen.story)
        if story is None:
            story = self.stories[seen.story] = StoryState(seen.story, seen.at)
            if len(self.stories) > self._settings.stories_per_brand * 5 // 4:
                self._evict()
        story.add(seen, self._settings.posts_per_story)

    def accounts_before(self, story: StoryState, at: float) -> set[str]:
        """Return the accounts remembered at `at` that wrote about the brand before `story` began."""
        oldest, first = at - self._settings.memory_h * HOUR, story.first_at.timestamp()
        others = (other for other in self.stories.values() if other.story != story.story)
        remembered = (post for other in others for post in other.until(first, oldest))
        return {post.author for post in remembered if post.author}

    def topic_share(self, topic: Topic, today: int) -> float:
        """Return which part of the brand's negatives before `today` complained of `topic`; an eighth until seen."""
        first, negative = self.baseline.past(today)
        of_topic = sum(n for day, n in self.days[topic].items() if first <= day < today)
        return min((of_topic + 1) / (negative + 8), 1.0)

    def prune(self, at: float) -> None:
        """Forget single posts older than the memory and stories without any."""
        oldest = at - self._settings.memory_h * HOUR
        for story in list(self.stories.values()):
            story.prune(oldest)
            if not story.keys:
                del self.stories[story.story]
        for told in self.topics.values():
            told.prune(oldest)
        self.baseline.prune(at)
        for days in self.days.values():
            for day in [d for d in days if d < at // DAY - 70]:
                del days[day]

    def _evict(self) -> None:
        keep = sorted(self.stories.values(), key=lambda s: (-s.last, s.story))[: self._settings.stories_per_brand]
        self.stories = {story.story: story for story in keep}


class SeenPosts:
    """Recognise posts observed before, for the last quarter to half million; bounded."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()

    def first_time(self, post: int) -> bool:
        """Remember `post`; False when it was known."""
        if post in self._new or post in self._old:
            return False
        self._new.add(post)
        if len(self._new) >= REMEMBERED_IDS:
            self._old, self._new = self._new, set()
        return True
