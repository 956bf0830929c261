"""Which story a post is nearest to: bounds for all stories at once, the exact score for those that may win.

Cauchy and Schwarz bound the likeness in words by the post's own weights: cosine <= sqrt(sum of w² over shared words /
sum of w²). With the likeness in meaning (trends/centroids.py) and the heat, few stories can reach the threshold.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from trends.centroids import NOTHING, Vector
from trends.table import Story, Table, script

HEAT_WEIGHT = 0.18  # of log(1 + recent complaints)
RELATED = 0.05  # likeness in words and meaning below which heat draws nothing
PRIOR_WEIGHT = 20  # stories' worth of belief in `base_cosine` before the brand's own posts say what is ordinary
SLACK = 2e-3  # of a bound, for what is computed in float32


@dataclass(frozen=True, slots=True)
class Seeking:
    """A post that seeks its story; `vector` None when it has no embedding."""

    at: datetime
    words: Sequence[str]
    vector: Vector | None
    negative: float


def nearest(table: Table, post: Seeking, *, threshold: float, base_cosine: float, live: timedelta) -> str | None:
    """Return the most similar story that is open and similar enough; of equal ones the first by name.

    Looked at are the stories that share a word not everyone's, and those like enough in meaning alone.
    """
    if not table.stories:
        return None
    weights = {word: table.idf(word) for word in dict.fromkeys(post.words)}
    written = script(post.words)
    best, best_score = None, 0.0
    for reach, story, meant, shares in _candidates(table, post, weights, threshold, base_cosine, written):
        if reach < best_score or reach < threshold:
            break
        if post.at - story.last_at > live:
            continue
        alike, meaning = table.likeness(weights, story), 0.0
        score = alike
        if meant and post.vector is not None:
            (meaning,) = table.centroids[written].exactly([story.row], post.vector, base_cosine, PRIOR_WEIGHT)
            if meaning < threshold and not shares:
                continue
            score = (alike + meaning) / 2
        if alike + max(meaning, 0.0) > RELATED:
            score += HEAT_WEIGHT * post.negative * math.log1p(table.heat(story, post.at))
        if score > best_score or (score == best_score and best is not None and story.story < best):
            best, best_score = story.story, score
    return best if best_score >= threshold else None


def _candidates(
    table: Table, post: Seeking, weights: dict[str, float], threshold: float, base_cosine: float, written: int
) -> list[tuple[float, Story, bool, bool]]:
    """Stories with an upper bound of their score, the highest first; does meaning count, do they share a rare word."""
    slots = len(table.warmth)
    shared, everyones = _shared(table, weights, slots)
    whole = sum(value * value for value in weights.values()) or 1.0
    alike = np.sqrt((shared + everyones) / whole)
    bound, looked = alike.copy(), shared > 0
    values = None
    if post.vector is not None:
        values = table.centroids[written].meaning(post.vector, base_cosine, PRIOR_WEIGHT)
    if values is not None:
        of_script = slice(written, 2 * len(values), 2)
        has = values > NOTHING
        bound[of_script] = np.where(has, (alike[of_script] + values) / 2, alike[of_script])
        looked[of_script] |= has & (values >= threshold - SLACK)
    warm = HEAT_WEIGHT * post.negative
    near = looked & (bound + warm * table.warmth >= threshold - SLACK)
    found = []
    for slot in np.flatnonzero(near).tolist():
        story = table.by_slot[slot]
        reach = float(bound[slot]) + SLACK
        if warm:
            reach += warm * math.log1p(table.heat(story, post.at))
        meant = values is not None and slot & 1 == written and bool(table.centroids[written].has[story.row])
        found.append((reach, story, meant, bool(shared[slot] > 0)))
    found.sort(key=lambda one: -one[0])
    return found


def _shared(table: Table, weights: dict[str, float], slots: int) -> tuple[NDArray[np.float64], float]:
    """Per slot the sum of w² of the words it shares that are not everyone's; and the sum for those that are."""
    most, everyones = table.common(), 0.0
    held: list[set[int]] = []
    squares: list[float] = []
    for word, value in weights.items():
        stories = table.postings.get(word)
        if stories is None:
            continue
        if len(stories) > most:
            everyones += value * value
        else:
            held.append(stories)
            squares.append(value * value)
    if not held:
        return np.zeros(slots), everyones
    counts = [len(stories) for stories in held]
    index = np.fromiter(chain.from_iterable(held), dtype=np.intp, count=sum(counts))
    shared = np.bincount(index, weights=np.repeat(np.array(squares), counts), minlength=slots)
    return shared.astype(np.float64, copy=False), everyones
