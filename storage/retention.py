"""Deleting on purpose: what a person asks to forget, and what is older than the firm keeps."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from storage import erase
from storage.rollups import DAY, QUARTER, TRIMMED, Changes, floor
from storage.schema import posts, quarters, topic_quarters, watermarks

Run = Callable[[Callable[[Connection], Any]], Any]
"""Runs a function in one short transaction."""
Condition = ColumnElement[bool]


def erase_where(read: Run, write: Run, condition: Condition, *, keep_days: bool) -> erase.Traces:
    """Delete all posts that meet `condition`, a few hundred a transaction; cut short, it can be called again.

    They go story by story: the words a story keeps are looked for in its remaining posts once a transaction.
    """
    found = select(posts.c.id).where(condition).order_by(posts.c.story, posts.c.id)
    ids: list[int] = read(lambda connection: list(connection.execute(found).scalars()))
    total = erase.Traces()
    for chunk in erase.chunks(ids):
        part = write(partial(_erase_some, posts.c.id.in_(chunk) & condition, keep_days))
        total.posts += part.posts
        total.quotes += part.quotes
        total.stories |= part.stories
    return total


def _erase_some(condition: Condition, keep_days: bool, connection: Connection) -> erase.Traces:
    ids = list(connection.execute(select(posts.c.id).where(condition)).scalars())
    changes = Changes(connection, keep_days=keep_days)
    lost = erase.lost_words(connection, ids)
    traces = erase.delete_posts(connection, ids, changes)
    changes.write()
    erase.clean_stories(connection, lost)
    return traces


def whose(author: str | None, post: tuple[str, str] | None) -> Condition:
    """Condition posts on their author's pseudonym, or on (source, external_id) whatever the brand."""
    if post is None:
        return posts.c.author == author
    return and_(posts.c.source == post[0], posts.c.external_id == post[1])


def older(before: datetime, source: str | None) -> Condition:
    """Condition posts on event time, of those one configured source brought or of all."""
    old = posts.c.created_at < before
    return old if source is None else and_(old, posts.c.collector == source)


def mark_purged(connection: Connection, before: datetime, source: str | None) -> None:
    """Remember, before the first post goes, from which whole day on the counts of days still equal the posts."""
    found = select(posts.c.source).distinct().where(older(before, source))
    for name in connection.execute(found).scalars().all():
        _mark(connection, f"days:{name}", _ceiling(before, DAY))


def trim(connection: Connection, before: datetime) -> int:
    """Delete quarter-hours that begin before `before`; returns the rows deleted."""
    edge = _ceiling(before, QUARTER)
    _mark(connection, TRIMMED, edge)
    return sum(
        connection.execute(delete(table).where(table.c.bucket < edge)).rowcount for table in (quarters, topic_quarters)
    )


def _ceiling(at: datetime, step: Any) -> datetime:
    start = floor(at, step)
    return start if start == at else start + step


def _mark(connection: Connection, name: str, at: datetime) -> None:
    """Watermarks only rise."""
    put = insert(watermarks).values(name=name, at=at)
    later = func.max(watermarks.c.at, put.excluded.at)
    connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"at": later}))
