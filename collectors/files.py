"""Posts from a file: CSV, JSON lines, JSON, Parquet or XLSX, with a field map for columns of other names."""

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, ClassVar

from collectors.batches import batches, read, zone
from collectors.http import Http
from collectors.lanes import aside
from collectors.rows import RowReader
from collectors.tables import rows
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Unreachable
from groundswell.types import Cursor, Page

_HEAD = 65536


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
        self._source, self._fields, self._zone, self._lang = source, dict(fields or {}), zone(timezone), lang

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One Page per 500 rows; the file is read in a thread."""
        walk = self._walk(cursor)
        try:
            while (page := await aside(next, walk, None)) is not None:
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
            for batch in batches(found, reader, self._path.name, skip):
                after = {**mark, "rows": batch.rows, "size": size if batch.is_last else -1}
                yield Page(posts=batch.posts, cursor=after, gap=batch.gap)

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the bytes of a file whose columns have usual names."""
        yield from read(raw, where, clock)


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
