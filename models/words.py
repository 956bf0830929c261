"""What words and short phrases say of a post's topics, beside the transformer: a wide part to the deep one.

Linear in the presence of n-grams (Wang and Manning 2012: words and pairs of words are hard to beat on short texts) and
added to the transformer's logits with a fitted share (Cheng et al. 2016, "Wide & Deep"). `models.fit_words` makes the
table. A text none of whose n-grams are known gets zeros. Sentiment stays the transformer's alone
(docs/decisions/0009-words-for-topics.md).
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from models import arrays
from models.rows import TOPICS
from models.tokenise import bounded

FILE = "words.npz"
ORDERS = {"zh": 3, "en": 2}
"""Longest n-gram: of Han characters, of words."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_BREAK = 0  # no n-gram reaches over it
_LONG = 1 << 40  # added to the code of a token of several characters
_DROP = re.compile(r"https?://\S+|www\.\S+|@[\w\-]+|(?<![a-z])[a-z]*\d[a-z\d.,:%]*")  # links, names, numbers: no topic
_TOKEN = re.compile(rf"[{_HAN}]|[^\W{_HAN}_]+(?:'[a-z]+)?|[^\w\s]|\n")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing, Knuth 6.4
_HALF = np.uint64(32)
Keys = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Words:
    """`keys` (n,) sorted hashes of n-grams; `weights` (n, topics) int8; `scale` (2, topics) to logits.

    `scale` is by language, English first: the lowest bit of a key is 1 for a Chinese n-gram.
    """

    keys: Keys
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(texts, topics): what the n-grams add; for a text the same whatever stands beside it, to the last bit."""
        found, text = grams(texts)
        place = np.minimum(np.searchsorted(self.keys, found), len(self.keys) - 1)
        known = self.keys[place] == found
        text, place = text[known], place[known]
        values = self.weights[place] * self.scale[self.keys[place] & 1]
        count = np.maximum(1, np.bincount(text, minlength=len(texts)))
        sums = [np.bincount(text, weights=column, minlength=len(texts)) for column in values.T]
        return (np.stack(sums, axis=1) / np.sqrt(count)[:, None]).astype(np.float32)


def grams(texts: Sequence[str]) -> tuple[Keys, Places]:
    """The distinct n-grams of every text as hashes, and the index of their text; sorted by text, then hash.

    An n-gram with a Han character is Chinese, one of words English; punctuation and emoji count only inside either.
    """
    token, text = _tokens(texts)
    is_han = ((token >= 0x3400) & (token <= 0x4DBF)) | ((token >= 0x4E00) & (token <= 0x9FFF))
    is_word = token >= _LONG
    state, han, word, whole = token * _MULTIPLIER, is_han, is_word, token != _BREAK
    made = []
    for order in range(1, max(ORDERS.values()) + 1):
        if order > 1:
            last = slice(order - 1, None)
            state = ((state[:-1] ^ (state[:-1] >> _HALF)) + token[last]) * _MULTIPLIER
            whole, han, word = whole[:-1] & (token[last] != _BREAK), han[:-1] | is_han[last], word[:-1] | is_word[last]
        use = whole & ((han & (order <= ORDERS["zh"])) | (~han & word & (order <= ORDERS["en"])))
        key = ((state[use] >> _HALF) & np.uint64(0xFFFFFFFE)) | han[use].astype(np.uint64)
        made.append(text[: len(use)][use] << _HALF | key)
    both = np.unique(np.concatenate(made))
    return both.astype(np.uint32), (both >> _HALF).astype(np.int64)


def _tokens(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """A code per token, _BREAK after every text, and the index of its text."""
    codes: list[int] = []
    lengths = []
    for text in texts:
        found = _TOKEN.findall(_DROP.sub("\n", bounded(text).lower().replace("’", "'")))
        codes += [ord(t) if len(t) == 1 else _LONG + zlib.crc32(t.encode()) for t in found]
        codes.append(_BREAK)
        lengths.append(len(found) + 1)
    token = np.array(codes, dtype=np.uint64)
    token[token == ord("\n")] = _BREAK
    return token, np.repeat(np.arange(len(texts), dtype=np.uint64), np.array(lengths, dtype=np.int64))


def read(folder: Path) -> Words | None:
    """The table in a reader's folder, None where it has none. Raises ModelError on a table of another shape."""
    path = folder / FILE
    if not path.exists():
        return None
    words = Words(*arrays.load(path, "keys", "weights", "scale"))
    n, columns = words.keys.size, len(TOPICS)
    if not n or (words.keys.shape, words.weights.shape, words.scale.shape) != ((n,), (n, columns), (2, columns)):
        shapes = f"keys {words.keys.shape}, weights {words.weights.shape}, scale {words.scale.shape}"
        raise ModelError(f"{path}: {shapes} do not belong together", "export the model again")
    return words


def write(folder: Path, words: Words) -> None:
    """The inverse of `read`."""
    np.savez(folder / FILE, keys=words.keys, weights=words.weights, scale=words.scale)
