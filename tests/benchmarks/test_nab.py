"""benchmarks.nab scores what the product alarms by, and trends/peaks.py only when asked."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import nab

ROWS, BURST = 600, range(450, 462)
FORM = "%Y-%m-%d %H:%M:%S"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One brand: four mentions in five minutes, and an hour of two hundred."""
    times = [datetime(2015, 3, 1, tzinfo=UTC) + timedelta(minutes=5 * row) for row in range(ROWS)]
    lines = [f"{at:{FORM}},{200 if row in BURST else 3 + row % 3}\n" for row, at in enumerate(times)]
    (tmp_path / "realTweets").mkdir()
    (tmp_path / "realTweets" / "acme.csv").write_text("timestamp,value\n" + "".join(lines), encoding="utf-8")
    window = [f"{times[row]:{FORM}}.000000" for row in (440, 480)]
    (tmp_path / "windows.json").write_text(json.dumps({"acme.csv": [window]}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "scored"),
    [
        ((), ["as shipped"]),
        (("--binomial",), ["as shipped"]),
        (("--peaks", "--no-nested"), ["as shipped", "peaks, frozen"]),
    ],
)
def test_the_shipped_detector_is_scored_and_the_peaks_when_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple, scored: list
) -> None:
    monkeypatch.setattr(sys, "argv", ["nab", "--data", str(folder), *options])
    nab.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line[:14].strip() for line in lines if "false-alarm episodes per" in line] == scored
    assert lines[2] == "  acme.csv: 1/1 windows, 0 false-alarm episodes"
