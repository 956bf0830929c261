"""The daily proof that the counts equal the facts: counted again in SQL, from the posts, and compared."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Subquery, Table, case, func, literal, or_, select, text, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from storage.records import Difference
from storage.rollups import DAY, HOUR, QUARTER, TRIMMED, label_of, lang_of
from storage.rows import JOINED
from storage.schema import (
    MICROSECOND,
    Moment,
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

_STEP = {quarters: QUARTER, days: DAY, topic_quarters: QUARTER, topic_days: DAY, service_days: DAY, story_hours: HOUR}


def check(connection: Connection) -> list[Difference]:
    """Compare every table of counts, the totals of stories and the size of the index with the posts held."""
    found: list[Difference] = []
    for table in _STEP:
        found += _compare(connection, table)
    return found + _story_totals(connection) + _index_size(connection)


def _compare(connection: Connection, table: Table) -> list[Difference]:
    names = [column.name for column in table.columns]
    width = len(table.primary_key)
    counted, kept = _facts(table), _comparable(table, table.c.bucket, table.c.get("source"))
    rolled = select(*(table.c[name] for name in names)).where(kept)
    fresh = select(*(counted.c[name] for name in names)).where(
        _comparable(table, counted.c.bucket, counted.c.get("source"))
    )
    wrong = {tuple(row)[:width]: tuple(row)[width:] for row in connection.execute(rolled.except_(fresh))}
    right = {tuple(row)[:width]: tuple(row)[width:] for row in connection.execute(fresh.except_(rolled))}
    keys = sorted(wrong.keys() | right.keys(), key=str)
    return [Difference(table=table.name, key=k, rollup=wrong.get(k), facts=right.get(k)) for k in keys]


def _facts(table: Table) -> Subquery:
    """Count the classified posts afresh, with the columns of `table`."""
    micros = type_coerce(posts.c.created_at, BigInteger)
    step = _STEP[table] // MICROSECOND
    bucket = type_coerce(micros - (micros % step + step) % step, Moment)  # % of SQL is negative before 1970
    said = predictions.c.service_on if "service" in table.c else predictions.c.topics_on
    each = func.json_each(said).table_valued("value", name="each_label")
    columns: dict[str, Any] = {
        "brand": posts.c.brand, "source": posts.c.source, "lang": lang_of, "story": posts.c.story,
        "topic": each.c.value, "service": each.c.value, "bucket": bucket,
    }  # fmt: skip
    keys = [columns[column.name].label(column.name) for column in table.primary_key]
    base = JOINED.join(each, literal(True)) if "topic" in table.c or "service" in table.c else JOINED
    counts = [_count(column.name).label(column.name) for column in table.columns if not column.primary_key]
    facts = select(*keys, *counts).select_from(base).where(posts.c.state == "classified")
    if table is story_hours:
        facts = facts.where(posts.c.story.is_not(None))
    return facts.group_by(*(columns[column.name] for column in table.primary_key)).subquery()


def _count(name: str) -> ColumnElement[int]:
    if name == "posts":
        return func.count()
    hit = label_of.is_(None) if name == "unscored" else label_of == name
    return func.sum(case((hit, 1), else_=0))


def _comparable(table: Table, bucket: ColumnElement[Any], source: ColumnElement[Any] | None) -> ColumnElement[bool]:
    """Leave out what was trimmed, and the days whose posts retention deleted."""
    if table is story_hours:
        return literal(True)
    is_daily = table in (days, topic_days, service_days)
    name = literal("days:") + source if is_daily and source is not None else literal(TRIMMED)
    mark = select(watermarks.c.at).where(watermarks.c.name == name).scalar_subquery()
    return or_(mark.is_(None), bucket >= mark)


def _story_totals(connection: Connection) -> list[Difference]:
    held = select(posts.c.story, func.count().label("posts"), _count("negative").label("negative"))
    held = held.select_from(JOINED).where(posts.c.state == "classified").group_by(posts.c.story)
    facts = held.subquery()
    wanted = select(
        stories.c.story, stories.c.posts, stories.c.negative,
        func.coalesce(facts.c.posts, 0).label("held"), func.coalesce(facts.c.negative, 0).label("held_negative"),
    ).select_from(stories.outerjoin(facts, facts.c.story == stories.c.story))  # fmt: skip
    return [
        Difference(table="stories", key=(row.story,), rollup=tuple(row)[1:3], facts=tuple(row)[3:])
        for row in connection.execute(wanted)
        if tuple(row)[1:3] != tuple(row)[3:]
    ]


def _index_size(connection: Connection) -> list[Difference]:
    indexed = connection.scalar(text("SELECT count(*) FROM search_docsize")) or 0
    held = connection.scalar(select(func.count()).select_from(posts)) or 0
    if indexed == held:
        return []
    return [Difference(table="search", key=(), rollup=(indexed,), facts=(held,))]
