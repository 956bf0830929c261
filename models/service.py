"""A linear head on how service failed, beside the network's own: the logits of both are averaged.

It reads what the network's heads read, the pooled states, and is fitted to all labelled posts at once
(`models.fit_service`), where the network saw each a few times among everything else.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from models import arrays
from models.rows import SERVICES

FILE = "service.npz"
SHARE = 0.5  # of the linear head; .4 to .6 do alike on dev
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` (features, services) and `bias` (services,), on features as `pooled` gives them."""

    weights: Floats
    bias: Floats

    def beside(self, logits: Floats, features: Floats) -> Floats:
        """The network's `logits` (texts, services) and this head's of `features` (texts, features), averaged."""
        return ((1 - SHARE) * logits + SHARE * (features @ self.weights + self.bias)).astype(np.float32)


def pooled(states: Floats, mask: npt.NDArray[np.integer]) -> Floats:
    """(batch, tokens, width) to (batch, 2 × width): mean and maximum over the tokens that `mask` keeps."""
    keep = mask[:, :, None].astype(np.float32)
    mean = (states * keep).sum(axis=1) / keep.sum(axis=1)
    return np.concatenate([mean, (states - (1 - keep) * 1e4).max(axis=1)], axis=1)


def read(folder: Path, width: int) -> Head | None:
    """The head in a reader's folder, None where it has none; `width` is that of the reader's states.

    Raises ModelError on a damaged one and on another reader's.
    """
    path = folder / FILE
    if not path.exists():
        return None
    head = Head(*arrays.load(path, "weights", "bias"))
    if (head.weights.shape, head.bias.shape) != ((2 * width, len(SERVICES)), (len(SERVICES),)):
        shapes = f"weights {head.weights.shape}, bias {head.bias.shape}"
        raise ModelError(f"{path}: {shapes} do not fit states of {width} values", "export the model again")
    return head


def write(folder: Path, head: Head) -> None:
    """The inverse of `read`."""
    np.savez(folder / FILE, weights=head.weights, bias=head.bias)
