"""kill -9 of the real process at random moments: no post is lost, no alert is told twice."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from groundswell import clock
from storage.store import Store, open_store
from tests.groundswell.conftest import everyday, outbreak

KILLS = 32
ROOT = Path(__file__).parents[2]
CONFIG = """
[[brands]]
name = "Acme"
any = ["acme"]

[[sources]]
name = "file"
type = "files"
path = "{folder}/posts.jsonl"
every_s = 5

[[receivers]]
name = "desk"
type = "webhook"
url = "http://127.0.0.1:{port}/"
secret = "env:DESK_SECRET"
"""


class Desk(ThreadingHTTPServer):
    """A receiver that keeps the idempotency key of everything it was sent, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.received: list[tuple[str, dict[str, object]]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.headers["Idempotency-Key"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.groundswell.kill_child", str(folder / "groundswell.toml")],
        cwd=ROOT,
        env={"DESK_SECRET": "s" * 32, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n", child.stderr.read() if child.stderr else ""


def wait_until_done(folder: Path, desk: Desk, posts: int) -> None:
    """Poll the store, as an operator would, until everything is read and the alert is out."""
    store = open_store(folder / "groundswell.db", clock.now)
    try:
        for _ in range(1200):
            if _is_done(store, posts) and desk.received:
                return
            time.sleep(0.05)
    finally:
        store.close()
    pytest.fail(f"not done after a minute: {store.status()}")


def _is_done(store: Store, posts: int) -> bool:
    return len(store.search("", brand="Acme", limit=posts + 1)) == posts and store.inbox_depth() == 0


@pytest.mark.kill
def test_nothing_is_lost_and_no_alert_is_told_twice(tmp_path: Path, desk: Desk) -> None:
    now = datetime.now(UTC)
    posts = everyday(now, count=500) + outbreak(now, count=120, minutes=60)
    (tmp_path / "groundswell.toml").write_text(CONFIG.format(folder=tmp_path, port=desk.server_port), encoding="utf-8")
    chance = random.Random(20261122)
    with (tmp_path / "posts.jsonl").open("w", encoding="utf-8") as file:
        for kill in range(KILLS):
            for post in posts[kill::KILLS]:  # the file grows while the process is shot at
                file.write(
                    json.dumps(
                        {
                            "id": post.external_id,
                            "text": post.text,
                            "author": post.author,
                            "source": post.source,
                            "created_at": post.created_at.isoformat(),
                        }
                    )
                    + "\n"
                )
            file.flush()
            child = start(tmp_path)
            wait_until_ready(child)
            time.sleep(chance.uniform(0.0, 0.5))  # not a wait for something: the moment of death is the test's input
            child.kill()
            child.communicate()
    with start(tmp_path) as child:
        try:
            wait_until_ready(child)  # those before it may have done everything: SIGTERM must find its handler
            wait_until_done(tmp_path, desk, len(posts))
            child.terminate()
            _, errors = child.communicate(timeout=30)
        finally:
            child.kill()  # of one that ended already: nothing
    assert child.returncode == 0, errors
    _check(tmp_path, desk, {p.external_id for p in posts})


def _check(folder: Path, desk: Desk, ids: set[str]) -> None:
    store = open_store(folder / "groundswell.db", clock.now)
    try:
        stored = [p.post.external_id for p in store.search("", brand="Acme", limit=len(ids) + 10)]
        assert sorted(stored) == sorted(ids)
        assert store.check() == []
        assert len(store.incidents(open_only=False)) == 1
        told = {a.number: a for a in store.alerts(100)}
    finally:
        store.close()
    # The wire is at least once; the key makes it once: equal keys hold equal events, and every event has one key.
    events = {key: (body["incident"], body["number"]) for key, body in desk.received}
    assert len(set(events.values())) == len(events)
    assert {number for _, number in events.values()} <= set(told)
    firing = [key for key, body in desk.received if body["event"] == "firing"]
    assert len(set(firing)) == 1
