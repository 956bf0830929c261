"""How fresh each source is, when it could not be read, and when it answered but brought nothing."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    case,
    distinct,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import Throttled
from groundswell.types import Page
from storage.records import SILENT, Outage, SourceHealth
from storage.schema import gaps, outages, posts, sources

GAPS_SHOWN = timedelta(days=7)
_DAY = timedelta(hours=24)
LEARNED, LEAST_DAYS, LEAST_TIMES = timedelta(weeks=4), 14, 200
STRANGE, LEAST_S = 3, 6 * 3600.0
MICROSECOND_S = 1_000_000  # of them in a second, in which moments are held


def page_arrived(connection: Connection, source: str, page: Page, is_new: bool, now: datetime) -> None:
    """Note the cursor and the freshness of a page; a failure that was going on ends, a silence with a new post."""
    newest = max((post.created_at for post in page.posts), default=None)
    values = {"cursor": dict(page.cursor), "last_page_at": now, "last_error": None, "retry_at": None, "failures": 0}
    put = insert(sources).values(
        source=source, **values, last_new_at=now if is_new else None, last_post_at=newest
    )  # fmt: skip
    kept = {
        "last_new_at": func.coalesce(put.excluded.last_new_at, sources.c.last_new_at),
        "last_post_at": _later(sources.c.last_post_at, put.excluded.last_post_at),
    }
    changed = {name: put.excluded[name] for name in values}
    connection.execute(put.on_conflict_do_update(index_elements=["source"], set_=changed | kept))
    _end(connection, source, outages.c.error != SILENT, now)
    _note_silence(connection, source, now)
    if page.gap:
        connection.execute(insert(gaps).values(source=source, at=now, note=page.gap))


def _note_silence(connection: Connection, source: str, now: datetime) -> None:
    """A page is there: begin a silence when no new post came for longer than expected, else end the one going on."""
    of = select(sources.c.last_new_at, sources.c.expected_s).where(sources.c.source == source)
    last, expected_s = connection.execute(of).one()
    if last is None or expected_s is None or (now - last).total_seconds() <= expected_s:
        _end(connection, source, outages.c.error == SILENT, now)
    elif connection.scalar(_ongoing(source, outages.c.error == SILENT)) is None:
        connection.execute(insert(outages).values(source=source, start=last, noticed_at=now, error=SILENT))


def _ongoing(source: str, kind: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(outages.c.id).where(outages.c.source == source, outages.c.end.is_(None), kind)


def _end(connection: Connection, source: str, kind: ColumnElement[bool], now: datetime) -> None:
    going_on = (outages.c.source == source) & outages.c.end.is_(None) & kind
    connection.execute(update(outages).where(going_on).values(end=now))


def _later(old: Any, new: Any) -> Any:
    """Choose the greater of two that may be NULL."""
    return case((new.is_(None), old), (old.is_(None), new), (new > old, new), else_=old)


def failed(connection: Connection, source: str, error: str, retry_at: datetime | None, now: datetime) -> None:
    """Note a failure; the outage began when the source was last read."""
    put = insert(sources).values(source=source, last_error=error, last_error_at=now, retry_at=retry_at, failures=1)
    changed = {name: put.excluded[name] for name in ("last_error", "last_error_at", "retry_at")}
    more = {"failures": sources.c.failures + 1}
    connection.execute(put.on_conflict_do_update(index_elements=["source"], set_=changed | more))
    if connection.scalar(_ongoing(source, outages.c.error != SILENT)) is None:
        seen = connection.scalar(select(sources.c.last_page_at).where(sources.c.source == source))
        connection.execute(insert(outages).values(source=source, start=seen or now, noticed_at=now, error=error))


def throttled_until(connection: Connection, source: str) -> datetime | None:
    """Read until when a source asked to be left alone, None when its last failure was another or is over."""
    asked = (sources.c.source == source) & sources.c.last_error.startswith(f"{Throttled.__name__}:")
    until: datetime | None = connection.scalar(select(sources.c.retry_at).where(asked))
    return until


def expect(connection: Connection, source: str, interval_s: float | None, now: datetime) -> None:
    """Remember how long a source may be silent; None: for ever, so that a silence going on ends."""
    if interval_s is None:
        connection.execute(update(sources).where(sources.c.source == source).values(expected_s=None))
        _end(connection, source, outages.c.error == SILENT, now)
        return
    put = insert(sources).values(source=source, expected_s=interval_s)
    connection.execute(
        put.on_conflict_do_update(index_elements=["source"], set_={"expected_s": put.excluded.expected_s})
    )


def usual_silence(connection: Connection, source: str, now: datetime) -> float | None:
    """Learn the silence, in seconds, that would be strange of a source: `STRANGE` times the longest of four weeks.

    None while it brought new posts on fewer than 14 days or at fewer than 200 different times. Times are those of
    arrival: the posts of one page came at one time, and the history that a first look brings does not count.
    """
    here = posts.c.collector == source, posts.c.arrived_at > now - LEARNED, posts.c.arrived_at <= now
    times = select(posts.c.arrived_at.label("at")).where(*here).distinct().subquery()
    before = func.lag(times.c.at).over(order_by=times.c.at)
    gaps_ = select(times.c.at, type_coerce(times.c.at, Integer).label("n"), before.label("before")).subquery()
    day = gaps_.c.n // (24 * 3600 * MICROSECOND_S)
    gap = func.max(gaps_.c.n - type_coerce(gaps_.c.before, Integer)).label("gap")
    found = select(func.count().label("times"), func.count(distinct(day)).label("days"), gap)
    row = connection.execute(found).one()
    if row.times < LEAST_TIMES or row.days < LEAST_DAYS:
        return None
    return max(STRANGE * float(row.gap) / MICROSECOND_S, LEAST_S)


def cursor(connection: Connection, source: str) -> dict[str, object]:
    """Read where a source stopped; empty for one never read."""
    return dict(connection.scalar(select(sources.c.cursor).where(sources.c.source == source)) or {})


def read_sources(connection: Connection, now: datetime) -> list[SourceHealth]:
    """Read the health of every source, by name."""
    notes: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(gaps).where(gaps.c.at >= now - GAPS_SHOWN).order_by(gaps.c.at)):
        notes[row.source].append(row.note)
    arrived = select(posts.c.collector, func.count().label("n")).where(
        posts.c.collector.in_(select(sources.c.source)), posts.c.arrived_at > now - _DAY
    ).group_by(posts.c.collector)  # fmt: skip
    counts = {row.collector: row.n for row in connection.execute(arrived)}
    rows = connection.execute(select(sources).order_by(sources.c.source))
    return [_health(row, counts.get(row.source, 0), tuple(notes[row.source]), now) for row in rows]


def _health(row: Any, posts_24h: int, notes: tuple[str, ...], now: datetime) -> SourceHealth:
    last = row.last_new_at or row.last_page_at
    silent = row.expected_s is not None and last is not None and (now - last).total_seconds() > row.expected_s
    return SourceHealth(
        source=row.source,
        last_page_at=row.last_page_at,
        last_new_at=row.last_new_at,
        last_post_at=row.last_post_at,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        retry_at=row.retry_at,
        failures=row.failures,
        expected_s=row.expected_s,
        posts_24h=posts_24h,
        is_silent=silent,
        gaps=notes,
    )


def read_outages(connection: Connection, since: datetime) -> list[Outage]:
    """Read outages that lasted into the time after `since`, in order."""
    into = outages.c.end.is_(None) | (outages.c.end > since)
    rows = connection.execute(select(outages).where(into).order_by(outages.c.start, outages.c.id))
    return [
        Outage(source=r.source, start=r.start, end=r.end, noticed_at=r.noticed_at or r.start, error=r.error)
        for r in rows
    ]
