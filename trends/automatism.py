"""How a story's posts came about, as far as their traces show: many voices, one text, or one clock.

Stated as evidence with numbers; thin evidence is "inconclusive". Nothing here suppresses an alert.
"""

from collections import Counter
from collections.abc import Sequence

from groundswell.types import Automatism, Observation, Verdict

LEAST = 10  # texts of own words, long enough to compare; fewer say nothing either way
COPIES = 8  # posts with one text from
COPY_ACCOUNTS = 5  # accounts: one person repeating himself is no campaign
COPIED_SHARE = 0.5  # more copies than other texts
ORGANIC_SHARE = 0.2  # famous lines and press headlines are copied by people too
WAVE_S = 60
WAVE_SHARE = 0.6  # texts in one minute; 2,682 real cascades hold less than half of their posts in one minute
WAVE_LEAST = 20
EXAMPLES = 5


def automatism(posts: Sequence[Observation]) -> Automatism:
    """Judge the posts of one story, sorted by time. `of` counts posts with own words; plain reposts are no copies."""
    texts = [post for post in posts if post.copy_of and not post.is_repost]
    groups = Counter(post.copy_of for post in texts)
    name, copies = max(groups.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    same = [post for post in texts if post.copy_of == name]
    copied = sum(n for n in groups.values() if n >= 3) / max(len(texts), 1)
    is_copied = copies >= COPIES and len({p.author or p.post for p in same}) >= COPY_ACCOUNTS and copied >= COPIED_SHARE
    wave = _largest_wave(texts)
    is_synchronous = len(texts) >= WAVE_LEAST and len(wave) >= WAVE_SHARE * len(texts)
    verdict = _verdict(len(texts), is_copied, is_synchronous, copied)
    evidence = same if is_copied else wave if is_synchronous else []
    return Automatism(
        verdict=verdict,
        copies=copies if copies > 1 else 0,
        of=len(texts),
        one_shot_share=_one_shot_share(posts) if is_copied or is_synchronous else None,
        posts=tuple(post.post for post in evidence[:EXAMPLES]),
    )


def _verdict(texts: int, is_copied: bool, is_synchronous: bool, copied: float) -> Verdict:
    if texts < LEAST:
        return Verdict.INCONCLUSIVE
    if is_copied and is_synchronous:
        return Verdict.MIXED
    if is_copied:
        return Verdict.COPIED
    if is_synchronous:
        return Verdict.SYNCHRONOUS
    return Verdict.ORGANIC if copied <= ORGANIC_SHARE else Verdict.INCONCLUSIVE


def _largest_wave(posts: Sequence[Observation]) -> Sequence[Observation]:
    """Return the most posts within any `WAVE_S` seconds."""
    best, start = (0, 0), 0
    for end, post in enumerate(posts, start=1):
        while (post.at - posts[start].at).total_seconds() > WAVE_S:
            start += 1
        best = max(best, (end - start, start))
    return posts[best[1] : best[1] + best[0]]


def _one_shot_share(posts: Sequence[Observation]) -> float | None:
    """Return the share of posts whose account posted once in this story; None when most authors are unknown."""
    times = Counter(post.author for post in posts if post.author)
    known = sum(times.values())
    return sum(1 for n in times.values() if n == 1) / known if known * 2 >= len(posts) and known else None
