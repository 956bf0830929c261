"""What each source spent on which day: requests, units or paid posts, as the source counts them."""

from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from storage.file import StoreFile
from storage.schema import spending


class SpendingStore:
    """The part of a store that keeps the budgets of sources, each call a transaction of its own."""

    _file: StoreFile

    def spent(self, source: str, day: date) -> int:
        """Read the units booked for a source on a day; 0 for none."""
        with self._file.read() as connection:
            return _spent(connection, source, day)

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        """Add units (less than 0: give back) unless they would make it more than `most`; whether they were added."""
        with self._file.write() as connection:
            if units > 0 and _spent(connection, source, day) + units > most:
                return False
            put = insert(spending).values(source=source, day=day.isoformat(), units=max(units, 0))
            total = func.max(spending.c.units + units, 0)
            connection.execute(put.on_conflict_do_update(index_elements=["source", "day"], set_={"units": total}))
            return True


def _spent(connection: Connection, source: str, day: date) -> int:
    here = (spending.c.source == source) & (spending.c.day == day.isoformat())
    return connection.scalar(select(spending.c.units).where(here)) or 0
