"""The store in one glance, for `status --json`."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from groundswell.types import AlertState
from storage.alert_codec import encode
from storage.engine import SQLITE_VERSION
from storage.health import read_sources
from storage.queue import IN_INBOX, depth
from storage.schema import REVISION, incidents, outbox, posts


def status(connection: Connection, now: datetime) -> dict[str, Any]:
    """Count posts per state, and say how fresh the sources are and what waits to be delivered."""
    waiting = depth(connection)
    held = connection.scalar(select(func.count()).select_from(posts)) or 0
    leased = connection.scalar(select(func.count()).select_from(posts).where(IN_INBOX, posts.c.lease_until > now)) or 0
    oldest = connection.scalar(select(func.min(posts.c.arrived_at)).where(IN_INBOX))
    sources = [{name: encode(value) for name, value in asdict(s).items()} for s in read_sources(connection, now)]
    sending = connection.execute(select(outbox.c.state, func.count().label("n")).group_by(outbox.c.state))
    still_open = select(func.count()).select_from(incidents).where(incidents.c.state != AlertState.RESOLVED)
    return {
        "at": now.isoformat(),
        "posts": {"inbox": waiting - leased, "leased": leased, "classified": held - waiting},
        "queue_depth": waiting,
        "oldest_waiting_since": encode(oldest),
        "sources": sources,
        "last_errors": {s["source"]: s["last_error"] for s in sources if s["last_error"]},
        "outbox": {"waiting": 0, "delivered": 0, "dead": 0} | {row.state: row.n for row in sending},
        "open_incidents": connection.scalar(still_open) or 0,
        "schema": REVISION,
        "sqlite": ".".join(map(str, SQLITE_VERSION)),
    }
