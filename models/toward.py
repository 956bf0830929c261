"""Sentiment toward one brand of a post that names a rival too: a second reading in which the sides are marked.

The brand's spellings become "@brand" and its rivals' "@rival". The mean states of the tokens of either mark, and the
sentiment logits of the marked text, go to a linear head of three moods (entity markers: Baldini Soares et al., ACL
2019), fitted on sentences of our own (`models.fit_toward`). Only posts that name both are read again, so it costs
little. A plain comparison ("A beats B") is decided by rule (`models.comparing`, docs/decisions/0014).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from groundswell.types import Prediction, Query, Sentiment
from models import arrays, comparing

FILE = "toward.npz"
BRAND, RIVAL = "@brand", "@rival"
MARKS = (BRAND, RIVAL)
_OWN_MARKS = re.compile("@(?=brand|rival)", re.IGNORECASE)
Floats = npt.NDArray[np.float32]
Sign = tuple[frozenset[int], tuple[int, ...]]
"""How a mark reads in token ids: those that may be its "@", and those of the rest."""


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` (2 × width + moods, moods) and `bias` (moods,): from `Classifier.mark_features` to logits."""

    weights: Floats
    bias: Floats

    def probabilities(self, features: Floats) -> Floats:
        """(texts, features) to (texts, moods), each row a distribution."""
        logits = features @ self.weights + self.bias
        scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Floats = (scaled / scaled.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares


@runtime_checkable
class Marking(Protocol):
    """A reader that reads marked texts: probabilities (moods,) for each, None where a mark is not in what it reads."""

    def read_marked(self, texts: Sequence[str]) -> list[Floats | None]: ...


def sides(queries: Sequence[Query]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The spellings of every watched brand, and those of its rivals: the ones it names and the other watched brands.

    A spelling that means a brand only `near` some word names it in the brand's own posts, not in another's.
    """
    sure = {q.brand: q.any_terms if q.near else q.terms for q in queries}
    others = {q.brand: {*q.rivals, *(t for o in queries for t in sure[o.brand])} - set(q.terms) for q in queries}
    return {q.brand: (q.terms, tuple(sorted(others[q.brand]))) for q in queries}


def refine(
    reader: object,
    whole: Sequence[Prediction],
    texts: Sequence[str],
    terms: Sequence[Sequence[str]],
    others: Sequence[Sequence[str]],
) -> list[Prediction]:
    """Turn readings of whole texts into readings toward the brand that `terms` spell; `others` spell its rivals.

    A text that does not name both keeps its reading, and so do all of a reader that does not read marks. Topics and
    service stay where the brand comes off badly; elsewhere they are somebody else's.
    """
    out = list(whole)
    marked = {
        i: found
        for i, (text, mine, rivals) in enumerate(zip(texts, terms, others, strict=True))
        if mine and rivals and whole[i].scored and (found := mark(text, mine, rivals)) is not None
    }
    if not marked or not isinstance(reader, Marking):
        return out
    for (i, text), p in zip(marked.items(), reader.read_marked(list(marked.values())), strict=True):
        if p is not None:
            said = replace(out[i], sentiment=_decided(dict(zip(Sentiment, map(float, p), strict=True)), text))
            out[i] = said if said.label is Sentiment.NEGATIVE else replace(said, topics_on=(), service_on=())
    return out


def _decided(sentiment: dict[Sentiment, float], marked: str) -> dict[Sentiment, float]:
    """A plain comparison moves the weight to the pole it says; any other text keeps its sentiment."""
    plain = marked.replace(BRAND, comparing.MINE).replace(RIVAL, comparing.RIVAL)
    verdict = comparing.compare(plain) if len(marked) <= comparing.LONGEST else None
    if verdict is None:
        return sentiment
    low, middle, high = sorted(sentiment.values())
    held = dict.fromkeys(Sentiment, low) | {Sentiment.NEUTRAL: middle, verdict: high}
    return {label: held[label] for label in Sentiment}


def mark(text: str, terms: Sequence[str], others: Sequence[str]) -> str | None:
    """`text` with both sides marked; None when it does not name both. A term of both sides is the brand's."""
    mine = _pattern(tuple(terms))
    plain = _OWN_MARKS.sub("", unicodedata.normalize("NFKC", text))
    said = _pattern(tuple(dict.fromkeys([*terms, *others]))).sub(
        lambda found: BRAND if mine.fullmatch(found.group()) else RIVAL, plain
    )
    return said if BRAND in said and RIVAL in said else None


def places(ids: Sequence[int], signs: Sequence[Sign]) -> list[list[int]]:
    """Where in a window's `ids` the tokens of each of MARKS stand, their "@" included."""
    out: list[list[int]] = []
    for opening, rest in signs:
        ends = range(2, len(ids) - len(rest) + 1)
        starts = [i for i in ends if tuple(ids[i : i + len(rest)]) == rest and ids[i - 1] in opening]
        out.append([place for i in starts for place in range(i - 1, i + len(rest))])
    return out


def read(folder: Path) -> Head | None:
    """The head in a reader's folder, None where it has none. Raises ModelError on one of another shape."""
    path = folder / FILE
    if not path.exists():
        return None
    head = Head(*arrays.load(path, "weights", "bias"))
    if head.weights.ndim != 2 or head.weights.shape[1:] != (len(Sentiment),) or head.bias.shape != (len(Sentiment),):
        shapes = f"weights {head.weights.shape}, bias {head.bias.shape}"
        raise ModelError(f"{path}: {shapes} are not of {len(Sentiment)} moods", "export the model again")
    return head


def write(folder: Path, head: Head) -> None:
    """The inverse of `read`."""
    np.savez(folder / FILE, weights=head.weights, bias=head.bias)


@lru_cache(maxsize=1024)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the terms in NFKC, whole words where they are of Latin script."""
    plain = sorted((re.escape(unicodedata.normalize("NFKC", term)) for term in terms), key=len, reverse=True)
    word = "[A-Za-z0-9_\u00c0-\u024f]"
    return re.compile("|".join(rf"(?<!{word}){p}(?!{word})" if p[-1].isascii() else p for p in plain), re.IGNORECASE)
