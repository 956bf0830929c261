"""The training loop on a tiny encoder: masks, resumption, export parity. Needs the extra `train`."""

import gzip
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import weights

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
# E402 below: what needs torch can only be imported after the skip.

from transformers import BertConfig, BertModel  # noqa: E402

from groundswell.errors import InputError  # noqa: E402
from models import train as training  # noqa: E402
from models.checkpoint import Checkpoint  # noqa: E402
from models.export import export, load_trained  # noqa: E402
from models.graph import compiled  # noqa: E402
from models.network import Reader, loss  # noqa: E402
from models.plan import Recipe, collate  # noqa: E402
from models.rows import to_row  # noqa: E402
from models.train import rate_at, train  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]  # tracing and quantising warn at length
RECIPE = Recipe(scale=1.0, steps=8, max_tokens=24, batch_tokens=200, frozen_layers=1, average=0.9)
BAD, GOOD = ["late", "broken", "rude", "dirty", "坏了", "太差"], ["lovely", "quick", "nice", "很好", "喜欢"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=48068,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copyfile(weights.HERE / weights.TOKENIZER, folder / weights.TOKENIZER)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, chance = tmp_path_factory.mktemp("data"), random.Random(1)
    for split in ("train", "dev"):
        with gzip.open(folder / f"{split}-tiny.jsonl.gz", "wt", encoding="utf-8") as file:
            for i in range(90):
                file.write(json.dumps(_record(chance, i % 2 == 0), ensure_ascii=False) + "\n")
    return folder


def _record(chance: random.Random, bad: bool) -> dict[str, Any]:
    words = chance.choices(BAD if bad else GOOD, k=chance.randrange(1, 9))
    return {
        "text": " ".join(words),
        "lang": chance.choice(["en", "zh"]),
        "sentiment": "negative" if bad else "positive",
        "topics": ["delivery"] if "late" in words else [],
        "service": ["attitude"] if "rude" in words else [],
        "signals": [],
    }


def kill_at(step: int, data: Path, base: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save, dying = Checkpoint.save, KeyboardInterrupt

    def save_and_die(checkpoint: Checkpoint, at: int, bf16: bool) -> None:
        save(checkpoint, at, bf16)
        if at == step:
            raise dying

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoint, "save", save_and_die)
        with pytest.raises(dying):
            train(data, base, out, RECIPE, save_every_s=0.0)


def test_a_killed_run_resumes_to_the_same_weights(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = torch.load(train(data, base, tmp_path / "whole", RECIPE), weights_only=True)["model"]
    kill_at(3, data, base, tmp_path / "cut", monkeypatch)
    cut = torch.load(train(data, base, tmp_path / "cut", RECIPE, save_every_s=0.0), weights_only=True)["model"]
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_a_checkpoint_of_another_run_is_refused_not_gone_on_from(base: Path, data: Path, tmp_path: Path) -> None:
    once = replace(RECIPE, steps=1)
    first = train(data, base, tmp_path / "first", once)
    train(data, base, tmp_path / "run", once)
    with pytest.raises(InputError, match=r"run: holds the checkpoint of a run with another recipe") as refused:
        train(data, base, tmp_path / "run", replace(once, rate=1e-5))
    assert "name a new folder" in refused.value.hint
    with pytest.raises(InputError, match="another start"):
        train(data, base, tmp_path / "run", once, start=first)
    more = shutil.copytree(data, tmp_path / "more")
    shutil.copyfile(more / "train-tiny.jsonl.gz", more / "train-again.jsonl.gz")
    with pytest.raises(InputError, match="another data"):
        train(more, base, tmp_path / "run", once)


def test_a_run_is_resumed_in_the_precision_it_began_in(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "is_bf16_faster", lambda on: False)
    whole = torch.load(train(data, base, tmp_path / "whole", RECIPE), weights_only=True)["model"]
    kill_at(3, data, base, tmp_path / "cut", monkeypatch)
    monkeypatch.setattr(training, "is_bf16_faster", lambda on: True)
    cut = torch.load(train(data, base, tmp_path / "cut", RECIPE), weights_only=True)["model"]
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_where_products_are_taken_in_bf16_the_weights_stay_fp32_and_near(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "is_bf16_faster", lambda on: False)
    full = torch.load(train(data, base, tmp_path / "full", RECIPE), weights_only=True)["model"]
    monkeypatch.setattr(training, "is_bf16_faster", lambda on: True)
    half = torch.load(train(data, base, tmp_path / "half", RECIPE), weights_only=True)["model"]
    assert all(half[name].dtype == full[name].dtype for name in full)
    apart = [float((half[name] - full[name]).abs().max()) for name in full if full[name].is_floating_point()]
    assert 0 < max(apart) < 0.02


def test_what_a_source_does_not_label_has_no_gradient() -> None:
    reader = Reader(
        BertConfig(
            vocab_size=50,
            hidden_size=24,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=48,
            pad_token_id=1,
        )
    )
    row = to_row(
        {"text": "x", "lang": "en", "sentiment": "negative", "topics": ["delivery"], "topics_known": ["delivery"]}, "s"
    )
    batch = collate([row, row], [[0, 5, 2], [0, 6, 7, 2]])
    loss(reader(batch["ids"], batch["mask"]), batch).backward()
    topics = reader.heads["topics"][3].weight.grad
    assert topics is not None
    assert float(topics[1].abs().sum()) > 0
    assert float(topics[[0, 2, 3]].abs().sum()) == 0
    assert float(reader.heads["service"][3].weight.grad.abs().sum()) == 0


def test_a_two_class_source_moves_neutral_less_than_a_three_class_one() -> None:
    def pull(source: str) -> float:
        row = to_row({"text": "x", "lang": "zh", "sentiment": "positive", "topics": None}, source)
        logits = torch.zeros(1, 3, requires_grad=True)
        out = {"sentiment": logits} | {
            t: torch.zeros(1, n) for t, n in (("topics", 10), ("service", 5), ("signals", 5))
        }
        loss(out, collate([row], [[0, 5, 2]])).backward()
        assert logits.grad is not None
        return float(logits.grad[0, 1])

    assert 0 < pull("waimai_10k") < 0.5 * pull("tiny")


def test_padding_does_not_change_an_output(base: Path) -> None:
    reader = Reader.from_base(base).eval()
    short = collate([to_row(_record(random.Random(0), True), "s")], [[0, 9, 10, 2]])
    both = collate([to_row(_record(random.Random(0), True), "s")] * 2, [[0, 9, 10, 2], [0, 9, 10, 11, 12, 13, 14, 2]])
    with torch.no_grad():
        alone, padded = reader(short["ids"], short["mask"]), reader(both["ids"], both["mask"])
    for name in alone:
        assert torch.allclose(alone[name][0], padded[name][0][: len(alone[name][0])], atol=1e-5), name


def test_the_exported_graph_says_what_the_network_says(base: Path, data: Path, tmp_path: Path) -> None:
    reader = load_trained(train(data, base, tmp_path / "run", RECIPE), base)
    export(reader, base, ["late and broken"], tmp_path / "out", quantise=False)
    graph = compiled(tmp_path / "out" / weights.GRAPH, 1)
    ids, mask = np.array([[0, 9, 10, 2]]), np.ones((1, 4), dtype=np.int64)
    with torch.no_grad():
        expected = reader(torch.tensor(ids), torch.tensor(mask))
    found = graph({"ids": ids, "mask": mask})
    for name, values in expected.items():
        assert np.allclose(found[name], values.numpy(), atol=0.06), (
            name
        )  # fp16 weights, amplified by the scale of an untrained encoder


def test_the_rate_rises_falls_and_ends_at_zero() -> None:
    rates = [rate_at(step, 100, 0.1) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.02
    assert rates.index(max(rates)) in {9, 10}


def test_weights_carry_the_recipes_of_all_runs_before_them(base: Path, data: Path, tmp_path: Path) -> None:
    def recipes(path: Path) -> Any:
        return torch.load(path, weights_only=True)["recipes"]

    first = train(data, base, tmp_path / "1", replace(RECIPE, steps=1))
    second = train(data, base, tmp_path / "2", replace(RECIPE, steps=1, seed=5), start=first)
    assert [recipe["seed"] for recipe in recipes(second)] == [RECIPE.seed, 5]
    torch.save({"model": torch.load(first, weights_only=True)["model"]}, tmp_path / "old.pt")
    assert recipes(train(data, base, tmp_path / "3", replace(RECIPE, steps=1), start=tmp_path / "old.pt")) is None
