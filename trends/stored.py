"""What the store keeps of a story, as far as grouping and detection need it to start again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from trends.centroids import WIDTH
from trends.course import Half, kept
from trends.course import restored as course_of
from trends.table import Story, Table
from trends.words import is_chinese


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryUpdate:
    """How a story stands after a post joined it; written in the post's transaction. `centroid` is float16 bytes.

    `absorbed` posts shaped it; `story` is what they were drawn by, which people may have merged into another. `course`
    says how it went on since its first words, None while it begins; those were said in `drifted_from`, if not here.
    """

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    centroid: bytes
    words: dict[str, int]
    heat: float
    absorbed: int
    course: dict[str, Any] | None
    drifted_from: str | None


class StoredStory(Protocol):
    """A story with its counts of held posts; `centroid` is float16 bytes, empty when no post had an embedding.

    `absorbed` posts shaped words and centroid. A story with `merged_into` goes on drawing posts, for that one.
    """

    @property
    def story(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def first_at(self) -> datetime: ...
    @property
    def last_at(self) -> datetime: ...
    @property
    def posts(self) -> int: ...
    @property
    def negative(self) -> int: ...
    @property
    def centroid(self) -> bytes: ...
    @property
    def words(self) -> Mapping[str, float]: ...
    @property
    def heat(self) -> float: ...
    @property
    def merged_into(self) -> str | None: ...
    @property
    def absorbed(self) -> int: ...
    @property
    def course(self) -> Mapping[str, Any] | None: ...
    @property
    def drifted_from(self) -> str | None: ...


def told(table: Table, story: Story) -> StoryUpdate:
    """Say how a story stands."""
    centroid = table.centroid(story)
    return StoryUpdate(
        story=story.story,
        brand=story.brand,
        title=story.title,
        first_at=story.first_at,
        last_at=story.last_at,
        centroid=centroid.tobytes() if table.centroids.has[story.row] else b"",
        words=dict(story.words),
        heat=story.heat,
        absorbed=story.posts,
        course=kept(story.course),
        drifted_from=story.drifted_from,
    )


def restored(row: StoredStory) -> tuple[Story, Half | None]:
    """Rebuild a story and its centroid as they stood when `told` was written."""
    held = {word: max(round(count), 1) for word, count in row.words.items()}
    story = Story(row.story, row.brand, row.title, row.first_at, row.last_at, row.absorbed, held, row.heat)
    story.course, story.drifted_from = course_of(row.course, WIDTH), row.drifted_from
    return story, _fitting(np.frombuffer(row.centroid, dtype=np.float16)) if row.centroid else None


def written(counts: Mapping[str, int]) -> int:
    """The script of a stored story: that of most of its words, as often as each was said."""
    return int(sum(count if is_chinese(word) else -count for word, count in counts.items()) > 0)


def _fitting(stored: Half) -> Half:
    """Return a stored centroid in today's width: another model's is cut or filled, and soon forgotten."""
    vector = np.zeros(WIDTH, dtype=np.float16)
    vector[: min(len(stored), WIDTH)] = stored[:WIDTH]
    return vector
