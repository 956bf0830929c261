"""Tables that are no text: Parquet, and the first sheet of a workbook (XLSX, XLS, ODS) read by calamine."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from groundswell.errors import Malformed

_LARGEST = 1 << 30  # bytes unpacked: a larger one is a bomb or belongs in CSV


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its place ("line 7"), or, when `problem` is set, why it could not be read."""

    place: str
    values: Mapping[str, object]
    problem: str = ""
    is_partial: bool = False


def parquet(file: BinaryIO, where: str) -> Iterator[Row]:
    """Read the rows of a Parquet file, a thousand at a time. Raises Malformed behind the last good one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(file)
        yield Row("header", dict.fromkeys(table.schema_arrow.names))
        for batch in table.iter_batches(batch_size=1000):
            for values in batch.to_pylist():
                number += 1
                yield Row(f"row {number}", values)
    except (pa.ArrowException, OSError) as error:
        detail = str(error).split("\n")[0][:120]
        raise Malformed(f"{where}: after row {number}", f"no readable Parquet: {detail}", "export it again") from None


def workbook(file: BinaryIO, where: str) -> Iterator[Row]:
    """Read the rows of the first sheet that has any; its first filled row names the columns. Raises Malformed."""
    header: list[str] = []
    for number, cells in _cells(file, where):
        if not any(cell is not None for cell in cells):
            continue
        if not header:
            header = ["" if cell is None else str(cell).strip() for cell in cells]
            yield Row("header", dict.fromkeys(header))
            continue
        yield Row(f"row {number}", dict(zip(header, cells, strict=False)))
    if not header:
        raise Malformed(where, "every sheet is empty", "export it again")


def _cells(file: BinaryIO, where: str) -> Iterator[tuple[int, list[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # here: only workbooks need it

    _require_small(file, where)
    try:
        book = CalamineWorkbook.from_filelike(file)
        filled = (book.get_sheet_by_name(name) for name in book.sheet_names)
        found = next((one for one in filled if one.height), None)
        if found is None:
            raise Malformed(where, "every sheet is empty", "export it again")
        for number, cells in enumerate(found.iter_rows(), 1):
            yield number, [_plain(cell) for cell in cells]
    except (CalamineError, OSError, ValueError) as error:
        detail = str(error).split("\n")[0][:120]
        raise Malformed(where, f"no readable workbook: {detail}", "save it again, or as CSV") from None


def _require_small(file: BinaryIO, where: str) -> None:
    try:
        with zipfile.ZipFile(file) as book:
            size = sum(part.file_size for part in book.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        size = 0  # an old .xls, or damage that calamine will name
    file.seek(0)
    if size > _LARGEST:
        raise Malformed(where, f"unpacks to {size} bytes", "split it, or save it as CSV")


def _plain(cell: Any) -> object:
    """A cell as the row reader knows values: "" is nothing, a whole number stays whole."""
    if cell == "":
        return None
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
