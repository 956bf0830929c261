"""An outbox and a receiver in memory that behave as the real ones."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from groundswell.clock import SettableClock


class Killed(BaseException):
    """kill -9, as far as a test can have it: nothing of ours runs after it."""


@dataclass
class Row:
    notification: object
    attempts: int = 0
    state: str = "waiting"
    next_at: datetime | None = None
    lease_until: datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Item:
    notification: object
    attempts: int


@dataclass
class FakeOutbox:
    """Behaves as the store's: leases end, attempts count leases, only due rows are lent."""

    clock: SettableClock
    rows: dict[str, Row] = field(default_factory=dict)
    die_before_marking: int = 0

    def add(self, *notifications):
        for n in notifications:
            self.rows[n.key] = Row(n)
        return self

    def lease_outbox(self, limit, seconds):
        at = self.clock()
        due = [
            r for r in self.rows.values()
            if r.state == "waiting" and (r.next_at or at) <= at and (r.lease_until is None or r.lease_until <= at)
        ][:limit]  # fmt: skip
        for row in due:
            row.attempts += 1
            row.lease_until = at + timedelta(seconds=seconds)
        return [Item(r.notification, r.attempts) for r in due]

    def delivered(self, key):
        if self.die_before_marking:
            self.die_before_marking -= 1
            raise Killed
        self.rows[key].state = "delivered"

    def undelivered(self, key, error, retry_at):
        row = self.rows[key]
        row.error, row.next_at, row.lease_until = error, retry_at, None
        row.state = "waiting" if retry_at else "dead"

    def states(self):
        return [row.state for row in self.rows.values()]


@dataclass
class FakeReceiver:
    """Takes messages, drops keys it knows, and fails as told (one entry per try, then well)."""

    failures: list = field(default_factory=list)
    seen: list = field(default_factory=list)

    async def send(self, notification):
        if self.failures and (error := self.failures.pop(0)):
            raise error
        self.seen.append(notification.key)

    @property
    def shown(self):
        return set(self.seen)
