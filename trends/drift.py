"""Drift: a story whose posts have gone over to another subject opens a new one, which begins with what they say.

A story remembers the words it began with. The words that come later are held against them in windows of a few posts
by the same evidence as a post's (trends/nearest.py): does the first subject explain them better than the rest of the
brand does? A window that it does not is followed by a second; when it does not explain both together either, the next
post that is rather like these than like the first words opens a new story.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from trends.course import Course, Half
from trends.nearest import SMOOTHING
from trends.table import PRIOR_TOKENS, UNSEEN, Story, Table

BEGINNING, FIRST_WORDS = 16, 160  # posts and words, at least, that say what a story is about
WINDOW, WINDOW_WORDS = 8, 64  # posts and words, at least, held against them at once: one digression is no drift
MOST_OF_A_POST = 40  # words of a post in a window: one long post is no window


def follow(table: Table, story: Story, words: Sequence[str]) -> None:
    """Take notice of the own words of a post that just joined; `O(1)` amortised: a window is weighed when full."""
    course = story.course
    if course is None:
        if story.posts >= BEGINNING and story.tokens >= FIRST_WORDS:
            story.course = Course(dict(story.words), story.title, _centroid(table, story))
        return
    if not words or has_drifted(course):
        return
    was_full = _is_full(course, 1)
    for word in words[:MOST_OF_A_POST]:
        course.lately[word] = course.lately.get(word, 0) + 1
    course.posts, course.tokens = course.posts + 1, course.tokens + min(len(words), MOST_OF_A_POST)
    is_weighed = has_drifted(course) if was_full else _is_full(course, 1)
    if is_weighed and evidence(table, story, course.about, course.lately) >= 0:
        story.course = Course(course.about, story.title, _centroid(table, story))


def has_drifted(course: Course | None) -> bool:
    """Say whether two windows in a row were not about what the story was about."""
    return course is not None and _is_full(course, 2)


def leaves(table: Table, story: Story, words: Iterable[str]) -> bool:
    """Say whether a post that would join a story goes with its drift: more like its last words than its first."""
    course = story.course
    if course is None or not has_drifted(course):
        return False
    said = dict.fromkeys(words, 1)
    return evidence(table, story, course.lately, said) > evidence(table, story, course.about, said)


def evidence(table: Table, story: Story, held: Mapping[str, int], said: Mapping[str, int]) -> float:
    """Return the evidence in nats a word that `said` (word → how often) is of the subject that says `held`, not of the
    rest of the brand without `story`.
    """
    share, frequency, expected = (table.mass - story.mass + PRIOR_TOKENS) / SMOOTHING, table.frequency, table.expected
    gain = 0.0
    for word, times in said.items():
        if count := held.get(word):
            rest = frequency.get(word, 0) - story.words.get(word, 0).bit_length() + expected.get(word, UNSEEN)
            gain += times * math.log1p(count * share / rest)
    return gain / max(sum(said.values()), 1) - math.log1p(sum(held.values()) / SMOOTHING)


def part(table: Table, story: Story, name: str, at: datetime) -> tuple[Story, Half | None]:
    """Take a story back to its first words; returns a new one, not yet in the table, of its last, and the centroid.

    What came between is dropped: it leads from one to the other. Raises ValueError for a story that has not drifted.
    """
    course = story.course
    if course is None or not has_drifted(course):
        raise ValueError(f"{story.story} has not drifted")
    title = "" if story.title == course.title else story.title
    begun = Story(name, story.brand, title, at, at, course.posts, dict(course.lately), table.heat(story, at))
    begun.drifted_from, centroid = story.story, _centroid(table, story)
    table.restate(story, course.about, course.centroid)
    story.title, story.heat, story.posts = course.title, 0.0, max(story.posts - course.posts, 1)
    story.course = Course(course.about, course.title, course.centroid)
    return begun, centroid


def _is_full(course: Course, windows: int) -> bool:
    return course.posts >= windows * WINDOW and course.tokens >= windows * WINDOW_WORDS


def _centroid(table: Table, story: Story) -> Half | None:
    return table.centroid(story).copy() if table.centroids.has[story.row] else None
