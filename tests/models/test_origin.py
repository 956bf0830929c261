"""The card says where weights come from; the table of licences is the same for machines and for people."""

import gzip
import json
from pathlib import Path

import pytest

from models import origin, weights
from models.draws import DRAWS_OF
from models.plan import AUTHORED
from models.rows import to_row


def test_every_public_set_that_is_drawn_has_a_name_and_a_licence() -> None:
    drawn = {source for draws in DRAWS_OF.values() for source, count in draws.items() if count}
    ours = {path.stem for path in AUTHORED.glob("*.jsonl")} | {"readings"}
    assert drawn - ours <= set(origin.SETS)


def test_people_read_the_same_table_as_machines() -> None:
    text = (weights.HERE / "README.md").read_text(encoding="utf-8")
    rows = {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines() if line[:1] == "|"}
    assert {(source, *said) for source, said in origin.SETS.items()} <= rows


def test_sources_are_counted_and_an_unknown_one_has_no_licence(tmp_path: Path) -> None:
    record = {"text": "late", "lang": "en", "sentiment": "negative", "topics": None}
    for source, count in (("sst5", 3), ("mine", 2)):
        with gzip.open(tmp_path / f"train-{source}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write((json.dumps(record) + "\n") * count)
    found = {
        row["source"]: row for row in origin.sources(tmp_path, [to_row(record, "mine"), to_row(record, "banking77")])
    }
    assert found["sst5"] == {
        "source": "sst5", "name": "prrao87/fine-grained-sentiment", "licence": "repository MIT; SST: none stated",
        "rows": 3, "dev_rows": 0,
    }  # fmt: skip
    assert found["mine"] == {"source": "mine", "name": None, "licence": None, "rows": 2, "dev_rows": 1}
    assert (found["banking77"]["rows"], found["banking77"]["dev_rows"]) == (0, 1)
    assert found["en_turns"]["licence"] == origin.OURS
    assert found["en_turns"]["rows"] > 100


def test_a_checkpoint_nobody_knows_has_its_hash_alone(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x")
    found = origin.start(tmp_path)
    assert (found["name"], found["licence"]) == (None, None)
    assert found["sha256"] == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_card_takes_the_recipes_that_the_weights_carry(tmp_path: Path, scale: float) -> None:
    torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
    pytest.importorskip("nncf", reason="the extra `train` is not installed")
    from models.build import STAGES, history

    torch.save({"recipes": [{"seed": 5}]}, tmp_path / "other.pt")
    said: list[str] = []
    found = history(tmp_path / "other.pt", scale, said.append)
    assert found["stages"] == [{"seed": 5}]
    assert found["command"].startswith("python -m models.build")
    assert not said
    torch.save({"model": {}}, tmp_path / "old.pt")
    found = history(tmp_path / "old.pt", scale, said.append)
    assert [stage["seed"] for stage in found["stages"]] == [stage.seed for stage in STAGES]
    assert {stage["scale"] for stage in found["stages"]} == {scale}
    assert found["stages_from"] == "models/build.py"
    assert ("--scale" in found["command"]) == (scale != 1)
    assert "old.pt carries no recipes" in said[0]
