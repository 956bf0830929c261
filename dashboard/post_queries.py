"""Posts with what the model and what a person said of them: the facts behind every number; read only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, select

from dashboard.queries import effective
from storage.rows import JOINED
from storage.schema import corrections, posts, predictions, stories
from storage.search import match_query, matching


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which posts are wanted; "" and None do not narrow. `lang` is the model's finding, else the source's word."""

    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    brand: str = ""
    source: str = ""
    lang: str = ""
    sentiment: str = ""
    topic: str = ""
    story: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """One post. `label` is the person's when `is_corrected`, else the model's; None: unscored or still waiting."""

    id: int
    brand: str
    source: str
    kind: str
    text: str
    at: datetime
    lang: str | None
    author: str | None
    url: str | None
    story: str | None
    rating: float | None
    reactions: int | None
    rule: str | None
    is_waiting: bool
    is_corrected: bool
    label: str | None
    reason: str | None
    model: str | None
    negative: float | None
    neutral: float | None
    positive: float | None
    topics: dict[str, float] = field(default_factory=dict)
    signals: tuple[str, ...] = ()


def find(c: Connection, wanted: Filter, limit: int) -> list[PostRow]:
    """Read the newest posts that match, at most `limit`."""
    order = posts.c.created_at.desc(), posts.c.id.desc()
    return [_row(row) for row in c.execute(_select().where(*_conditions(wanted)).order_by(*order).limit(limit))]


def count(c: Connection, wanted: Filter, at_most: int) -> int:
    """How many match, counted no further than `at_most` so that it stays quick."""
    inner = select(posts.c.id).select_from(JOINED).where(*_conditions(wanted)).limit(at_most).subquery()
    return c.scalar(select(func.count()).select_from(inner)) or 0


def by_id(c: Connection, ids: Sequence[int]) -> list[PostRow]:
    """Read these posts in this order; deleted ones are left out."""
    found = {row.id: _row(row) for row in c.execute(_select().where(posts.c.id.in_(ids)))}
    return [found[one] for one in ids if one in found]


def _select() -> Select[Any]:
    said = predictions.c
    return select(
        posts, said.label, said.reason, said.model, said.negative, said.neutral, said.positive,
        said.lang.label("found_lang"), said.topics, said.topics_on, said.signals_on,
        corrections.c.label.label("corrected"),
    ).select_from(JOINED)  # fmt: skip


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    p = posts.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.words.strip():
        conditions.append(matching(wanted.words) if match_query(wanted.words) else false())
    if wanted.since:
        conditions.append(p.created_at >= wanted.since)
    if wanted.until:
        conditions.append(p.created_at <= wanted.until)
    for asked, column in ((wanted.brand, p.brand), (wanted.source, p.source)):
        if asked:
            conditions.append(column == asked)
    if wanted.story:  # of a story merged away, the posts of the one it became
        became = select(stories.c.merged_into).where(stories.c.story == wanted.story).scalar_subquery()
        conditions.append(p.story == func.coalesce(became, wanted.story))
    if wanted.lang:
        conditions.append(func.coalesce(predictions.c.lang, p.lang) == wanted.lang)
    if wanted.sentiment == "unscored":
        conditions.append((p.state == "classified") & effective().is_(None))
    elif wanted.sentiment:
        conditions.append(effective() == wanted.sentiment)
    if wanted.topic:
        labels = func.json_each(predictions.c.topics_on).table_valued("value")
        conditions.append(select(labels.c.value).where(labels.c.value == wanted.topic).exists())
    return conditions


def _row(row: Row[Any]) -> PostRow:
    reactions = [n for n in (row.likes, row.replies, row.shares) if n is not None]
    return PostRow(
        id=row.id, brand=row.brand, source=row.source, kind=row.kind, text=row.text, at=row.created_at,
        lang=row.found_lang or row.lang, author=row.author, url=row.url, story=row.story, rating=row.rating,
        reactions=sum(reactions) if reactions else None, rule=row.rule,
        is_waiting=row.state == "inbox", is_corrected=row.corrected is not None,
        label=row.corrected or row.label, reason=row.reason, model=row.model,
        negative=row.negative, neutral=row.neutral, positive=row.positive,
        topics={name: (row.topics or {}).get(name, 0.0) for name in row.topics_on or ()},
        signals=tuple(row.signals_on or ()),
    )  # fmt: skip
