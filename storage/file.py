"""One SQLite file, opened: its transactions, its lock among the threads of a process, the emptying of its log."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from storage import engine, migrate

CHECKPOINT_WAIT_MS = 2000  # readers take milliseconds; one that takes longer must not hold up the collectors
log = logging.getLogger(__name__)


class StoreFile:
    """Transactions over one file. Threads write one at a time; readers see the last commit and wait for nobody."""

    def __init__(self, opened: Engine, path: str) -> None:
        self._engine, self._path = opened, path
        self._lock = threading.RLock()  # queueing here is fairer, and cheaper, than in SQLite
        self._is_memory = path == engine.MEMORY

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold the write lock: commit at the end, or roll back what raised."""
        with self._lock, engine.explained(self._path), self._transaction(immediate=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one consistent state."""
        alone: AbstractContextManager[Any] = self._lock if self._is_memory else nullcontext()
        with alone, engine.explained(self._path), self._transaction(immediate=False) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, immediate: bool) -> Iterator[Connection]:
        with self._engine.connect().execution_options(immediate=immediate) as connection, connection.begin():
            yield connection

    def run_read(self, work: Callable[[Connection], Any]) -> Any:
        """Do `work` in a read of its own."""
        with self.read() as connection:
            return work(connection)

    def run_write(self, work: Callable[[Connection], Any]) -> Any:
        """Do `work` in a write of its own."""
        with self.write() as connection:
            return work(connection)

    def require_sound(self, connection: Connection) -> None:
        """Have SQLite verify its pages. Raises StorageError."""
        engine.check_integrity(connection, self._path)

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it; False when a reader prevented that."""
        if self._is_memory:
            return True
        with self._lock, engine.explained(self._path):
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                cursor.execute(f"PRAGMA busy_timeout = {engine.BUSY_TIMEOUT_S * 1000}")
                cursor.close()
            finally:
                raw.close()
        if busy:
            log.warning("store_log_kept reason=reader_or_writer_busy")
        return not busy

    def close(self) -> None:
        """Empty the log and let go of the file."""
        self.checkpoint()
        self._engine.dispose()


def open_file(path: str, sqlite_version: tuple[int, int, int]) -> StoreFile:
    """Open or make the file, check it, run missing migrations. Raises StorageError naming path and fix."""
    engine.require_safe(sqlite_version)
    if path != engine.MEMORY:
        engine.create_private(Path(path))
    opened = engine.connect(path)
    file = StoreFile(opened, path)
    try:
        with file.write() as connection:
            engine.refuse_damaged(connection, path)
            migrate.upgrade(connection, path)
    except BaseException:
        opened.dispose()
        raise
    return file
