"""What scripts rely on: one row per line, whatever the line; times in every usual spelling; exit codes."""

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundswell.errors import InputError
from groundswell.replay import read_posts
from groundswell.types import Kind
from tests.groundswell.commands import Run

POST = {"id": "1", "ts": 1_700_000_000, "text": "acme kettle", "source": "forum"}


def rows(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_read(run: Run, tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"id": 1, "text": "The lid broke, terrible"}\r',
        b"{broken",
        b"",
        '{"id": "g", "text": "服务"}'.encode("gb18030"),
        b'{"id": 4}',
        b'{"id": NaN, "text": "x"}',
        b'{"id": [6], "text": "half an emoji \\ud83d, awful thing", "lang": "en_US"}',
        b'{"text": "  "}',
    ]
    (tmp_path / "p.jsonl").write_bytes(b"\n".join(lines))
    code, out, err = run("classify", "p.jsonl", "--json")
    found = rows(out)
    assert code == 1
    assert [row["id"] for row in found] == [1, None, None, 4, None, [6], None]
    assert [row["scored"] for row in found] == [True, False, False, False, False, True, False]
    reasons = [str(row.get("reason")) for row in found]
    assert reasons[1].startswith("line 2: not JSON")
    assert reasons[2] == "line 4: byte 21 is not UTF-8"
    assert reasons[3] == "line 5: has no `text` string"
    assert reasons[6] == "empty"
    assert "p.jsonl: 4 lines not read, the first: line 2: not JSON" in err


def test_rows_are_one_line_each_of_strict_json_whatever_the_id(run: Run, tmp_path: Path) -> None:
    lines = ['{"id": 1e999, "text": "x"}', '{"id": "a\\nb\\u2028c", "text": "a lid"}', '{"id": "a", "text": "\\u0000"}']
    (tmp_path / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = run("classify", "p.jsonl", "--json")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = [json.loads(line, parse_constant=refuse) for line in out.rstrip("\n").split("\n")]
    assert code == 1
    assert [row["id"] for row in found] == [None, "a\nb\u2028c", "a"]
    assert found[0]["reason"] == "line 1: not JSON: 1e999 is too large a number"
    plain = run("classify", "p.jsonl")[1]
    assert [line.split("\t")[0] for line in plain.splitlines()] == ["None", "a b c", "a"]


def test_a_closed_standard_input_is_a_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    code, out, err = run("classify", "-")
    assert (code, out) == (1, "")
    assert err.startswith("error: standard input: is closed\n  try: ")


def test_a_pipe_is_answered_before_it_ends() -> None:
    command = [sys.executable, "-m", "groundswell", "classify", "-", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": "a", "text": "great kettle"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == "a"
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_rows_are_json_in_any_encoding_of_the_output(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    (tmp_path / "p.jsonl").write_text('{"id": "中😀\\ud83d", "text": ""}\n', encoding="utf-8")
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding=encoding))
    assert run("classify", "p.jsonl", "--json")[0] == 0
    assert json.loads(output.getvalue().decode(encoding))["id"] == "中😀\ud83d"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_output_is_a_message(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "groundswell", "parse", "files", str(tmp_path / "posts.csv"), "--json"]
    (tmp_path / "posts.csv").write_text("id,text,created_at\n1,acme,2026-03-01\n", encoding="utf-8")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: output: No space left on device")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("ts", "wanted"),
    [
        (1_700_000_000, "2023-11-14T22:13:20+00:00"),
        (1_700_000_000.5, "2023-11-14T22:13:20.500000+00:00"),
        (1_700_000_000_500, "2023-11-14T22:13:20.500000+00:00"),
        ("1700000000", "2023-11-14T22:13:20+00:00"),
        ("2023-11-15T06:13:20+08:00", "2023-11-14T22:13:20+00:00"),
        ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00"),
        ("2023-11-14 22:13:20", "2023-11-14T22:13:20+00:00"),
        (60, "1970-01-01T00:01:00+00:00"),
    ],
)
def test_a_replay_reads_times_as_archives_write_them(tmp_path: Path, ts: object, wanted: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text("\ufeff" + json.dumps(POST | {"ts": ts}) + "\r\n", encoding="utf-8")
    assert [p.created_at.isoformat() for p in read_posts(path)] == [wanted]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ts": "yesterday"}, "yesterday"),
        ({"ts": True}, "ts is True"),
        ({"ts": 1e300}, "p.jsonl:2"),
        ({"ts": float("inf")}, "p.jsonl:2"),
        ({"text": 5}, "text is int"),
        ({"source": ["x"]}, "source is list"),
        ({"lang": {}}, "lang is dict"),
        ({"id": ""}, "the id is empty"),
    ],
)
def test_a_replay_names_the_line_and_what_is_wrong_with_it(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(POST) + "\n" + json.dumps(POST | change) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_posts(path))
    assert "p.jsonl:2" in str(caught.value)
    assert said in str(caught.value)


def test_answers_and_reposts_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    more = (
        {"parent": "1"},
        {"cascade": "1"},
        {"parent": 1, "cascade": "1"},
        {"cascade": "2"},
        {"parent": "", "likes": "3"},
    )
    path.write_text("".join(json.dumps(POST | {"id": "2"} | m) + "\n" for m in more), encoding="utf-8")
    posts = list(read_posts(path))
    assert [p.kind for p in posts] == [Kind.COMMENT, Kind.REPOST, Kind.COMMENT, Kind.POST, Kind.POST]
    assert [p.parent for p in posts] == ["1", "1", "1", None, None]
    assert posts[4].engagement.likes == 3


def test_a_damaged_archive_and_an_empty_one(run: Run, tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(json.dumps(POST | {"id": str(n)}).encode() + b"\n" for n in range(200)))
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bits.jsonl.gz").write_bytes(whole[:100] + bytes(20) + whole[120:])
    (tmp_path / "empty.jsonl").write_bytes(b"")
    for name, said in (("cut", "cut.jsonl.gz"), ("bits", "bits.jsonl.gz"), ("empty", "no post")):
        path = next(tmp_path.glob(f"{name}.*"))
        code, out, err = run("replay", path.name, "--brand", "Acme", "--json")
        assert (code, out) == (1, "")
        assert said in err


def test_a_brand_that_nobody_mentions_is_a_result_and_a_hint(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "p.jsonl").write_text(json.dumps(POST) + "\n", encoding="utf-8")
    assert run("replay", "p.jsonl", "--brand", "Nobody", "--json")[:2] == (0, "")
    assert "none of 1 posts is about Nobody" in caplog.text


def test_nothing_to_collect_is_said(run: Run) -> None:
    code, out, err = run("collect")
    assert (code, out) == (0, "")
    assert "no [[sources]]" in err


def test_a_configuration_that_is_a_folder(run: Run, tmp_path: Path) -> None:
    code, _, err = run("status", "--config", tmp_path)
    assert code == 1
    assert err.startswith(f"error: {tmp_path}: is a directory; wanted a configuration file\n  try: ")
