"""The wide part beside the transformer: what it counts, what it leaves alone, what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from models import weights, words
from models.predict import Classifier
from models.rows import TOPICS
from models.words import Words, grams, read, write

A, B = 1, 5  # two topics


def table(weights: dict[str, tuple[int, int]]) -> Words:
    """A table of unit scale for two topics; each key is a text whose longest n-gram is meant."""
    rows = sorted((longest(text), pair) for text, pair in weights.items())
    values = np.zeros((len(rows), len(TOPICS)), dtype=np.int8)
    values[:, [A, B]] = [pair for _, pair in rows]
    keys = np.array([key for key, _ in rows], dtype=np.uint32)
    return Words(keys, values, np.ones((2, len(TOPICS)), dtype=np.float32))


def longest(text: str) -> int:
    parts = set(text.split()) if " " in text else set(text)
    shorter = set(np.concatenate([grams([part])[0] for part in parts]).tolist()) if len(text) > 1 else set()
    (found,) = set(grams([text])[0].tolist()) - (shorter if " " in text or len(text) == 2 else set())
    return int(found)


WORDS = table({"late": (4, 0), "not late": (-8, 0), "fee": (0, 2), "慢": (4, 0), "不慢": (-8, 0)})


def test_a_text_of_unknown_words_adds_nothing() -> None:
    assert not WORDS.logits(["the lid is grey", "灰色的", "", " ", "!!! 🙂", "12345", "@late_brand"]).any()
    assert WORDS.logits([]).shape == (0, len(TOPICS))


def test_words_and_phrases_move_their_topic_alone_and_count_once() -> None:
    late, not_late, fee, often = WORDS.logits(["It is LATE.", "Not late.", "fee", "late, late, late"])
    assert late[A] == often[A] == 4.0
    assert late[B] == 0.0
    assert not_late[A] == pytest.approx((4 - 8) / 2**0.5)
    assert fee[B] == 2.0
    assert WORDS.logits(["很慢"])[0, A] > 0 > WORDS.logits(["很不慢"])[0, A]


def test_no_phrase_reaches_over_a_dropped_name_or_into_the_next_text() -> None:
    assert (WORDS.logits(["not @brand late", "not", "late"])[:, A] >= 0).all()


def test_logits_are_the_same_whatever_stands_beside_a_text() -> None:
    texts = ["not late, fee late 慢", "不慢", "late " * 4000, "x", "fee 不慢"]
    together = WORDS.logits(texts)
    assert all(np.array_equal(WORDS.logits([text])[0], row) for text, row in zip(texts, together, strict=True))
    assert np.array_equal(WORDS.logits(texts[::-1])[::-1], together)


def test_of_a_very_long_text_only_beginning_and_end_are_read() -> None:
    found, _ = grams(["late " + "word " * 200_000 + "fee"])
    assert len(found) < 12
    assert {longest("late"), longest("fee")} <= set(found.tolist())


def test_a_table_round_trips_and_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    write(tmp_path, WORDS)
    found = read(tmp_path)
    assert found is not None
    assert np.array_equal(found.logits(["not late"]), WORDS.logits(["not late"]))


@pytest.mark.parametrize(
    "broken",
    [
        Words(WORDS.keys[:-1], WORDS.weights, WORDS.scale),
        Words(WORDS.keys, WORDS.weights[:, :1], WORDS.scale),
        Words(WORDS.keys, WORDS.weights, WORDS.scale[0]),
        Words(WORDS.keys[:0], WORDS.weights[:0], WORDS.scale),
    ],
)
def test_a_table_of_another_size_is_refused_by_name(tmp_path: Path, broken: Words) -> None:
    write(tmp_path, broken)
    with pytest.raises(ModelError, match=r"words\.npz.*do not belong together"):
        read(tmp_path)


def test_a_damaged_table_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / words.FILE).write_bytes(b"no numbers")
    with pytest.raises(ModelError, match=r"words\.npz"):
        read(tmp_path)


def test_the_reader_adds_words_to_topics_and_to_nothing_else(tmp_path: Path) -> None:
    for name in (weights.GRAPH, "reader.bin", weights.TOKENIZER, weights.CALIBRATION, weights.CARD):
        (tmp_path / name).symlink_to(weights.HERE / name)
    texts = ["late again, the fee too", "一点也不慢", "the lid is grey"]
    without = Classifier(tmp_path, threads=1).logits(texts)
    write(tmp_path, WORDS)
    reader = Classifier(tmp_path, threads=1)
    both = reader.logits(texts)
    added = WORDS.logits(texts)
    assert added[:2].any()
    assert np.array_equal(both.pop("topics"), without.pop("topics") + added)
    assert all(np.array_equal(both[name], without[name]) for name in without)
    assert [p.scored for p in reader.predict(["late", "", "慢"])] == [True, False, True]
