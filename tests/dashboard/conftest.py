"""A small store built through the real Store: one invented brand with a crisis, copies, a silence, hostile text."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundswell.clock import SettableClock
from groundswell.types import (
    Alert,
    AlertState,
    Automatism,
    Engagement,
    Interval,
    Kind,
    Notification,
    Page,
    Post,
    Prediction,
    Reason,
    Sentiment,
    Severity,
    Topic,
    Trend,
    Verdict,
)
from storage.records import Classified
from storage.store import Store, open_store

BRAND = "Halvero"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> [click](javascript:alert(1)) **bold** $x$ :red[no] www.example.invalid"
FORMULA = '=HYPERLINK("http://example.invalid","pay")'
CRISIS, COPIED, SERVICE = "s00000000crisis", "s00000000copies", "s0000000service"
TITLES = {CRISIS: "Arc kettle base overheats, smell of burning", COPIED: HOSTILE, SERVICE: "客服一直让等，退款没有下文"}
SOURCES = ("reddit", "weibo", "appstore", "news")
INCIDENT = "i0000000000fire"


@dataclass(frozen=True)
class Update:
    """The side effects of a story, as the story stage would hand them over."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    centroid: bytes = b"\0\0"
    words: dict[str, float] = field(default_factory=dict)
    heat: float = 0.0
    absorbed: int = 1
    course: None = None
    drifted_from: None = None


@dataclass(frozen=True)
class Written:
    """One post to write: what it is, how negative, which topics and story."""

    post: Post
    negative: float
    topics: tuple[Topic, ...] = ()
    story: str | None = None
    copy_of: int = 0
    scored: bool = True


def post(n: int, at: datetime, text: str, source: str, **more: object) -> Post:
    given = {"brand": BRAND, "gated": True, "author": f"a{n % 37:02d}", "kind": Kind.POST, "lang": "en"} | more
    return Post(external_id=str(n), source=source, text=text, created_at=at, **given)  # type: ignore[arg-type]


def everyday(hours: int) -> Iterator[Written]:
    """Two posts an hour by day, most of them calm."""
    for n in range(hours):
        at = NOW - timedelta(hours=hours - n)
        for k in range(1 + (6 <= at.hour <= 20)):
            mood = (n * 7 + k * 3) % 10
            source = SOURCES[(n + k) % 4]
            lang = "zh" if source == "weibo" else "en"
            text = (
                f"漂流扫地机用了第{n}天，挺安静的" if lang == "zh" else f"Day {n} with the Drift vacuum, note {k}: fine"
            )
            topics = (list(Topic)[n % 5],) if mood < 2 else ()
            negative = 0.9 if mood < 2 else 0.05
            yield Written(post(10 * n + k, at, text, source, lang=lang), negative, topics)


