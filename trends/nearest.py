"""Which story a post is of: Bayes factors of each story that shares its words against the rest of the brand.

A story is a model of words: of a post's words each counts ln(P(word | story) / P(word | rest of the brand)), the story
smoothed by the rest with the weight of `SMOOTHING` words (Dirichlet smoothing; Zhai and Lafferty, SIGIR 2001). Added
are a prior that favours large and recent stories (a recurrent Chinese restaurant process: Ahmed and Xing, SDM 2008;
here greedy) and for a complaint the heat of recent ones. While a brand's stories are few, its everyday words pass for
those of a story: words without likeness in meaning then need more evidence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest

from trends.centroids import Vector
from trends.table import PRIOR_TOKENS, UNSEEN, Story, Table

SMOOTHING = 2000.0  # words' worth of the brand in every story
LONG = 8  # words beyond which a post's evidence is a mean: words of one post do not speak independently
SIZE_WEIGHT = 0.5  # of ln(recent posts)
SIZE_HALF_LIFE = timedelta(days=0.5)
FEWEST = 0.2  # recent posts of a story long silent
MEANING_WEIGHT, MEANING_NEUTRAL = 10.0, -0.6
HEAT_WEIGHT, MOST_HEAT = 5.0, 8.0  # of ln(1 + recent complaints); never more than the latter
CAUTION = 3.0  # nats more asked of words alone in an empty table: which are ordinary for the brand is not known yet
CAUTION_TOKENS = 500  # weight of its stories at which half of that is left
LOOKED_AT = 8  # stories whose score is worked out in full


@dataclass(frozen=True, slots=True)
class Seeking:
    """A post that seeks its story: distinct words in order; `vector` None when it has no embedding."""

    at: datetime
    words: Sequence[str]
    vector: Vector | None
    complaint: float


def nearest(table: Table, post: Seeking, *, threshold: float, base_cosine: float, live: timedelta) -> str | None:
    """Return the story with the most evidence that is open and has enough; of equal ones the first by name."""
    found = _candidates(table, post, live)
    meant: dict[int, float] = {}
    if post.vector is not None and (rows := [story.row for story in found if table.centroids.has[story.row]]):
        meant = dict(zip(rows, table.centroids.alike(rows, post.vector, base_cosine), strict=True))
    best, best_score = None, threshold
    doubt = CAUTION * CAUTION_TOKENS / (CAUTION_TOKENS + table.mass)
    for story in found:
        said = _words(table, story, post.words)
        alike = meant.get(story.row, 0.0)
        score = said + SIZE_WEIGHT * math.log(_recent(story, post.at)) - doubt * min(max(1.0 - alike, 0.0), 1.0)
        if post.complaint:
            kin = max(said, 0.0) + MEANING_WEIGHT * max(alike - MEANING_NEUTRAL, 0.0)
            heat = HEAT_WEIGHT * math.log1p(table.heat(story, post.at))
            score += min(post.complaint * heat, MOST_HEAT, kin)
        if score > best_score or (score == best_score and (best is None or story.story < best)):
            best, best_score = story.story, score
    return best


def _candidates(table: Table, post: Seeking, live: timedelta) -> list[Story]:
    """The open stories with the most evidence from words that are not everyone's, most first."""
    whole, expected, gains = table.mass + PRIOR_TOKENS, table.expected, dict[int, float]()
    for word in post.words:
        held = table.holders(word)
        if not held:
            continue
        rest = table.frequency[word] + expected.get(word, UNSEEN)
        once = math.log1p(whole / (SMOOTHING * (rest - 1)))
        for row, count in held.items():
            gain = once if count == 1 else math.log1p(count * whole / (SMOOTHING * (rest - count.bit_length())))
            gains[row] = gains.get(row, 0.0) + gain
    ranked, oldest = list[tuple[float, str, Story]](), post.at - live
    for row, gain in gains.items():
        story = table.seats[row]
        if story is not None and story.last_at >= oldest:
            worth = gain - len(post.words) * math.log1p(story.tokens / SMOOTHING)
            ranked.append((worth + SIZE_WEIGHT * math.log(story.posts), story.story, story))
    if len(ranked) > LOOKED_AT:
        ranked = nlargest(LOOKED_AT, ranked, key=lambda one: one[:2])
    return [story for _, _, story in ranked]


def _words(table: Table, story: Story, words: Sequence[str]) -> float:
    """Return the evidence of a post's words for a story, in nats per word, times at most `LONG` words."""
    held, frequency, expected = story.words, table.frequency, table.expected
    share = (table.mass - story.mass + PRIOR_TOKENS) / SMOOTHING
    gain = -len(words) * math.log1p(story.tokens / SMOOTHING)
    for word in words:
        count = held.get(word)
        if count:
            rest = frequency[word] - count.bit_length() + expected.get(word, UNSEEN)
            gain += math.log1p(count * share / rest)
    return gain * min(1.0, LONG / len(words))


def _recent(story: Story, at: datetime) -> float:
    """Estimate a story's recent posts, each fading, from what is stored: as if they had come evenly over its life."""
    lasted: float = (story.last_at - story.first_at) / SIZE_HALF_LIFE
    silent: float = max(at - story.last_at, timedelta(0)) / SIZE_HALF_LIFE
    return max(story.posts / (1 + math.log(2) * lasted) * math.exp2(-silent), FEWEST)
