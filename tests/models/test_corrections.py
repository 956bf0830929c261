"""Learning from corrections: it helps where it can, refuses where it cannot, and leaves nothing behind then."""

import errno
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundswell.errors import InputError, ModelError
from groundswell.types import Sentiment
from models import addition, corrections, weights
from models.calibrate import Calibration, write_calibration
from models.corrections import Corrected, Problem, choose, guard, learn, solve
from models.predict import Classifier

WIDTH = 6
FIT = Calibration(temperature={"en": 1.0, "zh": 1.2}, labels={})


def outputs(texts: Sequence[str]) -> dict[str, Any]:
    """A reader that calls everything neutral; its embedding knows better."""
    chance = np.random.default_rng(3)
    side = np.array([1.0 if "good" in text else -1.0 for text in texts])
    embedding = chance.normal(size=(len(texts), WIDTH)) * 0.3
    embedding[:, 0] = side
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    return {"sentiment": np.tile([0.0, 2.0, 0.0], (len(texts), 1)), "embedding": embedding}


def labelled(count: int, *, noise: bool = False) -> list[Corrected]:
    chance = np.random.default_rng(5)
    out = []
    for i in range(count):
        good = bool(i % 2)
        said = good if not noise else bool(chance.random() < 0.5)
        label = Sentiment.POSITIVE if said else Sentiment.NEGATIVE
        label = Sentiment(str(chance.choice(list(Sentiment)))) if noise else label
        out.append(Corrected(text=f"{'good' if good else 'bad'} {i}", lang="zh" if i % 3 else "en", label=label))
    return out


def problem(rows: list[Corrected], flat: bool = False) -> Problem:
    out = outputs([r.text for r in rows])
    if flat:  # a reader that already says a third of each, as noise deserves
        out["sentiment"] = np.zeros_like(out["sentiment"])
    return Problem.of(rows, out, FIT)


def test_what_the_embedding_knows_is_learned() -> None:
    rows = labelled(120)
    strength, before, after = choose(problem(rows))
    assert after < 0.3 * before
    held = labelled(40)
    p = problem(held).probabilities(solve(problem(rows), strength))
    assert np.mean(p.argmax(1) == [list(Sentiment).index(r.label) for r in held]) > 0.95


def test_a_strong_pull_changes_little() -> None:
    known = problem(labelled(60))
    assert np.abs(solve(known, 1e6)).max() < 1e-3
    assert known.loss(solve(known, 1.0)) < known.loss(solve(known, 100.0))


def test_noise_teaches_nothing() -> None:
    with pytest.raises(ModelError, match="nothing learned"):
        choose(problem(labelled(240, noise=True), flat=True))  # of 60, chance alone may hold


def shares(hard: float) -> dict[str, Any]:
    return {suite: {f"{lang} all": {"n": 100, "share": hard} for lang in ("en", "zh")} for suite in corrections.GUARDED}


def test_the_guard_names_the_suite_that_got_worse() -> None:
    guard(shares(0.70), shares(0.70))
    with pytest.raises(ModelError, match=r"hard en: 70\.0 % right before, 69\.0 % after"):
        guard(shares(0.70), shares(0.69))


@pytest.mark.parametrize("suite", ["hard", "invariance", "direction", "domain"])
def test_every_suite_guards_and_one_without_a_language_is_named(suite: str) -> None:
    with pytest.raises(ModelError, match=f"{suite} zh"):
        guard(shares(0.7), shares(0.7) | {suite: {"en all": {"share": 0.7}, "zh all": {"share": 0.6}}})
    with pytest.raises(InputError, match=f"suite {suite}: holds no sentence in 'zh'") as refused:
        guard(shares(0.7) | {suite: {"en all": {"share": 0.7}}}, shares(0.7))
    assert "--suites" in refused.value.hint


class Fake:
    """Stands for models.predict.Classifier over a folder without a graph."""

    def __init__(self, folder: Path | None = None) -> None:
        assert folder is not None
        self.folder = folder
        self.predict = folder

    def logits(self, texts: Sequence[str]) -> dict[str, Any]:
        return outputs(texts)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    write_calibration(folder / weights.CALIBRATION, FIT)
    (folder / weights.CARD).write_text(json.dumps({"name": "r", "revision": "old"}), encoding="utf-8")
    monkeypatch.setattr(corrections, "Classifier", Fake)
    monkeypatch.setattr(corrections.suites, "run", lambda folder, predict: shares(0.7))
    return folder


def test_a_corrected_reader_is_a_folder_with_an_addition_and_a_revision_of_its_own(model: Path, tmp_path: Path) -> None:
    found = learn(model, labelled(60), tmp_path, tmp_path / "out")
    assert found["held_out_log_loss_after"] < found["held_out_log_loss_before"]
    added = addition.read(tmp_path / "out")
    assert added is not None
    assert added.shape == (WIDTH + 1, 3)
    card = json.loads((tmp_path / "out" / weights.CARD).read_text(encoding="utf-8"))
    assert card["corrections"] == 60
    assert card["revision"] != "old"
    assert addition.read(model) is None


def test_a_worse_reader_is_refused_and_leaves_no_folder(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections.suites, "run", lambda folder, predict: shares(0.5 if predict != model else 0.7))
    with pytest.raises(ModelError, match="refused"):
        learn(model, labelled(60), tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("begun", [True, False])
def test_a_full_disk_leaves_no_folder(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    def full(_: Path, out: Path, **__: object) -> None:
        if begun:
            out.mkdir()
            (out / weights.CARD).write_text("{", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    monkeypatch.setattr(corrections.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space left"):
        learn(model, labelled(60), tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_addition_of_another_width_is_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / addition.FILE, sentiment=np.zeros((WIDTH + 1, 3), dtype=np.float32))
    assert addition.read(tmp_path, WIDTH) is not None
    for name in (weights.GRAPH, "reader.bin", weights.TOKENIZER, weights.CALIBRATION, weights.CARD):
        (tmp_path / name).symlink_to(weights.HERE / name)
    with pytest.raises(ModelError, match=r"correction\.npz: shape \(7, 3\) does not fit"):
        Classifier(tmp_path, threads=1)


def test_too_few_corrections_and_a_taken_name_are_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too few"):
        learn(model, labelled(5), tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match="is there already"):
        learn(model, labelled(60), tmp_path, model)


def test_a_damaged_addition_is_an_error(tmp_path: Path) -> None:
    (tmp_path / addition.FILE).write_bytes(b"no numbers")
    with pytest.raises(ModelError, match=r"correction\.npz"):
        addition.read(tmp_path)
