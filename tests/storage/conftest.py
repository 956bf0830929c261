"""Builders of invented posts, predictions and alerts, and stores that are closed again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundswell.clock import SettableClock
from groundswell.types import (
    Alert,
    AlertState,
    Automatism,
    Interval,
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
from storage.records import Classified, StoredPost
from storage.store import Store, open_store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Update:
    """A story update as another part of the program would make it."""

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    centroid: bytes
    words: dict[str, float]
    heat: float = 0.0
    absorbed: int = 1
    course: dict[str, Any] | None = None
    drifted_from: str | None = None


class Make:
    """Invented things with the fields a test names, the rest plain."""

    start = START

    def post(self, external_id: str = "1", text: str = "The kettle leaks", **given: Any) -> Post:
        fields: dict[str, Any] = {"source": "forum", "brand": "Halvero", "created_at": START, "gated": True}
        return Post(**(fields | given), external_id=external_id, text=text)

    def page(self, *posts: Post, at: int = 1, gone: Sequence[str] = (), gap: str | None = None) -> Page:
        return Page(posts=posts, cursor={"at": at}, gone=gone, gap=gap)

    def prediction(self, negative: float | None = 0.9, topics: Sequence[Topic] = (), **given: Any) -> Prediction:
        if negative is None:
            return Prediction(scored=False, model="m@1", reason="language")
        rest = 1 - negative
        fields: dict[str, Any] = {
            "sentiment": {
                Sentiment.NEGATIVE: negative,
                Sentiment.NEUTRAL: rest * 0.75,
                Sentiment.POSITIVE: rest * 0.25,
            },
            "topics": {topic: 0.9 if topic in topics else 0.1 for topic in Topic},
            "topics_on": tuple(topics),
            "embedding": b"\x00\x3c" * 4,
            "lang": "en",
        }
        return Prediction(scored=True, model="m@1", **(fields | given))

    def update(self, story: str, title: str = "leaking kettle", **given: Any) -> Update:
        fields: dict[str, Any] = {"brand": "Halvero", "first_at": START, "last_at": START, "centroid": b"\x00\x3c" * 4}
        return Update(**(fields | {"words": {"kettle": 2.0, "leaks": 1.0}} | given), story=story, title=title)

    def result(self, stored: StoredPost, story: str | None = "s1", **given: Any) -> Classified:
        fields: dict[str, Any] = {"prediction": self.prediction(), "update": self.update(story) if story else None}
        return Classified(**(fields | given), id=stored.id, story=story)

    def trend(self, story: str = "s1", **given: Any) -> Trend:
        fields: dict[str, Any] = {
            "brand": "Halvero", "at": START, "first_at": START - timedelta(hours=2), "is_viral": True, "window_h": 1.0,
            "observed": 12, "expected": 1.5, "surprise": float("inf"), "velocity": 8.0, "voices": 11, "sources": 2,
            "reproduction": Interval(lo=1.1, mid=1.6, hi=2.2), "posts_seen": 14, "negative_seen": 12, "reach": None,
            "reach_missing": 14, "forecast": None, "severity": Severity.L3, "topics": (Topic.PRODUCT_QUALITY,),
            "automatism": Automatism(verdict=Verdict.ORGANIC, copies=1, of=14), "examples": (1,), "because": ("many",),
        }  # fmt: skip
        return Trend(**(fields | given), story=story)

    def alert(self, number: int = 1, incident: str = "i1", **given: Any) -> Alert:
        fields: dict[str, Any] = {
            "state": AlertState.FIRING if number == 1 else AlertState.UPDATE, "at": START + timedelta(hours=number),
            "brand": "Halvero", "story": "s1", "title": "leaking kettle", "severity": Severity.L3, "quotes": (),
            "reason": Reason(code="viral", en="It spreads.", zh="正在扩散。"), "trend": self.trend(), "link": "x",
        }  # fmt: skip
        return Alert(**(fields | given), incident=incident, number=number)

    def notes(self, alert: Alert, *receivers: str) -> list[Notification]:
        return [Notification(key=f"{alert.incident}:{alert.number}:{r}", receiver=r, alert=alert) for r in receivers]

    def classify(self, store: Store, story: str | None = "s1", **given: Any) -> list[StoredPost]:
        """Lease everything that waits and complete it alike."""
        lease = store.lease(1000, 60)
        store.complete(lease, [self.result(stored, story, **given) for stored in lease.posts])
        return lease.posts

    def changed(self, post: Post, **given: Any) -> Post:
        return replace(post, **given)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(START)


@pytest.fixture
def store(clock: SettableClock) -> Iterator[Store]:
    opened = open_store(":memory:", clock)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def opened(path: Path, clock: SettableClock) -> Iterator[Callable[[], Store]]:
    """Open the file at `path` as often as wanted; all are closed at the end."""
    stores: list[Store] = []

    def again() -> Store:
        stores.append(open_store(path, clock))
        return stores[-1]

    yield again
    for one in stores:
        one.close()


@pytest.fixture
def left_in_file(path: Path) -> Callable[[str], bool]:
    """Whether a piece of text can be read in the raw bytes of the store's files."""

    def found(piece: str) -> bool:
        files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
        return any(piece.encode() in file.read_bytes() for file in files)

    return found
