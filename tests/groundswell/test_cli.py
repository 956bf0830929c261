import gzip
import json
import socket
import sys
from pathlib import Path

import pytest

from models import weights
from tests.groundswell.commands import CONFIG, Run

CSV = (
    "id,text,created_at,author\n"
    "1,acme kettle leaks,2026-03-01T10:00:00Z,ann\n"
    "2,beautiful weather,2026-03-01T11:00:00Z,bob\n"
)
COMMANDS = (
    "classify",
    "parse",
    "replay",
    "import",
    "collect",
    "run",
    "status",
    "train",
    "label",
    "evaluate",
    "export",
    "forget",
    "demo",
    "dashboard",
    "init",
    "check",
    "preview",
    "preview-alerts",
    "story",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Usage" in out


def test_help_loads_neither_torch_nor_streamlit() -> None:
    import subprocess

    heavy = "('torch', 'streamlit', 'openvino', 'aiohttp')"
    probe = f"import sys, groundswell.cli; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_wrong_use_is_exit_2(run: Run) -> None:
    assert run("classify", "--no-such-option")[0] == 2
    code, _, err = run("parse", "carrier_pigeon", "x.json")
    assert code == 2
    assert "carrier_pigeon" in err
    assert all(name in " ".join(err.split()) for name in ("appstore,", "hackernews,", "zendesk"))
    assert run("import", "x.csv", "--field", "text")[0] == 2
    code, _, err = run("import", "x.csv", "--field", "colour=id")
    assert code == 2
    assert "no such post field" in err


def test_import_keeps_mentions_and_counts_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(CSV, encoding="utf-8")
    code, out, err = run("import", "posts.csv", "--json")
    assert (code, err) == (0, "")
    assert {k: json.loads(out)[k] for k in ("new", "skipped", "gap")} == {"new": 1, "skipped": 1, "gap": None}
    out = run("import", "posts.csv")[1]
    assert out == "0 new, 0 updated, 1 unchanged, 1 about no watched brand\n"
    code, out, _ = run("status", "--json")
    assert code == 0
    assert "ann" not in out
    code, out, _ = run("export")
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["acme kettle leaks"]
    assert run("forget", "--author", "import:ann", "--json")[0] == 0
    assert run("export")[1] == ""


def test_label_wants_one_thing_to_do_and_names_what_is_wrong(run: Run) -> None:
    assert run("label")[0] == 2
    assert run("label", "1", "--report")[0] == 2
    assert run("label", "1", "--sentiment", "angry")[::2] == (
        1,
        "error: --sentiment: 'angry' is no label\n  try: one of negative, neutral, positive, none\n",
    )
    assert run("label", "7", "--sentiment", "neutral")[0] == 1
    assert json.loads(run("label", "--report", "--json")[1])["strata"] == []
    assert run("label", "--sample")[:2] == (0, "")


def test_train_and_evaluate_say_what_is_missing(run: Run, tmp_path: Path) -> None:
    assert run("train", "--out", "out")[0] == 2
    code, _, err = run("train", "--corrections", "--out", "out")
    assert code == 1
    assert "0 are too few" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "inf"])
def test_train_wants_a_share_above_nothing(run: Run, scale: str) -> None:
    code, _, err = run("train", "--out", "out", "--data", ".", "--base", ".", "--scale", scale)
    assert code == 2
    assert "--scale" in err


def test_a_checkpoint_or_reader_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    record = {"text": "late", "lang": "en", "sentiment": "negative", "topics": None}
    with gzip.open(tmp_path / "train-x.jsonl.gz", "wt") as file:
        file.write(json.dumps(record) + "\n")
    code, _, err = run("train", "--out", "out", "--data", ".", "--base", "nope")
    assert code == 1
    assert "nope/tokenizer.json is missing" in err
    for name in (weights.GRAPH, "reader.bin", weights.CALIBRATION, weights.CARD):
        (tmp_path / name).symlink_to(weights.HERE / name)
    (tmp_path / weights.TOKENIZER).write_text('{"version": "1.0", "trunc', encoding="utf-8")
    (tmp_path / "p.jsonl").write_text('{"text": "a"}\n', encoding="utf-8")
    code, _, err = run("classify", "p.jsonl", "--model", ".")
    assert code == 1
    assert "tokenizer.json cannot be read" in err


