"""How a story spreads: reproduction number R with interval, half-life, independent voices, known reach."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundswell.types import Interval, Observation
from trends.groups import Groups

NEWEST = 200  # posts R is judged by: enough for a width of 0.3, and the past tells little of R now
PARENTS = 2000  # posts before them that may have caused them
LEAST = 5  # posts from which R is stated at all
BURN_IN = 0.2  # share of the posts that serve as parents only: what caused the first ones was not seen
TIME_CONSTANTS_S = (120.0, 400.0, 1300.0, 4300.0, 14400.0)  # reposts follow within minutes, comments within hours
IMMIGRANT_SHARES = (0.03, 0.15, 0.4, 0.9)  # of the posts that answer or repeat no other, those that none caused
R_GRID = np.geomspace(0.05, 16.0, 48)
R_SHAPE, R_RATE = 2.0, 2.0  # Gamma prior: mean 1, so that nothing speaks for growth but the posts

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """R (further posts caused by one post) with a 90 % interval; `half_life_h` None when R >= 1 or undecided."""

    r: Interval
    half_life_h: float | None


def reproduction(posts: Sequence[Observation], now: float) -> Reproduction | None:
    """Return the posterior of R of a Hawkes process; exponential kernel and immigration are averaged over grids.

    `posts` are sorted by time, none after `now` (seconds). Reposts and replies are known to be caused. The intensity is
    mu + R sum_j exp(-(t - t_j)/c)/c (Hawkes 1971; Rizoiu et al. 2017 for cascades). None under `LEAST` posts or when
    they all fall together in one instant.
    """
    known = posts[-NEWEST - PARENTS :]
    t = np.array([post.at.timestamp() for post in known])
    skip = max(1, int(BURN_IN * len(t)), len(t) - NEWEST)
    if len(t) < LEAST or t[-1] <= t[skip - 1]:
        return None
    start, span = t[skip - 1], max(now - t[skip - 1], 1.0)
    constants = np.array(TIME_CONSTANTS_S)
    pull = _pull(t, constants)[:, skip:]  # (constants, posts)
    waited, age = np.maximum(start - t, 0) / constants[:, None], (now - t) / constants[:, None]
    mass = (np.exp(-waited) - np.exp(-age)).sum(axis=1)
    free = max(sum(not post.is_repost for post in known[skip:]), 0.5)
    mu = np.array(IMMIGRANT_SHARES) * free / span
    rate = mu[:, None, None, None] + R_GRID[:, None] * pull[:, None, :]  # (mu, constants, R, posts)
    fit = np.log(rate.astype(np.float32)).sum(axis=3, dtype=np.float64)
    fit -= mu[:, None, None] * span + R_GRID * mass[:, None]
    fit += R_SHAPE * np.log(R_GRID) - R_RATE * R_GRID  # the grid is logarithmic: one power more than the Gamma density
    posterior = np.exp(fit - fit.max())
    posterior /= posterior.sum()
    cumulative = np.cumsum(posterior.sum(axis=(0, 1)))
    lo, mid, hi = (float(np.interp(q, cumulative, R_GRID)) for q in (0.05, 0.5, 0.95))
    constant = float((posterior.sum(axis=(0, 2)) * constants).sum())
    half_life = math.log(2) * constant / (1 - mid) / 3600 if mid < 1 else None
    return Reproduction(Interval(lo=lo, mid=mid, hi=hi), half_life)


def _pull(t: Array, constants: Array) -> Array:
    """Return the kernel-weighted number of earlier posts at each post; logarithms keep the running sums finite."""
    scaled = t / constants[:, None]
    sums = np.logaddexp.accumulate(scaled, axis=1)
    pull = np.zeros_like(scaled)
    pull[:, 1:] = np.exp(np.minimum(sums[:, :-1] - scaled[:, 1:], 50.0)) / constants[:, None]
    return pull


def voices(posts: Sequence[Observation]) -> int:
    """Count distinct authors, near-copies counted once: authors and texts joined into groups, groups counted.

    An author with three posts is one voice; forty accounts with one text are one voice. A post without author is a
    voice of its own unless its text is a copy. Plain reposts carry no text and count by their author.
    """
    groups = Groups()
    for post in posts:
        who = groups.root(("author", post.author) if post.author else ("post", post.post))
        if post.copy_of:
            groups.join(("copy", post.copy_of), who)
    return len(groups)


def accounts(posts: Sequence[Observation]) -> int:
    """Count distinct authors, posts without author one each: voices before copies are folded."""
    return len({post.author or post.post for post in posts})


def reach(posts: Sequence[Observation]) -> tuple[int | None, int]:
    """Return the sum of known audiences (each author's largest once; None: none known) and the posts without."""
    known: dict[object, int] = {}
    missing = 0
    for post in posts:
        if post.audience is None:
            missing += 1
        else:
            who = post.author or post.post
            known[who] = max(known.get(who, 0), post.audience)
    return (sum(known.values()) if known else None), missing


def velocity(last_hour: int, expected_per_hour: float) -> float:
    """Return negative mentions of the last hour ÷ the expected of this hour of this weekday. Under 0.1 counts as 0.1,
    else one post about a quiet brand would be a thousandfold.
    """
    return last_hour / max(expected_per_hour, 0.1)
