"""The nouns every stage shares: frozen, keyword-only, no third party, no I/O.

One file though it is long: whoever asks what a word means here looks in one place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Sentiment(StrEnum):
    """The author's attitude towards what the post is about."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Topic(StrEnum):
    """What a post complains of; several may hold at once, praise has none."""

    PRODUCT_QUALITY = "product_quality"
    DELIVERY = "delivery"
    CUSTOMER_SERVICE = "customer_service"
    PRICE_VALUE = "price_value"
    REFUND_RETURN = "refund_return"
    BILLING_PAYMENT = "billing_payment"
    AUTHENTICITY = "authenticity"
    APP_WEBSITE = "app_website"
    SAFETY_HEALTH = "safety_health"
    PRIVACY_SECURITY = "privacy_security"


class Service(StrEnum):
    """How customer service failed; only beside ``Topic.CUSTOMER_SERVICE``."""

    WAITING = "waiting"
    CANNED_REPLY = "canned_reply"
    IRRELEVANT_ANSWER = "irrelevant_answer"
    BUCK_PASSING = "buck_passing"
    ATTITUDE = "attitude"


class Signal(StrEnum):
    """What else a post does; also on posts that are not negative."""

    QUESTION = "question"
    SWITCHING = "switching"
    COMPARISON = "comparison"
    ESCALATION = "escalation"
    SARCASM = "sarcasm"


class Kind(StrEnum):
    """What sort of public text a post is."""

    POST = "post"
    COMMENT = "comment"
    REVIEW = "review"
    ARTICLE = "article"
    REPOST = "repost"


