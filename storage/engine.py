"""Opening a SQLite file safely: the version, the settings, the rights, and what to say when it cannot be done."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, exc

from groundswell.errors import StorageError
from storage.json_text import dump

FIRST_UNSAFE, LAST_UNSAFE = (3, 7, 0), (3, 51, 2)
SQLITE_VERSION: tuple[int, int, int] = dbapi2.sqlite_version_info
BUSY_TIMEOUT_S = 30  # a writer holds the lock for milliseconds; retention and migrations for seconds
CHECKED_BYTES = 64 << 20  # files up to this size are checked whole when opened: under half a second
MEMORY = ":memory:"
_MAGIC = b"SQLite format 3\0"

_PRAGMAS = (
    "synchronous=NORMAL",  # survives kill -9; a power cut may lose the last commits, whole, cursor included
    "foreign_keys=OFF",  # there are none: rows are deleted by storage/erase.py, all tables at once
    "secure_delete=ON",  # deleted text is overwritten with zeros
    "temp_store=MEMORY",  # nor does it stay behind in temporary files
    "cache_size=-32000",  # 32 MB
    "wal_autocheckpoint=4000",  # 16 MB: fewer page writes than the usual 4 MB while importing
)


def require_safe(version: tuple[int, int, int]) -> None:
    """Refuse versions whose WAL-reset bug can corrupt a database written by several connections, and older ones.

    See https://sqlite.org/wal.html#walresetbug; the bug is in 3.7.0 to 3.51.2.
    """
    if version <= LAST_UNSAFE:
        found, first, last = (".".join(map(str, v)) for v in (version, FIRST_UNSAFE, LAST_UNSAFE))
        raise StorageError(
            f"SQLite {found} is not safe: {first} to {last} can corrupt a database in WAL mode",
            "pip install 'pysqlite3>=0.6.1', which brings its own newer SQLite",
        )


def connect(path: str) -> Engine:
    """Make an engine whose transactions begin when told and, marked `immediate`, with the write lock."""
    if path == MEMORY:
        engine = create_engine(
            "sqlite://", module=dbapi2, json_serializer=dump, hide_parameters=True, poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )  # fmt: skip
    else:
        engine = create_engine(
            f"sqlite:///{path}", module=dbapi2, json_serializer=dump, hide_parameters=True,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        )  # fmt: skip
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise StorageError(f"the file system allows no WAL mode, only {mode!r}", "keep the store on a local disk")
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def create_private(path: Path) -> None:
    """Make an empty file only its owner may read (0600); SQLite gives its side files the same rights."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        refuse_foreign(path)
    except OSError as error:
        raise _cannot_write(path, error.strerror or str(error)) from error


def refuse_foreign(path: Path) -> None:
    """Raise StorageError unless `path` can be read and is empty or starts like a SQLite file."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}", "give the path of a store file") from error
    if head and head != _MAGIC:
        raise StorageError(f"{path}: not a SQLite file, or a damaged one", _mend(str(path)))


def refuse_damaged(connection: Connection, path: str) -> None:
    """Check a file of moderate size whole; larger ones are left to `Store.check`."""
    pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    if pages * size <= CHECKED_BYTES:
        check_integrity(connection, path)


def check_integrity(connection: Connection, path: str) -> None:
    """Have SQLite verify its pages. Raises StorageError."""
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise StorageError(f"{path}: damaged: {found}", _mend(path))


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turn what the engine raises into a StorageError that names the file and the next step."""
    try:
        yield
    except exc.StatementError as error:
        raise explain(path, str(error.orig)) from error
    except dbapi2.Error as error:
        raise explain(path, str(error)) from error
    except (OverflowError, UnicodeEncodeError) as error:  # the driver's words for values SQLite cannot hold
        raise StorageError(f"{path}: a value cannot be stored: {type(error).__name__}") from error


def explain(path: str, message: str) -> StorageError:
    """Say what an engine's `message` means and what to do; the values being written are never in it."""
    low = message.lower()
    if "readonly" in low or "unable to open" in low:
        return _cannot_write(Path(path), message)
    if "malformed" in low or "not a database" in low or "corrupt" in low:
        return StorageError(f"{path}: damaged: {message}", _mend(path))
    if "locked" in low or "busy" in low:
        return StorageError(f"{path}: busy for more than {BUSY_TIMEOUT_S} s", "end the other program that writes to it")
    if "full" in low or "disk i/o" in low:
        return StorageError(f"{path}: {message}", "make room on the disk and check that it is healthy")
    return StorageError(f"{path}: {message}")


def _cannot_write(path: Path, why: str) -> StorageError:
    hint = f"make the folder {path.parent.absolute()} exist and be writable, or change store.path"
    return StorageError(f"{path}: cannot be written: {why}", hint)


def _mend(path: str) -> str:
    return f"restore a backup, or recover what is left with `sqlite3 {path} .recover`; nothing was changed"
