"""The dashboard's own read-only way into the store: short transactions, and a plain word when it cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, exc, text

from groundswell.errors import StorageError
from storage.engine import require_safe
from storage.schema import REVISION

BUSY_TIMEOUT_S = 5  # readers do not wait for writers in WAL mode; only recovery after a crash locks them out
Trouble = Literal["missing", "unreadable"]


class UnreadableError(StorageError):
    """The store is not there, or not one this version reads; `trouble` says which."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message, "groundswell status")
        self.trouble: Trouble = trouble


def reader(path: str | Path) -> Engine:
    """Make an engine that never writes and never creates the file; it holds no connection between reads."""
    require_safe(dbapi2.sqlite_version_info)
    address = f"file:{quote(str(path))}?mode=rw"  # not "ro": a WAL file left by a crash must be recovered first

    def connect() -> object:
        opened = dbapi2.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        opened.execute("PRAGMA query_only=ON")
        return opened

    engine = create_engine("sqlite://", creator=connect, module=dbapi2, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def reading(engine: Engine, path: str | Path) -> Iterator[Connection]:
    """One consistent view of the store. Raises UnreadableError."""
    if not Path(path).is_file():
        raise UnreadableError("missing", f"{path}: no such file")
    try:
        with engine.begin() as connection:
            _require_known(connection, path)
            yield connection
    except (exc.DBAPIError, dbapi2.Error) as error:
        raise UnreadableError("unreadable", f"{path}: {getattr(error, 'orig', None) or error}") from error


def _require_known(connection: Connection, path: str | Path) -> None:
    if not connection.scalar(text("SELECT count(*) FROM sqlite_schema")):
        raise UnreadableError("missing", f"{path}: not filled yet")
    if not connection.scalar(text("SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'")):
        raise UnreadableError("unreadable", f"{path}: a SQLite file of another program")
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found != REVISION:
        raise UnreadableError("unreadable", f"{path}: schema {found}, this version reads {REVISION}")
