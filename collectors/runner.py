"""Drives the sources: one task each, a page at a time, into a sink that commits page and cursor together."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from traceback import format_tb
from typing import cast

from collectors.budget import requests_of
from collectors.contract import Closes, Rechecks, Sink, Spends
from collectors.lanes import aside
from collectors.ledger import Ledger, plausible, told
from collectors.limits import Sleep
from collectors.rounds import Outcome, Read, State, Watch
from groundswell.clock import Clock
from groundswell.errors import (
    AuthNeeded,
    Gone,
    GroundswellError,
    InputError,
    StorageError,
    Throttled,
    Unreachable,
    first_error,
    place,
)
from groundswell.types import Cursor, Page

log = logging.getLogger(__name__)

_PATIENCE = 3  # refusals in a row after which asking again is rude
_LONGEST_PAUSE = timedelta(hours=6)
_BUG_PAUSE = timedelta(hours=1)
_POLL_S = 1.0
_RECHECKED = 500  # posts looked at again in a round, the latest first: some sources take one request each


class Runner:
    """Runs all watches. Above `inbox_bound` waiting posts it stops asking for more until they are worked off."""

    def __init__(
        self,
        watches: Sequence[Watch],
        sink: Sink,
        clock: Clock,
        *,
        inbox_bound: int = 20_000,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._watches, self._sink, self._clock = list(watches), sink, clock
        self._bound, self._sleep = inbox_bound, sleep
        self._states: dict[str, State] = {}
        for watch in self._watches:
            if isinstance(watch.collector, Spends):
                watch.collector.budget.keep(sink, watch.source)
            if watch.requests is not None:
                watch.requests.keep(sink, requests_of(watch.source))

    def states(self) -> dict[str, State]:
        """Return the last state of each source that had a round, for the status display."""
        return dict(self._states)

    async def once(self) -> dict[str, State]:
        """Give every source one round, side by side. A full inbox ends a round early as PAUSED."""
        stop = asyncio.Event()
        try:
            with first_error():
                async with asyncio.TaskGroup() as group:
                    for watch in self._watches:
                        group.create_task(self._round(watch, stop, is_patient=False))
        finally:
            await self._close()
        return self.states()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; each source then ends behind the page it is committing. StorageError ends all."""
        try:
            with first_error():
                async with asyncio.TaskGroup() as group:
                    for watch in self._watches:
                        group.create_task(self._keep(watch, stop))
        finally:
            await self._close()

    async def _close(self) -> None:
        for watch in self._watches:
            if isinstance(watch.collector, Closes):
                await watch.collector.close()

    async def _keep(self, watch: Watch, stop: asyncio.Event) -> None:
        while not stop.is_set():
            state = await self._round(watch, stop, is_patient=True)
            if state.next_at is None:
                await stop.wait()
                return
            await self._until(state.next_at, stop)

    async def _until(self, moment: datetime, stop: asyncio.Event) -> None:
        """Wait for the moment or for `stop`, whichever comes first."""
        seconds = (moment - self._clock()).total_seconds()
        if seconds <= 0:
            return
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _round(self, watch: Watch, stop: asyncio.Event, *, is_patient: bool) -> State:
        before = self._states.get(watch.source, State(outcome=Outcome.DONE))
        started, state, read = self._clock(), State(outcome=Outcome.DONE), Read()
        try:
            state = await self._collect(watch, stop, is_patient, read)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001  a bug in one source must not silence the others; it is shown
            state = replace(self._failure(watch, error, before), pages=read.pages, posts=read.posts)
            await asyncio.to_thread(self._sink.source_failed, watch.source, state.error or "", state.next_at)
        else:
            state = replace(state, next_at=self._clock() + timedelta(seconds=watch.interval_s))
        self._states[watch.source] = state
        seconds = (self._clock() - started).total_seconds()
        told = (watch.source, state.outcome, state.pages, state.posts, seconds)
        log.info("round source=%s outcome=%s pages=%d posts=%d seconds=%.1f", *told)
        return state

    async def _collect(self, watch: Watch, stop: asyncio.Event, is_patient: bool, read: Read) -> State:
        until = await asyncio.to_thread(self._sink.throttled_until, watch.source)
        if until is not None and until > self._clock():  # it was said to a process that is no more
            raise Throttled(watch.source, until)
        cursor, ledger = Ledger.split(await asyncio.to_thread(self._sink.cursor, watch.source))
        walk = watch.collector.pages(cursor)
        try:
            while True:
                if not await self._has_room(stop, is_patient):
                    return State(outcome=Outcome.PAUSED, pages=read.pages, posts=read.posts)
                page = await anext(walk, None)
                if page is None:
                    if read.pages:  # none at all: the source was not asked, it is not its turn
                        await self._end(watch, stop, cursor, ledger, ledger.end_round(read.posts))
                    return State(outcome=Outcome.DONE, pages=read.pages, posts=read.posts)
                drift = ledger.take(watch.source, page.posts)
                cursor = dict(page.cursor)
                await self._commit(watch.source, ledger.join(told(page, drift)))
                read.pages, read.posts = read.pages + 1, read.posts + len(page.posts)
                if stop.is_set() or read.pages >= watch.pages_per_round:
                    return State(outcome=Outcome.CUT, pages=read.pages, posts=read.posts)
        finally:
            if isinstance(walk, AsyncGenerator):
                await walk.aclose()

    async def _end(
        self, watch: Watch, stop: asyncio.Event, cursor: Cursor, ledger: Ledger, warning: str | None
    ) -> None:
        """End a finished round: look at posts that came of age again, and keep the ledger."""
        at = self._clock()
        if isinstance(watch.collector, Rechecks):
            ids = await asyncio.to_thread(self._sink.due, watch.source, ledger.due(at), _RECHECKED)
            walk = aiter(watch.collector.recheck(ids)) if ids else None
            while walk is not None and (page := await anext(walk, None)) is not None:
                await self._commit(watch.source, ledger.join(replace(plausible(page), cursor=cursor)))
                if stop.is_set():
                    return  # the next start looks at the rest
            ledger.looked_at = at.isoformat()
        if warning:
            log.warning("quiet source=%s", watch.source)
        await self._commit(watch.source, ledger.join(Page(posts=(), cursor=cursor, gap=warning)))

    async def _has_room(self, stop: asyncio.Event, is_patient: bool) -> bool:
        while await asyncio.to_thread(self._sink.inbox_depth) > self._bound:
            if stop.is_set() or not is_patient:
                return False
            await self._sleep(_POLL_S)
        return True

    async def _commit(self, source: str, page: Page) -> None:
        """Commit in a thread; a cancellation waits for the commit, so that it falls between two pages."""
        task = asyncio.ensure_future(aside(self._sink.commit_page, source, page))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    def _failure(self, watch: Watch, error: Exception, before: State) -> State:
        failures = before.failures + 1
        is_refusal = isinstance(error, AuthNeeded | Gone | InputError)
        refusals = before.refusals + 1 if is_refusal else 0
        kind, is_ours = type(error).__name__, isinstance(error, GroundswellError)
        if is_ours:
            log.warning("failed source=%s error=%s failures=%d", watch.source, kind, failures)
        else:
            log.error("bug source=%s error=%s\n%s", watch.source, kind, "".join(format_tb(error.__traceback__)))
        stopped = refusals >= _PATIENCE
        text = f"{kind}: {error}" if is_ours else f"{kind} in {place(error)}, a fault of this program"
        text += f"; stopped after {refusals} refusals in a row" if stopped else ""
        return State(
            outcome=Outcome.STOPPED if stopped else Outcome.FAILED, error=text, failures=failures, refusals=refusals,
            hint=cast(GroundswellError, error).hint if is_ours else "report this with the log",
            next_at=None if stopped else self._next(watch, error, failures),
        )  # fmt: skip

    def _next(self, watch: Watch, error: Exception, failures: int) -> datetime:
        now = self._clock()
        if isinstance(error, Throttled):
            return max(error.until, now)
        if not isinstance(error, GroundswellError):
            return now + _BUG_PAUSE
        first = min(watch.interval_s, 30.0) if isinstance(error, Unreachable) else watch.interval_s
        longest = max(_LONGEST_PAUSE, timedelta(seconds=watch.interval_s))
        return now + min(timedelta(seconds=first * 2.0 ** min(failures - 1, 16)), longest)
