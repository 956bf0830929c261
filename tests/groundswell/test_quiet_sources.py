"""What a source may be asked on a day, and when it wants to be left alone, hold over restarts and for checks too."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from groundswell.clock import now
from groundswell.config import read_config
from storage.store import open_store
from tests.groundswell.commands import CONFIG, Run

ROOT = Path(__file__).parents[2]


class Feed(BaseHTTPRequestHandler):
    """A feed that counts who asks, and asks for an hour's quiet when told to."""

    asked = 0
    status = 200

    def do_GET(self) -> None:
        type(self).asked += 1
        body = b'<rss version="2.0"><channel><title>x</title></channel></rss>'
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def feed(tmp_path: Path) -> Any:
    handler = type("OneFeed", (Feed,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        (tmp_path / "groundswell.toml").write_text(
            f'{CONFIG}\n[[sources]]\nname = "news"\ntype = "feeds"\nurl = "http://{host}/feed"\n'
            f'requests_per_day = 3\n[http]\nallow = ["{host}"]\n',
            encoding="utf-8",
        )
        yield handler
        server.shutdown()


def test_the_requests_of_a_day_are_counted_over_commands_and_checks(run: Run, feed: Any) -> None:
    for _ in range(2):
        assert run("collect", "--json")[0] == 0
    assert run("check", "news")[0] == 0
    assert feed.asked == 3
    code, out, _ = run("collect", "--json")
    assert (code, feed.asked) == (1, 3)
    assert "at most 3 a day" in json.loads(out)["error"]
    code, _, err = run("check", "news")
    assert (code, feed.asked) == (1, 3)
    assert "at most 3 a day" in err


def test_a_check_leaves_a_source_alone_that_asked_for_quiet_and_says_until_when(run: Run, feed: Any) -> None:
    feed.status = 429
    code, out, _ = run("collect", "--json")
    assert (code, feed.asked) == (1, 1)
    assert "asks to wait until" in json.loads(out)["error"]
    feed.status = 200
    code, out, err = run("check", "news")
    assert (code, out, feed.asked) == (1, "", 1)
    until = (now() + timedelta(minutes=59)).isoformat()[:13]
    assert "news asks to wait until" in err
    assert until in err or (now() + timedelta(hours=1)).isoformat()[:13] in err


def test_a_quiet_that_a_check_was_asked_for_holds_for_a_run_too(run: Run, feed: Any) -> None:
    feed.status = 429
    assert run("check", "news")[0] == 1
    feed.status = 200
    code, out, _ = run("collect", "--json")
    assert (code, feed.asked) == (1, 1)
    assert "asks to wait until" in json.loads(out)["error"]


def test_a_quiet_that_is_over_is_no_reason_not_to_check(run: Run, feed: Any, tmp_path: Path) -> None:
    store = open_store(read_config(tmp_path / "groundswell.toml").store_path(), now)
    store.source_failed("news", "Throttled: news asks to wait", now() - timedelta(seconds=1))
    store.close()
    assert run("check", "news")[0] == 0
    assert feed.asked == 1


def test_the_sources_that_the_written_configuration_explains_are_read(tmp_path: Path) -> None:
    text = (ROOT / "groundswell" / "groundswell.toml").read_text(encoding="utf-8")
    section = text.partition("# ── Where posts come from")[2].partition("# ── Who is told")[0]
    lines = [line.removeprefix("# ") for line in section.splitlines()[2:] if line.startswith("# ")]
    (tmp_path / "groundswell.toml").write_text("\n".join(lines), encoding="utf-8")
    config = read_config(tmp_path / "groundswell.toml")
    assert [source.type for source in config.sources] == ["hackernews", "feeds", "files", "reddit"]
    assert config.sources[0].requests_per_day == 500
