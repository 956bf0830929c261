"""What an operator does by hand: import a file, look at the state, export posts, erase an author."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from collectors.batches import read
from groundswell import clock, privacy
from groundswell.config import Config, pseudonym_key
from groundswell.errors import InputError
from groundswell.opening import opened
from storage.lock import Busy, held
from storage.store import open_store

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def import_file(
    config: Config, file: Path, *, brand: str, source: str, fields: Mapping[str, str], time_zone: str
) -> dict[str, Any]:
    """Store and classify the posts of one file; returns counts and what could not be read.

    While a monitor runs on the store, the posts are left in the inbox for it: only so does its detector see them.
    Raises InputError or Malformed with place and fix; rows before the damage are stored all the same.
    """
    if brand and brand not in {b.name for b in config.brands}:
        raise InputError(
            "--brand", f"{brand!r} is not configured", f"configured: {', '.join(b.name for b in config.brands)}"
        )
    row: dict[str, Any] = {"file": str(file), "new": 0, "updated": 0, "unchanged": 0, "erased": 0, "skipped": 0}
    gaps = []
    with ExitStack() as stack:
        try:
            stack.enter_context(held(config.store_path()))
            reads = True
        except Busy:
            reads = False
        parts = stack.enter_context(opened(config, reads=reads))
        try:
            stream = stack.enter_context(file.open("rb"))
        except OSError as error:
            raise InputError(str(file), error.strerror or str(error), "give a file that can be read") from error
        for page in read(stream, file.name, clock.now, fields=fields, source=source, timezone=time_zone):
            done = parts.pipeline.take(f"import:{source}", page, brand)
            row["new"] += done.new
            row["updated"] += done.updated
            row["unchanged"] += done.unchanged
            row["erased"] += done.purged
            row["skipped"] += done.dropped
            gaps += [page.gap] if page.gap else []
        while reads and parts.pipeline.classify():
            pass
    return row | {"gap": "; ".join(gaps) or None, "read_by": "import" if reads else "run"}


def status(config: Config) -> dict[str, Any]:
    """Posts per state, freshness per source, queue depth, last errors."""
    store = open_store(config.store_path(), clock.now)
    try:
        return store.status()
    finally:
        store.close()


def export(config: Config, out: str, brand: str) -> int:
    """Write stored posts to `out` (.csv, .jsonl, or - for JSON lines on standard output); returns how many."""
    store = open_store(config.store_path(), clock.now)
    try:
        rows = store.export(brand=brand or None)
        if out == "-":
            return _write_lines(rows, sys.stdout)
        path = Path(out)
        if path.suffix not in {".csv", ".jsonl"}:
            raise InputError(out, "unknown kind of file", "end its name with .jsonl or .csv")
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                return (_write_table if path.suffix == ".csv" else _write_lines)(rows, file)
        except OSError as error:
            raise InputError(out, error.strerror or str(error), "choose a folder that can be written to") from error
    finally:
        store.close()


def forget(config: Config, author: str) -> dict[str, Any]:
    """Erase everything of one author, given as source:handle or as a stored pseudonym."""
    source, colon, handle = author.partition(":")
    name = privacy.pseudonym(pseudonym_key(config), source, handle) if colon else author
    store = open_store(config.store_path(), clock.now)
    try:
        gone = store.forget(author=name)
    finally:
        store.close()
    return {"posts": gone.posts, "quotes": gone.quotes, "stories": list(gone.stories), "traces": gone.traces}


def _write_lines(rows: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last number is the count)
        file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    return count


def _write_table(rows: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """CSV that a spreadsheet cannot mistake for formulas (OWASP: CSV injection)."""
    writer: csv.DictWriter[str] | None = None
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last number is the count)
        if writer is None:
            file.write("\ufeff")  # Excel reads UTF-8 only behind a byte-order mark
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
