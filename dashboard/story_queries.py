"""Stories as the screen needs them: counts, alert, voices, copies, quotes; read only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Integer, Row, cast, func, or_, select, true

from dashboard.queries import DAY, effective
from groundswell.types import Alert, Severity, Trend
from storage.alert_codec import alert_from, trend_from
from storage.records import Edit, StoryEdit
from storage.schema import alerts, corrections, incidents, posts, predictions, stories, story_edits, story_hours
from storage.story_edits import edit_from

LEAST_NEGATIVE = 3  # fewer negative posts in the time range are single complaints, found under Explore
MOST_STORIES = 24  # more than one screen scrolls well
MOST_OTHERS = 200  # stories offered to merge with
SPARK_H = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story with its counts in the time range and the trend of its last alert event, None when it never fired."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    negative: int
    status: str
    merged_into: str | None
    in_range: int
    negative_in_range: int
    incident: str | None = None
    alert_state: str | None = None
    severity: Severity | None = None
    trend: Trend | None = None

    @property
    def is_alerting(self) -> bool:
        """Its newest incident has not been resolved."""
        return self.alert_state is not None and self.alert_state != "resolved"

    @property
    def is_open(self) -> bool:
        """Nobody closed it, and it was not folded into another."""
        return self.merged_into is None and self.status not in ("resolved", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The words of one post, as stored."""

    post: int
    text: str
    source: str
    at: datetime
    url: str | None


def candidates(c: Connection, brand: str, since: datetime, at: datetime, everything: bool = False) -> list[StoryRow]:
    """Read stories with negative posts in the range, most first, and all that alerted; `everything`: closed too."""
    h, s = story_hours.c, stories.c
    recent = (
        select(h.story, _total().label("n"), func.sum(h.negative).label("bad"))
        .where(h.bucket >= since, h.bucket <= at)
        .group_by(h.story)
        .subquery()
    )
    enough = or_(recent.c.bad >= LEAST_NEGATIVE, s.story.in_(select(incidents.c.story)))
    rows = c.execute(
        select(stories, recent.c.n, recent.c.bad)
        .join(recent, recent.c.story == s.story)
        .where(enough, s.brand == brand if brand else true())
        .order_by(recent.c.bad.desc())
        .limit(2 * MOST_STORIES)
    ).all()
    newest = _incidents(c, [row.story for row in rows])
    found = [_row(row, newest.get(row.story)) for row in rows]
    return [row for row in found if row.merged_into is None and (everything or row.is_open)]


def story(c: Connection, identity: str, since: datetime, at: datetime) -> StoryRow | None:
    """One story, also a closed one; a merged one says where it went. None: no such story."""
    h = story_hours.c
    kept = h.story == identity, h.bucket >= since, h.bucket <= at
    n, bad = c.execute(select(func.coalesce(_total(), 0), func.coalesce(func.sum(h.negative), 0)).where(*kept)).one()
    columns = [*stories.c, cast(n, Integer).label("n"), cast(bad, Integer).label("bad")]
    row = c.execute(select(*columns).where(stories.c.story == identity)).one_or_none()
    return _row(row, _incidents(c, [identity]).get(identity)) if row else None


def _total() -> ColumnElement[int]:
    h = story_hours.c
    return func.sum(h.negative + h.neutral + h.positive + h.unscored)


def _incidents(c: Connection, names: Sequence[str]) -> dict[str, Row[tuple[object, ...]]]:
    """Read the newest incident of each story that has one."""
    rows = c.execute(select(incidents).where(incidents.c.story.in_(names)).order_by(incidents.c.fired_at))
    return {row.story: row for row in rows}


def _row(row: Row[tuple[object, ...]], incident: Row[tuple[object, ...]] | None) -> StoryRow:
    return StoryRow(
        story=row.story, brand=row.brand, title=row.title, first_at=row.first_at, last_at=row.last_at,
        posts=row.posts, negative=row.negative, status=row.status, merged_into=row.merged_into,
        in_range=row.n, negative_in_range=row.bad,
        incident=incident.incident if incident else None,
        alert_state=incident.state if incident else None,
        severity=Severity(incident.severity) if incident else None,
        trend=trend_from(incident.last_trend) if incident else None,
    )  # fmt: skip


