"""Which posts speak for a story: typical of it, different from each other, and quoted exactly."""

import re
import unicodedata
from collections.abc import Sequence

from groundswell.types import Post

LIMIT = 200
"""Characters of a quote: two lines of a mail, the whole of most posts."""
POOL = 60
"""Posts compared: similarities grow with the square, and the detector hands over its best examples first."""
ENOUGH_WORDS = 8
"""Shorter posts ("so annoying") say little by themselves: each missing word costs."""
TYPICAL = 0.7
"""Weight of being typical against being different from the quotes already chosen."""

_TOKEN = re.compile(r"[a-z0-9']+|[㐀-鿿]+")
_SENTENCE_END = re.compile(r"[。！？!?…]+[”’」』）)\"']*|\.(?=\s)|\n")
_SPACE = re.compile(r"\s")


def choose_quotes(posts: Sequence[Post], want: int = 3) -> tuple[str, ...]:
    """Return `want` excerpts, fewer only where fewer posts have words; each an exact substring of its post.

    Maximal marginal relevance (Carbonell and Goldstein, 1998) over word sets, Chinese as character pairs: each pick
    has the highest mean similarity to all posts less its similarity to what is already picked. Copies of one text are
    picked only when nothing else is left. Ties go to the earlier post.
    """
    pool = [post.text for post in posts if post.text.strip()][:POOL]
    sets = [_tokens(text) for text in pool]
    typical = [_typicality(i, sets) for i in range(len(pool))]
    picked: list[int] = []
    while len(picked) < min(want, len(pool)):
        left = [i for i in range(len(pool)) if i not in picked]
        picked.append(max(left, key=lambda i: (_worth(i, picked, sets, typical), -i)))
    return tuple(excerpt(pool[i]) for i in picked)


def excerpt(text: str, limit: int = LIMIT) -> str:
    """Return the beginning of `text`, at most `limit` characters, an exact substring without outer white space.

    Cut after a sentence where one ends in the second half, else between words, else between whole characters (never
    inside an emoji sequence or before a combining mark).
    """
    start = len(text) - len(text.lstrip())
    body = text[start:].rstrip()
    if len(body) <= limit:
        return body
    ends = [m.end() for m in _SENTENCE_END.finditer(body, 0, limit) if m.end() >= limit // 2]
    if ends:
        return body[: ends[-1]].rstrip()
    spaces = [m.start() for m in _SPACE.finditer(body, limit // 2, limit + 1)]
    if spaces:
        return body[: spaces[-1]].rstrip()
    return body[: _character_end(body, limit)]


def _character_end(text: str, limit: int) -> int:
    end = limit
    while end > limit // 2 and _joins(text[end - 1], text[end]):
        end -= 1
    return end


def _joins(before: str, after: str) -> bool:
    """Say whether a cut between the two would tear one visible character apart."""
    return (
        "\u200d" in (before, after)
        or unicodedata.combining(after) > 0
        or unicodedata.category(after) in ("Mn", "Me")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
    )


def _tokens(text: str) -> frozenset[str]:
    found: set[str] = set()
    for run in _TOKEN.findall(text[:2000].casefold()):
        if run[0] >= "㐀":
            found.update(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        else:
            found.add(run)
    return frozenset(found)


def _similar(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard similarity; two texts without words (emoji only) count as equal."""
    union = len(a | b)
    return len(a & b) / union if union else 1.0


def _typicality(i: int, sets: Sequence[frozenset[str]]) -> float:
    """Mean similarity to the others, less what the text lacks in words, -1 to 1."""
    others = [_similar(sets[i], other) for j, other in enumerate(sets) if j != i]
    mean = sum(others) / len(others) if others else 0.0
    return mean - max(0.0, 1 - len(sets[i]) / ENOUGH_WORDS)


def _worth(i: int, picked: Sequence[int], sets: Sequence[frozenset[str]], typical: Sequence[float]) -> float:
    nearest = max((_similar(sets[i], sets[j]) for j in picked), default=0.0)
    copy = 2.0 if nearest > 0.8 else 0.0
    return TYPICAL * typical[i] - (1 - TYPICAL) * nearest - copy
