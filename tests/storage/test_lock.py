import subprocess
import sys
from pathlib import Path

import pytest

from groundswell.errors import StorageError
from storage.lock import Busy, held

HOLD = """
import pathlib, sys
from storage.lock import held
with held(pathlib.Path(sys.argv[1])):
    print("in", flush=True)
    input()
"""


def test_one_process_holds_a_store_and_its_death_lets_go(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    command = [sys.executable, "-c", HOLD, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(Busy, match=rf"store.db: .*process {other.pid}"), held(store):
            pass
        other.kill()
        other.wait()
        with held(store):
            pass
    with held(store):
        assert (tmp_path / "store.db.lock").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_hold_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match=r"store\.db\.lock: cannot be written"), held(tmp_path / "file" / "store.db"):
        pass
