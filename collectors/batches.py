"""Rows of a table gathered into pages: what was read, what could not be and where, how many rows were read whole."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.rows import RowReader
from collectors.sheets import Row
from collectors.tables import rows
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed
from groundswell.types import Page, Post

PAGE = 500
"""Rows of a page."""
_SHOWN = 5


def read(
    raw: bytes | BinaryIO,
    where: str,
    clock: Clock = now,
    *,
    fields: Mapping[str, str] | None = None,
    source: str = "files",
    shape: str = "auto",
    encoding: str = "auto",
    timezone: str = "UTC",
    lang: str | None = None,
    reader: RowReader | None = None,
) -> Iterator[Page]:
    """Read a whole file (`raw`: its bytes, or an open binary file that can seek) page by page; `import` uses this.

    `reader` reads the rows of a special table; then the options that make one are not used.
    Rows that cannot be read are reported with their line in ``Page.gap``. Raises Malformed when no row can be read
    or the file as a whole cannot, InputError for a wrong `timezone`.
    """
    reader = reader or RowReader(source, dict(fields or {}), clock, zone(timezone), lang)
    file = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    for batch in batches(rows(file, where, shape, encoding), reader, where, 0):
        yield Page(posts=batch.posts, cursor={"rows": batch.rows}, gap=batch.gap)


@dataclass(slots=True)
class Rows:
    """Posts and problems gathered, and how many rows have been read whole."""

    posts: list[Post] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rows: int = 0
    is_last: bool = False

    @property
    def gap(self) -> str | None:
        return _told(self.problems)


def batches(found: Iterator[Row], reader: RowReader, where: str, skip: int) -> Iterator[Rows]:
    """Gather rows behind the first `skip` into batches; what was gathered before damage is handed out first."""
    batch, count, good, first = Rows(), 0, 0, ""
    damage: Malformed | None = None
    while True:
        try:
            row = next(found, None)
            if row is not None and row.place == "header":
                reader.prepare(tuple(row.values), where)
                continue
        except Malformed as error:
            row, damage = None, error
        if row is None:
            break
        count += 1
        if count > skip:
            _add(batch, row, reader)
        batch.rows = batch.rows if row.is_partial else count
        if len(batch.posts) + len(batch.problems) >= PAGE:
            good, first = good + len(batch.posts), first or "".join(batch.problems[:1])
            yield batch
            batch = Rows(rows=batch.rows)
    first = first or "".join(batch.problems[:1])
    if not good and not batch.posts and first and not skip:
        place, _, problem = first.partition(": ")
        hint = "check the format, the encoding (gb18030?) and the field map"
        raise damage or Malformed(f"{where}: {place}", f"no row could be read: {problem}", hint)
    batch.is_last = damage is None
    if batch.posts or batch.problems or not (good or damage):
        yield batch
    if damage is not None:
        raise damage


def _add(batch: Rows, row: Row, reader: RowReader) -> None:
    if row.problem:
        batch.problems.append(f"{row.place}: {row.problem}")
        return
    try:
        reader.prepare(tuple(row.values), row.place)
        batch.posts.append(reader.read(row.values, row.place))
    except Malformed as error:
        batch.problems.append(str(error))


def _told(problems: list[str]) -> str | None:
    """At most five problems with their places, and how many there are."""
    if not problems:
        return None
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return f"{len(problems)} rows not read: {'; '.join(problems[:_SHOWN])}{more}"


def zone(name: str) -> ZoneInfo:
    """A time zone by its name. Raises InputError for one that is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("timezone", f"unknown time zone {name!r}", "use a name as Asia/Shanghai") from None
