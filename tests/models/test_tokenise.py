from pathlib import Path

import pytest

from groundswell.errors import ModelError
from models import weights
from models.tokenise import Tokens, Window, batches


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(weights.HERE / weights.TOKENIZER, window=16, most=4, most_characters=400)


def test_every_text_has_at_least_one_window_in_order(tokens: Tokens) -> None:
    windows = tokens.windows(["one", "", "two words", "长" * 60])
    assert sorted({w.text for w in windows}) == [0, 1, 2, 3]
    assert [w.text for w in windows] == sorted(w.text for w in windows)
    assert all(w.ids[0] == 0 and w.ids[-1] == 2 and len(w.ids) <= 16 for w in windows)


def test_a_long_text_keeps_beginning_and_end_and_is_bounded(tokens: Tokens) -> None:
    text = "start " + "middle " * 200_000 + "finish"
    windows = tokens.windows([text])
    assert len(windows) == 4
    first, last = tokens.windows(["start"])[0].ids[1], tokens.windows(["finish"])[0].ids[1]
    assert first in windows[0].ids
    assert last in windows[-1].ids


def test_windows_of_one_text_are_about_equally_long(tokens: Tokens) -> None:
    lengths = [len(w.ids) for w in tokens.windows(["word " * 30])]
    assert max(lengths) - min(lengths) <= 3


def test_batches_hold_everything_once_within_the_budget() -> None:
    windows = [Window(i, tuple(range(2 + i % 9))) for i in range(50)]
    made = list(batches(windows, 30))
    assert sorted(w.text for b in made for w in b.windows) == list(range(50))
    assert all(b.ids.size <= 30 for b in made)
    for b in made:
        assert [int(n) for n in b.mask.sum(1)] == [len(w.ids) for w in b.windows]
    assert sum(b.ids.size for b in made) <= 1.2 * sum(len(w.ids) for w in windows)


def test_one_window_above_the_budget_still_goes_through() -> None:
    assert len(list(batches([Window(0, tuple(range(99)))], 30))) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": "1.0", "trunc', b"\xff\xfe"])
def test_a_damaged_tokenizer_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read"):
        Tokens(tmp_path / "tokenizer.json")


def test_a_missing_tokenizer_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is missing"):
        Tokens(tmp_path / "tokenizer.json")
