"""How common words are in the language at large, before a brand's own posts say how common they are about it.

`ordinary.txt` holds shares of all words (a post's words once, stop words left out), counted over public sets of reviews
and posts in English and Chinese; `python -m benchmarks.ordinary_words` counts them again. A line is a share per million
and the words that have it. Words that are not there are rare: names, what a story is about, other languages.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).with_name("ordinary.txt")
RARE = 3e-5  # share of a word that is not in the file


@lru_cache(maxsize=1)
def shares() -> Mapping[str, float]:
    """Return word → share of all words, `RARE` to about .006."""
    found = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        share, *words = line.split(" ")
        found.update(dict.fromkeys(words, int(share) / 1e6))
    return MappingProxyType(found)
