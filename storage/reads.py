"""What the detector, the pipeline and exports read; long answers come in pages, so that no read stays open."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, tuple_

from groundswell.types import Kind, Observation, Post, Prediction, Sentiment, Service, Signal, Topic
from storage.records import Parent, StoredPost, StoredStory
from storage.rollups import DAY, HOUR, floor, label_of, lang_of
from storage.rows import JOINED, AnyRow, among, post_from, predicted, prediction_from, stored_post, to_unsigned
from storage.schema import corrections, posts, predictions, quarters, stories, topic_days

PAGE = 5000  # rows held in memory at once
Hour = tuple[str, str, datetime, int, int]
Run = Callable[[Callable[[Connection], Any]], Any]
"""Runs a function in one short read."""


def parents(connection: Connection, brand: str, source: str, external_ids: Sequence[str]) -> dict[str, Parent]:
    """Read the stored ones of the posts that others answer or repeat; what a person said of one outranks the model."""
    here = (posts.c.brand == brand) & (posts.c.source == source) & posts.c.external_id.in_(list(external_ids))
    rows = connection.execute(select(posts.c.id, posts.c.external_id, posts.c.story).where(here)).all()
    ids = [row.id for row in rows]
    said = read_predictions(connection, ids)
    for row in connection.execute(select(corrections.c.post, corrections.c.label).where(corrections.c.post.in_(ids))):
        if row.post in said:
            certain = {sentiment: float(sentiment == row.label) for sentiment in Sentiment}
            said[row.post] = replace(said[row.post], scored=True, reason=None, sentiment=certain)
    return {row.external_id: Parent(id=row.id, story=row.story, prediction=said.get(row.id)) for row in rows}


def arrived(
    connection: Connection, collector: str, spans: Sequence[tuple[datetime, datetime]], limit: int
) -> list[str]:
    """List what a collector brought in any of the spans of arrival (from, up to), the latest first, each id once."""
    if not spans:
        return []
    inside = or_(*(posts.c.arrived_at.between(start, end) & (posts.c.arrived_at != start) for start, end in spans))
    found = select(posts.c.external_id).where(posts.c.collector == collector, inside).group_by(posts.c.external_id)
    return list(connection.execute(found.order_by(func.max(posts.c.arrived_at).desc()).limit(limit)).scalars())


def read_predictions(connection: Connection, ids: Sequence[int]) -> dict[int, Prediction]:
    """Read what the model said of posts; a post not classified yet is missing."""
    rows = connection.execute(predicted(predictions.c.post.in_(list(ids))))
    return {row.post: prediction_from(row) for row in rows}


def known(connection: Connection, source: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Tell which posts of a source are stored, and for which brands."""
    here = (posts.c.source == source) & posts.c.external_id.in_(among(external_ids))
    rows = connection.execute(select(posts.c.brand, posts.c.external_id).where(here))
    return {(row.brand, row.external_id) for row in rows}


