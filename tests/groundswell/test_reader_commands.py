"""`classify` and `evaluate` with a configured reader: a Hugging Face classifier in place of the shipped one."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from groundswell.training import table
from tests.groundswell.commands import Run
from tests.models import tiny

SUITES = Path(tiny.__file__).parent
POSTS = [("The lid broke, terrible.", "negative"), ("It is a kettle.", "neutral"), ("Wonderful, love it.", "positive")]

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("torch", reason="the extra `train` is not installed")


@pytest.fixture(scope="module")
def poles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of two moods: without neutral."""
    return tiny.bert(tmp_path_factory.mktemp("two") / "two-poles", {0: "NEGATIVE", 1: "POSITIVE"})


@pytest.fixture
def config(poles: Path, tmp_path: Path) -> str:
    (tmp_path / "torch.toml").write_text(f'[model]\nbackend = "torch"\nfolder = "{poles}"\n', encoding="utf-8")
    return "torch.toml"


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [{"text": text, "lang": "en", "sentiment": s, "topics": None} for text, s in POSTS]
    write(folder / "test-three.jsonl.gz", rows)
    write(folder / "test-two.jsonl.gz", rows[::2])
    read = [row | {"topics": ["delivery"], "service": [], "signals": []} for row in rows]
    write(folder / "dev-read_en.jsonl.gz", read)
    return "data"


@pytest.fixture
def suites(tmp_path: Path) -> str:
    folder = tmp_path / "suites"
    folder.mkdir()
    for path in SUITES.glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / path.name).write_text("".join(lines[:: max(1, len(lines) // 6)]), encoding="utf-8")
    return "suites"


def test_classify_reads_with_the_configured_reader(run: Run, tmp_path: Path, config: str) -> None:
    lines = [{"id": 1, "text": "The lid broke", "toward": ["Halvero"], "rivals": ["Orrin"]}, {"id": 2, "text": ""}]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    code, out, err = run("classify", "p.jsonl", "--json", "--config", config)
    first, second = map(json.loads, out.splitlines())
    assert (code, err) == (0, "")
    assert first["model"] == second["model"] == "two-poles@torch"
    assert first["sentiment"]["neutral"] == 0
    assert sum(first["sentiment"].values()) == pytest.approx(1, abs=1e-3)
    assert (first["topics"], first["topics_on"]) == ({}, [])
    assert (second["scored"], second["reason"]) == (False, "empty")


def test_evaluate_measures_the_configured_reader_and_says_what_it_does_not_read(
    run: Run, config: str, data: str, suites: str
) -> None:
    given = ("evaluate", "--data", data, "--suites", suites, "--config", config)
    code, out, _ = run(*given, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["model"] == "two-poles@torch"
    assert found["sets"]["test-three"]["sentiment"]["n"] == 3
    assert "two_way" in found["sets"]["test-two"]["sentiment"]
    assert found["sets"]["dev-read_en"]["topics"] is None
    assert "topics" not in found["sets"]["test-three"]
    assert set(found["calibration_error"]) == {"sentiment en"}
    assert found["crossed"] == {}
    assert found["suites"]["hard"]["en all"]["topics_micro_f1"] is None
    assert "en toward" not in found["suites"]["rivals"]
    told = run(*given)[1]
    (row,) = [line for line in told.splitlines() if line.startswith("| dev-read_en")]
    assert row.count("does not read them") == 3
    assert "| en | 0 | does not read them | does not read them | does not read them |" in told


def test_the_table_counts_reading_alone_and_shows_what_the_suites_say_of_labels() -> None:
    hard = {
        "n": 2,
        "share": 0.5,
        "unscored": 1,
        "topics_micro_f1": 0.25,
        "service_micro_f1": 0.5,
        "signals_micro_f1": 1,
    }
    said = table(
        {
            "model": "m", "posts": 30, "seconds": 2.0, "cpu_seconds": 3.0, "calibration_error": {},
            "sets": {"test-x": {"n": 30, "unscored": 7}}, "suites": {"hard": {"en all": hard, "zh all": hard}},
        }
    )  # fmt: skip
    assert "30 posts read in 2.0 s of wall time, 10.0 posts per CPU second" in said
    assert "| test-x | 30 | 7 |" in said
    assert "| en | 1 | 0.250 | 0.500 | 1.000 |" in said


def test_a_folder_and_a_configuration_together_are_wrong_use(run: Run, config: str) -> None:
    for command in ("classify", "evaluate"):
        code, _, err = run(command, "--config", config, "--model", ".")
        assert code == 2
        assert "not both" in err


def test_the_reader_of_a_configuration_that_is_not_there_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "torch.toml").write_text('[model]\nbackend = "torch"\nfolder = "nowhere"\n', encoding="utf-8")
    code, _, err = run("classify", "--config", "torch.toml")
    assert code == 1
    assert "nowhere holds no config.json" in err
