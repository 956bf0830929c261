"""One process that drives the pipeline: collectors, classifier, detector and alerter, each with its own turn."""

import asyncio
import gc
import logging
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.dispatch import Dispatcher
from alerts.reader import Reader
from collectors.http import Http
from collectors.rounds import State, Watch
from collectors.runner import Runner
from groundswell import clock, plugins, silences
from groundswell.assemble import HISTORY, Parts, tell_outages, watch_brands
from groundswell.config import Config
from groundswell.data_alarms import DataAlarms
from groundswell.errors import GroundswellError, UnknownName, first_error
from groundswell.opening import opened
from groundswell.sections import Source
from groundswell.starting import collector, options, requests
from groundswell.types import Cursor, Page
from storage.lock import held

log = logging.getLogger(__name__)
BATCH = 256  # posts per transaction: large enough for the reader's batches, small enough to lose little to a kill
IDLE_S = 0.5
LOOK_S = 60.0  # the definition of a trend asks for a look every minute; at whole ones, as a replay looks
SEND_S = 1.0
HOUSEKEEPING_S = 3600.0
TURN_S = 0.0005  # Python's own 5 ms, times the threads at work, times the calls of one turn, kept the loop for 0.4 s
RETOLD = timedelta(hours=2)  # outages that ended this long ago were told before


class Sink:
    """What collectors hand their pages to: the gate in front of the store. `new` counts the posts that were stored."""

    def __init__(self, parts: Parts, sources: Sequence[Source]) -> None:
        self._parts, self._brands = parts, {s.name: s.brand for s in sources}
        self.new: Counter[str] = Counter()

    def commit_page(self, source: str, page: Page) -> object:
        done = self._parts.pipeline.take(source, page, self._brands.get(source, ""))
        self.new[source] += done.new  # one call per source at a time
        return done

    def cursor(self, source: str) -> Cursor:
        return self._parts.store.cursor(source)

    def due(self, source: str, spans: Sequence[tuple[datetime, datetime]], limit: int) -> list[str]:
        return self._parts.store.arrived(source, spans, limit)

    def source_failed(self, source: str, error: str, retry_at: datetime | None) -> None:
        self._parts.store.source_failed(source, error, retry_at)

    def spent(self, source: str, day: date) -> int:
        return self._parts.store.spent(source, day)

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        return self._parts.store.book(source, day, units, most)

    def throttled_until(self, source: str) -> datetime | None:
        return self._parts.store.throttled_until(source)

    def inbox_depth(self) -> int:
        return self._parts.store.inbox_depth()


class Monitor:
    """The running stages over one set of parts."""

    def __init__(self, config: Config, parts: Parts, http: Http) -> None:
        self._config, self._parts = config, parts
        path = config.folder / "groundswell.toml"
        self._sink = Sink(parts, config.sources)
        self._runner = Runner(
            [watch(path, s, http) for s in config.sources],
            self._sink,
            clock.now,
            inbox_bound=config.store.inbox_bound,
        )
        receivers = {
            r.name: plugins.load("groundswell.receivers", r.type)(
                Reader(r.language, r.time_zone), clock.now, **options(path, r)
            )
            for r in config.receivers
        }
        self._alarms = DataAlarms(parts.store, config, clock.now())
        self._dispatcher = Dispatcher(parts.store, receivers, clock.now)
        watch_brands(parts, [b.name for b in config.brands], clock.now())
        silences.expect(parts.store, config)

    async def once(self) -> list[dict[str, Any]]:
        """One round of every stage; returns how each source fared, as `_rows` does."""
        self._parts.store.free_outbox()
        states = await self._runner.once()
        while await self._classify():
            pass
        await self._detect()
        await self._dispatcher.run_once()
        await self._housekeeping()
        return _rows(states, self._sink)

    async def forever(self, stop: asyncio.Event) -> None:
        """Run every stage until `stop`; then each ends behind what it has begun."""
        self._parts.store.free_outbox()  # there is one monitor to a store: who borrowed them before is dead
        with first_error():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._runner.run(stop))
                group.create_task(supervise("classify", self._classify, IDLE_S, stop))
                group.create_task(supervise("detect", self._detect, LOOK_S, stop))
                group.create_task(supervise("send", self._send, SEND_S, stop))
                group.create_task(supervise("housekeeping", self._housekeeping, HOUSEKEEPING_S, stop))
        await self._dispatcher.settle()

    async def _classify(self) -> bool:
        def work() -> bool:
            observations = self._parts.pipeline.classify(BATCH)
            self._parts.pipeline.observe(observations)
            return bool(observations)

        return await asyncio.to_thread(work)

    async def _detect(self) -> bool:
        await asyncio.to_thread(look, self._parts, clock.whole(clock.now(), timedelta(seconds=LOOK_S)))
        await asyncio.to_thread(self._alarms.look, clock.now())
        return False

    async def _send(self) -> bool:
        await self._dispatcher.start()
        return False

    async def _housekeeping(self) -> bool:
        await asyncio.to_thread(keep_house, self._parts, self._config, clock.now())
        return False


