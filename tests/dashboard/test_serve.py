import socket
import sys
import tomllib
from pathlib import Path

import pytest

from dashboard import serve
from groundswell.errors import InputError

CONFIG = tomllib.loads((Path(serve.__file__).parent / ".streamlit" / "config.toml").read_text("utf-8"))


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(InputError, match=str(port)) as told:
            serve.serve(tmp_path / "s.db", port=port)
        assert "--port" in told.value.hint


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_addresses_others_can_reach_are_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no login"):
        serve.serve(tmp_path / "s.db", host=host)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_impossible_ports_are_a_clear_error(port: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(port)):
        serve.serve(tmp_path / "s.db", port=port)


def test_the_child_gets_an_absolute_store_and_sends_no_statistics(tmp_path: Path) -> None:
    line = serve.command(Path("s.db"), "127.0.0.1", 8600, headless=True, demo=True)
    assert line[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert "--browser.gatherUsageStats=false" in line
    assert "--server.address=127.0.0.1" in line
    ours = line[line.index("--") + 1 :]
    assert Path(ours[1]).is_absolute()
    assert ours[2] == "--demo"
    assert "--demo" not in serve.command(Path("s.db"), "127.0.0.1", 8600, headless=True, demo=False)


def test_the_look_is_complete_in_light_and_dark_and_fetches_nothing() -> None:
    theme = CONFIG["theme"]
    assert set(theme["light"]) == set(theme["dark"])
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert "http" not in str(CONFIG)
    assert "fontFaces" not in theme


def test_errors_show_no_traceback_and_tables_offer_no_unguarded_export() -> None:
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["disableDataExport"] is True
