"""Incidents, their events, data alarms, and the outbox: written with the decision, delivered at least once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import StorageError
from groundswell.types import Alert, AlertState, DataAlarm, Notification, Severity
from storage.alert_codec import alarm_from, alert_from, encode, trend_from
from storage.erase import sentence_of
from storage.records import Incident, Outgoing
from storage.rows import AnyRow
from storage.schema import alerts, data_alarms, incidents, outbox, posts, quotes, stories, watermarks
from storage.story_edits import StaleStories

_WAITING: Any = literal_column("outbox.state = 'waiting'")  # written out for the partial index

_VIRAL = "viral:"  # before an incident's name, in `watermarks`


def record_alert(
    connection: Connection, alert: Alert, notifications: Sequence[Notification], now: datetime
) -> bool:  # fmt: skip
    """Write an event of an incident with what must be sent; False when that event was written before.

    Raises StorageError when the story has another open incident, or when an event before this one is missing, and
    StaleStories when the story was merged away; an incident may be ended all the same.
    """
    gone = select(stories.c.story).where(stories.c.story == alert.story, stories.c.merged_into.is_not(None))
    if alert.state is not AlertState.RESOLVED and connection.scalar(gone) is not None:
        raise StaleStories(f"story {alert.story} was merged away; nothing was written", "read the stories again")
    written = select(func.max(alerts.c.number)).where(alerts.c.incident == alert.incident)
    last = connection.scalar(written) or 0
    if alert.number <= last:
        return False
    if alert.number != last + 1:
        raise StorageError(f"{alert.incident}: event {alert.number} after {last}", "number the events from 1")
    _write_incident(connection, alert)
    connection.execute(insert(alerts).values(_event(alert)))
    _link_quotes(connection, alert)
    if alert.state is AlertState.RESOLVED:
        connection.execute(delete(watermarks).where(watermarks.c.name == f"{_VIRAL}{alert.incident}"))
    _put_out(connection, notifications, now)
    return True


def record_alarm(
    connection: Connection, alarm: DataAlarm, notifications: Sequence[Notification], now: datetime
) -> bool:  # fmt: skip
    """Write that people are told of an outage, or of its end, with what must be sent; False when it was before."""
    put = insert(data_alarms).values(incident=alarm.incident, number=alarm.number, payload=encode(alarm))
    if not connection.execute(put.on_conflict_do_nothing()).rowcount:
        return False
    _put_out(connection, notifications, now)
    return True


def read_alarms(connection: Connection) -> list[DataAlarm]:
    """Read the alarms whose end was not told, in order of their names."""
    over = select(data_alarms.c.incident).where(data_alarms.c.number > 1)
    wanted = select(data_alarms.c.payload).where(data_alarms.c.incident.not_in(over)).order_by(data_alarms.c.incident)
    return [alarm_from(payload) for payload in connection.execute(wanted).scalars()]


def _put_out(connection: Connection, notifications: Sequence[Notification], now: datetime) -> None:
    rows = [{"key": n.key, "incident": n.alert.incident, "number": n.alert.number, "receiver": n.receiver,
             "state": "waiting", "next_at": now} for n in notifications]  # fmt: skip
    if rows:
        connection.execute(insert(outbox).on_conflict_do_nothing(), rows)


def _event(alert: Alert) -> dict[str, Any]:
    return {
        "incident": alert.incident, "number": alert.number, "at": alert.at, "brand": alert.brand,
        "story": alert.story, "state": alert.state.value, "severity": alert.severity.value, "payload": encode(alert),
    }  # fmt: skip


def _write_incident(connection: Connection, alert: Alert) -> None:
    """Move the incident on; its severity is the highest told so far."""
    same = (incidents.c.brand == alert.brand) & (incidents.c.story == alert.story)
    other = select(incidents.c.incident).where(
        same, incidents.c.state != AlertState.RESOLVED, incidents.c.incident != alert.incident
    )
    rival = connection.scalar(other)
    if rival is not None and alert.state is not AlertState.RESOLVED:
        raise StorageError(f"story {alert.story} already has the open incident {rival}", "update that incident")
    put = insert(incidents).values(
        incident=alert.incident, brand=alert.brand, story=alert.story, state=alert.state.value,
        severity=alert.severity.value, fired_at=alert.at, last_event_at=alert.at, number=alert.number,
        last_trend=encode(alert.trend), posts_at_last_event=alert.trend.posts_seen,
    )  # fmt: skip
    names = ("story", "state", "last_event_at", "number", "last_trend", "posts_at_last_event")
    moved: dict[str, Any] = {name: put.excluded[name] for name in names}
    moved["severity"] = func.max(incidents.c.severity, put.excluded.severity)  # SQLite's max of two; L0 < L4 as text
    connection.execute(put.on_conflict_do_update(index_elements=["incident"], set_=moved))


def _link_quotes(connection: Connection, alert: Alert) -> None:
    """Note which posts hold the quoted words, so that a quote leaves with the last of them."""
    pieces = [*enumerate(alert.quotes), (-1, sentence_of(alert.title))]
    near = or_(posts.c.id.in_(alert.trend.examples), (posts.c.story == alert.story) & (posts.c.brand == alert.brand))
    links = [
        {"post": row.id, "incident": alert.incident, "number": alert.number, "position": position}
        for row in connection.execute(select(posts.c.id, posts.c.text).where(near))
        for position, piece in pieces
        if piece and (piece in row.text or piece in " ".join(row.text.split()))
    ]
    if links:
        connection.execute(insert(quotes), links)


def note_viral(connection: Connection, going_on: Sequence[str], at: datetime) -> None:
    """Remember that these incidents were still viral at `at`."""
    rows = [{"name": f"{_VIRAL}{incident}", "at": at} for incident in going_on]
    put = insert(watermarks)
    connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"at": put.excluded.at}), rows)


def read_last_viral(connection: Connection) -> dict[tuple[str, str], datetime]:
    """Read when each open incident was last noted to be viral, by (brand, story)."""
    noted = incidents.join(watermarks, watermarks.c.name == _VIRAL + incidents.c.incident)
    wanted = select(incidents.c.brand, incidents.c.story, watermarks.c.at).select_from(noted)
    rows = connection.execute(wanted.where(incidents.c.state != AlertState.RESOLVED))
    return {(row.brand, row.story): row.at for row in rows}


def forget_viral(connection: Connection) -> int:
    """Delete what was noted of incidents that are not open, or no more; returns the rows deleted."""
    still = select(_VIRAL + incidents.c.incident).where(incidents.c.state != AlertState.RESOLVED)
    noted = watermarks.c.name.startswith(_VIRAL), watermarks.c.name.not_in(still)
    return connection.execute(delete(watermarks).where(*noted)).rowcount


def read_incidents(connection: Connection, *, open_only: bool) -> list[Incident]:
    """Read incidents, the latest event first."""
    wanted = select(incidents).order_by(incidents.c.last_event_at.desc(), incidents.c.incident)
    if open_only:
        wanted = wanted.where(incidents.c.state != AlertState.RESOLVED)
    return [_incident(row) for row in connection.execute(wanted)]


def _incident(row: AnyRow) -> Incident:
    return Incident(
        incident=row.incident,
        brand=row.brand,
        story=row.story,
        state=AlertState(row.state),
        severity=Severity(row.severity),
        fired_at=row.fired_at,
        last_event_at=row.last_event_at,
        number=row.number,
        last_trend=trend_from(row.last_trend),
        posts_at_last_event=row.posts_at_last_event,
    )


def read_alerts(connection: Connection, limit: int, brand: str | None) -> list[Alert]:
    """Read the newest events."""
    wanted = select(alerts.c.payload).order_by(alerts.c.at.desc(), alerts.c.incident, alerts.c.number.desc())
    if brand is not None:
        wanted = wanted.where(alerts.c.brand == brand)
    return [alert_from(payload) for payload in connection.execute(wanted.limit(limit)).scalars()]


def lease_outbox(connection: Connection, limit: int, seconds: float, now: datetime) -> list[Outgoing]:
    """Lend what is due; an event waits for the earlier ones of its incident to the same receiver."""
    earlier = outbox.alias("earlier")
    blocked = select(earlier.c.key).where(
        earlier.c.incident == outbox.c.incident, earlier.c.receiver == outbox.c.receiver,
        earlier.c.number < outbox.c.number, earlier.c.state == "waiting",
    )  # fmt: skip
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    due = select(outbox.c.key).where(_WAITING, outbox.c.next_at <= now, free, ~blocked.exists())
    due = due.order_by(outbox.c.next_at, outbox.c.incident, outbox.c.number, outbox.c.receiver).limit(limit)
    taken = connection.execute(
        update(outbox)
        .where(outbox.c.key.in_(due.scalar_subquery()))
        .values(lease_until=now + timedelta(seconds=seconds), attempts=outbox.c.attempts + 1)
        .returning(*outbox.c)
    ).all()
    found = _payloads(connection, {(row.incident, row.number) for row in taken})
    ordered = sorted(taken, key=lambda row: (row.next_at, row.incident, row.number, row.receiver))
    return [
        Outgoing(
            notification=Notification(key=row.key, receiver=row.receiver, alert=found[row.incident, row.number]),
            attempts=row.attempts,
        )
        for row in ordered
    ]


def free_outbox(connection: Connection) -> None:
    """Forget who borrowed what: those who did are gone, and would keep an alert back for minutes."""
    connection.execute(update(outbox).where(_WAITING, outbox.c.lease_until.is_not(None)).values(lease_until=None))


def _payloads(connection: Connection, events: set[tuple[str, int]]) -> dict[tuple[str, int], Alert | DataAlarm]:
    found: dict[tuple[str, int], Alert | DataAlarm] = {}
    if not events:
        return found
    for table, read in ((alerts, alert_from), (data_alarms, alarm_from)):
        here = tuple_(table.c.incident, table.c.number).in_(events)
        for row in connection.execute(select(table.c.incident, table.c.number, table.c.payload).where(here)):
            found[row.incident, row.number] = read(row.payload)
    return found


def delivered(connection: Connection, key: str, now: datetime) -> None:
    """Mark a notification as taken by its receiver. Raises StorageError for an unknown key."""
    done = {"state": "delivered", "lease_until": None, "delivered_at": now, "last_error": None}
    if not connection.execute(update(outbox).where(outbox.c.key == key).values(done)).rowcount:
        raise StorageError(f"no notification {key}")


def undelivered(connection: Connection, key: str, error: str, retry_at: datetime | None) -> None:
    """Note why a notification did not arrive; without `retry_at` it is dead. One delivered meanwhile stays so."""
    values: dict[str, Any] = {"last_error": error, "lease_until": None}
    values |= {"state": "dead"} if retry_at is None else {"next_at": retry_at}
    changed = connection.execute(update(outbox).where(outbox.c.key == key, _WAITING).values(values)).rowcount
    if not changed and connection.scalar(select(outbox.c.key).where(outbox.c.key == key)) is None:
        raise StorageError(f"no notification {key}")