def keep_house(parts: Parts, config: Config, at: datetime) -> None:
    """Erase what is older than the store's retention, or its source's, or looked at no more; learn usual silences."""
    spans: list[tuple[str | None, int]] = [(None, config.store.retention_days)]
    spans += [(s.name, s.retention_days) for s in config.sources if s.retention_days]
    stories = {story for name, days in spans for story in parts.store.purge(at - timedelta(days=days), name).stories}
    parts.store.trim(at - HISTORY)
    parts.store.forget_viral()
    silences.expect(parts.store, config)
    if stories:
        parts.pipeline.rewarm_stories()


def look(parts: Parts, at: datetime) -> None:
    """Tell the detector which sources fail or are silent, then let it look: an outage is not calm."""
    health = parts.store.sources()
    tell_outages(parts, at - RETOLD)
    parts.pipeline.detect(at, [s.source for s in health if s.is_silent or s.failures])


async def supervise(name: str, work: Callable[[], Awaitable[bool]], pause_s: float, stop: asyncio.Event) -> None:
    """Repeat `work` until `stop`, at once while it says that there is more, else at whole multiples of `pause_s`.

    An error of ours is logged and tried again; another is a bug and ends the process loudly, to be started anew.
    """
    while not stop.is_set():
        try:
            if await work():
                continue
        except GroundswellError as error:
            log.error("stage=%s error=%s: %s", name, type(error).__name__, error)
        try:
            await asyncio.wait_for(stop.wait(), pause_s - clock.now().timestamp() % pause_s)
        except TimeoutError:
            continue


def watch(path: Path, source: Source, http: Http) -> Watch:
    """Build one configured source. Raises ConfigError for its keys."""
    budget = requests(source)
    made = collector(path, source, http.counted(budget) if budget else http)
    return Watch(source=source.name, collector=made, interval_s=source.every_s, requests=budget)


def share_the_lock() -> None:
    """Keep Python's lock from being held for long: the event loop wants it often, and waits behind all other threads.

    A thread gives it up after `TURN_S`; the collector of garbage, which holds it all the while, passes over what was
    made until now, some hundred thousand objects that stay (`benchmarks/collect_lag.py` measures both).
    """
    sys.setswitchinterval(TURN_S)
    gc.collect()
    gc.freeze()


def forever(config: Config) -> None:
    """Watch until SIGTERM or SIGINT. Raises StorageError while another process watches over the same store."""

    async def main() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        with held(config.store_path()), opened(config) as parts:
            share_the_lock()
            async with Http(clock.now, allow=config.http.allow) as http:
                log.info("run sources=%d receivers=%d", len(config.sources), len(config.receivers))
                await Monitor(config, parts, http).forever(stop)
        log.info("run stopped")

    asyncio.run(main())


def once(config: Config) -> Iterator[dict[str, Any]]:
    """One round of every stage; yields one row per source. Raises StorageError as `forever` does."""

    async def main() -> list[dict[str, Any]]:
        with held(config.store_path()), opened(config) as parts:
            async with Http(clock.now, allow=config.http.allow) as http:
                return await Monitor(config, parts, http).once()

    return iter(asyncio.run(main()))


def collect(config: Config, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Visit sources once; yields one row per source. Raises UnknownName."""
    known = {s.name for s in config.sources}
    for name in names:
        if name not in known:
            raise UnknownName(name, "no such source", f"configured: {', '.join(sorted(known)) or 'none'}")
    chosen = config.model_copy(update={"sources": tuple(s for s in config.sources if not names or s.name in names)})

    async def main() -> list[dict[str, Any]]:
        with opened(chosen, reads=False) as parts:
            async with Http(clock.now, allow=config.http.allow) as http:
                sink = Sink(parts, chosen.sources)
                watches = [watch(config.folder / "groundswell.toml", s, http) for s in chosen.sources]
                return _rows(await Runner(watches, sink, clock.now).once(), sink)

    return iter(asyncio.run(main()))


def _rows(states: dict[str, State], sink: Sink) -> list[dict[str, Any]]:
    """Say of each source how its round ended, how many posts it brought and how many of them are new and a brand's."""
    return [
        {"source": name, "outcome": str(state.outcome), "pages": state.pages, "posts": state.posts}
        | {"new": sink.new[name]}
        | ({"error": state.error, "hint": state.hint} if state.error else {})
        for name, state in states.items()
    ]
