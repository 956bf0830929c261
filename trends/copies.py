"""Which posts are near-copies of one text: MinHash over character shingles, bounded and per brand."""

import re
from collections import OrderedDict
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trends.words import clean

SHINGLE = 3  # characters: short enough for Chinese, long enough that random English texts share few
BANDS, ROWS = 21, 3  # 63 permutations; pairs with Jaccard 0.5 meet in some band with probability 0.94
LEAST_CHARACTERS = 12  # shorter texts ("太感动了", "me too") coincide without being copied
SKETCH_BITS = 62  # fits SQLite's signed integers
MOST_CHARACTERS = 1000  # shingles beyond this change nothing and cost time
CAPACITY = 5000  # texts of a brand that are kept
SAME = 0.5  # estimated Jaccard from which two texts are one: 15 % of the characters edited leaves about 0.5

_PRIME = np.uint64((1 << 31) - 1)
_RANDOM = np.random.default_rng(20240229)
_A = _RANDOM.integers(1, int(_PRIME), BANDS * ROWS, dtype=np.uint64)[:, None]
_B = _RANDOM.integers(0, int(_PRIME), BANDS * ROWS, dtype=np.uint64)[:, None]

_LETTERS = re.compile(r"[^\W_]+")  # what str.isalnum accepts
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_BAND = np.arange(BANDS, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)

Signature = NDArray[np.uint32]


def signature(text: str) -> Signature | None:
    """MinHash of the text's letters and digits (Broder 1997); None when too short to tell copies from coincidence."""
    return _signature(_letters(text)[:MOST_CHARACTERS])


def _letters(text: str) -> str:
    return "".join(_LETTERS.findall(clean(text)))


@lru_cache(maxsize=1024)
def _signature(letters: str) -> Signature | None:
    """MinHash of ready letters; remembered, for most reposts say the very same."""
    if len(letters) < LEAST_CHARACTERS:
        return None
    codes = np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    shingles = codes[:-2] * np.uint64(0x9E3779B1) + codes[1:-1] * np.uint64(0x85EBCA6B) + codes[2:]
    shingles = (shingles ^ (shingles >> np.uint64(29))) % _PRIME
    lowest: Signature = ((_A * shingles + _B) % _PRIME).min(axis=1).astype(np.uint32)
    return lowest


def sketch(found: Signature) -> int:
    """Name a text by 62 bits, one of each lowest hash; equal for equal texts, never 0.

    The share of bits that two names have in common is (1 + Jaccard) / 2 on average (b-bit minwise hashing, Li and
    König, WWW 2010), so that texts too far apart to be one copy are still seen to be alike.
    """
    bits = (found[:SKETCH_BITS] & np.uint32(1)).astype(np.uint8)
    return int.from_bytes(np.packbits(bits).tobytes(), "big") >> (-SKETCH_BITS % 8) or 1


class Copies:
    """The texts of one brand seen lately; `fold` names each new text by the first text it nearly equals.

    Bounded: the `capacity` texts used last are kept.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._signatures: OrderedDict[int, int] = OrderedDict()  # name → row, the one used last at the end
        self._rows: Signature = np.zeros((64, BANDS * ROWS), dtype=np.uint32)
        self._bands: dict[int, tuple[int, ...]] = {}

    def fold(self, text: str) -> int:
        """Return the fingerprint shared by all near-copies of `text`; 0 when the text is too short to judge."""
        found = signature(text)
        if found is None:
            return 0
        name = self._nearest(found)
        if name is None:
            name = sketch(found)
            self._add(name, found)
        self._signatures.move_to_end(name)
        return name

    def remember(self, text: str, name: int) -> None:
        """Restore a text whose fingerprint was given out before a restart; the first of a name is kept."""
        if name in self._signatures:
            self._signatures.move_to_end(name)
            return
        found = signature(text)
        if found is not None and name:
            self._add(name, found)

    def _nearest(self, found: Signature) -> int | None:
        names = list({name for key in _band_keys(found) for name in self._bands.get(key, ())})
        if not names:
            return None
        rows = self._rows[[self._signatures[name] for name in names]]
        agreement = np.count_nonzero(rows == found, axis=1) / found.size
        best, name = max(zip(agreement.tolist(), names, strict=True))
        return name if best >= SAME else None

    def _add(self, name: int, found: Signature) -> None:
        row = self._forget() if len(self._signatures) >= self._capacity else len(self._signatures)
        if row == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[row], self._signatures[name] = found, row
        alone = (name,)  # one object for all bands: most texts share none with another
        for key in _band_keys(found):
            others = self._bands.get(key)
            self._bands[key] = alone if others is None else (*others, name)

    def _forget(self) -> int:
        """Drop the text not used for longest; returns its row."""
        old, row = self._signatures.popitem(last=False)
        for key in _band_keys(self._rows[row]):
            left = tuple(other for other in self._bands[key] if other != old)
            if left:
                self._bands[key] = left
            else:
                del self._bands[key]
        return row


def _band_keys(found: Signature) -> list[int]:
    """Name each band's rows by 64 bits; who meets by chance is told apart by the whole signature."""
    keys: list[int] = ((found.reshape(BANDS, ROWS) * _MIX).sum(axis=1) + _BAND).tolist()
    return keys
