"""Counts over time, read from the rollups and never from the facts: mentions, sentiment, topics, silence."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, true, type_coerce

from storage.schema import (
    EPOCH,
    MICROSECOND,
    corrections,
    outages,
    posts,
    predictions,
    quarters,
    sources,
    topic_quarters,
)

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What the store holds at all; `newest` is the event time of its newest post, None: there is none."""

    newest: datetime | None
    brands: tuple[str, ...]
    sources: tuple[str, ...]
    langs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Posts of a stretch by label; `waiting` are stored but not classified yet."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unscored: int = 0
    waiting: int = 0

    @property
    def classified(self) -> int:
        """The base of every share: posts the model scored or a person labelled."""
        return self.negative + self.neutral + self.positive

    @property
    def mentions(self) -> int:
        """All posts, scored or not."""
        return self.classified + self.unscored + self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A source that sent nothing although it should have; `end` None: it goes on."""

    source: str
    start: datetime
    end: datetime | None
    error: str


def effective() -> ColumnElement[str | None]:
    """Choose a person's label, else the model's; needs outer joins to corrections and predictions."""
    return func.coalesce(corrections.c.label, predictions.c.label)


def stamp(at: datetime) -> int:
    """Microseconds since 1970, as the store holds times."""
    return (at - EPOCH) // MICROSECOND


def extent(c: Connection) -> Extent:
    """How much there is, and what can be filtered by."""
    brand, source, lang = quarters.c.brand, quarters.c.source, quarters.c.lang
    return Extent(
        newest=c.scalar(select(func.max(posts.c.created_at))),
        brands=tuple(sorted(c.scalars(select(brand).distinct()))),
        sources=tuple(sorted(c.scalars(select(source).distinct()))),
        langs=tuple(sorted(x for x in c.scalars(select(lang).distinct()) if x)),
    )


def of_brand(brand: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Narrow to one brand; "" is all of them."""
    return column == brand if brand else true()


def counts(c: Connection, brand: str, since: datetime, until: datetime) -> Counts:
    """Count posts whose quarter of an hour begins in [since, until)."""
    t = quarters.c
    row = c.execute(
        select(*(func.coalesce(func.sum(x), 0) for x in (t.negative, t.neutral, t.positive, t.unscored)))
        .where(of_brand(brand, t.brand), t.bucket >= since, t.bucket < until)
    ).one()  # fmt: skip
    p = posts.c
    waiting = c.scalar(
        select(func.count()).where(
            p.state == "inbox", of_brand(brand, p.brand), p.created_at >= since, p.created_at < until
        )
    )
    return Counts(negative=row[0], neutral=row[1], positive=row[2], unscored=row[3], waiting=waiting or 0)


def series(
    c: Connection, brand: str, since: datetime, until: datetime, step: timedelta
) -> list[tuple[datetime, Counts]]:
    """Count posts per `step` from `since` on; every bucket is there, also the empty ones."""
    t, width = quarters.c, step // MICROSECOND
    index = (type_coerce(t.bucket, BigInteger) - stamp(since)) // width
    rows = c.execute(
        select(index, *(func.sum(x) for x in (t.negative, t.neutral, t.positive, t.unscored)))
        .where(of_brand(brand, t.brand), t.bucket >= since, t.bucket < until)
        .group_by(index)
    )  # fmt: skip
    found = {row[0]: Counts(negative=row[1], neutral=row[2], positive=row[3], unscored=row[4]) for row in rows}
    return [(since + k * step, found.get(k, Counts())) for k in range(-(-(until - since) // step))]


def topics_by_day(c: Connection, brand: str, since: datetime, until: datetime, zone: str) -> dict[tuple[str, str], int]:
    """Count posts per (ISO day in the reader's zone, topic); days without any are absent."""
    t, local = topic_quarters.c, ZoneInfo(zone)
    rows = c.execute(
        select(t.bucket, t.topic, func.sum(t.posts))
        .where(of_brand(brand, t.brand), t.bucket >= since, t.bucket < until)
        .group_by(t.bucket, t.topic)
    )  # fmt: skip
    day: dict[datetime, str] = {}
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for bucket, topic, n in rows:
        if bucket not in day:
            day[bucket] = bucket.astimezone(local).date().isoformat()
        found[day[bucket], topic] += n
    return dict(found)


def silences(c: Connection, since: datetime, at: datetime) -> list[Silence]:
    """Stretches in [since, at] without data: recorded outages, and sources silent beyond their expected interval."""
    o, s = outages.c, sources.c
    found = [
        Silence(source=row.source, start=max(row.start, since), end=row.end, error=row.error)
        for row in c.execute(select(o.source, o.start, o.end, o.error).where(o.start < at).order_by(o.start))
        if row.end is None or row.end > since
    ]
    failing = {silence.source for silence in found if silence.end is None}
    bounded = select(s.source, s.last_page_at, s.last_new_at, s.expected_s).where(s.expected_s.is_not(None))
    for row in c.execute(bounded):
        last = row.last_new_at or row.last_page_at
        late = last is not None and at - last > timedelta(seconds=row.expected_s)
        if late and row.source not in failing:
            found.append(Silence(source=row.source, start=max(last, since), end=None, error=""))
    return found


def known(
    points: Sequence[tuple[datetime, Counts]], quiet: Sequence[Silence], everyone: int, step: timedelta
) -> list[bool]:
    """For each bucket: did at least one of `everyone` sources report? Where none did, a zero would be a lie."""
    answer = []
    for start, found in points:
        dark = {s.source for s in quiet if s.start <= start and (s.end is None or s.end >= start + step)}
        answer.append(found.mentions > 0 or everyone == 0 or len(dark) < everyone)
    return answer
