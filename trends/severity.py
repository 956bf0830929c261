"""L0–L4 by a table of rules read from the gravest down; the first that holds names the level and its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundswell.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at. `alarm_voices` are independent negative voices per kind of alarm word;
    `harm_voices` those that complain of safety or health; `largest_audience` of one negative post.
    """

    negative: int
    observed: int
    expected: float
    voices: int
    is_viral: bool
    velocity: float
    r_lo: float
    largest_audience: int | None
    alarm_voices: Mapping[str, int]
    harm_voices: int


Rule = tuple[Severity, str, Callable[[Facts], bool]]

RULES: Sequence[Rule] = (
    (Severity.L4, "media", lambda f: f.is_viral and f.alarm_voices.get("media", 0) >= 5),
    (Severity.L4, "regulator", lambda f: f.is_viral and f.alarm_voices.get("legal", 0) >= 10),
    (Severity.L4, "harm", lambda f: f.is_viral and max(f.harm_voices, f.alarm_voices.get("safety", 0)) >= 10),
    (Severity.L3, "fast", lambda f: f.is_viral and f.r_lo > 1 and f.velocity >= 5),
    (Severity.L3, "high_reach", lambda f: f.negative > 0 and (f.largest_audience or 0) >= 100_000),
    (Severity.L3, "safety_words", lambda f: max(f.harm_voices, f.alarm_voices.get("safety", 0)) >= 3),
    (Severity.L3, "legal_words", lambda f: f.alarm_voices.get("legal", 0) >= 3),
    (Severity.L2, "viral", lambda f: f.is_viral),
    (Severity.L2, "echoing", lambda f: f.voices >= 3 and f.observed > 2 * f.expected),
    (Severity.L1, "complaints", lambda f: f.negative > 0),
)
"""FEATURES.md: L1 single complaints · L2 echoing, > 2 × expected · L3 fast growth, high-reach source or safety/legal
words · L4 mass media, harm, regulator. Voices are asked for because one word in one post proves nothing; 100,000
followers is where a Weibo account counts as an opinion leader."""


def severity(facts: Facts, rules: Sequence[Rule] = RULES) -> tuple[Severity, str]:
    """Return the level and the code of the rule that set it; L0 "normal" when none holds."""
    return next(((level, code) for level, code, holds in rules if holds(facts)), (Severity.L0, "normal"))