class Severity(StrEnum):
    """How grave a story is, by the rules of groundswell/severity.py; ordered by name."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


Cursor = Mapping[str, object]
"""Where a collector stopped: small, JSON-serialisable, stored in the transaction that stores its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A name that means the brand only beside words that show it: `term` with any of `context` at most `within`
    words apart, a Chinese character counting as a word.
    """

    term: str
    context: tuple[str, ...]
    within: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is watched for one brand: a post matches when any `any_terms` (or a `near`), all `all_terms` and no
    `none_terms` occur.

    `languages` and `sources` narrow it when not empty. Matching is groundswell/matching.py's. `rivals` spell brands
    that are not watched: where a post names one too, its sentiment is read toward `brand`.
    """

    brand: str
    any_terms: tuple[str, ...]
    all_terms: tuple[str, ...] = ()
    none_terms: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """Every spelling that names the brand; words wanted beside it (`all_terms`) only where there is no other."""
        return self.any_terms + tuple(near.term for near in self.near) or self.all_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Public reactions to a post; None is "the source does not say", never zero."""

    likes: int | None = None
    replies: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One public text. Unique by (brand, source, external_id).

    `brand` is "" until the privacy gate has matched it. `author` is the source's raw handle until the gate, a keyed
    pseudonym after it; storage refuses a post that did not pass. `parent` is the external_id this one answers or
    repeats. `audience` is the number of people who follow the author, None when unknown. `rule` is why the gate took
    the post for this brand ("any: acme", "near: 小米", "all", "parent", "given"), `rule_version` the fingerprint of the
    query it then was (groundswell/matching.py); both None before the gate.
    """

    source: str
    external_id: str
    text: str
    created_at: datetime
    kind: Kind = Kind.POST
    brand: str = ""
    lang: str | None = None
    author: str | None = None
    parent: str | None = None
    url: str | None = None
    rating: float | None = None
    audience: int | None = None
    engagement: Engagement = field(default_factory=Engagement)
    rule: str | None = None
    rule_version: str | None = None
    gated: bool = False

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError(f"created_at of {self.source}:{self.external_id} has no time zone; give an aware UTC time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one fetch brought: committed together with its cursor, or not at all.

    `gone` are external_ids the source deleted (their text is purged); one that ends in "/" takes all below it, as when
    an account was deleted. `gap` says honestly what could not be seen.
    """

    posts: Sequence[Post]
    cursor: Cursor
    gone: Sequence[str] = ()
    gap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What one model revision said of one post, or why it did not (`scored` False and a `reason`).

    Probabilities are calibrated; the three of `sentiment` sum to 1. The `*_on` are the labels whose probability
    passed the model's own threshold. `embedding` is an L2-normalised float16 vector as bytes, for story grouping.
    """

    scored: bool
    model: str
    lang: str | None = None
    reason: str | None = None
    sentiment: Mapping[Sentiment, float] = field(default_factory=dict)
    topics: Mapping[Topic, float] = field(default_factory=dict)
    service: Mapping[Service, float] = field(default_factory=dict)
    signals: Mapping[Signal, float] = field(default_factory=dict)
    topics_on: tuple[Topic, ...] = ()
    service_on: tuple[Service, ...] = ()
    signals_on: tuple[Signal, ...] = ()
    embedding: bytes = b""

    @property
    def label(self) -> Sentiment | None:
        """The most probable sentiment, None when unscored."""
        return max(self.sentiment, key=lambda s: self.sentiment[s]) if self.scored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the detector may know of one classified post: when, which story, how negative; never the words.

    `post` is the store's row id. `copy_of` is an equal fingerprint shared by near-copies of one text. `at` is event
    time (created_at). `negative` is the calibrated probability; `label` None means unscored. `alarm_words` are the
    kinds of grave words the text holds ("safety", "legal"), found by the story stage. `answers` is the row id of the
    post that it answers or repeats, 0 where none was held before it.
    """

    post: int
    brand: str
    story: str
    source: str
    at: datetime
    label: Sentiment | None
    negative: float
    lang: str | None = None
    author: str | None = None
    copy_of: int = 0
    is_repost: bool = False
    audience: int | None = None
    shares: int | None = None
    topics: tuple[Topic, ...] = ()
    service: tuple[Service, ...] = ()
    signals: tuple[Signal, ...] = ()
    alarm_words: tuple[str, ...] = ()
    answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A central estimate with its bounds, in the unit of the estimate."""

    lo: float
    mid: float
    hi: float


class Verdict(StrEnum):
    """How the posts of a story came about, as far as their traces show; evidence, never an accusation."""

    ORGANIC = "organic"
    COPIED = "copied"
    SYNCHRONOUS = "synchronous"
    MIXED = "mixed"
    INCONCLUSIVE = "inconclusive"


class Trace(StrEnum):
    """What a finding about a story's posts counts."""

    COPIES = "copies"  # posts that share one text
    ORIGINS = "origins"  # different texts
    SAME_MINUTE = "same_minute"  # posts of the fullest minute
    IN_STEP = "in_step"  # posts within five minutes of a like text from another account
    ONE_SHOT = "one_shot"  # posts from accounts that wrote once in the story
    NEWCOMERS = "newcomers"  # posts from accounts that wrote nothing else about the brand in the days before
    EVEN_GAPS = "even_gaps"  # waits between posts that are equally long


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`n` of `of` show a trace; `is_marked` when organic stories hardly ever show so much; `posts` are typical ids."""

    trace: Trace
    n: int
    of: int
    is_marked: bool = False
    posts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatism:
    """Traces of copying and of one clock, with their numbers: `copies` of `of` posts share one text.

    `one_shot_share` is told beside a verdict of copies or synchrony only; `in_step` ranks stories by how much alike the
    texts of five minutes are (trends/automatism.py); a trace that cannot be counted is not among the `findings`.
    """

    verdict: Verdict
    copies: int
    of: int
    one_shot_share: float | None = None
    posts: tuple[int, ...] = ()
    in_step: float = 0.0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One story's negative mentions measured at `at`; is_viral when surprise, growth, breadth and reach hold together.

    `observed`/`expected` are negative mentions in the window `window_h` that surprised most; `surprise` is
    -log10 of the chance to see at least `observed` under the seasonal baseline; `reproduction` is R (further posts
    caused by one post) with a 90 % interval, `half_life_h` the hours in which it halves at that R (None: R is not
    below 1, or not known); `forecast` the negative mentions of the next 24 h with an 80 % interval; `reach` the sum of
    known audiences (None: none known) with `reach_missing` posts whose audience is unknown; `communities` the circles
    of accounts that answer or repeat one another, `largest_community` the part of the accounts in the largest (0-1).
    """

    brand: str
    story: str
    at: datetime
    first_at: datetime
    is_viral: bool
    window_h: float
    observed: int
    expected: float
    surprise: float
    reproduction: Interval | None
    velocity: float
    voices: int
    sources: int
    posts_seen: int
    negative_seen: int
    reach: int | None
    reach_missing: int
    forecast: Interval | None
    automatism: Automatism
    severity: Severity
    topics: tuple[Topic, ...]
    examples: tuple[int, ...]
    because: tuple[str, ...]
    half_life_h: float | None = None  # the trends stored before it have none, nor the next two
    communities: int | None = None
    largest_community: float | None = None


class AlertState(StrEnum):
    """The life of an incident; one incident is one alert, then updates."""

    FIRING = "firing"
    UPDATE = "update"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an alert fired, was updated, resolved, or stayed silent: a code for machines, sentences for people."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event of one incident. `incident` is stable over its life; `number` counts its events from 1."""

    incident: str
    number: int
    state: AlertState
    at: datetime
    brand: str
    story: str
    title: str
    severity: Severity
    reason: Reason
    trend: Trend
    quotes: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAlarm:
    """A source has brought nothing for long (FIRING, number 1) or is back (RESOLVED, number 2): no trend of any brand.

    `since` is its last page, of a silence its last new post; `until` None: it lasts. `error` is the last one, "" when
    the source answers but brings nothing new.
    """

    incident: str
    number: int
    state: AlertState
    at: datetime
    source: str
    since: datetime
    until: datetime | None
    error: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message for one receiver; `key` is its idempotency key, the same at every retry."""

    key: str
    receiver: str
    alert: Alert | DataAlarm
