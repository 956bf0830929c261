"""The centroids of one brand's stories in one script, and how like in meaning a post is to a few of them."""

import numpy as np
from numpy.typing import NDArray

from groundswell.types import Topic

Vector = NDArray[np.float32]

TOPICS = len(Topic)
EMBEDDING = 384  # the reader's
WIDTH = EMBEDDING + TOPICS  # then what the post complains of
COHERENT = 0.35  # centroids nearer to the brand's mean than this, in lengths of a post, belong to no one subject
PRIOR_WEIGHT = 20  # stories' worth of belief in `base` before the brand's own posts say what is ordinary


class Centroids:
    """Rows of unit vectors, float16 as stored, with the sum of them; a row may have none."""

    def __init__(self) -> None:
        self.matrix = np.zeros((16, WIDTH), dtype=np.float16)
        self.has = np.zeros(16, dtype=bool)
        self._sum = np.zeros(WIDTH, dtype=np.float64)  # exact: halves add up without rounding, in any order
        self._count = 0

    def grow(self) -> None:
        """Double the rows."""
        self.matrix = np.concatenate([self.matrix, np.zeros_like(self.matrix)])
        self.has = np.concatenate([self.has, np.zeros_like(self.has)])

    def place(self, row: int, centroid: NDArray[np.float16]) -> None:
        """Put a centroid in a row, instead of the one there."""
        if self.has[row]:
            self._sum -= self.matrix[row]
        else:
            self._count += 1
        self.matrix[row], self.has[row] = centroid, True
        self._sum += centroid

    def clear(self, row: int) -> None:
        """Take the centroid out of a row, if there is one."""
        if self.has[row]:
            self._sum -= self.matrix[row]
            self._count -= 1
            self.matrix[row], self.has[row] = 0.0, False

    def alike(self, rows: list[int], vector: Vector, base: float) -> list[float]:
        """How like in meaning a post is to each of these rows, all with a centroid: 0 unrelated, 1 equal.

        Embeddings of one brand in one language nearly coincide; what tells subjects apart is the rest. So the mean of
        the brand's centroids is taken off both sides before the cosine. While stories are few that mean is unknown, and
        the plain cosine above `base`, rescaled, speaks instead with the weight of `PRIOR_WEIGHT` stories.
        """
        centroids = self.matrix[rows].astype(np.float32)
        mean = (self._sum / self._count).astype(np.float32)
        apart, own = centroids - mean, vector - mean
        size = length(own)
        lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", apart, apart)), COHERENT * size)
        centred = (apart @ own) / np.maximum(lengths * size, 1e-6)
        plain = (centroids @ vector - base) / (1 - base)
        share = self._count / (self._count + PRIOR_WEIGHT)
        values: list[float] = (share * centred + (1 - share) * plain).tolist()
        return values


def length(vector: Vector) -> float:
    """Return the Euclidean length of a vector."""
    return float(np.sqrt(vector.dot(vector)))


def rounded(vector: Vector) -> NDArray[np.float16]:
    """L2-normalised and rounded to what is stored."""
    norm = length(vector)
    return (vector / norm if norm else vector).astype(np.float16)
