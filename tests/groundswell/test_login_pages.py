"""A login page that came with 200 where an answer was promised is called one: recorded, or met by a check."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from groundswell import plugins
from tests.groundswell.commands import CONFIG, Run

LOGIN = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form action='/login' method='post'>"
    b"<input name='user'><input type='password' name='pw'></form></body></html>"
)
SOURCES = plugins.BUILT_IN["groundswell.collectors"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_recorded_login_page_is_called_one(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "recorded.json").write_bytes(LOGIN)
    code, out, err = run("parse", name, "recorded.json")
    assert (code, out) == (1, "")
    assert "recorded.json" in err
    assert "login page" in err
    code, out, _ = run("parse", name, "recorded.json", "--json")
    error = json.loads(out)["error"]
    assert (code, error["type"]) == (1, "Malformed")
    assert "login page" in error["hint"]


def test_a_login_page_inside_a_cassette_is_called_one(run: Run, tmp_path: Path) -> None:
    exchange = {
        "request": {"url": "https://x.example"},
        "response": {"status": 200, "body": {"string": LOGIN.decode()}},
    }
    (tmp_path / "tape.json").write_text(json.dumps({"interactions": [exchange]}))
    code, _, err = run("parse", "hackernews", "tape.json")
    assert code == 1
    assert "tape.json: answer 0: a login page where JSON was promised" in err


@pytest.fixture
def wall() -> Iterator[str]:
    """A host that answers every address with its login page and 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(LOGIN)))
            self.end_headers()
            self.wfile.write(LOGIN)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    "options", [f'type = "{kind}"\n{key} = "{{url}}"' for kind, key in (("hackernews", "base"), ("feeds", "url"))]
)
def test_a_check_that_meets_a_login_page_says_so(run: Run, tmp_path: Path, wall: str, options: str) -> None:
    source = options.format(url=f"http://{wall}")
    (tmp_path / "groundswell.toml").write_text(
        f'{CONFIG}\n[[sources]]\nname = "closed"\n{source}\n[http]\nallow = ["{wall}"]\n', encoding="utf-8"
    )
    code, out, err = run("check", "closed")
    assert (code, out) == (1, "")
    assert "a login page" in err
    assert "try: " in err


def test_a_check_records_what_came_for_parse_to_read(run: Run, tmp_path: Path, wall: str) -> None:
    (tmp_path / "groundswell.toml").write_text(
        f'{CONFIG}\n[[sources]]\nname = "closed"\ntype = "hackernews"\nbase = "http://{wall}"\n'
        f'[http]\nallow = ["{wall}"]\n',
        encoding="utf-8",
    )
    assert run("check", "closed", "--record", "tape.json")[0] == 1
    assert (tmp_path / "tape.json").stat().st_mode & 0o777 == 0o600
    code, _, err = run("parse", "hackernews", "tape.json")
    assert code == 1
    assert "answer 0: a login page where JSON was promised" in err
    code, _, err = run("check", "closed", "--record", "tape.json")
    assert code == 1
    assert "give the name of a file to be made" in err
