"""Texts to windows of token ids, and windows to batches with little padding."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from groundswell.errors import ModelError

PAD = 1
CHARACTERS = 6000
_START, _END = 0, 2
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one text: `text` is the index of its text."""

    text: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` and `mask` are (windows, tokens) int64; `windows` says whose rows they are."""

    ids: npt.NDArray[np.int64]
    mask: npt.NDArray[np.int64]
    windows: tuple[Window, ...]


class Tokens:
    """The tokenizer, cutting long texts into windows.

    A text of more than `most` windows keeps its beginning and its end (people state the verdict there), so that a
    text of a megabyte costs no more than one of a few pages.
    """

    def __init__(self, path: Path, *, window: int = 128, most: int = 8, most_characters: int = CHARACTERS) -> None:
        self._tokenizer = open_tokenizer(path, "install the package again, or point model.folder at a full export")
        self._tokenizer.no_truncation()
        self._body = window - 2
        self._most = most
        self._characters = most_characters

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Cut every text into one or more windows, in order."""
        cut = [bounded(t, self._characters) for t in texts]
        encoded = self._tokenizer.encode_batch(cut, add_special_tokens=False)
        return [w for i, e in enumerate(encoded) for w in self._cut(i, e.ids)]

    def sign(self, mark: str) -> tuple[frozenset[int], tuple[int, ...]]:
        """Ids of all pieces that end in the first character of `mark`, and the ids of the rest of it."""
        rest = self._tokenizer.encode(mark, add_special_tokens=False).ids[1:]
        openings = frozenset(i for piece, i in self._tokenizer.get_vocab().items() if piece.endswith(mark[0]))
        return openings, tuple(rest)

    def _cut(self, text: int, ids: Sequence[int]) -> Iterator[Window]:
        count = max(1, -(-len(ids) // self._body))
        size = max(1, -(-len(ids) // count))  # equal parts: a last window of three words would say nothing
        parts = [ids[i * size : (i + 1) * size] for i in range(count)]
        if count > self._most:
            parts = parts[: self._most - self._most // 3] + parts[-(self._most // 3) :]
        for part in parts:
            yield Window(text, (_START, *part, _END))


def open_tokenizer(path: Path, hint: str) -> Tokenizer:
    """The tokenizer of a file, without padding. Raises ModelError with `hint` where it is missing or damaged."""
    if not path.is_file():
        raise ModelError(f"{path} is missing", hint)
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises a bare Exception on anything it cannot read
        raise ModelError(f"{path} cannot be read: {error}", hint) from error
    tokenizer.no_padding()
    return tokenizer


def bounded(text: str, most: int = CHARACTERS) -> str:
    """The text with single spaces, beginning and end of it where it has more than `most` characters."""
    if len(text) > most:
        text = f"{text[: most // 2]} {text[-(most // 2) :]}"
    return _SPACES.sub(" ", text)


def batches(windows: Sequence[Window], budget: int) -> Iterator[Batch]:
    """Yield windows sorted by length, in batches of at most `budget` tokens (at least one window each)."""
    waiting: list[Window] = []
    for window in sorted(windows, key=lambda w: len(w.ids)):
        if waiting and (len(waiting) + 1) * len(window.ids) > budget:
            yield _stack(waiting)
            waiting = []
        waiting.append(window)
    if waiting:
        yield _stack(waiting)


def _stack(windows: Sequence[Window]) -> Batch:
    longest = max(len(w.ids) for w in windows)
    ids = np.full((len(windows), longest), PAD, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
    return Batch(ids, mask, tuple(windows))
