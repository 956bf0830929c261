"""What a story is called: its own distinctive words and a typical sentence of it."""

import math
import re
from collections.abc import Callable, Mapping

from trends.words import clean, is_chinese, words

SENTENCE_CHARACTERS = 60  # one line on a telephone
NAMED_WORDS = 3
WORD_CHARACTERS = 8  # joined Chinese bigrams longer than this are a phrase, not a word
SEPARATOR = ": "

_ENDS = re.compile(r"(?<=[。！？!?…\n])|(?<=\.)\s")
_BLANKS = re.compile(r"\s+")


def typical_sentence(text: str, weight: Callable[[str], float]) -> str:
    """Return the sentence of `text` with the most weight per square root of its words, cut to one line."""
    sentences = [s for part in _ENDS.split(text) if len(s := _BLANKS.sub(" ", part).strip(" 】』」”)）\n")) >= 4]
    best = max(sentences, key=lambda s: typicality(s, weight), default=_BLANKS.sub(" ", text).strip())
    return best if len(best) <= SENTENCE_CHARACTERS else best[: SENTENCE_CHARACTERS - 1] + "…"


def typicality(sentence: str, weight: Callable[[str], float]) -> float:
    """Measure how much of a story's vocabulary a sentence carries: weights of its words / sqrt(number of words)."""
    found = dict.fromkeys(words(sentence))
    return sum(weight(w) for w in found) / math.sqrt(max(len(found), 1))


def title(weights: Mapping[str, float], sentence: str) -> str:
    """Compose `word, word, word: sentence`; Chinese bigrams that overlap in the sentence are joined to words."""
    names: list[str] = []
    ranked = sorted((w for w in weights if not w.isdigit()), key=lambda w: (-weights[w], w))
    own = clean(sentence)
    for word in ranked:
        name = _grow(word, own, set(ranked[:20])) if is_chinese(word) else word
        if not any(name in known or known in name for known in names):
            names.append(name)
        if len(names) == NAMED_WORDS:
            break
    if not sentence:
        return ", ".join(names)
    return (", ".join(names) + SEPARATOR if names else "") + sentence


def sentence_of(title: str) -> str:
    """Return the sentence part of a title made here."""
    return title.partition(SEPARATOR)[2] or title


def _grow(bigram: str, text: str, known: set[str]) -> str:
    """Extend a bigram to both sides as long as the next bigram is distinctive too."""
    at = text.find(bigram)
    if at < 0:
        return bigram
    start, end = at, at + len(bigram)
    while start > 0 and end - start < WORD_CHARACTERS and text[start - 1 : start + 1] in known:
        start -= 1
    while end < len(text) and end - start < WORD_CHARACTERS and text[end - 1 : end + 1] in known:
        end += 1
    return text[start:end]
