"""Which posts are near-copies of one text: MinHash over character shingles, bounded and per brand."""

from collections import OrderedDict, defaultdict
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from trends.words import clean

SHINGLE = 3  # characters: short enough for Chinese, long enough that random English texts share few
BANDS, ROWS = 21, 3  # 63 permutations; pairs with Jaccard 0.5 meet in some band with probability 0.94
LEAST_CHARACTERS = 12  # shorter texts ("太感动了", "me too") coincide without being copied
MOST_CHARACTERS = 1000  # shingles beyond this change nothing and cost time
SAME = 0.5  # estimated Jaccard from which two texts are one: 15 % of the characters edited leaves about 0.5

_PRIME = np.uint64((1 << 31) - 1)
_RANDOM = np.random.default_rng(20240229)
_A = _RANDOM.integers(1, int(_PRIME), BANDS * ROWS, dtype=np.uint64)[:, None]
_B = _RANDOM.integers(0, int(_PRIME), BANDS * ROWS, dtype=np.uint64)[:, None]

Signature = NDArray[np.uint32]


def signature(text: str) -> Signature | None:
    """MinHash of the text's letters and digits (Broder 1997); None when too short to tell copies from coincidence."""
    letters = "".join(c for c in clean(text) if c.isalnum())[:MOST_CHARACTERS]
    if len(letters) < LEAST_CHARACTERS:
        return None
    codes = np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    shingles = codes[:-2] * np.uint64(0x9E3779B1) + codes[1:-1] * np.uint64(0x85EBCA6B) + codes[2:]
    shingles = np.unique((shingles ^ (shingles >> np.uint64(29))) % _PRIME)
    lowest: Signature = ((_A * shingles + _B) % _PRIME).min(axis=1).astype(np.uint32)
    return lowest


def fingerprint(text: str) -> int:
    """Return a number of 62 bits that names a text; equal for texts equal after cleaning."""
    letters = "".join(c for c in clean(text) if c.isalnum())
    return int.from_bytes(blake2b(letters.encode(), digest_size=8).digest(), "big") >> 2


class Copies:
    """The texts of one brand seen lately; `fold` names each new text by the first text it nearly equals.

    Bounded: the `capacity` texts used last are kept.
    """

    def __init__(self, capacity: int = 5000) -> None:
        self._capacity = capacity
        self._signatures: OrderedDict[int, Signature] = OrderedDict()
        self._bands: defaultdict[bytes, set[int]] = defaultdict(set)

    def fold(self, text: str) -> int:
        """Return the fingerprint shared by all near-copies of `text`; 0 when the text is too short to judge."""
        found = signature(text)
        if found is None:
            return 0
        name = self._nearest(found)
        if name is None:
            name = fingerprint(text)
            self._add(name, found)
        self._signatures.move_to_end(name)
        return name

    def remember(self, text: str, name: int) -> None:
        """Restore a text whose fingerprint was given out before a restart."""
        found = signature(text)
        if found is not None and name and name not in self._signatures:
            self._add(name, found)

    def _nearest(self, found: Signature) -> int | None:
        candidates = {name for key in _band_keys(found) for name in self._bands.get(key, ())}
        agreement = {name: float((self._signatures[name] == found).mean()) for name in candidates}
        best = max(agreement, key=lambda name: (agreement[name], name), default=None)
        return best if best is not None and agreement[best] >= SAME else None

    def _add(self, name: int, found: Signature) -> None:
        self._signatures[name] = found
        for key in _band_keys(found):
            self._bands[key].add(name)
        while len(self._signatures) > self._capacity:
            old, gone = self._signatures.popitem(last=False)
            for key in _band_keys(gone):
                self._bands[key].discard(old)
                if not self._bands[key]:
                    del self._bands[key]


def _band_keys(found: Signature) -> list[bytes]:
    rows = found.reshape(BANDS, ROWS)
    return [bytes([band]) + rows[band].tobytes() for band in range(BANDS)]
