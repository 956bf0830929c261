"""Opening, refusing, and two programs at one file."""

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from groundswell.clock import SettableClock
from groundswell.errors import StorageError
from storage import migrate
from storage.engine import SQLITE_VERSION, require_safe
from storage.schema import REVISION, metadata
from storage.store import Store, open_store

Opened = Callable[[], Store]


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 51, 2), (3, 6, 23)])
def test_an_unsafe_sqlite_is_refused_before_the_file_is_touched(path: Path, clock: SettableClock, version: Any) -> None:
    with pytest.raises(StorageError, match=r"is not safe: 3\.7\.0 to 3\.51\.2") as caught:
        open_store(path, clock, sqlite_version=version)
    assert "pysqlite3" in caught.value.hint
    assert not path.exists()


def test_the_sqlite_that_is_installed_is_safe() -> None:
    require_safe((3, 51, 3))
    require_safe(SQLITE_VERSION)


def test_only_the_owner_may_read_the_files(opened: Opened, path: Path, make: Any) -> None:
    opened().commit_page("forum", make.page(make.post("1")))
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["store.db", "store.db-shm", "store.db-wal"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_it_runs_in_wal_mode_and_overwrites_what_is_deleted(opened: Opened) -> None:
    with opened()._file.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "secure_delete", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "secure_delete": 1, "busy_timeout": 30_000}


def test_closing_leaves_one_file_and_opening_finds_everything(path: Path, clock: SettableClock, make: Any) -> None:
    store = open_store(path, clock)
    store.commit_page("forum", make.page(make.post("1")))
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["store.db"]
    again = open_store(path, clock)
    assert again.inbox_depth() == 1
    again.close()


@pytest.mark.parametrize("content", [b"not a database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_corrupt_file_is_named_and_left_as_it_is(path: Path, clock: SettableClock, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"store\.db") as caught:
        open_store(path, clock)
    assert "backup" in caught.value.hint
    assert path.read_bytes() == content


def test_damage_inside_is_found_when_opening(path: Path, clock: SettableClock, make: Any) -> None:
    store = open_store(path, clock)
    store.commit_page("forum", make.page(*(make.post(str(i), "x" * 500) for i in range(200))))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError, match="damaged"):
        open_store(path, clock)
    path.write_bytes(whole[:-8192] + b"\xa5" * 8192)
    with pytest.raises(StorageError, match="damaged"):
        open_store(path, clock)


def test_a_folder_that_cannot_be_written_is_named(clock: SettableClock, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        folder = Path("/proc")  # root may write anywhere but there
    with pytest.raises(StorageError, match=f"{folder}/store.db: cannot be written") as caught:
        open_store(folder / "store.db", clock)
    assert str(folder) in caught.value.hint


def test_a_missing_folder_and_a_folder_as_file_are_named(tmp_path: Path, clock: SettableClock) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        open_store(tmp_path / "no" / "store.db", clock)
    with pytest.raises(StorageError, match="cannot be read"):
        open_store(tmp_path, clock)


def test_the_file_of_another_program_is_refused_untouched(path: Path, clock: SettableClock) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE songs (name TEXT)")
    other.commit()
    other.close()
    with pytest.raises(StorageError, match="another program"):
        open_store(path, clock)
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    other.close()


def test_the_file_of_a_newer_program_is_refused(path: Path, clock: SettableClock) -> None:
    store = open_store(path, clock)
    with store._file.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StorageError, match="newer Groundswell"):
        open_store(path, clock)


def test_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    with store._file.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        assert compare_metadata(context, metadata) == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not str(name).startswith("search")


def test_migrations_travel_with_the_package_and_end_at_the_schema() -> None:
    assert Path(migrate.__file__).parent / "migrations" == migrate.FOLDER  # not the working folder
    scripts = ScriptDirectory(str(migrate.FOLDER))
    assert scripts.get_heads() == [REVISION]


def test_the_store_opens_from_any_working_folder(path: Path, tmp_path: Path) -> None:
    program = "from groundswell.clock import now; from storage.store import open_store; open_store('s.db', now).close()"
    root = Path(migrate.__file__).parent.parent
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(root)}, check=True, timeout=60)
    assert (tmp_path / "s.db").stat().st_size > 0


def test_errors_never_hold_the_words_of_a_post(store: Store, make: Any) -> None:
    with pytest.raises(StorageError) as caught, store._file.write() as connection:
        connection.exec_driver_sql("INSERT INTO posts (text) VALUES (?)", ("very private",))
    assert "private" not in f"{caught.value} {caught.value.__cause__}"


def test_threads_share_a_store(opened: Opened, make: Any) -> None:
    store = opened()
    errors: list[StorageError] = []

    def work(name: str) -> None:
        try:
            for i in range(10):
                store.commit_page(name, make.page(make.post(f"{name}{i}")))
                lease = store.lease(3, 600)
                store.complete(lease, [make.result(p) for p in lease.posts])
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.inbox_depth() == 0
    assert [s.posts for s in store.stories()] == [30]
    assert store.check() == []


WORKER = """
    import sys
    from datetime import UTC, datetime
    from groundswell.clock import now
    from groundswell.types import Page, Post, Prediction
    from storage.records import Classified
    from storage.store import open_store

    path, name, first, pages = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    store = open_store(path, now)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    first = int(store.cursor(name).get("next", first))
    for page in range(first, first + pages):
        posts = [Post(source=name, external_id=f"{page}-{i}", text="漏水 leak", created_at=at, brand="B", gated=True)
                 for i in range(20)]
        store.commit_page(name, Page(posts=posts, cursor={"next": page + 1}))
        lease = store.lease(15, 600)
        said = Prediction(scored=False, model="m@1", reason="test")
        store.complete(lease, [Classified(id=p.id, prediction=said) for p in lease.posts])
        print(page, flush=True)
    store.close()
"""


def _worker(path: Path, name: str, pages: int) -> "subprocess.Popen[str]":
    root = Path(migrate.__file__).parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), str(path), name, "0", str(pages)],
        stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(root)},
    )  # fmt: skip


def test_two_processes_write_at_once(path: Path, opened: Opened) -> None:
    workers = [_worker(path, name, 15) for name in ("forum", "shop")]  # both also make the tables
    assert [(worker.communicate(timeout=120)[0].count("\n"), worker.returncode) for worker in workers] == [(15, 0)] * 2
    store = opened()
    assert store.status()["posts"] == {"inbox": 150, "leased": 0, "classified": 450}
    assert store.check() == []


@pytest.mark.kill
def test_kill_9_in_the_middle_of_commits_loses_nothing_and_counts_stay_right(path: Path, opened: Opened) -> None:
    committed = 0
    for pages_before_death in (1, 4, 7):
        worker = _worker(path, "forum", 100_000)
        assert worker.stdout is not None
        for _ in range(pages_before_death):
            committed = int(worker.stdout.readline()) + 1
        worker.kill()  # somewhere within the next page
        rest = worker.communicate(timeout=60)[0].split()
        committed = int(rest[-1]) + 1 if rest and rest[-1].isdigit() else committed
        store = opened()
        reached = store.cursor("forum")["next"]
        assert isinstance(reached, int)
        assert committed <= reached <= committed + 1
        held = store.known("forum", [f"{page}-{i}" for page in range(reached + 1) for i in range(20)])
        assert len(held) == 20 * reached  # every page up to the cursor whole, nothing beyond it
        assert store.check() == []
