"""How far a story may go from now on, and where the same event is told in the other language; read only."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from dashboard.queries import effective
from groundswell.types import Interval
from storage.reads import hourly
from storage.rows import JOINED
from storage.schema import incidents, posts, predictions, stories
from trends.baseline import HOUR, Baseline
from trends.forecast import forecast
from trends.leads import MAIN_SHARE

MEMORY = timedelta(hours=72)  # a forecast looks no further back
HISTORY = timedelta(weeks=8)  # of the brand, to know its busiest hour
TOGETHER = timedelta(hours=24)  # before and after an alert: what else broke out then
LEAST_TWIN = 6  # negative posts in that time, as many as the detector asks of a story
MOST_TWINS = 3
MOST_INCIDENTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A story that tells of the same event in the other language. `is_told` when that one has the alert."""

    story: str
    title: str
    lang: str
    negative: int
    is_told: bool


def outlook(c: Connection, story: str, brand: str, first_at: datetime, at: datetime) -> Interval | None:
    """Forecast the negative posts of the 24 h after `at`, as the detector does; None: too few posts to say."""
    p = posts.c
    wanted = (
        select(p.created_at)
        .select_from(JOINED)
        .where(p.story == story, p.created_at > at - MEMORY, p.created_at <= at, effective() == "negative")
        .order_by(p.created_at)
    )
    times = [moment.timestamp() for moment in c.scalars(wanted)]
    rhythm = Baseline()
    for of, source, hour, scored, negative in hourly(c, at - HISTORY):
        if of == brand and hour <= at:
            rhythm.add(source, int(hour.timestamp() // HOUR), scored, negative)
    now = at.timestamp()
    return forecast(times, first_at.timestamp(), now, busiest_hour=rhythm.busiest_hour(now))


def twins(c: Connection, story: str, brand: str) -> list[Twin]:
    """Stories of the other language that broke out within a day of this one's alert and complain of the same.

    For a story without an alert those with one that it is a twin of.
    """
    i = incidents.c
    fired = c.execute(
        select(i.story, i.fired_at).where(i.brand == brand).order_by(i.fired_at.desc()).limit(MOST_INCIDENTS)
    ).all()
    own = [row for row in fired if row.story == story][:1]
    if own:
        return [_twin(c, name, lang, n, False) for name, lang, n in _beside(c, brand, story, own[0].fired_at)]
    found: list[Twin] = []
    for row in fired:
        beside = {name for name, _, _ in _beside(c, brand, row.story, row.fired_at)}
        if story in beside and row.story not in {one.story for one in found}:
            lang, n = _voices(c, brand, row.fired_at)[row.story][:2]
            found.append(_twin(c, row.story, lang, n, True))
    return found[:MOST_TWINS]


def _twin(c: Connection, story: str, lang: str, negative: int, is_told: bool) -> Twin:
    title = c.scalar(select(stories.c.title).where(stories.c.story == story)) or ""
    return Twin(story=story, title=title, lang=lang, negative=negative, is_told=is_told)


def _beside(c: Connection, brand: str, story: str, at: datetime) -> list[tuple[str, str, int]]:
    """Twins of a story around `at` as (story, language, negative posts), most posts first."""
    found = _voices(c, brand, at)
    if story not in found:
        return []
    lang, _, topic = found[story]
    same = [
        (name, theirs, n)
        for name, (theirs, n, of) in found.items()
        if name != story and theirs != lang and of == topic and topic is not None
    ]
    return sorted(same, key=lambda one: (-one[2], one[0]))[:MOST_TWINS]


def _voices(c: Connection, brand: str, at: datetime) -> dict[str, tuple[str, int, str | None]]:
    """Per story with LEAST_TWIN negative posts within a day of `at`: main language, how many, main topic or None."""
    p = posts.c
    lang = func.coalesce(predictions.c.lang, p.lang, "")
    wanted = (
        select(p.story, lang.label("said"), predictions.c.topics_on)
        .select_from(JOINED)
        .where(
            p.brand == brand, p.created_at > at - TOGETHER, p.created_at <= at + TOGETHER,
            p.story.is_not(None), effective() == "negative",
        )
    )  # fmt: skip
    langs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    topics: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in c.execute(wanted):
        langs[row.story][row.said] += 1
        topics[row.story].update(row.topics_on or ())
    found: dict[str, tuple[str, int, str | None]] = {}
    for name, said in langs.items():
        n = said.total()
        topic, hits = max(topics[name].items(), key=lambda item: (item[1], item[0]), default=(None, 0))
        if n >= LEAST_TWIN:
            found[name] = (said.most_common(1)[0][0], n, topic if hits >= MAIN_SHARE * n else None)
    return found
