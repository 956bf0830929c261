"""What a sample read by a person says of the reader's counts: intervals, and counts corrected for its errors."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from groundswell.types import Interval

Floats = npt.NDArray[np.float64]
Z95 = 1.959964


def wilson(right: int, of: int, z: float = Z95) -> Interval:
    """Share right with the score interval of Wilson 1927, 95 % unless `z` says otherwise; `of` at least 1."""
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Interval(lo=max(0.0, middle - half), mid=share, hi=min(1.0, middle + half))


def confusion(pairs: Floats, prior: float = 0.5) -> Floats:
    """(classes, classes) sampled weights, row the truth and column what was said, to P(said | truth).

    Half a post in every cell keeps a class that the sample hardly holds from claiming certainty.
    """
    filled = pairs + prior
    return np.asarray(filled / filled.sum(1, keepdims=True))


def corrected(said: Floats, given: Floats, steps: int = 500) -> Floats:
    """Counts as `said` by the reader (classes,) to the counts that most likely caused them; the sum stays.

    `given` is P(said | truth). Rogan and Gladen 1978 for two classes, solved for more by the expectation-maximisation
    of Saerens, Latinne and Decaestecker 2002 on the counts, so that no count falls below zero.
    """
    total = said.sum()
    if not total:
        return said.astype(float)
    share = np.full(len(said), 1.0 / len(said))
    for _ in range(steps):
        joint = share[:, None] * given
        share = (joint / joint.sum(0) * said).sum(1) / total
    return np.asarray(share * total)
