"""`groundswell parse` reads a recording however it was saved."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from groundswell import plugins
from tests.groundswell.commands import Run

SOURCES = plugins.BUILT_IN["groundswell.collectors"]
RECORDINGS = Path(__file__).parents[1] / "collectors" / "recordings"


def pages(run: Run, name: str, raw: bytes) -> list[dict[str, Any]]:
    """What the command prints, without pseudonyms (their key is thrown away) and times of the run."""
    Path("recorded").write_bytes(raw)
    code, out, err = run("parse", name, "recorded", "--json")
    assert code == 0, out + err
    found: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    for page in found:
        for post in page["posts"]:
            post.pop("author"), post.pop("created_at")
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_marks_blank_lines_and_line_ends_change_nothing(run: Run, name: str) -> None:
    (path,) = RECORDINGS.glob(f"{name}.*")
    raw = path.read_bytes().removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    plain = pages(run, name, raw)
    assert sum(len(page["posts"]) for page in plain)
    for changed in (codecs.BOM_UTF8 + raw, b"\n\n" + raw, raw + b"\n\n", raw.replace(b"\n", b"\r\n")):
        assert pages(run, name, changed) == plain


@pytest.mark.parametrize("name", SOURCES)
def test_what_powershell_saved_is_read(run: Run, name: str) -> None:
    (path,) = RECORDINGS.glob(f"{name}.*")
    raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    assert pages(run, name, raw.decode().encode("utf-16")) == pages(run, name, raw)


@pytest.mark.parametrize("name", [name for name in SOURCES if (RECORDINGS / f"{name}.json").is_file()])
def test_the_order_of_fields_and_the_way_json_is_written_change_nothing(run: Run, name: str) -> None:
    raw = (RECORDINGS / f"{name}.json").read_bytes()
    plain, data = pages(run, name, raw), json.loads(raw)
    for text in (json.dumps(reverse(data)), json.dumps(data, indent=2), json.dumps(data, separators=(",", ":")) + "\n"):
        assert pages(run, name, text.encode()) == plain


def reverse(data: Any) -> Any:
    """The same with the fields of every object the other way round."""
    if isinstance(data, dict):
        return {key: reverse(data[key]) for key in reversed(list(data))}
    return [reverse(part) for part in data] if isinstance(data, list) else data
