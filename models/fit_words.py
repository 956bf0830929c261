"""Fit what n-grams say of topics on training posts, and their share beside the transformer on dev posts.

Logistic regression per language and topic on the presence of n-grams, L2-normalised, by dual coordinate descent
(liblinear: Hsieh et al. 2008). Every source has an intercept of its own, which is thrown away: how often a source has a
topic teaches no word. Needs the extra `train`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from models import readings
from models.fit import fit_platt, topic_weights
from models.plan import AUTHORED
from models.rows import TOPICS, Row, read_rows
from models.words import Keys, Words, grams

Floats = npt.NDArray[np.float64]
POSTS, SOURCES = 4, 2  # an n-gram of fewer posts or of one source alone is a name, a product or an accident
LEAST = 5  # positives of a topic in a language: below that no word is learned
STRENGTH = 2.0  # inverse of the L2 penalty
READ = 2.0  # weight of a post read in full
INTERCEPT = 3.0  # value of a source's own column: little penalty on its weight
PART = 5000  # posts whose n-grams are made at once
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5)
NEAR = (
    1.01  # a smaller share is taken that loses no more than this: words know sites that dev has, the deep part others
)


def training_rows(data: Path) -> list[Row]:
    """Every training post of which some topic is known, ours and the public sets'; those read again stand twice."""
    files = [*sorted(data.glob("train-*.jsonl.gz")), *sorted(AUTHORED.glob("*.jsonl"))]
    rows = [row for path in files for row in read_rows(path)]
    return [row for row in [*rows, *readings.read_again(rows, readings.load())] if any(row.topics_mask)]


def fit_words(rows: Sequence[Row]) -> Words:
    """A table of weight 1 beside the transformer; `with_share` gives it its share."""
    tables = [_fit_language([row for row in rows if row.lang == lang], bit) for bit, lang in enumerate(("en", "zh"))]
    keys = np.concatenate([k for k, _ in tables])
    weights = np.concatenate([w for _, w in tables])
    scale = np.array([np.abs(w).max(0, initial=0.0) / 127.0 for _, w in tables])
    steps = np.where(scale > 0, scale, 1.0)[keys & 1]
    order = np.argsort(keys)
    return Words(keys[order], np.rint(weights / steps).astype(np.int8)[order], scale.astype(np.float32))


def _fit_language(rows: Sequence[Row], bit: int) -> tuple[Keys, Floats]:
    """The n-grams kept and their weights (n, topics)."""
    present, keys = _presence(rows, bit)
    _, source = _sources(rows)
    own = csr_matrix((np.full(len(rows), INTERCEPT), (np.arange(len(rows)), source)))
    features = hstack([present, own]).tocsr()
    truth = np.array([row.topics for row in rows]) > 0.5
    weight = np.array([row.topics_mask for row in rows]) * np.where([row.read for row in rows], READ, 1.0)[:, None]
    weights = np.zeros((len(keys), len(TOPICS)))
    for topic in range(len(TOPICS)):
        use = weight[:, topic] > 0
        if truth[use, topic].sum() >= LEAST and not truth[use, topic].all():
            model = LogisticRegression(
                C=STRENGTH, solver="liblinear", dual=True, fit_intercept=False, tol=0.1, max_iter=200, random_state=0
            )
            model.fit(features[use], truth[use, topic], sample_weight=weight[use, topic])
            weights[:, topic] = model.coef_[0][: len(keys)]
    return keys, weights


def _presence(rows: Sequence[Row], bit: int) -> tuple[csr_matrix, Keys]:
    """(rows, n-grams) L2-normalised presence of the n-grams that enough posts and sources have, and their keys."""
    found, owner = [], []
    for begin in range(0, len(rows), PART):
        key, text = grams([row.text for row in rows[begin : begin + PART]])
        mine = (key & 1) == bit
        found.append(key[mine])
        owner.append(text[mine] + begin)
    text = np.concatenate(owner)
    keys, place, posts = np.unique(np.concatenate(found), return_inverse=True, return_counts=True)
    count, source = _sources(rows)
    pairs = np.unique(place * count + source[text]) // count
    kept = (posts >= POSTS) & (np.bincount(pairs, minlength=len(keys)) >= SOURCES)
    use = kept[place]
    text, place = text[use], (np.cumsum(kept) - 1)[place[use]]
    value = 1.0 / np.sqrt(np.maximum(1, np.bincount(text, minlength=len(rows))))[text]
    return csr_matrix((value, (text, place)), shape=(len(rows), int(kept.sum()))), keys[kept]


def _sources(rows: Sequence[Row]) -> tuple[int, npt.NDArray[np.int64]]:
    names, source = np.unique([row.source for row in rows], return_inverse=True)
    return len(names), source


def with_share(words: Words, rows: Sequence[Row], logits: Floats) -> tuple[Words, float]:
    """The table scaled to its best share beside the transformer's topic `logits` (rows, topics) of dev rows."""
    factor = share(logits, words.logits([row.text for row in rows]).astype(float), rows)
    return replace(words, scale=words.scale * np.float32(factor)), factor


def share(deep: Floats, wide: Floats, rows: Sequence[Row]) -> float:
    """The least of SHARES by which deep + share * wide, both (rows, topics), has nearly the least log loss.

    Log loss after Platt scaling, cells weighted as in the topics' own fit.
    """
    truth = np.array([row.topics for row in rows])
    weight = topic_weights(rows)
    losses = {factor: _loss(deep + factor * wide, truth, weight) for factor in SHARES}
    return min(factor for factor, loss in losses.items() if loss <= NEAR * min(losses.values()))


def _loss(logits: Floats, truth: Floats, weight: Floats) -> float:
    total = 0.0
    for topic in range(truth.shape[1]):
        use = weight[:, topic] > 0
        on, by = truth[use, topic], weight[use, topic]
        slope, offset = fit_platt(logits[use, topic], on, by)
        margin = (2 * on - 1) * (slope * logits[use, topic] + offset)
        total += float((by * np.logaddexp(0.0, -margin)).sum())
    return total
