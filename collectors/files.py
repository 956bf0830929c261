"""Posts from a file: CSV, JSON lines, JSON, Parquet or XLSX, with a field map for columns of other names."""

import asyncio
import io
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.http import Http
from collectors.rows import RowReader
from collectors.sheets import Row
from collectors.tables import rows
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed, Unreachable
from groundswell.types import Cursor, Page, Post

PAGE = 500
_HEAD = 65536
_SHOWN = 5


class Files:
    """A file that may grow. Rows behind the last one read are read; a changed beginning means a new file.

    `path`: the file. `fields`: Post field → column, for columns with unusual names. `source`: what posts are said to
    come from (a shop, a tool). `shape` and `encoding` are found out when "auto". `timezone` is that of times without
    one. `lang` is set when the file does not say.
    """

    name: ClassVar[str] = "files"
    limit: ClassVar[tuple[int, float]] = (1000, 1.0)
    terms: ClassVar[str] = "Your own data: make sure that you may process it."
    reader: ClassVar[type[RowReader]] = RowReader

    def __init__(
        self,
        _http: Http,
        clock: Clock,
        *,
        path: str,
        fields: Mapping[str, str] | None = None,
        source: str = "files",
        shape: str = "auto",
        encoding: str = "auto",
        timezone: str = "UTC",
        lang: str | None = None,
    ) -> None:
        self._path, self._shape, self._encoding, self._clock = Path(path), shape, encoding, clock
        self._source, self._fields, self._zone, self._lang = source, dict(fields or {}), _zone(timezone), lang

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One Page per 500 rows; the file is read in a thread."""
        walk = self._walk(cursor)
        try:
            while (page := await asyncio.to_thread(next, walk, None)) is not None:
                yield page
        finally:
            walk.close()

    def _walk(self, cursor: Cursor) -> Generator[Page]:
        with _opened(self._path) as file:
            skip = cursor.get("rows")
            skip = skip if isinstance(skip, int) and _is_same(file, cursor) else 0
            size, mark = self._path.stat().st_size, _mark(file)
            if cursor.get("size") == size and skip:
                yield Page(posts=(), cursor=cursor)
                return
            reader = self.reader(self._source, self._fields, self._clock, self._zone, self._lang)
            found = rows(file, self._path.name, self._shape, self._encoding)
            for batch in _batches(found, reader, self._path.name, skip):
                after = {**mark, "rows": batch.rows, "size": size if batch.is_last else -1}
                yield Page(posts=batch.posts, cursor=after, gap=batch.gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the bytes of a file whose columns have usual names."""
        yield from read(raw, where, clock)


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
    reader = reader or RowReader(source, dict(fields or {}), clock, _zone(timezone), lang)
    file = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    for batch in _batches(rows(file, where, shape, encoding), reader, where, 0):
        yield Page(posts=batch.posts, cursor={"rows": batch.rows}, gap=batch.gap)


@dataclass(slots=True)
class _Batch:
    """Posts and problems gathered, and how many rows have been read whole."""

    posts: list[Post] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rows: int = 0
    is_last: bool = False

    @property
    def gap(self) -> str | None:
        return _told(self.problems)


def _batches(found: Iterator[Row], reader: RowReader, where: str, skip: int) -> Iterator[_Batch]:
    """Gather rows behind the first `skip` into batches; what was gathered before damage is handed out first."""
    batch, count, good, first = _Batch(), 0, 0, ""
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
            batch = _Batch(rows=batch.rows)
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


def _add(batch: _Batch, row: Row, reader: RowReader) -> None:
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


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(str(path), "no such file", "correct the path") from None
    except IsADirectoryError:
        raise InputError(str(path), "this is a folder", "name a file in it") from None
    except PermissionError:
        raise InputError(str(path), "it may not be read", "change its permissions") from None
    except OSError as error:
        raise Unreachable(f"{path.name}: {error.strerror}", "is its disk there?") from None


def _mark(file: BinaryIO) -> dict[str, object]:
    head = file.read(_HEAD)
    file.seek(0)
    return {"head": sha256(head).hexdigest()[:32], "head_size": len(head)}


def _is_same(file: BinaryIO, cursor: Cursor) -> bool:
    size = cursor.get("head_size")
    head = file.read(size) if isinstance(size, int) and 0 < size <= _HEAD else b""
    file.seek(0)
    return bool(head) and sha256(head).hexdigest()[:32] == cursor.get("head")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("timezone", f"unknown time zone {name!r}", "use a name as Asia/Shanghai") from None
