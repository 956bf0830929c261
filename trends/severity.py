"""L0–L4 by the table of groundswell/severity.py, read from the gravest down; the first rule that holds names both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundswell.severity import RULES, Rule
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


def holds(rule: Rule, facts: Facts) -> bool:
    """Tell whether every condition of a rule is met."""
    said = facts.alarm_voices.get(rule.words, 0)
    if rule.words == "safety":
        said = max(said, facts.harm_voices)
    return (
        (facts.is_viral or not rule.viral)
        and (facts.r_lo > 1 or not rule.growing)
        and facts.negative >= rule.negative
        and facts.voices >= rule.voices
        and (facts.observed > rule.above_expected * facts.expected or not rule.above_expected)
        and facts.velocity >= rule.velocity
        and (facts.largest_audience or 0) >= rule.audience
        and said >= rule.word_voices
    )


def severity(facts: Facts, rules: Sequence[Rule] = RULES) -> tuple[Severity, str]:
    """Return the level and the code of the rule that set it; L0 "normal" when none holds. `rules`: gravest first."""
    return next(((rule.level, rule.code) for rule in rules if holds(rule, facts)), (Severity.L0, "normal"))
