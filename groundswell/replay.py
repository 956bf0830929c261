"""Recorded posts through the whole pipeline, on a throw-away store and the posts' own clock."""

import gzip
import json
import logging
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collectors.values import count
from groundswell.assemble import Parts, assemble
from groundswell.clock import SettableClock, whole
from groundswell.config import Config
from groundswell.errors import InputError
from groundswell.opening import detection, policy, reader
from groundswell.types import Alert, Engagement, Kind, Observation, Page, Post, Query

STEP = timedelta(minutes=1)  # how often a live run looks, at whole minutes; a replay looks at the same ones
CHUNK = 256  # posts classified at a time; the result does not depend on it
PAGE = 1000  # posts taken at a time; most are about other things
FORGOTTEN = timedelta(days=4)  # a post this old is in no window: without newer ones no look can find anything
AFTER = timedelta(days=2)  # a live run would go on looking: long enough for an incident to resolve
MILLISECONDS = 1e11  # as seconds this is the year 5138, as milliseconds 1973
WANTED = 'one object a line with id, ts, text and source; ts is unix seconds or as "2026-03-01T10:00:00+08:00"'
log = logging.getLogger(__name__)


def read_posts(path: Path) -> Iterator[Post]:
    """Yield the posts of a JSON-lines file (.gz or plain). Raises InputError with file and line."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _post(line, f"{path.name}:{number}")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"byte {error.start} is not UTF-8", "convert the file to UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(str(path), str(error), "give a .jsonl or .jsonl.gz file that can be read") from error


def _post(line: str, where: str) -> Post:
    try:
        row: dict[str, Any] = json.loads(line)
        native, answers, repeats = (_words(row, name) for name in ("id", "parent", "cascade"))
        if not native:
            raise ValueError("the id is empty")
        parent = next((p for p in (answers, repeats) if p and p != native), None)
        return Post(
            source=_words(row, "source") or "replay",
            external_id=native,
            text=_words(row, "text"),
            created_at=_when(row["ts"]),
            kind=Kind.POST if parent is None else Kind.COMMENT if parent == answers else Kind.REPOST,
            lang=_words(row, "lang") or None,
            author=_words(row, "author") or None,
            parent=parent,
            audience=count(row.get("followers")),
            engagement=Engagement(likes=count(row.get("likes")), shares=count(row.get("reposts"))),
        )
    except KeyError as error:
        raise InputError(where, f"no {error}", WANTED) from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(where, str(error), WANTED) from error


def _words(row: dict[str, Any], name: str) -> str:
    value = row[name] if name in ("id", "text") else row.get(name)
    if value is None:
        return ""
    if isinstance(value, str) or (name != "text" and isinstance(value, int)):  # ids are numbers in some archives
        return str(value)
    raise ValueError(f"{name} is {type(value).__name__}; want a string")


def _when(value: object) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if abs(value) >= MILLISECONDS else value, UTC)
    if isinstance(value, str):
        if re.fullmatch(r"\s*\d{9,}(?:\.\d+)?\s*", value):  # an export that quotes its numbers
            return _when(float(value))
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    raise ValueError(f"ts is {value!r}; want unix seconds or an ISO time")


class Wheel:
    """Turns the pipeline on event time: feed pages, turn to a moment, and every minute up to it has been looked at.

    The looks are at the minutes at which a live run looks, whatever the size of the pages and the speed of the machine.
    """

    def __init__(self, parts: Parts, clock: SettableClock, *, step: timedelta = STEP) -> None:
        self._parts, self._clock, self.step = parts, clock, step
        self._next = whole(clock(), STEP) + step
        self._last = clock()
        self._seen: list[Observation] = []

    def feed(self, source: str, posts: Sequence[Post]) -> int:
        """Gate, store and classify posts that arrive now; returns how many new ones are about a watched brand."""
        taken = self._parts.pipeline.take(source, Page(posts=posts, cursor={}))
        while found := self._parts.pipeline.classify(CHUNK):
            self._seen += found
        return taken.new

    def tell(self, observations: Iterable[Observation]) -> None:
        """Take in posts that were read before: they are observed when the wheel turns past them."""
        self._seen += observations

    def turn(self, until: datetime) -> Iterator[Alert]:
        """Observe what was fed, in event order, with a look at every step up to `until`; yields the alert events."""
        waiting = sorted(self._seen, key=lambda o: (o.at, o.post))
        self._seen = []
        for seen in waiting:
            if seen.at > until:
                self._seen.append(seen)
                continue
            yield from self._look_until(seen.at)
            self._parts.pipeline.observe([seen])
            self._last = max(self._last, seen.at)
        yield from self._look_until(until)
        self._clock.advance_to(until)

    def _look_until(self, at: datetime) -> Iterator[Alert]:
        while self._next <= at:
            if self._next - self._last > FORGOTTEN and not self._parts.pipeline.is_alarmed():
                self._next += (at - self._next) // self.step * self.step  # years of silence need no looks
            yield from self._parts.pipeline.detect(self._next)
            self._next += self.step


def replay(posts: Iterable[Post], query: Query, config: Config | None = None) -> Iterator[Alert]:
    """Yield every alert event that a live run would have sent, in the order of event time.

    With `config` by its policy, thresholds, table of severity, reader and own handles, else by what ships. Raises
    InputError when there is no post at all. That none is about the brand is a result, and is logged.
    """
    ordered = sorted(posts, key=lambda p: (p.created_at, p.external_id))
    if not ordered:
        raise InputError("replay", "the file holds no post", WANTED)
    mentions = 0
    clock = SettableClock(ordered[0].created_at)
    with tempfile.TemporaryDirectory(prefix="groundswell-replay-") as folder:
        parts = assemble(
            store_path=Path(folder) / "replay.db", queries=[query], key=b"replay", clock=clock,
            **(_as_configured(config) if config else {}),
        )  # fmt: skip
        parts.detector.watch(query.brand, clock())
        try:
            wheel = Wheel(parts, clock)
            for begin in range(0, len(ordered), PAGE):
                page = ordered[begin : begin + PAGE]
                mentions += wheel.feed("replay", page)
                yield from wheel.turn(page[-1].created_at)
            yield from wheel.turn(ordered[-1].created_at + AFTER)
        finally:
            parts.store.close()
    if not mentions:
        log.warning("none of %d posts is about %s: is every spelling given with --any?", len(ordered), query.brand)


def _as_configured(config: Config) -> dict[str, Any]:
    return {
        "policy": policy(config),
        "detection": detection(config),
        "reader": reader(config),
        "own_handles": config.own_handles(),
    }
