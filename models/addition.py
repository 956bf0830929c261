"""What people's corrections added to a reader's sentiment head: logits + [embedding, 1] · W."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from groundswell.types import Sentiment
from models import arrays

FILE = "correction.npz"
_AGAIN = "train --corrections again"
Floats = npt.NDArray[np.floating]


def features(embedding: Floats) -> npt.NDArray[np.float64]:
    """(texts, width) L2-normalised embeddings to (texts, width + 1): scaled to about 1 a dimension, with a constant."""
    width = embedding.shape[1]
    return np.hstack([embedding.astype(float) * width**0.5, np.ones((len(embedding), 1))])


def read(folder: Path, width: int | None = None) -> npt.NDArray[np.float32] | None:
    """The addition (width + 1, 3) in a reader's folder, None where nobody corrected it.

    Raises ModelError on a damaged file and, where `width` says how wide the reader's embedding is, on another's.
    """
    path = folder / FILE
    if not path.exists():
        return None
    found: npt.NDArray[np.float32]
    (found,) = arrays.load(path, "sentiment", hint=_AGAIN)
    if found.ndim != 2 or found.shape[1] != len(Sentiment) or width not in (None, len(found) - 1):
        raise ModelError(f"{path}: shape {found.shape} does not fit an embedding of {width or 'any'} values", _AGAIN)
    return found
