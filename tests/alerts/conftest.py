"""Builders of trends, incidents and alerts, and fakes that stand at the network's edge."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.compose import compose, notifications
from alerts.policy import Decision
from alerts.reasons import fired
from groundswell.types import (
    Alert,
    AlertState,
    Automatism,
    DataAlarm,
    Finding,
    Interval,
    Notification,
    Post,
    Severity,
    Topic,
    Trace,
    Trend,
    Verdict,
)

T0 = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

TREND = Trend(
    brand="Halvero", story="s0123456789ab", at=T0, first_at=T0 - timedelta(minutes=50), is_viral=True, window_h=1.0,
    observed=12, expected=1.4, surprise=4.5, reproduction=Interval(lo=1.2, mid=1.8, hi=2.5), velocity=8.6, voices=9,
    sources=3, posts_seen=40, negative_seen=36, reach=23_456, reach_missing=4,
    forecast=Interval(lo=40, mid=70, hi=120),
    automatism=Automatism(
        verdict=Verdict.COPIED, copies=31, of=40,
        findings=(Finding(trace=Trace.IN_STEP, n=24, of=40, is_marked=True, posts=(1, 2)),),
    ),
    severity=Severity.L3,
    topics=(Topic.SAFETY_HEALTH, Topic.PRODUCT_QUALITY), examples=(1, 2, 3), because=(),
)  # fmt: skip

TEXTS = (
    "The lid of my Halvero Arc came off while pouring and the boiling water went over my hand.",
    "弧光水壶的盖子自己弹开，开水溅了一桌，孩子差点被烫到。",
    "Second kettle with the same loose lid. Support says to tighten it. There is nothing to tighten!",
)


@dataclass(frozen=True)
class StoredIncident:
    """What a store would remember of an incident."""

    incident: str
    state: AlertState
    severity: Severity
    fired_at: datetime
    last_event_at: datetime
    number: int
    last_trend: Trend


@dataclass(frozen=True)
class Wish:
    name: str
    minimum_severity: Severity = Severity.L2
    brands: tuple[str, ...] = ()


def remember(alert: Alert, before: StoredIncident | None) -> StoredIncident:
    """What the store does with an event."""
    fresh = before is None or before.incident != alert.incident
    return StoredIncident(
        incident=alert.incident,
        state=alert.state,
        severity=alert.severity,
        fired_at=alert.at if fresh or before is None else before.fired_at,
        last_event_at=alert.at,
        number=alert.number,
        last_trend=alert.trend,
    )


@pytest.fixture(scope="session")
def t0() -> datetime:
    return T0


@pytest.fixture(scope="session")
def make_trend() -> Callable[..., Trend]:
    return lambda **changes: replace(TREND, **changes)


@pytest.fixture(scope="session")
def make_incident() -> Callable[..., StoredIncident]:
    base = StoredIncident("i0123456789ab", AlertState.FIRING, Severity.L3, T0, T0, 1, TREND)
    return lambda **changes: replace(base, **changes)


@pytest.fixture(scope="session")
def make_posts() -> Callable[..., list[Post]]:
    def make(*texts: str) -> list[Post]:
        return [Post(source="forum", external_id=str(i), text=t, created_at=T0) for i, t in enumerate(texts)]

    return make


@pytest.fixture(scope="session")
def make_alert(make_posts: Callable[..., list[Post]]) -> Callable[..., Alert]:
    def make(texts: tuple[str, ...] = TEXTS, title: str = "kettle lid comes off", **changes: Any) -> Alert:
        alert = compose(
            Decision(AlertState.FIRING, fired(TREND)), trend=TREND, incident=None, at=T0, title=title,
            posts=make_posts(*texts), dashboard_url="http://127.0.0.1:8501/",
        )  # fmt: skip
        return replace(alert, **changes)

    return make


@pytest.fixture(scope="session")
def make_notification(make_alert: Callable[..., Alert]) -> Callable[..., Notification]:
    def make(receiver: str = "press", **changes: Any) -> Notification:
        return notifications(make_alert(**changes), [Wish(receiver)])[0]

    return make


@pytest.fixture(scope="session")
def make_alarm() -> Callable[..., DataAlarm]:
    base = DataAlarm(
        incident="o0123456789ab", number=1, state=AlertState.FIRING, at=T0, source="news",
        since=T0 - timedelta(hours=3), until=None, error="Unreachable: 503", link="http://127.0.0.1:8501/health",
    )  # fmt: skip
    return lambda **changes: replace(base, **changes)


@pytest.fixture(scope="session")
def wish() -> type[Wish]:
    return Wish


@pytest.fixture(scope="session")
def stored() -> Callable[[Alert, StoredIncident | None], StoredIncident]:
    return remember
