"""Preview of a query on stored posts, and the check of one source, from the command line."""

import json
from pathlib import Path

from tests.groundswell.commands import CONFIG, Run

CSV = (
    "id,text,created_at,author\n"
    "1,acme kettle leaks,2026-03-01T10:00:00Z,ann\n"
    "2,beautiful weather,2026-03-01T11:00:00Z,bob\n"
)


def test_preview_says_what_a_changed_query_would_keep_and_lose(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(CSV.replace("beautiful weather", "Acme app crashes"), encoding="utf-8")
    assert run("import", "posts.csv", "--json")[0] == 0
    near = '[[brands]]\nname = "Acme"\nnear = [{ term = "acme", context = ["kettle"], within = 3 }]\n'
    (tmp_path / "groundswell.toml").write_text(near, encoding="utf-8")
    code, out, err = run("preview", "Acme", "--json")
    assert (code, err) == (0, "")
    row = json.loads(out)
    assert (row["kept"], row["rules"], row["left"]) == (1, {"near: acme": 1}, 1)
    assert row["left_examples"] == ["Acme app crashes"]
    code, out, _ = run("export")
    stored = {line["id"]: line for line in map(json.loads, out.splitlines())}
    assert {line["rule"] for line in stored.values()} == {"any: acme"}
    assert row["left_ids"] == [id_ for id_, line in stored.items() if line["text"] == "Acme app crashes"]
    old = {line["rule_version"] for line in stored.values()}
    assert row["versions"] == dict.fromkeys(old, 2)
    assert row["version"] not in old
    assert run("preview", "Nobody")[0] == 1


def test_preview_keeps_answers_with_what_they_answer_and_finds_other_brands_posts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(
        "id,text,created_at,parent\n1,acme one,2026-03-01,\n2,me too,2026-03-01,1\n3,and me,2026-03-01,2\n"
        "4,acme two,2026-03-01,\n5,also here,2026-03-01,4\n6,other three,2026-03-01,\n",
        encoding="utf-8",
    )
    two = CONFIG + '[[brands]]\nname = "Other"\nany = ["other"]\n'
    (tmp_path / "groundswell.toml").write_text(two, encoding="utf-8")
    assert run("import", "posts.csv", "--json")[0] == 0
    (tmp_path / "groundswell.toml").write_text(two.replace('"acme"', '"one", "three"'), encoding="utf-8")
    row = json.loads(run("preview", "Acme", "--json")[1])
    assert row["rules"] == {"any: one": 1, "parent": 2}
    assert row["left_examples"] == ["acme two", "also here"]
    assert row["found_examples"] == ["other three"]


def test_check_asks_one_source_and_prints_its_limits(run: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "groundswell.toml").write_text(
        CONFIG + '[[sources]]\nname = "shop"\ntype = "files"\npath = "posts.csv"\n'
        '[[sources]]\nname = "lost"\ntype = "files"\npath = "nothing.csv"\n',
        encoding="utf-8",
    )
    code, out, err = run("check", "shop", "--json")
    assert (code, err) == (0, "")
    row = json.loads(out)
    assert (row["posts"], row["about"], row["type"]) == (2, {"Acme": 1}, "files")
    assert "requests in" in row["pace"]
    code, _, err = run("check", "lost")
    assert code == 1
    assert "correct the path" in err
    for command in ("check", "collect"):
        code, _, err = run(command, "nowhere") if command == "check" else run(command, "nowhere", "shop")
        assert code == 2, "wrong use, not a source that fails"
        assert "nowhere: no such source" in err
        assert "shop, lost" in err or "lost, shop" in err
    assert not (tmp_path / "groundswell.db").exists(), "a check stores nothing"
