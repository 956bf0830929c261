"""The parts of a viral negative trend for one story: surprise, growth, breadth, reach; and what follows from them.

`trend` is longer than functions are here because it is one call that names every field of a Trend.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest

from groundswell.severity import RULES, Rule
from groundswell.types import Automatism, Observation, Sentiment, Topic, Trend
from trends.automatism import automatism
from trends.board import BrandState, StoryState
from trends.communities import Communities, communities
from trends.forecast import forecast
from trends.settings import DetectorSettings
from trends.severity import Facts, severity
from trends.spread import Reproduction, accounts, reach, reproduction, velocity, voices
from trends.surprise import Surprise
from trends.tails import binomial_surprise

TOPIC_SHARE = 0.2  # of the negatives, from which a topic is the story's
EXAMPLES = 5
COPIED_FROM = 3  # posts of one text
MOST_USUAL_SHARE = 0.3  # a brand that is mostly complained about still has stories that are not complaints


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look at a story found, before deciding: a function of its posts up to a moment."""

    posts: int
    negative: int
    sources: int
    topics: tuple[Topic, ...]
    examples: tuple[int, ...]
    automatism: Automatism
    alarm_voices: Mapping[str, int]
    harm_voices: int
    largest_audience: int | None
    reproduction: Reproduction | None
    voices: int
    accounts: int
    communities: Communities | None
    reach: int | None
    reach_missing: int
    negative_surprise: float


def gather(
    story: StoryState,
    at: float,
    settings: DetectorSettings,
    usual_share: float | None,
    heard: Callable[[], Container[str]] | None = None,
) -> Evidence:
    """Look at everything remembered of a story up to `at`; `heard` gives the accounts heard on the brand before it."""
    posts = story.until(at, at - settings.memory_h * 3600)
    negatives = complaints(posts)
    scored = sum(post.label is not None for post in posts)
    share = max(settings.misread_share, min((usual_share or 0.0) / 2, MOST_USUAL_SHARE))
    known, missing = reach(negatives)
    kinds = sorted({kind for post in negatives for kind in post.alarm_words})
    return Evidence(
        posts=len(posts),
        negative=len(negatives),
        sources=len({post.source for post in negatives}),
        topics=_topics(negatives),
        examples=examples(negatives),
        automatism=automatism(posts, heard),
        alarm_voices={kind: voices([p for p in negatives if kind in p.alarm_words]) for kind in kinds},
        harm_voices=voices([p for p in negatives if Topic.SAFETY_HEALTH in p.topics]),
        largest_audience=max((p.audience for p in negatives if p.audience is not None), default=None),
        reproduction=reproduction(posts, at),
        voices=voices(negatives),
        accounts=accounts(negatives),
        communities=communities(posts, negatives),
        reach=known,
        reach_missing=missing,
        negative_surprise=binomial_surprise(len(negatives), scored, share),
    )


def complaints(posts: Sequence[Observation]) -> list[Observation]:
    """Return the negatives, and copies of a text that is read as negative at least every other time.

    A campaign's copies differ in a mark or a word, and a reader that is in doubt about the text takes them apart.
    """
    said: dict[int, list[bool]] = {}
    for post in posts:
        if post.copy_of and post.label is not None:
            said.setdefault(post.copy_of, []).append(post.label is Sentiment.NEGATIVE)
    doubtful = {copy for copy, votes in said.items() if 2 * sum(votes) >= len(votes) >= COPIED_FROM}
    return [post for post in posts if post.label is Sentiment.NEGATIVE or post.copy_of in doubtful]


def failing(evidence: Evidence, surprise: Surprise, settings: DetectorSettings) -> list[str]:
    """Return the codes of the parts that do not hold; surprise itself is judged over all stories elsewhere."""
    lo = evidence.reproduction.r.lo if evidence.reproduction else 0.0
    is_broad = evidence.voices >= settings.least_voices or evidence.accounts >= 3 * settings.least_voices
    parts = {
        "negative": evidence.negative_surprise >= settings.misread_surprise,
        "growth": lo > 1 or surprise.observed - surprise.expected >= settings.excess_floor,
        "breadth": is_broad,
        "reach": evidence.reach_missing > 0 or (evidence.reach or 0) >= settings.least_reach,
    }
    return [code for code, holds in parts.items() if not holds]


