"""What the store knows of the mix of complaints: counts per day and kind, and the shifts that were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select, type_coerce
from sqlalchemy.dialects.sqlite import insert

from storage.file import StoreFile
from storage.rollups import DAY, floor, label_of
from storage.rows import JOINED
from storage.schema import days, mix_shifts, posts, predictions, service_days, topic_days

SERVICE = "service:"
"""Before a service failure's name where kinds of complaints stand side by side; a topic's name stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixDay:
    """Negative posts of a brand, source and UTC day that complain of `kind`; "" counts all of them."""

    brand: str
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

    def mix_days(self, since: datetime) -> list[MixDay]:
        """Read the negative posts of every UTC day from that of `since` on, all of them and per kind."""
        with self._file.read() as connection:
            return [MixDay(**row._mapping) for counted in _counts(since) for row in connection.execute(counted)]

    def mix_begun(self) -> dict[str, datetime]:
        """Read the first UTC day of which a brand has counts, by brand."""
        with self._file.read() as connection:
            found = select(days.c.brand, func.min(days.c.bucket).label("day")).group_by(days.c.brand)
            return {row.brand: row.day for row in connection.execute(found)}

    def mix_shifts(self) -> list[MixShift]:
        """Read what was told, by day found."""
        with self._file.read() as connection:
            rows = connection.execute(select(mix_shifts).order_by(mix_shifts.c.found, mix_shifts.c.kind))
            return [_shift(row) for row in rows]

    def record_shifts(self, told: Sequence[MixShift]) -> None:
        """Write shifts; one that was told before stays as it was told."""
        with self._file.write() as connection:
            for shift in told:
                values = {name: getattr(shift, name) for name in mix_shifts.c.keys()} | {"examples": [*shift.examples]}  # noqa: SIM118
                connection.execute(insert(mix_shifts).values(**values).on_conflict_do_nothing())

    def typical(self, brand: str, kind: str, since: datetime, until: datetime, limit: int = 3) -> tuple[int, ...]:
        """Choose negative posts of [since, until) that complain of `kind` most surely; no author or text twice."""
        with self._file.read() as connection:
            return _typical(connection, brand, kind, since, until, limit)


def _counted(table: Any, kind: Any, since: datetime) -> Select[Any]:
    keys = [table.c.brand, kind.label("kind"), table.c.source, table.c.bucket.label("day")]
    found = select(*keys, func.sum(table.c.negative).label("negative")).where(table.c.bucket >= floor(since, DAY))
    return found.group_by(*keys).having(func.sum(table.c.negative) > 0)


def _counts(since: datetime) -> tuple[Any, ...]:
    return (
        _counted(days, type_coerce(literal(""), topic_days.c.topic.type), since),
        _counted(topic_days, topic_days.c.topic, since),
        _counted(service_days, SERVICE + service_days.c.service, since),
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
