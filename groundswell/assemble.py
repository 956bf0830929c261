"""Build the parts of a running monitor from plain values, in one place: live runs, replays and the demo share it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alerts.compose import Wish
from alerts.policy import Policy
from groundswell.clock import Clock
from groundswell.gate import Gate
from groundswell.pipeline import Pipeline, Reader
from groundswell.types import Query
from models.predict import Classifier
from storage.store import Store, open_store
from trends.copies import CAPACITY
from trends.detector import Detector
from trends.settings import DetectorSettings
from trends.stories import Stories

RECENT = timedelta(hours=72)  # observations the detector reads again at a start
HISTORY = timedelta(weeks=8)  # hourly counts its baseline is learned from
TOPIC_DAYS = timedelta(days=70)  # of complaints a topic, as long as trends/board.py keeps them


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What was built; the store is the caller's to close."""

    store: Store
    pipeline: Pipeline
    detector: Detector
    stories: Stories


def assemble(
    *,
    store_path: Path | str,
    queries: Sequence[Query],
    key: bytes,
    clock: Clock,
    reader: Reader | None = None,
    own_handles: frozenset[str] = frozenset(),
    policy: Policy | None = None,
    detection: DetectorSettings | None = None,
    wishes: Sequence[Wish] = (),
    dashboard_url: str = "http://127.0.0.1:8501",
    lease_s: float = 120.0,
) -> Parts:
    """Open the store, warm stories and detector from it, and join everything to a pipeline.

    Raises StorageError when the store cannot be used, ModelError when the weights cannot.
    """
    store = open_store(store_path, clock)
    names = {query.brand: query.terms for query in queries}
    stories, detector = Stories(names=names), Detector(detection)
    at = clock()
    last_edit, last_label = store.last_edit(), store.last_label()  # before the stories and the posts are read
    _warm(store, stories, detector, at)
    pipeline = Pipeline(
        store=store,
        reader=reader or Classifier(),
        stories=stories,
        detector=detector,
        queries=queries,
        gate=Gate(queries, key, own_handles, store),
        policy=policy or Policy(),
        wishes=wishes,
        dashboard_url=dashboard_url,
        lease_s=lease_s,
        last_edit=last_edit,
        last_label=last_label,
    )
    parts = Parts(store=store, pipeline=pipeline, detector=detector, stories=stories)
    tell_outages(parts, at - HISTORY)
    return parts


def _warm(store: Store, stories: Stories, detector: Detector, at: datetime) -> None:
    """Give memory what an earlier process knew."""
    known = store.stories()
    brands = sorted({story.brand for story in known})
    stories.warm(known, (pair for brand in brands for pair in store.copied(brand, CAPACITY)))
    incidents = store.incidents(open_only=True)
    detector.warm(
        store.hourly(at - HISTORY),
        store.observations(at - RECENT),
        topic_days=store.topic_days(at - TOPIC_DAYS),
        stories=known,
        viral=[(i.brand, i.last_trend.story, i.fired_at, i.last_trend.because) for i in incidents],
    )


def watch_brands(parts: Parts, brands: Iterable[str], at: datetime) -> None:
    """Say that these brands are watched, from `at` on or since they first were: silence since then was seen."""
    parts.store.watch(brands, at)
    for brand, since in parts.store.watched().items():
        parts.detector.watch(brand, since)


def tell_outages(parts: Parts, since: datetime) -> None:
    """Freeze what the outages since then froze; collectors are named by their configuration, posts by their source.

    A failure and a silence of one source may begin with the same page: the one that lasted longer counts.
    """
    outages = parts.store.outages(since)
    origins = parts.store.origins() if outages else {}
    longest: dict[tuple[str, datetime], datetime | None] = {}
    for outage in outages:
        for source in origins.get(outage.source, {outage.source}):
            end = longest.get((source, outage.start), outage.end)
            longest[source, outage.start] = max(end, outage.end) if end and outage.end else None
    for (source, start), end in longest.items():
        parts.pipeline.outage(source, start, end)