def trend(
    brand: BrandState,
    story: StoryState,
    told: StoryState,
    is_viral: bool,
    evidence: Evidence,
    surprise: Surprise,
    at: float,
    notes: Sequence[str],
    rules: Sequence[Rule] = RULES,
) -> Trend:
    """Return everything known of a story at `at`; `told` are the posts counted, its own or its topic's.

    `notes` are further codes for `because`; `rules` the table of severity. Long by one line a field of Trend.
    """
    hour = brand.baseline.expected(at, 3600.0)
    speed = velocity(told.negative(at, 3600.0), hour.mean)
    level, rule = severity(_facts(evidence, is_viral, speed, surprise), rules)
    return Trend(
        brand=brand.brand,
        story=story.story,
        at=datetime.fromtimestamp(at, UTC),
        first_at=story.first_at,
        is_viral=is_viral,
        window_h=surprise.window_h,
        observed=surprise.observed,
        expected=surprise.expected,
        surprise=surprise.value,
        reproduction=evidence.reproduction.r if evidence.reproduction else None,
        half_life_h=evidence.reproduction.half_life_h if evidence.reproduction else None,
        velocity=speed,
        voices=evidence.voices,
        sources=evidence.sources,
        communities=evidence.communities.count if evidence.communities else None,
        largest_community=evidence.communities.largest if evidence.communities else None,
        posts_seen=max(story.total, evidence.posts),
        negative_seen=max(story.total_negative, evidence.negative),
        reach=evidence.reach,
        reach_missing=evidence.reach_missing,
        forecast=forecast(told.negatives, story.first_at.timestamp(), at, busiest_hour=brand.baseline.busiest_hour(at)),
        automatism=evidence.automatism,
        severity=level,
        topics=evidence.topics,
        examples=evidence.examples,
        because=(*_because(evidence, surprise), f"severity:{rule}", *notes),
    )


def examples(negatives: Sequence[Observation]) -> tuple[int, ...]:
    """Choose up to five negative posts worth quoting: surest and furthest-reaching, each of another author and text,
    posts with own words before plain reposts.
    """
    order = nsmallest(
        20 * EXAMPLES,
        negatives,
        key=lambda p: (p.is_repost, p.copy_of == 0, -round(p.negative, 2), -(p.audience or 0), p.post),
    )
    chosen: list[Observation] = []
    authors: set[str] = set()
    texts: set[int] = set()
    for post in order:
        if (post.author and post.author in authors) or (post.copy_of and post.copy_of in texts):
            continue
        chosen.append(post)
        authors.add(post.author or "")
        texts.add(post.copy_of)
        if len(chosen) == EXAMPLES:
            break
    return tuple(post.post for post in chosen)


def _topics(negatives: Sequence[Observation]) -> tuple[Topic, ...]:
    counts = Counter(topic for post in negatives for topic in post.topics)
    least = max(2.0, TOPIC_SHARE * len(negatives))
    return tuple(topic for topic, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= least)


def _facts(evidence: Evidence, is_viral: bool, speed: float, surprise: Surprise) -> Facts:
    return Facts(
        negative=evidence.negative,
        observed=surprise.observed,
        expected=surprise.expected,
        voices=evidence.voices,
        is_viral=is_viral,
        velocity=speed,
        r_lo=evidence.reproduction.r.lo if evidence.reproduction else 0.0,
        largest_audience=evidence.largest_audience,
        alarm_voices=evidence.alarm_voices,
        harm_voices=evidence.harm_voices,
    )


def _because(evidence: Evidence, surprise: Surprise) -> list[str]:
    counts = f"{surprise.observed} in {surprise.window_h:g} h, {surprise.expected:.2g} expected"
    found = [f"surprise:{surprise.value:.1f} ({counts})"]
    if evidence.reproduction:
        r = evidence.reproduction.r
        found.append(f"growth:R {r.mid:.2f} ({r.lo:.2f}-{r.hi:.2f})")
    found.append(f"breadth:{evidence.voices} voices, {evidence.accounts} accounts")
    reached = "unknown" if evidence.reach is None else str(evidence.reach)
    found.append(f"reach:{reached}, {evidence.reach_missing} posts without")
    found.append(f"negative:{evidence.negative} of {evidence.posts}")
    return found
