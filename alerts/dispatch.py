"""Delivers what is in the outbox, at least once: leased, sent with its key, then marked delivered, retried or dead."""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts.receivers import Receiver, TryLater
from groundswell.clock import Clock
from groundswell.errors import DeliveryError
from groundswell.types import Notification

STRIKES = 3
"""Failures in a row after which a receiver is taken to be down and the rest of its messages wait untried."""
AFTER_SURPRISE_S = 3600.0
"""A bug in a receiver is raised at once and met again only an hour later, so that it does not loop."""
LONGEST_WAIT_S = 6 * 3600.0
"""A receiver that asks for more than a quarter of a day is asked again anyway: alerts age."""
log = logging.getLogger(__name__)


class Outgoing(Protocol):
    """A leased notification."""

    @property
    def notification(self) -> Notification:
        """What to send, and the key that stays the same at every try."""

    @property
    def attempts(self) -> int:
        """Tries so far, this one included."""


class Outbox(Protocol):
    """What waits to be delivered; the store fits. Calls are made in a thread."""

    def lease_outbox(self, limit: int, seconds: float) -> Sequence[Outgoing]:
        """Take due notifications so that nobody else sends them for `seconds`."""

    def delivered(self, key: str) -> None:
        """Record that the receiver took it."""

    def undelivered(self, key: str, error: str, retry_at: datetime | None) -> None:
        """Record that it did not, and when to try again; None: never (dead, and shown as such)."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits with jitter, `base_s` to `cap_s`; after `max_attempts` a message is dead.

    With the defaults 30 tries reach over about 17 hours: a mail server that is down overnight loses nothing. Jitter
    (each wait is 50-100 % of its length) keeps messages that failed together from coming back together.
    """

    base_s: float = 15
    cap_s: float = 3600
    max_attempts: int = 30

    def wait_s(self, attempts: int, random_source: random.Random) -> float:
        """Seconds to wait after the failed try number `attempts` (from 1)."""
        longest = min(self.cap_s, self.base_s * 2.0 ** min(attempts - 1, 30))
        return longest * random_source.uniform(0.5, 1)


@dataclass(slots=True)
class Sent:
    """What became of the messages handled since last asked."""

    delivered: int = 0
    retried: int = 0
    dead: int = 0


class Dispatcher:
    """Sends what the outbox holds; each receiver has its own task, so that a slow one holds up nobody else.

    `run_once` leases a batch and waits for all of it. A live run calls `start` every second, which never waits for a
    receiver, and `settle` at its end.
    """

    def __init__(
        self,
        outbox: Outbox,
        receivers: Mapping[str, Receiver],
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        seed: int = 0,
        batch: int = 100,
        lease_s: float = 300,
        send_timeout_s: float = 60,
    ) -> None:
        self._outbox, self._receivers, self._clock = outbox, receivers, clock
        self._backoff = backoff or Backoff()
        self._random = random.Random(seed)
        self._batch, self._lease_s, self._send_timeout_s = batch, lease_s, send_timeout_s
        self._waiting: dict[str, list[Outgoing]] = {}
        self._in_hand: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = Sent()

    async def run_once(self) -> Sent:
        """Deliver what is due and return what became of it. Raises what a receiver or the store raised unforeseen."""
        await self.start()
        return await self.settle()

    async def start(self) -> None:
        """Lease a batch and hand it to the receivers' tasks without waiting for them. Raises as `run_once`."""
        self._raise_surprises()
        leased = await asyncio.to_thread(self._outbox.lease_outbox, self._batch, self._lease_s)
        for item in leased:
            key, receiver = item.notification.key, item.notification.receiver
            if key in self._in_hand:
                continue  # leased again while its first lease waits behind a slow receiver
            self._in_hand.add(key)
            if receiver in self._waiting:  # its task is at work
                self._waiting[receiver].append(item)
                continue
            self._waiting[receiver] = [item]
            self._tasks.add(asyncio.create_task(self._serve(receiver), name=f"send-{receiver}"))

    async def settle(self) -> Sent:
        """Wait until every receiver is done and return the sums since the last call. Raises as `run_once`."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._raise_surprises()
        sent, self._sent = self._sent, Sent()
        return sent

    def _raise_surprises(self) -> None:
        done = {task for task in self._tasks if task.done()}
        self._tasks -= done
        surprises = [error for task in done if not task.cancelled() and (error := task.exception())]
        if surprises:
            raise surprises[0] if len(surprises) == 1 else BaseExceptionGroup("several receivers", surprises)

    async def _serve(self, name: str) -> None:
        """Send all that waits for one receiver, oldest first."""
        strikes = 0
        queue = self._waiting[name]
        try:
            while queue:
                if strikes >= STRIKES:
                    await self._put_off(queue[0], f"{name} does not answer; not tried")
                else:
                    strikes = 0 if await self._try(queue[0]) else strikes + 1
                self._in_hand.discard(queue.pop(0).notification.key)
        finally:  # what is left after a surprise is leased again when its lease is over
            self._in_hand.difference_update(item.notification.key for item in queue)
            del self._waiting[name]

    async def _try(self, item: Outgoing) -> bool:
        """Send once and record what happened; False when the receiver seems to be down."""
        key, name = item.notification.key, item.notification.receiver
        receiver = self._receivers.get(name)
        if receiver is None:
            await self._bury(item, f"no receiver is called {name!r} any more")
            return True
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await receiver.send(item.notification)
        except DeliveryError as error:
            return await self._failed(item, error)
        except TimeoutError:
            return await self._failed(item, DeliveryError(f"no answer in {self._send_timeout_s:g} s", permanent=False))
        except Exception as error:
            retry_at = self._clock() + timedelta(seconds=AFTER_SURPRISE_S)
            await self._undelivered(key, f"surprise: {type(error).__name__}", retry_at)
            raise
        await asyncio.to_thread(self._outbox.delivered, key)
        self._sent.delivered += 1
        log.info("alert_delivered receiver=%s key=%s attempts=%d", name, key, item.attempts)
        return True

    async def _failed(self, item: Outgoing, error: DeliveryError) -> bool:
        if error.permanent or item.attempts >= self._backoff.max_attempts:
            await self._bury(item, str(error))
            return error.permanent  # it answered: it is not down
        await self._put_off(item, str(error), error.after_s if isinstance(error, TryLater) else 0.0)
        return False

    async def _put_off(self, item: Outgoing, error: str, at_least_s: float = 0.0) -> None:
        wait_s = max(self._backoff.wait_s(item.attempts, self._random), min(at_least_s, LONGEST_WAIT_S))
        await self._undelivered(item.notification.key, error, self._clock() + timedelta(seconds=wait_s))
        self._sent.retried += 1

    async def _bury(self, item: Outgoing, error: str) -> None:
        await self._undelivered(item.notification.key, error, None)
        self._sent.dead += 1

    async def _undelivered(self, key: str, error: str, retry_at: datetime | None) -> None:
        await asyncio.to_thread(self._outbox.undelivered, key, error, retry_at)
        when = retry_at.isoformat() if retry_at else "never"
        log.warning("alert_undelivered key=%s error=%r retry_at=%s", key, error, when)