def test_classify_refuses_names_that_are_no_list(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"text": "a", "toward": "Acme"}\n', encoding="utf-8")
    code, _, err = run("classify", "p.jsonl")
    assert code == 1
    assert "p.jsonl: 1 lines not read, the first: line 1: `toward` is not a list of names" in err


def test_import_reads_gb18030_and_excel_dates(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gb.csv").write_bytes(
        "编号,评论内容,评论时间\n1,示例水壶漏水，客服不理人,2026-03-01 10:00:00\n".encode("gb18030")
    )
    code, out, err = run(
        "import",
        "gb.csv",
        "--field",
        "id=编号",
        "--field",
        "text=评论内容",
        "--field",
        "created_at=评论时间",
        "--time-zone",
        "Asia/Shanghai",
        "--json",
    )
    assert code == 0, err
    assert json.loads(out)["new"] == 1
    (tmp_path / "excel.csv").write_text("id,text,created_at\n1,acme lid broke,46082.4375\n", encoding="utf-8")
    assert json.loads(run("import", "excel.csv", "--json", "--source", "sheet")[1])["new"] == 1
    rows = [json.loads(line) for line in run("export")[1].splitlines()]
    assert {r["created_at"][:16] for r in rows} == {"2026-03-01T02:00", "2026-03-01T10:30"}
    assert {r["external_id"] for r in rows} == {"1"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("nothing.csv", None, "No such file"),
        ("columns.csv", b"a,b\n1,2\n", "text"),
        ("line.jsonl", b'{"text": "' + b"x" * 10_000_000, "1"),
        ("broken.parquet", b"PAR1 not really", "parquet"),
    ],
)
def test_bad_files_get_a_message_with_place_and_fix(
    run: Run, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, _, err = run("import", name)
    assert code == 1
    assert "Traceback" not in err
    assert name in err
    assert said.lower() in err.lower()


def test_parse_prints_no_raw_author_and_reports_malformed_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(CSV, encoding="utf-8")
    code, out, _ = run("parse", "files", "posts.csv", "--json")
    page = json.loads(out)
    assert code == 0
    assert [p["id"] for p in page["posts"]] == ["1", "2"]
    assert (page["gone"], page["gap"]) == ([], None)
    assert "ann" not in out
    (tmp_path / "bad.json").write_text("<html>login</html>", encoding="utf-8")
    code, out, _ = run("parse", "hackernews", "bad.json", "--json")
    assert code == 1
    assert set(json.loads(out)["error"]) == {"type", "where", "hint"}


def test_a_corrupt_store_and_a_store_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "groundswell.db").write_bytes(b"not a database at all" * 100)
    for command in ("status", "check"):
        code, _, err = run(command)
        assert code == 1
        assert "groundswell.db" in err
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "groundswell.toml").write_text(CONFIG + '[store]\npath = "file/inside.db"\n', encoding="utf-8")
    code, _, err = run("status")
    assert code == 1
    assert "inside.db" in err


def test_a_port_in_use_is_named(run: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("dashboard", "demo"):
            code, out, err = run(command, "--port", port)
            assert code == 1
            assert str(port) in err
            assert "read" not in out  # the demo says so before it reads a thousand posts


def test_a_missing_configuration_says_how_to_write_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "groundswell.toml").unlink()
    code, _, err = run("status")
    assert code == 1
    assert "groundswell init" in err
    assert run("init")[0] == 0
    code, out, err = run("check", "--json")
    assert code == 0, err
    assert json.loads(out)["brands"] == "Example"
