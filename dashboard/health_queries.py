"""Whether today's numbers can be trusted: freshness, gaps, queue, model, deliveries; read only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from dashboard.queries import DAY
from storage.schema import gaps, outbox, posts, predictions, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How fresh a source is; `expected_s` None: nobody said how often it should report."""

    source: str
    last_page_at: datetime | None
    last_new_at: datetime | None
    last_post_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failures: int
    expected_s: float | None
    posts_24h: int

    def silent_for(self, at: datetime) -> timedelta | None:
        """How long no new post came, when that is longer than expected; None otherwise."""
        last = self.last_new_at or self.last_page_at
        if last is None or self.expected_s is None or at - last <= timedelta(seconds=self.expected_s):
            return None
        return at - last


@dataclass(frozen=True, slots=True, kw_only=True)
class GapNote:
    """What a page honestly could not see."""

    source: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Queue, model and deliveries. `oldest` is the arrival of the post that waits longest."""

    inbox: int
    oldest: datetime | None
    model: str | None
    waiting: int
    dead: int


def source_list(c: Connection, at: datetime) -> list[Source]:
    """Every source ever read, by name."""
    p, s = posts.c, sources.c
    day = select(p.collector, func.count()).where(p.arrived_at > at - DAY, p.arrived_at <= at).group_by(p.collector)
    recent = {collector: n for collector, n in c.execute(day)}  # noqa: C416  # rows are tuples to us, not to mypy
    return [
        Source(
            source=row.source, last_page_at=row.last_page_at, last_new_at=row.last_new_at,
            last_post_at=row.last_post_at, last_error=row.last_error, last_error_at=row.last_error_at,
            failures=row.failures, expected_s=row.expected_s, posts_24h=recent.get(row.source, 0),
        )
        for row in c.execute(select(sources).order_by(s.source))
    ]  # fmt: skip


def gap_notes(c: Connection, since: datetime) -> list[GapNote]:
    """Read the notes since a time of arrival, newest first, at most 200."""
    g = gaps.c
    rows = c.execute(select(g.source, g.at, g.note).where(g.at >= since).order_by(g.at.desc()).limit(200))
    return [GapNote(source=row.source, at=row.at, note=row.note) for row in rows]


def machine(c: Connection) -> Engine:
    """Read the state of the stages behind the numbers; the model is the one that scored the newest post."""
    p = posts.c
    inbox, oldest = c.execute(select(func.count(), func.min(p.arrived_at)).where(p.state == "inbox")).one()
    letters = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    states = {state: n for state, n in c.execute(letters)}  # noqa: C416  # as above
    return Engine(
        inbox=inbox,
        oldest=oldest,
        model=c.scalar(select(predictions.c.model).order_by(predictions.c.post.desc()).limit(1)),
        waiting=states.get("waiting", 0),
        dead=states.get("dead", 0),
    )
