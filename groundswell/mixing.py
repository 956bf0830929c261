"""Whether what people complain about has shifted, asked of the counts in the store; it raises no alert."""

import logging
from datetime import UTC, datetime, timedelta

from storage.mix_store import MixShift
from storage.store import Store
from trends.mix import BEFORE_D, LEAST_D, WINDOW_D, Shift, shifts, tabulate

log = logging.getLogger(__name__)
HOUR_S, DAY_S = 3600, 86_400
AGAIN_D = 28  # whole days that are looked at again: what came late may still tell something
FIRST_D = 400  # at the first look of a process: a year that was imported, or missed
BEHIND_D = WINDOW_D + 2 * BEFORE_D  # days behind the first one looked at that its look needs


class MixWatch:
    """Looks at every brand's mix of complaints at most once an hour, one brand a look; what was told is in the store.

    What is told depends on the counts of whole UTC days and on what was told before, so that a replay, a restart and
    a run that looks at other moments tell the same, late posts within `AGAIN_D` days included.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hour: int | None = None
        self._begun: dict[str, datetime] = {}  # brand → its first day
        self._due: list[str] = []
        self._looked: dict[str, tuple[int, int]] = {}  # brand → day, negative posts of the whole days before it

    def look(self, at: datetime) -> list[MixShift]:
        """Tell of shifts of the next brand that the whole days before `at` show and were not told, and record them."""
        hour, today = int(at.timestamp()) // HOUR_S, int(at.timestamp()) // DAY_S
        if hour != self._hour:
            self._hour, self._begun = hour, self._store.mix_begun()
            self._due += [brand for brand in sorted(self._begun) if brand not in self._due]
        if not self._due:
            return []
        brand = self._due.pop(0)
        since = today - (AGAIN_D if brand in self._looked else FIRST_D)
        first = max(_day(self._begun[brand]), since - BEHIND_D)
        if today - first < LEAST_D:
            return []
        state = (today, self._store.mix_total(brand, _moment(first), _moment(today)))
        if self._looked.get(brand) == state:
            return []  # the day goes on, and nothing came late
        self._looked[brand] = state
        found = [self._stored(brand, shift) for shift in self._shifts(brand, first, since, today)]
        if found:
            self._store.record_shifts(found)
            log.info("mix shifts=%d", len(found))
        return found

    def _shifts(self, brand: str, first: int, since: int, today: int) -> list[Shift]:
        rows = self._store.mix_days(brand, _moment(first))
        totals = [(row.source, _day(row.day), row.negative) for row in rows if not row.kind]
        by_kind = [(row.kind, row.source, _day(row.day), row.negative) for row in rows if row.kind]
        told: dict[str, int] = {}
        for known in self._store.mix_shifts(brand):
            told[known.kind] = max(_day(known.day), told.get(known.kind, 0))
        return shifts(tabulate(totals, by_kind, first, today), since=since, told=told)

    def _stored(self, brand: str, shift: Shift) -> MixShift:
        start, end = _moment(shift.day), _moment(shift.found + 1)
        return MixShift(
            brand=brand, kind=shift.kind, day=start, found=_moment(shift.found),
            before=shift.before, after=shift.after, lo=shift.lo, hi=shift.hi, z=shift.z,
            examples=self._store.typical(brand, shift.kind, start, end),
        )  # fmt: skip


def _day(at: datetime) -> int:
    return int(at.timestamp()) // DAY_S


def _moment(day: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(days=day)
