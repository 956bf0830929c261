"""The live command line against a local server: collect, one round, a source that fails, and a clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ITEM = (
    "<item><title>{title}</title><guid>{n}</guid><link>http://news.example/{n}</link>"
    "<author>desk@news.example (Ann Example)</author><pubDate>{at}</pubDate></item>"
)


class Feed:
    """A local news site: `status` is what it answers, `titles` its items, newest first."""

    def __init__(self) -> None:
        self.status, self.titles = 200, ["Acme kettle leaks on my table", "Weather stays fine"]
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/feed.xml"
                body = site.body() if found and site.status == 200 else b""
                self.send_response(site.status if found else 404)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def body(self) -> bytes:
        at = datetime.now(UTC) - timedelta(minutes=5)
        items = "".join(
            ITEM.format(title=title, n=n, at=at.strftime("%a, %d %b %Y %H:%M:%S GMT"))
            for n, title in enumerate(self.titles)
        )
        return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


@pytest.fixture
def feed() -> Iterator[Feed]:
    site = Feed()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def folder(tmp_path: Path, feed: Feed) -> Path:
    (tmp_path / "groundswell.toml").write_text(
        '[[brands]]\nname = "Acme"\nany = ["acme"]\n'
        f'[[sources]]\nname = "news"\ntype = "feeds"\nurl = "http://127.0.0.1:{feed.port}/feed.xml"\nevery_s = 5\n'
        f'[http]\nallow = ["127.0.0.1:{feed.port}"]\n',
        encoding="utf-8",
    )
    return tmp_path


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "groundswell", *map(str, args)]


def groundswell(folder: Path, *args: object) -> tuple[int, str, str]:
    done = subprocess.run(command(*args), cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_collect_stores_what_is_about_the_brand_and_says_what_fails(folder: Path, feed: Feed) -> None:
    code, out, err = groundswell(folder, "collect", "--json")
    assert code == 0, err
    assert (json.loads(out)["posts"], json.loads(out)["new"]) == (2, 1)  # read; and about the brand
    state = json.loads(groundswell(folder, "status", "--json")[1])
    assert state["queue_depth"] == 1
    store = (folder / "groundswell.db").read_bytes()
    assert b"Acme kettle leaks" in store
    assert b"Ann Example" not in store

    feed.status = 503
    code, out, _ = groundswell(folder, "collect", "--json")
    row = json.loads(out)
    assert code == 1
    assert row["outcome"] != "done"
    assert "503" in row["error"]
    (source,) = json.loads(groundswell(folder, "status", "--json")[1])["sources"]
    assert "503" in source["last_error"]


def test_one_round_reads_what_it_collected(folder: Path) -> None:
    code, _, err = groundswell(folder, "run", "--once", "--json")
    assert code == 0, err
    state = json.loads(groundswell(folder, "status", "--json")[1])
    assert state["queue_depth"] == 0
    assert "kettle" not in err  # no post's words in a log


def test_a_running_monitor_takes_new_posts_and_ends_cleanly(folder: Path, feed: Feed) -> None:
    process = subprocess.Popen(command("run"), cwd=folder, stderr=subprocess.PIPE, text=True)
    try:
        waiting_for(folder, 1)
        code, _, err = groundswell(folder, "run", "--once")
        assert code == 1
        assert f"process {process.pid}" in err
        (folder / "more.csv").write_text("id,text,created_at\n1,acme lid broke,2026-03-01\n", encoding="utf-8")
        code, out, err = groundswell(folder, "import", "more.csv", "--json")
        assert code == 0, err
        assert json.loads(out)["read_by"] == "run"  # the one whose detector must see it
        feed.titles.insert(0, "Second Acme kettle leaks")
        waiting_for(folder, 3)
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert "run stopped" in log


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_monitor_that_is_still_loading_ends_cleanly_too(folder: Path, name: signal.Signals) -> None:
    started = (
        "import sys; from groundswell import cli; import groundswell.run; print('up', flush=True); "
        "sys.argv = ['groundswell', 'run']; cli.main()"
    )
    with subprocess.Popen([sys.executable, "-c", started], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        while not (folder / "groundswell.db.lock").exists():  # it reads its weights now
            time.sleep(0.01)
        process.send_signal(name)
        assert process.wait(timeout=60) == 0


def waiting_for(folder: Path, classified: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if (folder / "groundswell.db").exists():
            state = json.loads(groundswell(folder, "status", "--json")[1])
            if state["posts"]["classified"] >= classified:
                return
        time.sleep(0.5)
    pytest.fail("the post was not read in 90 s")


@pytest.mark.skipif(os.name != "posix", reason="signals to another process")
def test_ending_the_dashboard_command_ends_the_page(folder: Path) -> None:
    groundswell(folder, "status")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(command("dashboard", "--port", port), cwd=folder, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=30)
    assert status == 0
    assert not answers(port)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as found:
            return bool(found.status == 200)
    except (urllib.error.URLError, OSError):
        return False
