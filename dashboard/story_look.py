"""How a story stands now, by the definitions of trends/: R, voices, automatism, counted from its stored posts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from dashboard.queries import effective
from groundswell.types import Automatism, Interval, Kind, Observation, Sentiment, Topic
from storage.rows import JOINED, to_unsigned
from storage.schema import posts, predictions
from trends.automatism import automatism
from trends.spread import reproduction, voices

MEMORY = timedelta(hours=72)  # what the detector remembers of a story too
MOST_POSTS = 3000  # of one story; what is older than the newest of them says little of now
SPEED_H = 6
TOPIC_SHARE = 0.2  # of the negatives, from which a topic is the story's


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the posts of the last 72 hours. `speed` is posts per hour over the last six; R None: too few."""

    posts: int
    voices: int
    sources: int
    speed: float
    reproduction: Interval | None
    automatism: Automatism
    topics: tuple[Topic, ...]


def looks(c: Connection, names: Sequence[str], at: datetime) -> dict[str, Look]:
    """Look at these stories as of `at`; those without a post in the last 72 hours are absent."""
    p = posts.c
    place = func.row_number().over(partition_by=p.story, order_by=(p.created_at.desc(), p.id.desc()))
    newest = (
        select(
            p.id, p.brand, p.story, p.source, p.created_at, p.author, p.copy_of, p.kind, p.shares,
            predictions.c.topics_on, effective().label("label"), place.label("place"),
        )
        .select_from(JOINED)
        .where(p.story.in_(names), p.created_at > at - MEMORY, p.created_at <= at)
        .subquery()
    )  # fmt: skip
    found: defaultdict[str, list[Observation]] = defaultdict(list)
    wanted = select(newest).where(newest.c.place <= MOST_POSTS).order_by(newest.c.created_at, newest.c.id)
    for row in c.execute(wanted):
        found[row.story].append(
            Observation(
                post=row.id, brand=row.brand, story=row.story, source=row.source, at=row.created_at,
                label=Sentiment(row.label) if row.label else None, negative=float(row.label == "negative"),
                author=row.author, copy_of=to_unsigned(row.copy_of), is_repost=row.kind == Kind.REPOST,
                shares=row.shares, topics=tuple(Topic(name) for name in row.topics_on or ()),
            )
        )  # fmt: skip
    return {story: _look(seen, at) for story, seen in found.items()}


def _look(seen: Sequence[Observation], at: datetime) -> Look:
    negatives = [post for post in seen if post.label is Sentiment.NEGATIVE]
    spread = reproduction(seen, at.timestamp())
    named = Counter(topic for post in negatives for topic in post.topics)
    return Look(
        posts=len(seen),
        voices=voices(seen),
        sources=len({post.source for post in seen}),
        speed=sum(post.at > at - timedelta(hours=SPEED_H) for post in seen) / SPEED_H,
        reproduction=spread.r if spread else None,
        automatism=automatism(seen),
        topics=tuple(topic for topic, n in named.most_common() if n >= TOPIC_SHARE * len(negatives)),
    )
