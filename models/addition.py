"""What people's corrections added to a reader's sentiment head: logits + [embedding, 1] · W."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError

FILE = "correction.npz"
Floats = npt.NDArray[np.floating]


def features(embedding: Floats) -> npt.NDArray[np.float64]:
    """(texts, width) L2-normalised embeddings to (texts, width + 1): scaled to about 1 a dimension, with a constant."""
    width = embedding.shape[1]
    return np.hstack([embedding.astype(float) * width**0.5, np.ones((len(embedding), 1))])


def read(folder: Path) -> npt.NDArray[np.float32] | None:
    """The addition (width + 1, 3) in a reader's folder, None where nobody corrected it. Raises ModelError."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            found: npt.NDArray[np.float32] = held["sentiment"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}", "train --corrections again") from error
    return found
