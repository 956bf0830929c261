"""What the alerter sees of the store: incidents and the outbox, every method one transaction."""

from collections.abc import Sequence
from datetime import datetime

from groundswell.clock import Clock
from groundswell.types import Alert, DataAlarm, Notification
from storage import alert_log
from storage.file import StoreFile
from storage.records import Incident, Outgoing


class AlertStore:
    """The part of a store that remembers who was told what."""

    def __init__(self, file: StoreFile, clock: Clock) -> None:
        self._file, self._clock = file, clock

    def record_alert(self, alert: Alert, notifications: Sequence[Notification]) -> bool:
        """Write an incident's event with what must be sent; False when it was written before.

        Raises StorageError when the story has another open incident or an earlier event is missing.
        """
        with self._file.write() as connection:
            return alert_log.record_alert(connection, alert, notifications, self._clock())

    def record_alarm(self, alarm: DataAlarm, notifications: Sequence[Notification]) -> bool:
        """Write that people are told of an outage, or of its end, with what must be sent; False when it was before."""
        with self._file.write() as connection:
            return alert_log.record_alarm(connection, alarm, notifications, self._clock())

    def alarms(self) -> list[DataAlarm]:
        """Read the data alarms whose end was not told."""
        with self._file.read() as connection:
            return alert_log.read_alarms(connection)

    def incidents(self, open_only: bool = True) -> list[Incident]:
        """Read incidents, the latest event first."""
        with self._file.read() as connection:
            return alert_log.read_incidents(connection, open_only=open_only)

    def note_viral(self, incidents: Sequence[str], at: datetime) -> None:
        """Remember that these incidents were still viral at `at`."""
        with self._file.write() as connection:
            alert_log.note_viral(connection, incidents, at)

    def forget_viral(self) -> int:
        """Delete what `note_viral` wrote of incidents that are over; returns the rows deleted."""
        with self._file.write() as connection:
            return alert_log.forget_viral(connection)

    def last_viral(self) -> dict[tuple[str, str], datetime]:
        """Read when each open incident was last noted to be viral, by (brand, story)."""
        with self._file.read() as connection:
            return alert_log.read_last_viral(connection)

    def alerts(self, limit: int, brand: str | None = None) -> list[Alert]:
        """Read the newest events; quotes whose posts were deleted are missing."""
        with self._file.read() as connection:
            return alert_log.read_alerts(connection, limit, brand)

    def lease_outbox(self, limit: int, seconds: float) -> list[Outgoing]:
        """Borrow notifications that are due; nobody else gets them for `seconds`."""
        with self._file.write() as connection:
            return alert_log.lease_outbox(connection, limit, seconds, self._clock())

    def free_outbox(self) -> None:
        """End every loan of notifications: for the one process that sends, when it starts."""
        with self._file.write() as connection:
            alert_log.free_outbox(connection)

    def delivered(self, key: str) -> None:
        """Record that the receiver took a notification. Raises StorageError for an unknown key."""
        with self._file.write() as connection:
            alert_log.delivered(connection, key, self._clock())

    def undelivered(self, key: str, error: str, retry_at: datetime | None) -> None:
        """Record that it did not, and when to try again; None: never."""
        with self._file.write() as connection:
            alert_log.undelivered(connection, key, error, retry_at)
