"""Counts kept beside the facts: what a post adds, what it takes away again, written in the post's own transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from storage.rows import JOINED, AnyRow
from storage.schema import (
    EPOCH,
    corrections,
    days,
    posts,
    predictions,
    quarters,
    service_days,
    stories,
    story_hours,
    topic_days,
    topic_quarters,
    watermarks,
)

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
LABELS = ("negative", "neutral", "positive", "unscored")
TRIMMED = "quarters"
"""The watermark before which quarter-hours were deleted."""

lang_of: Any = func.coalesce(predictions.c.lang, posts.c.lang, "")
label_of: Any = func.coalesce(corrections.c.label, predictions.c.label)
"""The effective label: a person's outranks the model's; NULL when neither scored the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What one classified post adds to the counts; `label` is one of LABELS."""

    brand: str
    source: str
    lang: str
    at: datetime
    label: str
    story: str | None
    topics: tuple[str, ...]
    service: tuple[str, ...]


def facts(connection: Connection, ids: Iterable[int]) -> dict[int, Fact]:
    """Read what the classified ones among `ids` add to the counts now."""
    wanted = select(
        posts.c.id, posts.c.brand, posts.c.source, lang_of.label("lang"), posts.c.created_at,
        label_of.label("label"), posts.c.story, predictions.c.topics_on, predictions.c.service_on,
    ).select_from(JOINED).where(posts.c.state == "classified", posts.c.id.in_(list(ids)))  # fmt: skip
    return {row.id: _fact(row) for row in connection.execute(wanted)}


def _fact(row: AnyRow) -> Fact:
    return Fact(
        brand=row.brand, source=row.source, lang=row.lang, at=row.created_at, label=row.label or "unscored",
        story=row.story, topics=tuple(row.topics_on or ()), service=tuple(row.service_on or ()),
    )  # fmt: skip


class Changes:
    """Differences to the counts, gathered over a transaction and written at its end.

    Quarter-hours before the trimming watermark are left alone: they were deleted on purpose. `keep_days` leaves the
    counts of days alone: they outlive the posts that retention deletes.
    """

    def __init__(self, connection: Connection, *, keep_days: bool = False) -> None:
        self._connection, self._keep_days = connection, keep_days
        self._trimmed: datetime | None = connection.scalar(
            select(watermarks.c.at).where(watermarks.c.name == TRIMMED)
        )  # fmt: skip
        self._deltas: dict[Table, dict[tuple[Any, ...], list[int]]] = {}
        self._stories: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, fact: Fact, sign: int = 1) -> None:
        """Count `fact` once more, or with `sign` -1 once less."""
        quarter, day = floor(fact.at, QUARTER), floor(fact.at, DAY)
        index, negative = LABELS.index(fact.label), int(fact.label == "negative")
        fine = self._trimmed is None or quarter >= self._trimmed
        for table, bucket in ((quarters, quarter), (days, day)):
            if self._is_kept(table, fine):
                self._row(table, (fact.brand, bucket, fact.source, fact.lang), 4)[index] += sign
        for topic in fact.topics:
            for table, bucket in ((topic_quarters, quarter), (topic_days, day)):
                if self._is_kept(table, fine):
                    row = self._row(table, (fact.brand, topic, bucket, fact.source, fact.lang), 2)
                    row[0] += sign
                    row[1] += sign * negative
        if self._is_kept(service_days, fine):
            for failure in fact.service:
                row = self._row(service_days, (fact.brand, failure, day, fact.source, fact.lang), 2)
                row[0] += sign
                row[1] += sign * negative
        if fact.story is not None:
            self._row(story_hours, (fact.story, floor(fact.at, HOUR)), 4)[index] += sign
            total = self._stories[fact.story]
            total[0] += sign
            total[1] += sign * negative

    def _is_kept(self, table: Table, fine: bool) -> bool:
        return not self._keep_days if table in (days, topic_days, service_days) else fine

    def _row(self, table: Table, key: tuple[Any, ...], width: int) -> list[int]:
        return self._deltas.setdefault(table, {}).setdefault(key, [0] * width)

    def write(self) -> None:
        """Apply everything gathered; counts that fall to zero leave the table."""
        for table, deltas in self._deltas.items():
            self._write(table, {key: counts for key, counts in deltas.items() if any(counts)})
        totals = [{"_story": s, "_posts": p, "_negative": n} for s, (p, n) in self._stories.items() if p or n]
        if totals:
            self._connection.execute(_ADD_TO_STORY, totals)

    def _write(self, table: Table, deltas: dict[tuple[Any, ...], list[int]]) -> None:
        keys, counts = _names(table)
        if not deltas:
            return
        add, drop = _STATEMENTS[table]
        self._connection.execute(
            add, [dict(zip(keys + counts, (*key, *delta), strict=True)) for key, delta in deltas.items()]
        )
        shrunk = [key for key, delta in deltas.items() if min(delta) < 0]
        if shrunk:
            self._connection.execute(drop, [dict(zip((f"_{k}" for k in keys), key, strict=True)) for key in shrunk])


def floor(at: datetime, step: timedelta) -> datetime:
    """Find the start of the bucket of width `step` that holds `at` (UTC, counted from 1970)."""
    return at - (at - EPOCH) % step


def _names(table: Table) -> tuple[list[str], list[str]]:
    """Key columns and counters of a table of counts."""
    keys = [column.name for column in table.primary_key]
    return keys, [column.name for column in table.columns if column.name not in keys]


def _statements(table: Table) -> tuple[Any, Any]:
    keys, counts = _names(table)
    put = insert(table)
    add = put.on_conflict_do_update(
        index_elements=keys, set_={name: table.c[name] + put.excluded[name] for name in counts}
    )
    here = [table.c[name] == bindparam(f"_{name}", type_=table.c[name].type) for name in keys]
    return add, delete(table).where(and_(*here, *(table.c[name] == 0 for name in counts)))


COUNTED = (quarters, days, topic_quarters, topic_days, service_days, story_hours)
_STATEMENTS = {table: _statements(table) for table in COUNTED}
_ADD_TO_STORY = (
    update(stories)
    .where(stories.c.story == bindparam("_story"))
    .values(posts=stories.c.posts + bindparam("_posts"), negative=stories.c.negative + bindparam("_negative"))
)
