"""The centroids of one brand's stories in one script: a matrix that says how like in meaning a post is to each."""

import math

import numpy as np
from numpy.typing import NDArray

from groundswell.types import Topic

Vector = NDArray[np.float32]
Values = NDArray[np.float64]

TOPICS = len(Topic)
EMBEDDING = 384  # the reader's
WIDTH = EMBEDDING + TOPICS  # then what the post complains of
COHERENT = 0.35  # centroids nearer to the brand's mean than this, in lengths of a post, belong to no one subject
NOTHING = -9.0  # below any likeness: a row without centroid


class Centroids:
    """Rows of unit vectors (float16 values in float32) with the sum of them; a row may have none."""

    def __init__(self) -> None:
        self.matrix = np.zeros((16, WIDTH), dtype=np.float32)
        self.has = np.zeros(16, dtype=bool)
        self._squares = np.zeros(16, dtype=np.float32)
        self._sum = np.zeros(WIDTH, dtype=np.float64)
        self._count = 0

    def grow(self) -> None:
        """Double the rows."""
        self.matrix = np.concatenate([self.matrix, np.zeros_like(self.matrix)])
        self.has = np.concatenate([self.has, np.zeros_like(self.has)])
        self._squares = np.concatenate([self._squares, np.zeros_like(self._squares)])

    def place(self, row: int, centroid: Vector) -> None:
        """Put a centroid in a row, instead of the one there."""
        if self.has[row]:
            self._sum -= self.matrix[row]
        else:
            self._count += 1
        self.matrix[row], self.has[row] = centroid, True
        self._squares[row] = centroid.dot(centroid)
        self._sum += centroid

    def clear(self, row: int) -> None:
        """Take the centroid out of a row, if there is one."""
        if self.has[row]:
            self._sum -= self.matrix[row]
            self._count -= 1
            self.matrix[row], self._squares[row], self.has[row] = 0.0, 0.0, False

    def meaning(self, vector: Vector, base: float, prior: int) -> Values | None:
        """How like in meaning a post is to each row, to about 0.001: 0 unrelated, 1 equal, `NOTHING` without centroid.

        Embeddings of one brand in one language nearly coincide; what tells subjects apart is the rest. So the mean of
        the brand's centroids is taken off both sides before the cosine. While stories are few that mean is unknown, and
        the plain cosine above `base`, rescaled, speaks instead with the weight of `prior` stories. None without any.
        """
        if not self._count:
            return None
        mean = (self._sum / self._count).astype(np.float32)
        own = vector - mean
        size = math.sqrt(own.dot(own))
        plain, of_mean = self.matrix @ vector, self.matrix @ mean
        square = float(mean.dot(mean))
        apart = np.maximum(self._squares - 2 * of_mean + square, (COHERENT * size) ** 2)
        centred = (plain - of_mean - float(mean.dot(vector)) + square) / np.maximum(np.sqrt(apart) * size, 1e-6)
        share = self._count / (self._count + prior)
        values: Values = share * centred + (1 - share) / (1 - base) * (plain - base)
        values[~self.has] = NOTHING
        return values

    def exactly(self, rows: list[int], vector: Vector, base: float, prior: int) -> list[float]:
        """The same for few rows with a centroid, to the last digits."""
        centroids = self.matrix[rows]
        mean = (self._sum / self._count).astype(np.float32)
        apart, own = centroids - mean, vector - mean
        size = length(own)
        lengths = np.maximum(np.sqrt((apart * apart).sum(axis=1)), COHERENT * size)
        centred = (apart @ own) / np.maximum(lengths * size, 1e-6)
        plain = (centroids @ vector - base) / (1 - base)
        share = self._count / (self._count + prior)
        values: list[float] = (share * centred + (1 - share) * plain).tolist()
        return values


def length(vector: Vector) -> float:
    """Return the Euclidean length of a vector."""
    return float(np.sqrt(vector.dot(vector)))


def rounded(vector: Vector) -> Vector:
    """L2-normalised and rounded to what is stored."""
    norm = length(vector)
    return (vector / norm if norm else vector).astype(np.float16).astype(np.float32)