def read_posts(connection: Connection, ids: Sequence[int]) -> list[StoredPost]:
    """Read posts in the order asked for; those not held any more are missing."""
    rows = connection.execute(select(posts).where(posts.c.id.in_(list(ids))))
    found = {row.id: stored_post(row) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


def copied(connection: Connection, brand: str, limit: int) -> list[tuple[Post, int]]:
    """Read a brand's newest posts that have a fingerprint, oldest first."""
    wanted = select(posts).where(posts.c.brand == brand, posts.c.state == "classified", posts.c.copy_of.is_not(None))
    rows = connection.execute(wanted.order_by(posts.c.created_at.desc(), posts.c.id.desc()).limit(limit)).all()
    return [(post_from(row), to_unsigned(row.copy_of)) for row in reversed(rows)]


def read_stories(connection: Connection, brand: str | None, since: datetime | None) -> list[StoredStory]:
    """Read stories that had a post at or after `since`, oldest first."""
    wanted = select(stories).order_by(stories.c.first_at, stories.c.story)
    if brand is not None:
        wanted = wanted.where(stories.c.brand == brand)
    if since is not None:
        wanted = wanted.where(stories.c.last_at >= since)
    return [StoredStory(**row._mapping) for row in connection.execute(wanted)]


def origins(connection: Connection) -> dict[str, set[str]]:
    """Read which sources' posts each collector brought, as collector → Post.source of what is held."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(posts.c.collector, posts.c.source).distinct()):
        found.setdefault(row.collector, set()).add(row.source)
    return found


def collectors_of(connection: Connection, story: str) -> set[str]:
    """Read whose posts a story is made of, by the collectors' names."""
    return set(connection.execute(select(posts.c.collector).where(posts.c.story == story).distinct()).scalars())


def title(connection: Connection, story: str) -> str:
    """Read what a story is called; "" for one that is not stored."""
    return connection.execute(select(stories.c.title).where(stories.c.story == story)).scalar() or ""


def hourly(connection: Connection, since: datetime) -> list[Hour]:
    """Sum the scored and the negative posts per brand, source and hour (UTC), in order of the hours."""
    scored = quarters.c.negative + quarters.c.neutral + quarters.c.positive
    wanted = select(
        quarters.c.brand, quarters.c.source, quarters.c.bucket,
        func.sum(scored).label("scored"), func.sum(quarters.c.negative).label("negative"),
    ).where(quarters.c.bucket >= floor(since, HOUR)).group_by(
        quarters.c.brand, quarters.c.source, quarters.c.bucket
    )  # fmt: skip
    hours: dict[tuple[str, str, datetime], tuple[int, int]] = {}
    for row in connection.execute(wanted):
        key = (row.brand, row.source, floor(row.bucket, HOUR))
        before = hours.get(key, (0, 0))
        hours[key] = (before[0] + row.scored, before[1] + row.negative)
    ordered = sorted(hours.items(), key=lambda item: (item[0][2], item[0][0], item[0][1]))
    return [(*key, scored, negative) for key, (scored, negative) in ordered]


def negative_days(connection: Connection, since: datetime) -> list[tuple[str, Topic, datetime, int]]:
    """Sum the negative posts per brand, topic and UTC day from the day of `since` on."""
    wanted = select(
        topic_days.c.brand, topic_days.c.topic, topic_days.c.bucket, func.sum(topic_days.c.negative).label("negative")
    ).where(topic_days.c.bucket >= floor(since, DAY)).group_by(
        topic_days.c.brand, topic_days.c.topic, topic_days.c.bucket
    )  # fmt: skip
    return [(row.brand, Topic(row.topic), row.bucket, row.negative) for row in connection.execute(wanted)]


def observations(run: Run, since: datetime, until: datetime | None) -> Iterator[Observation]:
    """Read classified posts of [since, until) in event order, as the detector sees them."""
    wanted = _OBSERVED.limit(PAGE)
    if until is not None:
        wanted = wanted.where(posts.c.created_at < until)
    place = tuple_(posts.c.created_at, posts.c.id)
    after: tuple[datetime, int] = (since, -1)
    while rows := _all(run, wanted.where(place > after)):
        yield from map(_observation, rows)
        after = (rows[-1].created_at, rows[-1].id)


def observed(connection: Connection, ids: Sequence[int]) -> list[Observation]:
    """Read the classified ones among `ids` in event order, as the detector sees them."""
    return [_observation(row) for row in connection.execute(_OBSERVED.where(posts.c.id.in_(list(ids))))]


_earlier = posts.alias("earlier")
_ANSWERED = (
    select(_earlier.c.id)
    .where(_earlier.c.brand == posts.c.brand, _earlier.c.source == posts.c.source)
    .where(_earlier.c.external_id == posts.c.parent, _earlier.c.id < posts.c.id)
    .correlate(posts)
    .scalar_subquery()
)
_OBSERVED = (
    select(
        posts, lang_of.label("lang_"), label_of.label("label"), corrections.c.label.label("said"),
        predictions.c.negative, predictions.c.topics_on, predictions.c.service_on, predictions.c.signals_on,
        _ANSWERED.label("answers"),
    ).select_from(JOINED).where(posts.c.state == "classified").order_by(posts.c.created_at, posts.c.id)
)  # fmt: skip


def _all(run: Run, wanted: Select[Any]) -> Sequence[AnyRow]:
    rows: Sequence[AnyRow] = run(lambda connection: connection.execute(wanted).all())
    return rows


def _observation(row: AnyRow) -> Observation:
    corrected = row.said is not None
    return Observation(
        post=row.id,
        brand=row.brand,
        story=row.story or "",
        source=row.source,
        at=row.created_at,
        label=Sentiment(row.label) if row.label else None,
        negative=float(row.said == "negative") if corrected else row.negative or 0.0,
        lang=row.lang_ or None,
        author=row.author,
        copy_of=to_unsigned(row.copy_of),
        is_repost=row.kind == Kind.REPOST,
        audience=row.audience,
        shares=row.shares,
        topics=tuple(Topic(name) for name in row.topics_on or ()),
        service=tuple(Service(name) for name in row.service_on or ()),
        signals=tuple(Signal(name) for name in row.signals_on or ()),
        alarm_words=tuple(row.alarm_words or ()),
        answers=row.answers or 0,
    )


def export(run: Run, brand: str | None, since: datetime | None, until: datetime | None) -> Iterator[dict[str, Any]]:
    """Read everything held of the posts, by id, as JSON-able rows without embeddings."""
    model = [column for column in predictions.c if column.name not in ("post", "lang")]
    wanted = select(
        posts, lang_of.label("lang_"), label_of.label("effective"), corrections.c.label.label("corrected"),
        *(column.label(f"model_{column.name}") for column in model),
    ).select_from(JOINED).order_by(posts.c.id).limit(PAGE)  # fmt: skip
    if brand is not None:
        wanted = wanted.where(posts.c.brand == brand)
    if since is not None:
        wanted = wanted.where(posts.c.created_at >= since)
    if until is not None:
        wanted = wanted.where(posts.c.created_at < until)
    last = -1
    while rows := _all(run, wanted.where(posts.c.id > last)):
        yield from ({"id": row.id} | _exported(row) for row in rows)
        last = rows[-1].id


_SAID = ("model", "reason", "negative", "neutral", "positive", "topics", "service", "signals")
_ON = ("topics_on", "service_on", "signals_on")


def _exported(row: AnyRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _POST_COLUMNS},
        "lang": row.lang_ or None,
        "source_lang": row.lang,
        "created_at": row.created_at.isoformat(),
        "arrived_at": row.arrived_at.isoformat(),
        "state": row.state,
        "story": row.story,
        "label": row.effective,
        "corrected": row.corrected is not None,
        **{name: getattr(row, f"model_{name}") for name in (*_SAID, *_ON)},
    }


_POST_COLUMNS = (
    "brand", "source", "external_id", "kind", "text", "author", "parent", "url", "rating", "audience",
    "likes", "replies", "shares", "views", "rule", "rule_version",
)  # fmt: skip
