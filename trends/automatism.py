"""How a story's posts came about, as far as their traces show: many voices, one text, or one clock.

Stated as findings with their numbers and posts; thin evidence is "inconclusive". Nothing here suppresses an alert.
Thresholds are set on real organic stories (`python -m benchmarks.copies`), where at most 1 % may be named.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence

import numpy as np

from groundswell.types import Automatism, Finding, Observation, Trace, Verdict
from trends.copies import SKETCH_BITS

LEAST = 10  # texts of own words, long enough to compare; fewer say nothing either way
NEWEST = 300  # of them are compared in pairs
COPIES = 8  # posts with one text from
COPY_ACCOUNTS = 5  # accounts: one person repeating himself is no campaign
COPIED_SHARE = 0.6  # clearly more copies than other texts: real stories hold up to half
ORGANIC_SHARE = 0.2  # famous lines and press headlines are copied by people too
WAVE_S = 60
WAVE_SHARE = 0.6  # texts in one minute; 2,682 real cascades hold less than half of their posts in one minute
WAVE_LEAST = 20
STEP_S = 300.0
STEP = 0.5  # likeness in step from which a story is synchronous; real ones stay under 0.42
STEP_POSTS = 8  # posts in step that it takes
ORGANIC_STEP = 0.1
ALIKE = 0.34  # likeness from which a text counts as like another; unrelated texts: 0 with a deviation of 0.13
EVEN = 0.05  # of the median wait: waits closer to it are equally long
EVEN_LEAST, EVEN_SHARE = 10, 0.5
NEW_SHARE = 0.9
EXAMPLES = 5


def automatism(posts: Sequence[Observation], known: Callable[[], Container[str]] | None = None) -> Automatism:
    """Judge the posts of one story, sorted by time. `of` counts posts with own words; plain reposts are no copies.

    `known` gives the accounts that wrote about the brand before the story; it is asked only where something stands out.
    """
    texts = [post for post in posts if post.copy_of and not post.is_repost]
    groups = Counter(post.copy_of for post in texts)
    name, copies = max(groups.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    same = [post for post in texts if post.copy_of == name]
    copied = sum(n for n in groups.values() if n >= 3) / max(len(texts), 1)
    is_copied = copies >= COPIES and len({p.author or p.post for p in same}) >= COPY_ACCOUNTS and copied >= COPIED_SHARE
    wave = _largest_wave(texts)
    is_wave = len(texts) >= WAVE_LEAST and len(wave) >= WAVE_SHARE * len(texts)
    likeness, in_step = _in_step(texts[-NEWEST:])
    is_in_step = likeness >= STEP and len(in_step) >= STEP_POSTS
    verdict = _verdict(len(texts), is_copied, is_wave or is_in_step, copied, likeness)
    stands_out = verdict in (Verdict.COPIED, Verdict.SYNCHRONOUS, Verdict.MIXED)
    evidence = same if is_copied else wave if is_wave else in_step if is_in_step else ()
    first = [min(same, key=lambda post: (post.at, post.post)).post] if copies > 1 else []
    found = [
        _finding(Trace.COPIES, same if copies > 1 else (), len(texts), is_copied),
        Finding(trace=Trace.ORIGINS, n=len(groups), of=len(texts), is_marked=is_copied, posts=tuple(first)),
        _finding(Trace.SAME_MINUTE, wave if len(wave) > 1 else (), len(texts), is_wave),
        _finding(Trace.IN_STEP, in_step, len(texts[-NEWEST:]), is_in_step),
        _even(texts),
        *(_accounts(posts, known() if known and stands_out else None, stands_out)),
    ]
    return Automatism(
        verdict=verdict,
        copies=copies if copies > 1 else 0,
        of=len(texts),
        one_shot_share=_one_shot_share(found) if stands_out else None,
        posts=_ids(evidence),
        in_step=round(likeness, 4),
        findings=tuple(one for one in found if one is not None) if len(texts) >= LEAST else (),
    )


def _verdict(texts: int, is_copied: bool, is_synchronous: bool, copied: float, likeness: float) -> Verdict:
    if texts < LEAST:
        return Verdict.INCONCLUSIVE
    if is_copied and is_synchronous:
        return Verdict.MIXED
    if is_copied:
        return Verdict.COPIED
    if is_synchronous:
        return Verdict.SYNCHRONOUS
    return Verdict.ORGANIC if copied <= ORGANIC_SHARE and likeness <= ORGANIC_STEP else Verdict.INCONCLUSIVE


def _largest_wave(posts: Sequence[Observation]) -> Sequence[Observation]:
    """Return the most posts within any `WAVE_S` seconds."""
    best, start = (0, 0), 0
    for end, post in enumerate(posts, start=1):
        while (post.at - posts[start].at).total_seconds() > WAVE_S:
            start += 1
        best = max(best, (end - start, start))
    return posts[best[1] : best[1] + best[0]]


def _in_step(texts: Sequence[Observation]) -> tuple[float, list[Observation]]:
    """Return how much more alike the texts of five minutes are than others, and the posts like another of them.

    The first is the sum, over pairs of posts of different accounts within `STEP_S`, of likeness less the mean likeness
    of pairs further apart, per post: 0 where time says nothing of the words, 0 upwards in practice. Likeness is the
    Jaccard index of both texts, estimated from their names (`trends.copies.sketch`).
    """
    if len(texts) < LEAST:
        return 0.0, []
    at = np.array([post.at.timestamp() for post in texts])
    names = np.array([post.copy_of for post in texts], dtype=np.uint64)
    whose: dict[str, int] = {}
    who = np.array([whose.setdefault(post.author or f"#{i}", i) for i, post in enumerate(texts)])
    differing = np.bitwise_count(names[:, None] ^ names[None, :])
    alike = 1.0 - (2.0 / SKETCH_BITS) * differing
    near = np.abs(at[:, None] - at[None, :]) <= STEP_S
    others = who[:, None] != who[None, :]
    far = others & ~near
    near &= others
    usual = float(alike[far].mean()) if far.any() else 0.0
    likeness = float((alike[near] - usual).sum()) / 2 / len(texts)
    with_like = ((alike >= ALIKE) & near).any(axis=1)
    return max(likeness, 0.0), [texts[int(i)] for i in np.flatnonzero(with_like)]


def _even(texts: Sequence[Observation]) -> Finding | None:
    """Count waits that are as long as the middle one; None under `EVEN_LEAST` waits or where clocks are coarse."""
    at = np.array([post.at.timestamp() for post in texts])
    waits = np.diff(at)
    middle = float(np.median(waits)) if len(waits) >= EVEN_LEAST else 0.0
    if middle * EVEN < 1.0 or (at % 60 == 0).mean() > 0.9:  # seconds, and sources that tell whole minutes
        return None
    even = np.flatnonzero(np.abs(waits - middle) <= EVEN * middle)
    marked = len(even) >= max(EVEN_LEAST, EVEN_SHARE * len(waits))
    return Finding(
        trace=Trace.EVEN_GAPS, n=len(even), of=len(waits), is_marked=marked, posts=_ids(texts[int(i)] for i in even)
    )


def _accounts(posts: Sequence[Observation], known: Container[str] | None, stands_out: bool) -> list[Finding]:
    """Count posts of accounts that wrote once, and of accounts not heard before; nothing when most are unknown."""
    signed = [post for post in posts if post.author]
    if not signed or len(signed) * 2 < len(posts):
        return []
    times = Counter(post.author for post in signed)
    once = [post for post in signed if times[post.author] == 1]
    found = [_finding(Trace.ONE_SHOT, once, len(signed), stands_out and len(once) >= len(signed) / 2)]
    if known is not None:
        new = [post for post in signed if post.author not in known]
        found.append(_finding(Trace.NEWCOMERS, new, len(signed), len(new) >= NEW_SHARE * len(signed)))
    return found


def _one_shot_share(found: Sequence[Finding | None]) -> float | None:
    return next((one.n / one.of for one in found if one and one.trace is Trace.ONE_SHOT), None)


def _finding(trace: Trace, posts: Sequence[Observation], of: int, is_marked: bool) -> Finding:
    return Finding(trace=trace, n=len(posts), of=of, is_marked=is_marked, posts=_ids(posts))


def _ids(posts: Iterable[Observation]) -> tuple[int, ...]:
    return tuple(post.post for post in posts)[:EXAMPLES]
