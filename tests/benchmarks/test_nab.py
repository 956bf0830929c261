"""benchmarks.nab scores what the product alarms by, and trends/peaks.py only when asked."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import nab

ROWS, BURST = 600, range(450, 462)
BRANDS = ("acme.csv", "halvero.csv")
FORM = "%Y-%m-%d %H:%M:%S"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two brands alike: four mentions in five minutes, and an hour of two hundred."""
    times = [datetime(2015, 3, 1, tzinfo=UTC) + timedelta(minutes=5 * row) for row in range(ROWS)]
    lines = [f"{at:{FORM}},{200 if row in BURST else 3 + row % 3}\n" for row, at in enumerate(times)]
    (tmp_path / "realTweets").mkdir()
    window = [f"{times[row]:{FORM}}.000000" for row in (440, 480)]
    for name in BRANDS:
        (tmp_path / "realTweets" / name).write_text("timestamp,value\n" + "".join(lines), encoding="utf-8")
    (tmp_path / "windows.json").write_text(json.dumps({name: [window] for name in BRANDS}), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "scored"),
    [
        ((), ["as shipped", "nested"]),
        (("--binomial", "--no-nested"), ["as shipped"]),
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


def test_one_series_alone_has_no_others_to_choose_by(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    (folder / "windows.json").write_text(json.dumps({BRANDS[0]: labels[BRANDS[0]]}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["nab", "--data", str(folder)])
    nab.main()
    assert "nested" not in capsys.readouterr().out