def crisis() -> Iterator[Written]:
    """Sixty posts that double every five hours, one of them hostile, one with a formula for a text."""
    texts = ("My Arc kettle base got so hot it smells of burning", "弧光水壶底座烫手还有焦味", FORMULA, HOSTILE)
    for n in range(60):
        at = NOW - timedelta(hours=30 * (1 - ((n + 1) / 60) ** 0.35))
        source = ("reddit", "weibo", "news")[n % 3] if n > 4 else "reddit"
        text = texts[n % 2] + f", report {n}" if n % 20 else texts[2 + (n // 20) % 2]
        made = post(
            5000 + n, at, text, source, author=f"c{n}", lang="zh" if n % 2 else "en", audience=100 * n,
            engagement=Engagement(likes=n, shares=n // 2), url="javascript:alert(1)" if n % 2 else "https://example.org/p",
        )  # fmt: skip
        yield Written(made, 0.97, (Topic.SAFETY_HEALTH, Topic.PRODUCT_QUALITY), CRISIS, 1000 + n)


def copies() -> Iterator[Written]:
    """Ten copies of one text and two of their own words: three voices."""
    for n in range(12):
        text = (
            "Never buy Halvero, share this everywhere before they delete it" if n < 10 else f"own words {n} on Halvero"
        )
        at = NOW - timedelta(hours=20, minutes=-7 * n)
        yield Written(
            post(6000 + n, at, text, "reddit", author=f"x{n}"),
            0.9,
            (Topic.PRICE_VALUE,),
            COPIED,
            77 if n < 10 else 100 + n,
        )


def service() -> Iterator[Written]:
    for n in range(8):
        at = NOW - timedelta(hours=90 - 10 * n)
        made = post(7000 + n, at, f"客服让我等了{n}天，退款还是没有", "weibo", lang="zh", author=f"z{n}")
        yield Written(made, 0.93, (Topic.CUSTOMER_SERVICE, Topic.REFUND_RETURN), SERVICE)


def predicted(one: Written) -> Prediction:
    if not one.scored:
        return Prediction(scored=False, model="small@7", lang="th", reason="language th is not supported")
    rest = 1 - one.negative
    sentiment = {
        Sentiment.NEGATIVE: one.negative, Sentiment.NEUTRAL: rest * 0.4, Sentiment.POSITIVE: rest * 0.6,
    }  # fmt: skip
    topics = {topic: 0.95 if topic in one.topics else 0.02 for topic in Topic}
    return Prediction(
        scored=True, model="small@7", lang=one.post.lang, sentiment=sentiment, topics=topics, topics_on=one.topics
    )


def trend() -> Trend:
    return Trend(
        brand=BRAND, story=CRISIS, at=NOW - timedelta(hours=2), first_at=NOW - timedelta(hours=29), is_viral=True,
        window_h=6, observed=31, expected=1.4, surprise=22.0, reproduction=Interval(lo=1.4, mid=1.9, hi=2.6),
        velocity=12.5, voices=44, sources=3, posts_seen=44, negative_seen=43, reach=98_000, reach_missing=3,
        forecast=Interval(lo=40, mid=75, hi=140),
        automatism=Automatism(verdict=Verdict.ORGANIC, copies=2, of=44, one_shot_share=0.1),
        severity=Severity.L3, topics=(Topic.SAFETY_HEALTH,), examples=(1,), because=("surge",),
    )  # fmt: skip


def alert(quotes: tuple[str, ...]) -> Alert:
    found = trend()
    reason = Reason(
        code="fired", en="31 negative posts in 6 hours, 1.4 expected.", zh="近 6 小时有 31 条负面帖子，预期 1.4 条。"
    )
    return Alert(
        incident=INCIDENT, number=1, state=AlertState.FIRING, at=found.at, brand=BRAND, story=CRISIS,
        title=TITLES[CRISIS], severity=Severity.L3, reason=reason, trend=found, quotes=quotes,
        link=f"http://127.0.0.1:8501/story?story={CRISIS}&alert={INCIDENT}",
    )  # fmt: skip


def write(store: Store, clock: SettableClock, written: list[Written]) -> None:
    """Commit each post when it was made, then classify all."""
    spans: dict[str, Update] = {}
    by_key = {(one.post.source, one.post.external_id): one for one in written}
    for one in sorted(written, key=lambda w: w.post.created_at):
        clock.advance_to(one.post.created_at + timedelta(seconds=30))
        store.commit_page(one.post.source, Page(posts=[one.post], cursor={}))
    while (lease := store.lease(200, 600)).posts:
        results = []
        for stored in lease.posts:
            one = by_key[stored.post.source, stored.post.external_id]
            update = _update(spans, one)
            results.append(
                Classified(id=stored.id, prediction=predicted(one), story=one.story, update=update, copy_of=one.copy_of)
            )
        store.complete(lease, results)


def _update(spans: dict[str, Update], one: Written) -> Update | None:
    if one.story is None:
        return None
    at = one.post.created_at
    old = spans.get(one.story) or Update(one.story, BRAND, TITLES[one.story], at, at)
    spans[one.story] = replace(old, first_at=min(old.first_at, at), last_at=max(old.last_at, at))
    return spans[one.story]


def build(path: Path) -> Path:
    """Write the whole store; also used for screenshots."""
    clock = SettableClock(NOW - timedelta(days=9))
    store = open_store(path, clock)
    for source in SOURCES:
        store.expect(source, 12 * 3600)
    silent = (NOW - timedelta(hours=52), NOW - timedelta(hours=38))
    calm = [w for w in everyday(24 * 8) if not (w.post.source == "weibo" and silent[0] < w.post.created_at < silent[1])]
    calm = [w for w in calm if not (w.post.source == "appstore" and w.post.created_at > NOW - timedelta(hours=14))]
    thai = Written(post(8000, NOW - timedelta(hours=3), "กาต้มน้ำร้อนมาก", "news", lang="th"), 0, scored=False)
    early = [w for w in [*calm, *service()] if w.post.created_at <= silent[0]]
    late = [w for w in [*calm, *service()] if w.post.created_at > silent[0]]
    write(store, clock, early)
    clock.advance_to(silent[0])
    store.source_failed("weibo", "Unreachable: connection refused", silent[1])
    write(store, clock, [*late, *crisis(), *copies(), thai])
    told = alert(("My Arc kettle base got so hot it smells of burning, report 2",))
    store.record_alert(told, [Notification(key=f"{INCIDENT}:1:console", receiver="console", alert=told)])
    clock.advance_to(NOW)
    waiting = post(9000, NOW - timedelta(minutes=1), "Just arrived: is the Crisp worth it?", "reddit")
    store.commit_page("reddit", Page(posts=[waiting], cursor={}, gap="older than 100 comments cannot be read"))
    first = store.search("fine", limit=1)[0]
    store.correct(first.id, Sentiment.POSITIVE)
    store.close()
    return path


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("store") / "halvero.db")
