"""The product as one list: what happens to a post, from the source's page to the message that wakes somebody.

One file, a little long, because the list is to be read at one go.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import numpy as np

from alerts.compose import Wish, compose, notifications
from alerts.policy import Decision, Policy, decide
from alerts.reasons import merged
from groundswell.errors import StorageError
from groundswell.gate import Gate
from groundswell.mixing import MixWatch
from groundswell.types import Alert, AlertState, Observation, Page, Post, Prediction, Query, Sentiment, Topic, Trend
from groundswell.unobserved import Unobserved, labelled
from models.toward import refine, sides
from storage.records import Classified, Edit, Incident, Lease, PageResult, Parent, StoredPost, StoryEdit
from storage.store import Store
from storage.story_edits import StaleStories
from trends.detector import Detector
from trends.stories import Stories

log = logging.getLogger(__name__)

STAGES = ("collect", "privacy gate", "inbox", "classify", "story", "counts", "detect", "decide", "send")
"""In this order, for every post: `take` does the second and third, `classify` the next three, `detect` the next two.

Collecting is collectors/runner.py's work and sending alerts/dispatch.py's; groundswell/run.py turns the wheel.
"""

WORDLESS = ("empty", "no words")
Key = tuple[str, str, str]  # brand, source, external_id


class Reader(Protocol):
    """What the pipeline needs of a model."""

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]: ...


class Pipeline:
    """The stages over one store. Synchronous: the process around it decides which thread waits."""

    def __init__(
        self,
        *,
        store: Store,
        reader: Reader,
        stories: Stories,
        detector: Detector,
        gate: Gate,
        queries: Sequence[Query] = (),
        policy: Policy,
        wishes: Sequence[Wish] = (),
        dashboard_url: str = "http://127.0.0.1:8501",
        lease_s: float = 120.0,
        last_edit: int | None = None,
        last_label: int | None = None,
    ) -> None:
        self._store, self._reader, self._stories, self._detector = store, reader, stories, detector
        self.gate = gate
        self._mix = MixWatch(store)
        self._sides = sides(queries)
        self._policy, self._wishes, self._dashboard_url, self._lease_s = policy, tuple(wishes), dashboard_url, lease_s
        self._memory = threading.RLock()  # stories and detector live in memory and are asked from several threads
        self._incidents: dict[tuple[str, str], Incident] = {}
        self._last_viral = store.last_viral()
        self._last_edit = store.last_edit() if last_edit is None else last_edit  # before stories were read
        self._last_label = store.last_label() if last_label is None else last_label  # before the detector was warmed
        self._unobserved = Unobserved()
        self.reload_incidents()
        self._tell_splits(store.story_edits())

    def reload_incidents(self) -> None:
        """Read every story's open or else last incident from the store: at the start, and after an event."""
        last = sorted(
            self._store.incidents(open_only=False),
            key=lambda i: (i.state is not AlertState.RESOLVED, i.last_event_at),
        )
        self._incidents = {(i.brand, i.story): i for i in last}

    # privacy gate, inbox

    def take(self, source: str, page: Page, brand: str = "") -> PageResult:
        """Gate a page and commit it with its cursor; posts about no watched brand are dropped, not stored.

        `brand` says that everything on the page is about it.
        """
        posts = [replace(p, brand=brand) for p in page.posts] if brand else page.posts
        gated = self.gate(posts)
        result = self._store.commit_page(source, replace(page, posts=gated))
        if result.stories:  # words of a deleted or edited post must not be written back from memory
            self.rewarm_stories()
        return replace(result, dropped=len(_names(posts) - _names(gated)))

    # classify, story, counts

    def classify(self, limit: int = 256) -> list[Observation]:
        """Read up to `limit` posts of the inbox; returns what the detector may know of them, in event order.

        The caller hands the observations to `observe`, so that a replay can look at every minute between them.
        """
        lease = self._store.lease(limit, self._lease_s)
        if not lease.posts:
            return []
        waiting = sorted(lease.posts, key=lambda s: (s.post.created_at, s.id))
        predictions = self._predict(waiting)
        with self._memory:
            self.follow_edits()
            while (found := self._settle(lease, waiting, predictions)) is None:
                self.follow_edits()
            self._unobserved.add(found)
        log.info("classify posts=%d", len(found))
        return found

    def _settle(
        self, lease: Lease, waiting: Sequence[StoredPost], predictions: Sequence[Prediction]
    ) -> list[Observation] | None:
        """Give the posts their stories and write that; None when people edited stories just then."""
        results, observations = self._place(waiting, predictions)
        try:
            written = set(self._store.complete(lease, results, last_edit=self._last_edit))
        except StaleStories:
            return None
        except StorageError:
            self.rewarm_stories()  # memory ran ahead of the store: read the truth again
            raise
        said = self._store.said(written)  # of posts that people labelled while they waited
        return [labelled(o, said.get(o.post)) for o in observations if o.post in written]  # the rest went meanwhile

    def _place(
        self, waiting: Sequence[StoredPost], predictions: Sequence[Prediction]
    ) -> tuple[list[Classified], list[Observation]]:
        """Give every post its story, in event order; an answer finds its parent among those before it."""
        parents = self._parents(waiting)
        results: list[Classified] = []
        observations: list[Observation] = []
        for stored, own in zip(waiting, predictions, strict=True):
            post = stored.post
            parent = parents.get((post.brand, post.source, post.parent or ""))
            prediction = self._inherit(own, parent)
            vector = np.frombuffer(prediction.embedding, dtype=np.float16).astype(np.float32)
            put = self._stories.assign(
                stored.id,
                post,
                vector if vector.size else None,
                parent.story if parent else None,
                topics=[prediction.topics.get(topic, 0.0) for topic in Topic],
                negative=prediction.sentiment.get(Sentiment.NEGATIVE, 0.0),
            )
            parents[(post.brand, post.source, post.external_id)] = Parent(
                id=stored.id, story=put.story, prediction=prediction
            )
            results.append(
                Classified(
                    id=stored.id,
                    prediction=prediction,
                    story=put.story,
                    update=put.update,
                    left=put.left,
                    copy_of=put.copy_of,
                    alarm_words=put.alarm_words,
                )
            )
            seen = observation(stored.id, post, prediction, put.story, put.copy_of, put.alarm_words)
            is_held = parent is not None and parent.id < stored.id  # as a restart finds it
            observations.append(replace(seen, answers=parent.id) if parent and is_held else seen)
        return results, observations

    def rewarm_stories(self) -> None:
        """Forget the stories in memory and read them from the store."""
        with self._memory:
            self._stories.warm(self._store.stories())

    def follow_edits(self) -> None:
        """Take over what people did to stories since the last time; they do it from other processes."""
        with self._memory:
            edits = self._store.story_edits(self._last_edit)
            if not edits:
                return
            self.rewarm_stories()
            for edit in edits:
                if edit.into is not None:
                    self._detector.move(edit)
                if edit.what is Edit.MERGED and edit.into is not None:
                    viral = self._last_viral.pop((edit.brand, edit.story), None)
                    known = self._last_viral.get((edit.brand, edit.into), viral)
                    if viral is not None and known is not None:
                        self._last_viral[edit.brand, edit.into] = max(viral, known)
            self.reload_incidents()
            self._tell_splits(edits)
            self._last_edit = edits[-1].id
        log.info("stories edits=%d", len(edits))

    def follow_labels(self) -> None:
        """Take over how people labelled posts since the last time, after what they did to stories."""
        with self._memory:
            while True:
                self.follow_edits()
                last, found = self._store.relabelled(self._last_label)
                if last == self._last_label:
                    return
                if found and self._store.last_edit() != self._last_edit:
                    continue  # the posts moved between the two readings
                for told in self._unobserved.relabel(found):
                    self._detector.relabel(told)
                self._last_label = last
                log.info("labels posts=%d", len(found))

    def _tell_splits(self, edits: Sequence[StoryEdit]) -> None:
        """Posts split off an incident's story were told with it: alone they must surprise more to be told again."""
        for edit in edits:
            told = self._incidents.get((edit.brand, edit.story))
            if edit.what is Edit.SPLIT and edit.into is not None and told is not None:
                self._detector.told(edit.brand, edit.into, told.last_event_at, told.last_trend.surprise)

    def _predict(self, waiting: Sequence[StoredPost]) -> list[Prediction]:
        texts = list(dict.fromkeys(s.post.text for s in waiting))  # copies are read once
        tags: dict[str, str | None] = {s.post.text: s.post.lang for s in waiting}
        said = dict(zip(texts, self._reader.predict(texts, [tags[t] for t in texts]), strict=True))
        posts = [s.post.text for s in waiting]
        named = [self._sides.get(s.post.brand, ((), ())) for s in waiting]
        mine, rivals = [terms for terms, _ in named], [others for _, others in named]
        return refine(self._reader, [said[text] for text in posts], posts, mine, rivals)

    def _parents(self, waiting: Sequence[StoredPost]) -> dict[Key, Parent]:
        wanted: dict[tuple[str, str], set[str]] = {}
        for stored in waiting:
            if stored.post.parent:
                wanted.setdefault((stored.post.brand, stored.post.source), set()).add(stored.post.parent)
        found: dict[Key, Parent] = {}
        for (brand, source), ids in wanted.items():
            for external_id, parent in self._store.parents(brand, source, sorted(ids)).items():
                found[(brand, source, external_id)] = parent
        return found

    @staticmethod
    def _inherit(own: Prediction, parent: Parent | None) -> Prediction:
        """A repost without words of its own repeats what its parent says."""
        if own.scored or own.reason not in WORDLESS or parent is None or parent.prediction is None:
            return own
        return replace(parent.prediction, reason="as its parent") if parent.prediction.scored else own

    # detect, decide

    def observe(self, observations: Iterable[Observation]) -> None:
        """Count classified posts in the detector."""
        with self._memory:
            for seen in observations:
                self._detector.observe(self._unobserved.take(seen))

    def outage(self, source: str, start: datetime, end: datetime | None) -> None:
        """Tell the detector that a source's posts could not be had from `start` to `end` (None: still)."""
        with self._memory:
            self._detector.outage(None, source, start, end)

    def detect(self, at: datetime, silent_collectors: Sequence[str] = ()) -> list[Alert]:
        """Evaluate every story at `at`, decide, and record alerts with their notifications; returns the new events.

        `silent_collectors` bring no data now: an incident made of their posts never resolves for want of new ones.
        A shift in the mix of complaints is looked for and stored beside it; it is no event.
        """
        with self._memory:
            self.follow_labels()
            trends = {(t.brand, t.story): t for t in self._detector.evaluate(at)}
        self._mix.look(at)
        viral = {key: at for key, trend in trends.items() if trend.is_viral}
        self._last_viral |= viral
        events: list[Alert] = []
        for key in sorted(trends.keys() | self._open()):
            trend, incident = trends.get(key), self._incidents.get(key)
            if incident is not None and incident.story != incident.last_trend.story:
                events += self._record(None, incident, Decision(AlertState.RESOLVED, merged()), at)
                continue
            silent = sorted(self._store.collectors_of(key[1]) & set(silent_collectors)) if silent_collectors else []
            decision = decide(
                trend, incident, self._policy, at, last_viral_at=self._last_viral.get(key), silent_sources=silent
            )
            if decision.state is not None:
                events += self._record(trend, incident, decision, at)
        if events:
            self.reload_incidents()
        if going_on := [self._incidents[key].incident for key in viral.keys() & self._open()]:
            self._store.note_viral(going_on, at)
        return events

    def is_alarmed(self) -> bool:
        """Say whether an incident is open."""
        return bool(self._open())

    def _open(self) -> set[tuple[str, str]]:
        return {key for key, incident in self._incidents.items() if incident.state is not AlertState.RESOLVED}

    def _record(self, trend: Trend | None, incident: Incident | None, decision: Decision, at: datetime) -> list[Alert]:
        """Write the event with what must be sent; none when people edited the story just now: look again."""
        shown = trend or (incident.last_trend if incident else None)
        examples = self._store.posts(shown.examples) if shown else []
        alert = compose(
            decision,
            trend=trend,
            incident=incident,
            at=at,
            title=self._store.title(shown.story) if shown else "",
            posts=[e.post for e in examples],
            dashboard_url=self._dashboard_url,
        )
        try:
            self._store.record_alert(alert, notifications(alert, self._wishes))
        except StaleStories:
            return []
        log.info(
            "alert incident=%s number=%d state=%s severity=%s",
            alert.incident,
            alert.number,
            alert.state,
            alert.severity,
        )
        return [alert]


def _names(posts: Iterable[Post]) -> set[tuple[str, str]]:
    return {(p.source, p.external_id) for p in posts}


def observation(
    post_id: int, post: Post, prediction: Prediction, story: str, copy_of: int, alarm_words: tuple[str, ...]
) -> Observation:
    """What the detector may know of a classified post: everything but its words."""
    return Observation(
        post=post_id,
        brand=post.brand,
        story=story,
        source=post.source,
        at=post.created_at,
        label=prediction.label,
        negative=prediction.sentiment.get(Sentiment.NEGATIVE, 0.0),
        lang=prediction.lang,
        author=post.author,
        copy_of=copy_of,
        is_repost=post.kind == "repost",
        audience=post.audience,
        shares=post.engagement.shares,
        topics=prediction.topics_on,
        service=prediction.service_on,
        signals=prediction.signals_on,
        alarm_words=alarm_words,
    )
