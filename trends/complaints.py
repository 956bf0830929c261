"""What a post complains of, as part of its meaning and as what warms a story."""

import math
from collections.abc import Sequence

import numpy as np

from trends.centroids import TOPICS, Vector, length

TOPIC_WEIGHT = 0.3  # of the square roots of topic probabilities beside an embedding of length 1
DOUBTFUL = 0.1  # chance of being a complaint up to which a post warms no story


def joined(embedding: Vector, topics: Sequence[float], negative: float) -> Vector:
    """Return what a post means as one unit vector: its embedding, then what it complains of (len(Topic) numbers)."""
    complaint = np.zeros(TOPICS, dtype=np.float32)
    if len(topics):
        complaint[:] = TOPIC_WEIGHT * np.sqrt(np.asarray(topics, dtype=np.float32) * negative)
    both: Vector = np.concatenate([embedding, complaint])
    return both / max(length(both), 1e-6)


def complains(topics: Sequence[float], negative: float) -> float:
    """Return how surely a post complains of one topic or another, 0-1: bad news alone is no complaint."""
    chance = negative * (1 - math.prod([1 - topic for topic in topics]))
    return max(chance - DOUBTFUL, 0.0) / (1 - DOUBTFUL)
