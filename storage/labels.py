"""What a person says of a post outranks the model; the counts follow at once, a running monitor at its next look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import StorageError
from groundswell.types import Observation, Sentiment, Topic
from storage.reads import observed
from storage.rollups import DAY, HOUR, Changes, facts, floor
from storage.schema import corrections, label_edits, posts, quarters, stories, topic_days

READ = 500  # labels at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelled:
    """A classified post as it stands after people labelled it, and the counts it is part of.

    `hour` holds the scored and negative posts of its brand, source and hour (UTC), None once quarter-hours that old
    were trimmed; `days` the negative ones of its brand and UTC day by topic, `negative` those of its story.
    """

    seen: Observation
    hour: tuple[int, int] | None
    days: Mapping[Topic, int]
    negative: int


def correct(connection: Connection, post_id: int, label: Sentiment | None, now: datetime) -> None:
    """Keep a person's label beside the prediction, or drop it; an edit of the post's words drops it too."""
    if connection.scalar(select(posts.c.id).where(posts.c.id == post_id)) is None:
        raise StorageError(f"no post {post_id} is held")
    changes = Changes(connection)
    for fact in facts(connection, [post_id]).values():
        changes.add(fact, -1)
    if label is None:
        connection.execute(delete(corrections).where(corrections.c.post == post_id))
    else:
        put = insert(corrections).values(post=post_id, label=label.value, at=now)
        replace = {"label": put.excluded.label, "at": put.excluded.at}
        connection.execute(put.on_conflict_do_update(index_elements=["post"], set_=replace))
    for fact in facts(connection, [post_id]).values():
        changes.add(fact)
    changes.write()
    connection.execute(insert(label_edits).values(post=post_id, at=now))


def newest(connection: Connection) -> int:
    """Read the number of the last label given or taken back, 0 before the first."""
    return connection.scalar(select(func.max(label_edits.c.id))) or 0


def said(connection: Connection, ids: Collection[int]) -> dict[int, Sentiment]:
    """Read what people said of posts; one nobody labelled is missing."""
    wanted = select(corrections.c.post, corrections.c.label).where(corrections.c.post.in_(list(ids)))
    return {row.post: Sentiment(row.label) for row in connection.execute(wanted)}


def relabelled(connection: Connection, after: int) -> tuple[int, list[Relabelled]]:
    """Read the next labels after number `after`: the last number read, and the classified posts, in event order."""
    e = label_edits.c
    rows = connection.execute(select(e.id, e.post).where(e.id > after).order_by(e.id).limit(READ)).all()
    if not rows:  # at nearly every look
        return after, []
    return rows[-1].id, [_told(connection, one) for one in observed(connection, sorted({row.post for row in rows}))]


def _told(connection: Connection, seen: Observation) -> Relabelled:
    hour, q, t = floor(seen.at, HOUR), quarters.c, topic_days.c
    scored = func.sum(q.negative + q.neutral + q.positive)
    here = q.brand == seen.brand, q.bucket >= hour, q.bucket < hour + HOUR, q.source == seen.source
    counts = connection.execute(select(scored, func.sum(q.negative)).where(*here)).one()
    day = t.brand == seen.brand, t.topic.in_(seen.topics), t.bucket == floor(seen.at, DAY)
    days = dict.fromkeys(seen.topics, 0)
    for row in connection.execute(select(t.topic, func.sum(t.negative).label("n")).where(*day).group_by(t.topic)):
        days[Topic(row.topic)] = row.n
    total = connection.scalar(select(stories.c.negative).where(stories.c.story == seen.story)) or 0
    return Relabelled(seen=seen, hour=None if counts[0] is None else (counts[0], counts[1]), days=days, negative=total)
