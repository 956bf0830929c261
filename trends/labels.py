"""What the detector remembers after people corrected how posts were read: as a restart would read it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from groundswell.types import Observation, Sentiment, Topic
from trends.baseline import HOUR
from trends.board import DAY, BrandState, StoryState


class Relabelled(Protocol):
    """A post as it is labelled now, and the counts it is part of, this label included.

    `hour` holds the scored and negative posts of its brand, source and hour, None when nobody knows them; `days` the
    negative ones of its brand and UTC day by topic, `negative` those of its story.
    """

    @property
    def seen(self) -> Observation: ...
    @property
    def hour(self) -> tuple[int, int] | None: ...
    @property
    def days(self) -> Mapping[Topic, int]: ...
    @property
    def negative(self) -> int: ...


def apply(state: BrandState, told: Relabelled, most: int) -> None:
    """Take over a label; a topic keeps its newest `most` posts.

    Hours and days are told whole. Minutes and stories follow for a post that is remembered by itself: a post too many
    of a story of more than `most` is not, nor is one older than the memory.
    """
    now = told.seen
    at = now.at.timestamp()
    if told.hour is not None:
        state.baseline.put(now.source, int(at // HOUR), *told.hour)
    for topic, negative in told.days.items():
        state.days[topic][int(at // DAY)] = negative
    story = state.stories.get(now.story)
    if story is None:
        return
    story.total_negative = told.negative
    old = _replaced(story, now)
    if old is None:
        return
    state.mentions.add(at, (now.label is not None) - (old.label is not None))
    state.minutes.add(at, _is_negative(now) - _is_negative(old))
    for topic in now.topics:
        _retold(state, topic, now, most)


def _is_negative(seen: Observation) -> int:
    return int(seen.label is Sentiment.NEGATIVE)


def _replaced(story: StoryState, now: Observation) -> Observation | None:
    """Put the post in the place of the one remembered, which is returned; None when it is not remembered."""
    at = now.at.timestamp()
    place = bisect_left(story.keys, (at, now.post))
    if place == len(story.keys) or story.keys[place] != (at, now.post):
        return None
    old = story.posts[place]
    story.posts[place] = replace(old, label=now.label, negative=now.negative)
    story.version += 1
    if old.label is None and now.label is not None:
        insort(story.scored, at)
    elif old.label is not None and now.label is None:
        del story.scored[bisect_left(story.scored, at)]
    if _is_negative(now) > _is_negative(old):
        insort(story.negatives, at)
    elif _is_negative(now) < _is_negative(old):
        del story.negatives[bisect_left(story.negatives, at)]
    return old


def _retold(state: BrandState, topic: Topic, now: Observation, most: int) -> None:
    """Let a topic, which holds negative posts only, gain, change or lose the post."""
    told = state.topics.get(topic)
    if told is None:
        if _is_negative(now):
            state.topics[topic] = told = StoryState(topic, now.at)
            told.add(now, most)
        return
    at = now.at.timestamp()
    place = bisect_right(told.keys, (at, now.post)) - 1
    is_held = place >= 0 and told.keys[place] == (at, now.post)
    if not is_held and _is_negative(now):
        told.add(now, most)
    elif is_held and _is_negative(now):
        _replaced(told, now)
    elif is_held:
        del told.keys[place], told.posts[place]
        del told.negatives[bisect_left(told.negatives, at)], told.scored[bisect_left(told.scored, at)]
        told.total, told.total_negative, told.version = told.total - 1, told.total_negative - 1, told.version + 1
        if not told.keys:
            del state.topics[topic]
            return
        told.last = told.keys[-1][0]
        if place == 0:
            told.first_at = told.posts[0].at
