"""The table of severity, as data: the rules that configuration may change and trends/severity.py applies."""

from dataclasses import dataclass
from typing import Literal

from groundswell.types import Severity

Words = Literal["", "safety", "legal", "media"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Sets `level` when every condition holds; the defaults ask for nothing, and `level` L0 switches a rule off.

    `viral`: it is a viral negative trend. `growing`: the lower 90 % bound of R is above 1. `negative`: negative posts
    at least. `voices`: independent voices at least. `above_expected`: observed more than so many times the expected.
    `velocity`: times the hour's expected at least. `audience`: of one negative post at least. `word_voices`:
    independent negative voices at least that use `words` of that kind (trends/words.py); for "safety" those whose
    post is about safety or health count as well.
    """

    code: str
    level: Severity
    viral: bool = False
    growing: bool = False
    negative: int = 0
    voices: int = 0
    above_expected: float = 0.0
    velocity: float = 0.0
    audience: int = 0
    words: Words = ""
    word_voices: int = 0


RULES = (
    Rule(code="media", level=Severity.L4, viral=True, words="media", word_voices=5),
    Rule(code="regulator", level=Severity.L4, viral=True, words="legal", word_voices=10),
    Rule(code="harm", level=Severity.L4, viral=True, words="safety", word_voices=10),
    Rule(code="fast", level=Severity.L3, viral=True, growing=True, velocity=5),
    Rule(code="high_reach", level=Severity.L3, audience=100_000),
    Rule(code="safety_words", level=Severity.L3, words="safety", word_voices=3),
    Rule(code="legal_words", level=Severity.L3, words="legal", word_voices=3),
    Rule(code="viral", level=Severity.L2, viral=True),
    Rule(code="echoing", level=Severity.L2, voices=3, above_expected=2),
    Rule(code="complaints", level=Severity.L1, negative=1),
)
"""L1 single complaints · L2 echoing, > 2 × expected · L3 fast growth, high-reach source or safety/legal
words · L4 mass media, harm, regulator. Voices are asked for because one word in one post proves nothing; 100,000
followers is where a Weibo account counts as an opinion leader."""


def by_gravity(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Order rules from the gravest down, as they are tried; those of L0 are off."""
    return tuple(sorted((rule for rule in rules if rule.level > Severity.L0), key=lambda r: r.level, reverse=True))
