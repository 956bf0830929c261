"""Invented brands as the detector sees them: classified posts of everyday talk, waves and outbreaks, truth known.

Everyday talk is a Poisson process of small stories (each post is answered by 0.4 others on average), times day-night
cycle, weekend, and a slow random level; the reader's errors are drawn on top. Nothing here is taken from real posts.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from groundswell.types import Observation, Sentiment, Topic

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
ANSWERED = 0.4  # posts each everyday post causes
KERNEL_H = 0.5  # mean time until an answer
MISREAD = 0.08  # of posts that are not negative are read so ...
MISSED = 0.15  # ... and of negative ones are not
SOURCES = ("forum", "reviews", "weibo")
TOPIC_SHARES = (0.25, 0.18, 0.15, 0.10, 0.08, 0.06, 0.05, 0.08, 0.03, 0.02)  # of complaints, in the order of Topic
NONE_SHARE = 0.3  # of complaints are about none of them


@dataclass(slots=True)
class Crowd:
    """Draws posts of one brand; `day` is its mean number of mentions a day, `negative` the share that complains."""

    brand: str
    day: float
    negative: float
    random: np.random.Generator
    night: float = 0.8  # depth of the night, 0-1
    peak_h: float = 13.0  # hour of the day with most talk
    weekend: float = 0.7
    posts: list[Observation] = field(default_factory=list)

    def ordinary(self, first_h: float, hours: float, *, factor: float = 1.0) -> None:
        """Add everyday talk of (first_h, first_h + hours]; `factor` multiplies the rate."""
        level = 1.0
        for hour in range(int(first_h), int(first_h + hours)):
            if hour % 6 == 0:
                level = self.random.gamma(8.0, 1 / 8.0)
            rate = self.day / 24 * (1 - ANSWERED) * self.rhythm(hour) * level * factor
            for _ in range(self.random.poisson(rate)):
                topic = self._topic()
                self.story(hour + self.random.random(), ANSWERED, self.negative, topic=topic, until_h=hour + 48)

    def rhythm(self, hour: float) -> float:
        """Return the day's and the week's factor, mean about 1."""
        day = 1 + self.night * np.cos((hour - self.peak_h) * np.pi / 12)
        return float(day * (self.weekend if hour // 24 % 7 >= 5 else 1.0))

    def wave(self, first_h: float, hours: float, posts: int, negative: float, *, stories: int = 30) -> None:
        """Add talk about one happening that rises fast and fades: many small stories, `negative` of it complaining."""
        for number in range(posts):
            at = first_h + hours * self.random.beta(1.5, 4.0)
            self._post(at, f"w{first_h:.0f}-{number % stories}", negative, self._topic(), is_repost=False)

    def story(
        self, at_h: float, r: float, negative: float, *, topic: Topic | None, until_h: float, name: str = "",
        kernel_h: float = KERNEL_H, most: int = 1500, seeds: int = 1,
    ) -> int:  # fmt: skip
        """Add a branching story that starts at `at_h` with `seeds` posts, each causing `r` more; return its size."""
        name = name or f"s{len(self.posts)}"
        queue = [at_h + (0.25 * self.random.random() if i else 0.0) for i in range(seeds)]
        size = 0
        for number, at in enumerate(queue):
            self._post(at, name, negative, topic, is_repost=number >= seeds and self.random.random() < 0.5)
            size += 1
            if len(queue) < most:
                waits = self.random.exponential(kernel_h, self.random.poisson(r))
                queue += [at + wait for wait in waits if at + wait < until_h]
        return size

    def _topic(self) -> Topic | None:
        if self.random.random() < NONE_SHARE:
            return None
        return list(Topic)[int(self.random.choice(len(TOPIC_SHARES), p=TOPIC_SHARES))]

    def _post(self, at: float, story: str, negative: float, topic: Topic | None, *, is_repost: bool) -> None:
        is_negative = self.random.random() < negative
        is_read_so = self.random.random() < (1 - MISSED if is_negative else MISREAD)
        number = len(self.posts) + 1
        other = Sentiment.NEUTRAL if self.random.random() < 0.5 else Sentiment.POSITIVE
        self.posts.append(
            Observation(
                post=number,
                brand=self.brand,
                story=story,
                source=SOURCES[int(self.random.integers(len(SOURCES)))],
                at=START + timedelta(hours=at),
                label=Sentiment.NEGATIVE if is_read_so else other,
                negative=0.9 if is_read_so else 0.1,
                lang="en",
                author=f"a{int(self.random.integers(10**9))}",
                copy_of=0 if is_repost else number,
                is_repost=is_repost,
                topics=(topic,) if topic and is_read_so else (),
            )
        )
