"""The thresholds of a viral negative trend: one set for all brands, each with its reason."""

from dataclasses import dataclass

from groundswell.severity import RULES, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """Every knob of the detector that configuration may set; statistics' own constants stand beside their formulas."""

    least_negatives: int = 6
    """Negative mentions of a story in the window. Five can be one thread of friends; see least_voices."""
    least_voices: int = 5
    """Independent voices after folding near-copies. Copies hide no trend: three times as many accounts do as well."""
    surprise: float = 4.0
    """-log10 of the false-discovery rate of one look: about 0.07 false ones a brand-week before the other parts."""
    misread_share: float = 0.12
    """Share of the posts that are not negative but read so (docs/model.md; `label --report` measures your own). Every p
    is held against it, and a story is negative when its share of negatives exceeds it beyond chance, so that a launch
    with a thousand happy posts is none."""
    misread_surprise: float = 2.0
    """-log10 of the chance that misreading alone gives so many negatives."""
    excess_floor: float = 10.0
    """Negative mentions above the expected that count as growth even where R is not proven to exceed 1."""
    least_reach: int = 0
    """Sum of known audiences to ask for; posts of unknown audience make this part hold, for unknown is not small."""
    least_history_h: float = 2.0
    """Hours a brand must have been watched: with less, its ordinary day cannot be told from a burst."""
    record_h: float = 36.0
    """A story that calmed fires again only with more surprise than anything it showed in this time."""
    calm_h: float = 6.0
    """A viral story ends when this long a time brings fewer than least_negatives or than twice the expected."""
    brand_share: float = 0.4
    """Part of the brand's negatives a story must hold for the brand's surprise to speak for it."""
    mention_negatives: int = 3
    """Negatives in 12 h from which a story that is not viral is still told of (for the first screen)."""
    memory_h: float = 72.0
    """What is remembered of single posts; a restart replays as much."""
    posts_per_story: int = 4000
    """Newest posts kept in detail per story; older ones count in totals only."""
    stories_per_brand: int = 2000
    """Stories kept in memory per brand; the one silent longest makes room."""
    severity: tuple[Rule, ...] = RULES
    """The table of severity, gravest first."""
