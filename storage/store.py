"""The store as the rest of the program sees it: every method one transaction, every failure a StorageError."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from groundswell.clock import Clock
from groundswell.errors import StorageError
from groundswell.types import Observation, Page, Prediction, Sentiment, Topic
from storage import check, health, pages, queue, reads, retention, search, story_edits, summary
from storage.engine import SQLITE_VERSION
from storage.file import open_file
from storage.label_store import LabelStore
from storage.mix_store import MixStore
from storage.records import (
    Classified,
    Difference,
    Erased,
    Lease,
    Outage,
    PageResult,
    Parent,
    SourceHealth,
    StoredPost,
)
from storage.spending import SpendingStore
from storage.story_store import StoryStore
from storage.watched import WatchStore


def open_store(path: str | Path, clock: Clock, *, sqlite_version: tuple[int, int, int] = SQLITE_VERSION) -> "Store":
    """Open or make a store file (or ":memory:") and bring its tables up to date.

    Raises StorageError naming path and fix: an unsafe SQLite, a file that is damaged or another program's, a folder
    that cannot be written.
    """
    return Store(open_file(str(path), sqlite_version), clock)


class Store(StoryStore, MixStore, SpendingStore, WatchStore, LabelStore):
    """One store file, for all threads of a process; other processes open their own.

    Methods wait while another process writes, and raise StorageError after half a minute of that.
    """

    def close(self) -> None:
        """Let go of the file; its write-ahead log is emptied into it."""
        self._file.close()

    # -- sources

    def cursor(self, source: str) -> dict[str, object]:
        """Read where a source stopped; empty for one never read."""
        with self._file.read() as connection:
            return health.cursor(connection, source)

    def commit_page(self, source: str, page: Page) -> PageResult:
        """Write a page with its deletions and its cursor, all or nothing.

        A stored post that comes again is brought up to date: other words send it back to the inbox. Raises
        StorageError for posts that did not pass the privacy gate.
        """
        pages.require_gated(page)
        with self._file.write() as connection:
            result = pages.commit_page(connection, source, page, self._clock())
        if result.purged:
            self._file.checkpoint()
        return result

    def source_failed(self, source: str, error: str, retry_at: datetime | None) -> None:
        """Note that a source could not be read; an outage begins unless one goes on."""
        with self._file.write() as connection:
            health.failed(connection, source, error, retry_at, self._clock())

    def throttled_until(self, source: str) -> datetime | None:
        """Read until when a source asked to be left alone; None when it did not."""
        with self._file.read() as connection:
            return health.throttled_until(connection, source)

    def arrived(self, collector: str, spans: Sequence[tuple[datetime, datetime]], limit: int) -> list[str]:
        """List the external_ids of up to `limit` posts a collector brought in any of the spans (from, up to)."""
        with self._file.read() as connection:
            return reads.arrived(connection, collector, spans, limit)

    def expect(self, source: str, interval_s: float | None) -> None:
        """Say how long a source may be without a new post; None: as long as it likes."""
        with self._file.write() as connection:
            health.expect(connection, source, interval_s, self._clock())

    def usual_silence(self, source: str) -> float | None:
        """Learn which silence, in seconds, would be strange of a source; None while too little is known of it."""
        with self._file.read() as connection:
            return health.usual_silence(connection, source, self._clock())

    def sources(self) -> list[SourceHealth]:
        """Read the health of every source, by name."""
        with self._file.read() as connection:
            return health.read_sources(connection, self._clock())

    def outages(self, since: datetime) -> list[Outage]:
        """Read the outages, silences among them, that lasted into the time after `since`."""
        with self._file.read() as connection:
            return health.read_outages(connection, since)

    # -- the queue

    def inbox_depth(self) -> int:
        """Count the posts not classified yet, leased ones included."""
        with self._file.read() as connection:
            return queue.depth(connection)

    def lease(self, limit: int, seconds: float) -> Lease:
        """Borrow up to `limit` posts, oldest arrivals first; after `seconds` others may take them."""
        with self._file.write() as connection:
            return queue.lease(connection, limit, seconds, self._clock())

    def complete(self, lease: Lease, results: Sequence[Classified], *, last_edit: int | None = None) -> list[int]:
        """Write what was found out about leased posts, with their stories and counts, and return the ids written.

        Posts deleted or edited meanwhile are passed over; doing it again changes nothing. Raises StorageError, and
        writes nothing, when another worker has taken one of the posts; StaleStories when people edited stories after
        edit number `last_edit`, the last that the caller knows.
        """
        with self._file.write() as connection:
            if last_edit is not None:
                story_edits.require_known(connection, last_edit)
            return queue.complete(connection, lease, results)

    def release(self, lease: Lease) -> None:
        """Give back what was not completed at once, for a clean shutdown."""
        with self._file.write() as connection:
            queue.release(connection, lease)

    # -- reading

    def parents(self, brand: str, source: str, external_ids: Sequence[str]) -> dict[str, Parent]:
        """Read the stored ones of the posts that others answer or repeat, by external_id."""
        with self._file.read() as connection:
            return reads.parents(connection, brand, source, external_ids)

    def known(self, source: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Tell which posts of a source are stored, as (brand, external_id)."""
        with self._file.read() as connection:
            return reads.known(connection, source, external_ids)

    def origins(self) -> dict[str, set[str]]:
        """Read which sources' posts each collector brought."""
        with self._file.read() as connection:
            return reads.origins(connection)

    def collectors_of(self, story: str) -> set[str]:
        """Read which collectors brought the posts of a story."""
        with self._file.read() as connection:
            return reads.collectors_of(connection, story)

    def observations(self, since: datetime, until: datetime | None = None) -> Iterator[Observation]:
        """Read classified posts of [since, until) in event order; labels are the effective ones."""
        return reads.observations(self._file.run_read, since, until)

    def hourly(self, since: datetime) -> Iterator[reads.Hour]:
        """Read (brand, source, hour, scored posts, negative posts) from the hour of `since` on, in order of hours."""
        with self._file.read() as connection:
            return iter(reads.hourly(connection, since))

    def topic_days(self, since: datetime) -> list[tuple[str, Topic, datetime, int]]:
        """Read (brand, topic, UTC day, negative posts) from the day of `since` on."""
        with self._file.read() as connection:
            return reads.negative_days(connection, since)

    def posts(self, ids: Sequence[int]) -> list[StoredPost]:
        """Read posts in the order asked for; those not held any more are missing."""
        with self._file.read() as connection:
            return reads.read_posts(connection, ids)

    def prediction(self, post_id: int) -> Prediction | None:
        """Read what the model said of a post; None when it is not classified or not held."""
        with self._file.read() as connection:
            return reads.read_predictions(connection, [post_id]).get(post_id)

    def search(
        self,
        words: str,
        brand: str | None = None,
        *,
        source: str | None = None,
        label: Sentiment | None = None,
        topic: Topic | None = None,
        story: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[StoredPost]:
        """Find posts that hold every word, newest first; "" asks for the other conditions alone."""
        asked = search.Wanted(
            brand=brand, source=source, label=label, topic=topic, story=story, since=since, until=until
        )
        with self._file.read() as connection:
            return search.search(connection, words, asked, limit)

    def export(
        self, brand: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """Read posts with what was said of them as JSON-able rows, embeddings left out."""
        return reads.export(self._file.run_read, brand, since, until)

    def forget(self, *, author: str | None = None, post: tuple[str, str] | None = None) -> Erased:
        """Delete an author's posts (by pseudonym), or one post (source, external_id), with every trace of their words.

        The counts are corrected too. Raises StorageError unless exactly one of the two is given.
        """
        if (author is None) == (post is None):
            raise StorageError("give the author's pseudonym or the post", "one of them")
        return self._erased(retention.whose(author, post), keep_days=False)

    def purge(self, before: datetime, source: str | None = None) -> Erased:
        """Delete posts created before `before` (retention), of all or of what one configured source brought.

        The counts of days stay for ever.
        """
        with self._file.write() as connection:
            retention.mark_purged(connection, before, source)
        return self._erased(retention.older(before, source), keep_days=True)

    def _erased(self, condition: retention.Condition, *, keep_days: bool) -> Erased:
        took = retention.erase_where(self._file.run_read, self._file.run_write, condition, keep_days=keep_days)
        clean = self._file.checkpoint()
        return Erased(posts=took.posts, quotes=took.quotes, stories=tuple(sorted(took.stories)), traces=not clean)

    def trim(self, before: datetime) -> int:
        """Delete the counts of quarter-hours before `before`, leaving those of days; returns the rows deleted.

        The detector's warm start needs eight weeks of them.
        """
        with self._file.write() as connection:
            return retention.trim(connection, before)

    # -- the whole

    def status(self) -> dict[str, Any]:
        """Sum up posts per state, queue, sources, last errors, outbox and incidents; JSON-able."""
        with self._file.read() as connection:
            return summary.status(connection, self._clock())

    def check(self) -> list[Difference]:
        """Count everything again and compare; empty when all counts equal the posts. Raises StorageError for damage."""
        with self._file.read() as connection:
            self._file.require_sound(connection)
            return check.check(connection)
