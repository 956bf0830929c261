"""One monitor to a store: detection lives in a process's memory, so two of them would each see half of the posts."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundswell.errors import StorageError


class Busy(StorageError):
    """Another process watches over this store."""


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Be the only monitor of `store`; the system lets go of the lock when the process dies, however it dies.

    Raises Busy naming the process that holds it, StorageError for a folder that cannot be written.
    """
    path = store.with_name(f"{store.name}.lock")
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        hint = f"make the folder {path.parent.absolute()} exist and be writable, or change store.path"
        raise StorageError(f"{path}: cannot be written: {error.strerror}", hint) from error
    with os.fdopen(number, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = file.read().strip() or "unknown"
            hint = "end that one first, or give each a configuration with its own store.path"
            raise Busy(f"{store}: `groundswell run` is at work on it already, process {other}", hint) from error
        except OSError:  # a file system without locks: then nobody can be kept out, nor need be
            yield
            return
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
