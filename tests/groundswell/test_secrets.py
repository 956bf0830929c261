"""No secret in what a source's failure leaves behind: output, log, store."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from collectors.http import Http
from tests.groundswell.commands import CONFIG, Run

SECRET = "123456:AbC-dEf_GhI"


@pytest.fixture
def echo() -> Iterator[str]:
    """A host that refuses everything and repeats in its answer, and where it sends one, what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if "round" not in self.path else 500)
            self.send_header("Location", f"{self.path}?round={self.headers.get('Authorization', '')}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


TYPES = {
    "telegram": 'token = "env:KEY"',
    "x": 'token = "env:KEY"\nquery = "q"\ndollars_per_day = 1',
    "github": 'token = "env:KEY"\nrepositories = ["a/b"]',
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_key_from_the_environment_is_shown_nowhere(
    run: Run, tmp_path: Path, echo: str, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KEY", SECRET)
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "attempts", 1)
    source = f'type = "{kind}"\nbase = "http://{echo}"\n{TYPES[kind]}'
    (tmp_path / "groundswell.toml").write_text(
        f'{CONFIG}\n[[sources]]\nname = "closed"\n{source}\n[http]\nallow = ["{echo}"]\n', encoding="utf-8"
    )
    caplog.set_level("DEBUG")
    code, out, err = run("-v", "collect")
    assert code == 1
    status = run("status", "--json")[1]
    assert "HTTP 500" in status
    said = out + err + status + caplog.text.replace("https://docs", "")
    assert SECRET not in said
    assert SECRET.partition(":")[2] not in said
