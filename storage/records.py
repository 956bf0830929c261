"""What the store takes and gives beyond the shared nouns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from groundswell.types import AlertState, Notification, Post, Prediction, Severity, Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPost:
    """A post with its row id; `attempts` counts the leases since it (last) entered the inbox, this one included."""

    id: int
    post: Post
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Posts lent to one worker until `until`; after that another may take them. Empty when nothing waits."""

    token: str
    posts: list[StoredPost]
    until: datetime


class StoryUpdate(Protocol):
    """How a story stands after a post joined it; written with the post. `centroid` is float16 bytes."""

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
    def centroid(self) -> bytes: ...
    @property
    def words(self) -> Mapping[str, float]: ...
    @property
    def heat(self) -> float: ...
    @property
    def absorbed(self) -> int: ...
    @property
    def course(self) -> Mapping[str, Any] | None: ...
    @property
    def drifted_from(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The outcome for one leased post. `copy_of` is an unsigned 64-bit fingerprint, 0 for none.

    `story` None is allowed for a post that belongs to none; `update` None leaves the story's row as it is. `update` may
    be of a story that was merged into `story`: its words go on drawing posts. `left` is how another story stands that
    this post, opening a new one, took words out of.
    """

    id: int
    prediction: Prediction
    story: str | None = None
    update: StoryUpdate | None = None
    left: StoryUpdate | None = None
    copy_of: int = 0
    alarm_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """What a page changed: rows inserted, rows that differ now, rows deleted because their source deleted them or
    because an edit took their brand out of them.

    `unchanged` rows were stored like that before; `dropped` posts are about no watched brand. `edited` of the updated
    ones went back to the inbox because their words changed. `stories` lost a post by deletion or edit: whoever keeps
    stories in memory should read them again, so that deleted words are not written back.
    """

    new: int
    updated: int
    purged: int
    edited: int = 0
    unchanged: int = 0
    dropped: int = 0
    stories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What a deletion took: posts, quotes and titles of alerts blanked; `stories` that changed or vanished.

    `traces` is True while a reader kept the write-ahead log, which holds old pages, from being emptied; the next
    deletion or close empties it.
    """

    posts: int
    quotes: int
    stories: tuple[str, ...]
    traces: bool


SILENT = ""
"""The error of an outage whose source answers but brings no new post for longer than is expected of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which a source could not be read, or was SILENT since its last new post; `end` None: it goes on.

    The two may overlap: a failure ends with the next page, a silence with the next new post. It was noticed later than
    it began.
    """

    source: str
    start: datetime
    end: datetime | None
    noticed_at: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How fresh a source is, by arrival time; `last_post_at` is the event time of its newest post.

    `last_error` is None when the last attempt succeeded; `last_error_at` is kept. `gaps` are the notes of the last
    7 days. `is_silent`: no new post for longer than `expected_s`.
    """

    source: str
    last_page_at: datetime | None
    last_new_at: datetime | None
    last_post_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    retry_at: datetime | None
    failures: int
    expected_s: float | None
    posts_24h: int
    is_silent: bool
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A stored post that another one answers or repeats; `prediction` None: not classified yet."""

    id: int
    story: str | None
    prediction: Prediction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStory:
    """A story with its counts of held posts. `title_by` None: named by the machine.

    `absorbed` posts shaped words, centroid and `last_at`; those of a merged story are counted under `merged_into`.
    """

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    negative: int
    centroid: bytes
    words: Mapping[str, float] = field(default_factory=dict)
    heat: float = 0.0
    merged_into: str | None = None
    absorbed: int = 0
    course: Mapping[str, Any] | None = None
    drifted_from: str | None = None
    status: str = "open"
    title_by: str | None = None


class Edit(StrEnum):
    """What a person did to a story."""

    MERGED = "merged"
    SPLIT = "split"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEdit:
    """One act on a story, as logged; `id` counts up over all stories.

    `into` is where posts went: all of them (merged) or `posts` (split); `count` how many, `negative` of them negative.
    """

    id: int
    at: datetime
    by: str
    brand: str
    what: Edit
    story: str
    into: str | None = None
    posts: tuple[int, ...] = ()
    count: int = 0
    negative: int = 0
    title: str | None = None


Retell = Callable[[str, str, Sequence[tuple[Post, Prediction]], Sequence[StoredStory]], StoryUpdate]
"""Describes a story from its posts, oldest first: (story, brand, posts, all stories of the brand) to its update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Where an incident stands after its last event; open until `state` is RESOLVED.

    `last_trend` names another story than `story` when that one was merged away while both had an open incident: this
    one is to be ended, because one story has one incident.
    """

    incident: str
    brand: str
    story: str
    state: AlertState
    severity: Severity
    fired_at: datetime
    last_event_at: datetime
    number: int
    last_trend: Trend
    posts_at_last_event: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A leased notification; `attempts` counts deliveries tried, this one included."""

    notification: Notification
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A count that does not equal the facts; `key` names the row, counts are in the table's column order."""

    table: str
    key: tuple[object, ...]
    rollup: tuple[int, ...] | None
    facts: tuple[int, ...] | None
