"""`groundswell replay --config`: the file's thresholds, policy, table of severity, reader and terms, as a live run."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.policy import Policy
from groundswell import opening, replay
from groundswell.assemble import assemble
from groundswell.types import Severity
from tests.groundswell.commands import Run
from tests.groundswell.keyword_reader import KeywordReader
from trends.settings import DetectorSettings

POST = {"id": "1", "ts": 1_700_000_000, "text": "acme kettle", "source": "forum"}
CONFIG = """
[[brands]]
name = "Example"
any = ["acme"]
handles = ["@AcmeHelp"]
[model]
folder = "own"
[trends]
surprise = 9
[alerts]
resolve_after_h = 12
[severity]
harm = { level = "L2" }
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the parts of a replay are built from, and how many posts were about the brand."""
    seen: dict[str, Any] = {}

    def watched(**parts: Any) -> Any:
        seen.update(parts)
        return assemble(**parts | {"reader": KeywordReader()})

    def opens(folder: str, **_: object) -> str:
        return f"reader of {folder!r}"

    monkeypatch.setattr(replay, "assemble", watched)
    monkeypatch.setattr(replay, "AFTER", timedelta(minutes=2))  # nothing to resolve here
    monkeypatch.setattr(opening, "open_reader", opens)
    (tmp_path / "p.jsonl").write_text(json.dumps(POST) + "\n", encoding="utf-8")
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    return seen


def test_the_file_gives_rules_reader_and_terms(
    run: Run, given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    code, _, err = run("replay", "p.jsonl", "--brand", "Example", "--config", "c.toml")
    assert code == 0, err
    assert given["policy"].resolve_after_h == 12
    assert given["detection"].surprise == 9
    assert {r.code: r.level for r in given["detection"].severity}["harm"] == Severity.L2
    assert (given["reader"], given["own_handles"]) == ("reader of 'own'", frozenset({"acmehelp"}))
    assert given["queries"][0].any_terms == ("acme",)
    assert "none of" not in caplog.text


def test_terms_on_the_command_line_outrank_the_files(run: Run, given: dict[str, Any]) -> None:
    assert run("replay", "p.jsonl", "--brand", "Example", "--any", "kettle", "-c", "c.toml")[0] == 0
    assert given["queries"][0].any_terms == ("kettle",)


def test_without_a_file_it_is_what_ships_whatever_lies_here(run: Run, given: dict[str, Any]) -> None:
    Path("groundswell.toml").write_text(CONFIG, encoding="utf-8")
    assert run("replay", "p.jsonl", "--brand", "Example", "--any", "acme")[0] == 0
    assert given.get("policy", Policy()) == Policy()
    assert given.get("detection", DetectorSettings()) == DetectorSettings()
    assert "reader" not in given


def test_a_missing_file_is_named(run: Run, given: dict[str, Any]) -> None:
    code, _, err = run("replay", "p.jsonl", "--brand", "Example", "--config", "none.toml")
    assert (code, "none.toml" in err) == (1, True)
    assert not given