def sparks(c: Connection, names: Sequence[str], at: datetime) -> dict[str, list[int]]:
    """Count posts per hour of the last 72 hours, oldest first, for each story."""
    h = story_hours.c
    end = at.replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(hours=SPARK_H - 1)
    total = h.negative + h.neutral + h.positive + h.unscored
    rows = c.execute(select(h.story, h.bucket, total).where(h.story.in_(names), h.bucket >= start, h.bucket <= end))
    found: dict[str, list[int]] = {name: [0] * SPARK_H for name in names}
    for name, bucket, n in rows:
        found[name][int((bucket - start).total_seconds() // 3600)] += n
    return found


def cumulative_negative(c: Connection, identity: str, at: datetime) -> list[tuple[datetime, int]]:
    """Negative posts so far at the end of each hour that had any, and at `at`."""
    h = story_hours.c
    rows = c.execute(select(h.bucket, h.negative).where(h.story == identity, h.bucket <= at).order_by(h.bucket)).all()
    if not rows:
        return []
    points, so_far = [(rows[0].bucket, 0)], 0
    for bucket, n in rows:
        so_far += n
        points.append((min(bucket + timedelta(hours=1), at), so_far))
    return [*points, (at, so_far)] if points[-1][0] < at else points


def quotes(c: Connection, names: Sequence[str], each: int = 1) -> dict[str, list[Quote]]:
    """Typical words of each story: negative posts, no reposts, most reacted to first, then most surely negative."""
    p, said = posts.c, predictions.c
    heat = func.coalesce(p.likes, 0) + func.coalesce(p.replies, 0) + func.coalesce(p.shares, 0)
    place = func.row_number().over(partition_by=p.story, order_by=(heat.desc(), said.negative.desc(), p.id))
    inner = (
        select(p.id, p.story, p.text, p.source, p.created_at, p.url, place.label("place"))
        .select_from(posts.join(predictions, said.post == p.id).outerjoin(corrections, corrections.c.post == p.id))
        .where(p.story.in_(names), p.kind != "repost", effective() == "negative")
        .subquery()
    )
    found: defaultdict[str, list[Quote]] = defaultdict(list)
    for row in c.execute(select(inner).where(inner.c.place <= each).order_by(inner.c.story, inner.c.place)):
        found[row.story].append(Quote(post=row.id, text=row.text, source=row.source, at=row.created_at, url=row.url))
    return dict(found)


def by_source(c: Connection, identity: str) -> list[tuple[str, int, datetime]]:
    """Per source: posts of the story and its first one there, largest first."""
    p = posts.c
    n = func.count()
    rows = c.execute(
        select(p.source, n, func.min(p.created_at)).where(p.story == identity).group_by(p.source).order_by(n.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


def events(c: Connection, identity: str) -> list[Alert]:
    """Every alert event of the story, newest first."""
    rows = c.scalars(select(alerts.c.payload).where(alerts.c.story == identity).order_by(alerts.c.at.desc()))
    return [alert_from(payload) for payload in rows]


def edits(c: Connection, identity: str) -> list[StoryEdit]:
    """Read what people did to a story and to those merged into it, newest first; and of a split where it came from."""
    e = story_edits.c
    family = select(stories.c.story).where(or_(stories.c.story == identity, stories.c.merged_into == identity))
    wanted = select(story_edits).where(or_(e.story.in_(family), e.into == identity)).order_by(e.id.desc())
    return [edit_from(row) for row in c.execute(wanted)]


def merged_by(c: Connection, identity: str) -> StoryEdit | None:
    """Read how a story was merged away; None when it was not, or not by anybody."""
    e = story_edits.c
    wanted = select(story_edits).where(e.story == identity, e.what == Edit.MERGED).order_by(e.id.desc()).limit(1)
    row = c.execute(wanted).one_or_none()
    return edit_from(row) if row else None


def others(c: Connection, brand: str, identity: str) -> list[tuple[str, str, int]]:
    """Read the brand's other stories, those with most negative posts first, as (story, title, posts)."""
    s = stories.c
    wanted = (
        select(s.story, s.title, s.posts)
        .where(s.brand == brand, s.story != identity, s.merged_into.is_(None))
        .order_by(s.negative.desc(), s.last_at.desc())
        .limit(MOST_OTHERS)
    )
    return [(row.story, row.title, row.posts) for row in c.execute(wanted)]


def fired_since(c: Connection, brand: str, since: datetime, at: datetime) -> list[Alert]:
    """Alerts that fired in (since, at], newest first: what the reader should be told of at once."""
    a = alerts.c
    rows = c.scalars(
        select(a.payload)
        .where(a.state == "firing", a.at > max(since, at - DAY), a.at <= at, a.brand == brand if brand else true())
        .order_by(a.at.desc())
        .limit(5)
    )
    return [alert_from(payload) for payload in rows]
