"""What the store knows of the mix of complaints: counts per day and kind, and the shifts that were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Text, func, literal, select
from sqlalchemy.dialects.sqlite import insert

from storage.file import StoreFile
from storage.rollups import DAY, floor, label_of
from storage.rows import JOINED
from storage.schema import days, mix_shifts, posts, predictions, service_days, topic_days

SERVICE = "service:"
"""Before a service failure's name where kinds of complaints stand side by side; a topic's name stands alone."""


class MixDay(NamedTuple):
    """Negative posts of a source and UTC day that complain of `kind`; "" counts all of them."""

    kind: str
    source: str
    day: datetime
    negative: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixShift:
    """The share of `kind` among a brand's negative posts changed on `day`, from `before` to `after` (0-1).

    `lo` to `hi` is the 90 % interval of after - before, `found` the day from whose end on it could be told, `examples`
    the ids of typical posts.
    """

    brand: str
    kind: str
    day: datetime
    found: datetime
    before: float
    after: float
    lo: float
    hi: float
    z: float
    examples: tuple[int, ...] = ()


class MixStore:
    """The part of a store that remembers what people complain about, day by day."""

    _file: StoreFile

    def mix_days(self, brand: str, since: datetime) -> list[MixDay]:
        """Read a brand's negative posts of every UTC day from that of `since` on, all of them and per kind."""
        with self._file.read() as connection:
            return [
                MixDay(*row)
                for table, kind in _COUNTS
                for row in connection.execute(_counted(table, kind, brand, floor(since, DAY)))
            ]

    def mix_begun(self) -> dict[str, datetime]:
        """Read the first UTC day of which a brand has counts, by brand."""
        with self._file.read() as connection:
            found = select(days.c.brand, func.min(days.c.bucket).label("day")).group_by(days.c.brand)
            return {row.brand: row.day for row in connection.execute(found)}

    def mix_total(self, brand: str, since: datetime, until: datetime) -> int:
        """Count a brand's negative posts of the UTC days that begin in [since, until)."""
        with self._file.read() as connection:
            here = days.c.brand == brand, days.c.bucket >= since, days.c.bucket < until
            total: int | None = connection.scalar(select(func.sum(days.c.negative)).where(*here))
            return total or 0

    def mix_shifts(self, brand: str | None = None) -> list[MixShift]:
        """Read what was told, of one brand or all, by day found."""
        wanted = select(mix_shifts).order_by(mix_shifts.c.found, mix_shifts.c.brand, mix_shifts.c.kind)
        if brand is not None:
            wanted = wanted.where(mix_shifts.c.brand == brand)
        with self._file.read() as connection:
            return [_shift(row) for row in connection.execute(wanted)]

    def record_shifts(self, told: Sequence[MixShift]) -> None:
        """Write shifts; one that was told before stays as it was told."""
        with self._file.write() as connection:
            for shift in told:
                values = {c.name: getattr(shift, c.name) for c in mix_shifts.c} | {"examples": [*shift.examples]}
                connection.execute(insert(mix_shifts).values(**values).on_conflict_do_nothing())

    def typical(self, brand: str, kind: str, since: datetime, until: datetime, limit: int = 3) -> tuple[int, ...]:
        """Choose negative posts of [since, until) that complain of `kind` most surely; no author or text twice."""
        with self._file.read() as connection:
            return _typical(connection, brand, kind, since, until, limit)


def _counted(table: Any, kind: Any, brand: str, since: datetime) -> Select[Any]:
    keys = [kind.label("kind"), table.c.source, table.c.bucket.label("day")]
    found = select(*keys, func.sum(table.c.negative).label("negative"))
    return found.where(table.c.brand == brand, table.c.bucket >= since).group_by(*keys)


_COUNTS: tuple[tuple[Any, Any], ...] = (
    (days, literal("", Text)),
    (topic_days, topic_days.c.topic),
    (service_days, SERVICE + service_days.c.service),
)


def _shift(row: Any) -> MixShift:
    return MixShift(**(dict(row._mapping) | {"examples": tuple(row.examples)}))


def _typical(
    connection: Connection, brand: str, kind: str, since: datetime, until: datetime, limit: int
) -> tuple[int, ...]:
    name = kind.removeprefix(SERVICE)
    column, on = (
        (predictions.c.service, predictions.c.service_on)
        if kind.startswith(SERVICE)
        else (predictions.c.topics, predictions.c.topics_on)
    )
    labels = func.json_each(on).table_valued("value")
    sure = func.coalesce(func.json_extract(column, f'$."{name}"'), 0.0) * func.coalesce(predictions.c.negative, 0.0)
    here = posts.c.brand == brand, posts.c.created_at >= since, posts.c.created_at < until, label_of == "negative"
    wanted = (
        select(posts.c.id, posts.c.author, posts.c.copy_of)
        .select_from(JOINED)
        .where(*here, select(labels.c.value).where(labels.c.value == name).exists())
        .order_by(sure.desc(), posts.c.id)
        .limit(50 * limit)
    )
    chosen: list[int] = []
    seen: set[object] = set()
    for row in connection.execute(wanted):
        marks = {mark for mark in (row.author, row.copy_of) if mark}
        if not marks & seen and len(chosen) < limit:
            seen |= marks
            chosen.append(row.id)
    return tuple(chosen)
