"""CSV, JSON lines, Parquet and workbooks as a stream of (place, row): one bad row does not cost the others."""

import codecs
import csv
import io
import json
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from collectors.answer import give_way
from collectors.charset import sniff
from collectors.sheets import Row, parquet, workbook
from groundswell.errors import Malformed

LONGEST_LINE = 1024 * 1024
"""Characters a line may have; a post is at most some ten thousand."""
_SNIFFED = 1024 * 1024


def shape_of(head: bytes, name: str) -> str:
    """Tell the format by its first bytes, then by the file's name: parquet, xlsx, jsonl, json or csv."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx"
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    if start == b"{" or name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    return "json" if start == b"[" else "csv"


def rows(file: BinaryIO, where: str, shape: str, encoding: str) -> Iterator[Row]:
    """Read `file` from its beginning. `shape` and `encoding` may be "auto".

    Raises Malformed for what concerns the whole file: no content, no text in this encoding, no header.
    """
    head = file.read(_SNIFFED)
    file.seek(0)
    if not head.strip():
        raise Malformed(where, "the file is empty", "export it again")
    kind = shape_of(head, where) if shape == "auto" else shape
    if kind == "parquet":
        return parquet(file, where)
    if kind == "xlsx":
        return workbook(file, where)
    lines = _lines(file, where, _encoding(head, where, encoding))
    readers = {"csv": _csv, "jsonl": _jsonl, "json": _json}
    if kind not in readers:
        raise Malformed(where, f"unknown format {kind!r}", "use csv, jsonl, json, parquet or xlsx")
    return readers[kind](lines, where)


def _encoding(head: bytes, where: str, wanted: str) -> str:
    if wanted != "auto":
        return wanted
    cut = head if len(head) < _SNIFFED else head[: head.rfind(b"\n") + 1] or head
    try:
        return sniff(cut)
    except LookupError:
        message = "the bytes are no text in UTF-8, UTF-16, GB18030 or Windows-1252"
        raise Malformed(where, message, "save the file as UTF-8, or is it a binary format?") from None


class Line(NamedTuple):
    """One line. `problem` says why its text could not be read; only the last may be not whole."""

    number: int
    text: str
    is_whole: bool
    problem: str = ""


def _lines(file: BinaryIO, where: str, encoding: str) -> Iterator[Line]:
    """Numbered lines; a damaged or over-long one costs only itself, in UTF-16 and UTF-32 what follows as well."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError:
        raise Malformed(where, f"unknown encoding {encoding!r}", "use utf-8, gb18030, utf-16 or auto") from None
    head = file.read(_SNIFFED)
    file.seek(0)
    is_wide = codec.name.startswith(("utf-16", "utf-32"))
    if is_wide or (b"\r" in head and b"\n" not in head):
        return _wide_lines(file, where, encoding)
    return _byte_lines(file, codec, encoding)


def _byte_lines(file: BinaryIO, codec: codecs.CodecInfo, encoding: str) -> Iterator[Line]:
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            while (rest := b"" if raw.endswith(b"\n") else file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, "", True, _TOO_LONG)
            continue
        is_whole = raw.endswith(b"\n")
        try:
            yield Line(number, codec.decode(raw, "strict")[0].removeprefix("\ufeff"), is_whole)
        except UnicodeError as error:
            byte = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
            yield Line(number, "", is_whole, f"not {encoding}{byte}")


def _wide_lines(file: BinaryIO, where: str, encoding: str) -> Iterator[Line]:
    stream = io.TextIOWrapper(file, encoding=encoding, errors="strict", newline="")
    number = 0
    try:
        while text := stream.readline(LONGEST_LINE + 1):
            number += 1
            is_long = len(text) > LONGEST_LINE
            while is_long and (rest := stream.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            whole = is_long or text.endswith(("\n", "\r"))
            yield Line(number, "" if is_long else text, whole, _TOO_LONG if is_long else "")
    except UnicodeError as error:
        hint = "the file is written in another encoding: try gb18030, or save it as UTF-8"
        raise Malformed(f"{where}: after line {number}", f"not {encoding}: {type(error).__name__}", hint) from None
    finally:
        if not file.closed:  # a walk given up is collected after its file
            stream.detach()


_TOO_LONG = f"longer than {LONGEST_LINE} characters: is a line break or a quote missing?"


def _jsonl(lines: Iterator[Line], _where: str) -> Iterator[Row]:
    for line in lines:
        place = f"line {line.number}"
        if line.problem:
            yield Row(place, {}, line.problem)
        elif line.text.strip():
            try:
                values = json.loads(line.text)
            except (ValueError, RecursionError) as error:
                detail = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
                yield Row(place, {}, f"no JSON: {detail}", not line.is_whole)
                continue
            problem = "" if isinstance(values, dict) else "no object"
            yield Row(place, values if not problem else {}, problem, not line.is_whole)


def _json(lines: Iterator[Line], where: str) -> Iterator[Row]:
    """Read a JSON list of objects at once."""
    parts = []
    for line in lines:
        if line.problem:
            raise Malformed(f"{where}: line {line.number}", line.problem, "write one object per line (JSON lines)")
        parts.append(line.text)
    try:
        found = json.loads("".join(parts), object_hook=give_way)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "nesting"
        raise Malformed(f"{where}: {place}", "no valid JSON list", "write one object per line (JSON lines)") from None
    for number, values in enumerate(found if isinstance(found, list) else [found], 1):
        is_row = isinstance(values, dict)
        yield Row(f"item {number}", values if is_row else {}, "" if is_row else "no object")


class _Feed:
    """Gives the csv reader its lines and remembers those of the record being read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines, self._again = lines, deque[Line]()
        self.record: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        if line.problem:
            raise csv.Error(line.problem)
        return line.text

    def retry_after_first(self) -> None:
        """Give the lines of a broken record again, all but its first: an open quote swallows no good row."""
        self._again.extendleft(reversed(self.record[1:]))
        self.record = []


def _csv(lines: Iterator[Line], where: str) -> Iterator[Row]:
    feed = _Feed(lines)
    header, delimiter = _header(feed, where)
    yield Row("header", dict.fromkeys(header))
    while True:
        feed.record = []
        try:
            values = next(csv.reader(feed, delimiter=delimiter, strict=True), None)
        except csv.Error as error:
            yield Row(f"line {feed.record[0].number}", {}, str(error))
            feed.retry_after_first()
            continue
        if values is None:
            return
        if any(value.strip() for value in values):
            is_full = len(values) >= len(header) and not any(values[len(header) :])
            problem = "" if is_full else f"{len(values)} values for {len(header)} columns"
            place, whole = f"line {feed.record[0].number}", feed.record[-1].is_whole
            yield Row(place, dict(zip(header, values, strict=False)), problem, not whole)


def _header(feed: _Feed, where: str) -> tuple[list[str], str]:
    try:
        header = next(csv.reader(feed, strict=True), [])
    except csv.Error as error:
        hint = "the first line names the columns; is the encoding right? try gb18030"
        raise Malformed(f"{where}: line 1", f"no header: {error}", hint) from None
    delimiter = _delimiter(header)
    if delimiter != ",":
        header = next(csv.reader([line.text for line in feed.record], delimiter=delimiter), [])
    if not any(name.strip() for name in header):
        raise Malformed(f"{where}: line 1", "no column names", "the first line names the columns")
    return [name.strip() for name in header], delimiter


def _delimiter(header: list[str]) -> str:
    if len(header) > 1:
        return ","
    line = header[0] if header else ""
    return max(",\t;|", key=line.count) if line else ","
