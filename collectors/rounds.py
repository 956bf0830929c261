"""What a source is visited with, and how a visit to it, a round, came out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collectors.budget import Budget
from collectors.contract import Collector


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One configured source: its key in the store, seconds between two looks, the budget its door books requests in."""

    source: str
    collector: Collector
    interval_s: float = 900.0
    pages_per_round: int = 100
    requests: Budget | None = None


class Outcome(StrEnum):
    """How one round of one source ended."""

    DONE = "done"
    CUT = "cut"
    PAUSED = "paused"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a round came to. `failures` counts rounds in a row; `next_at` None means stopped until restart."""

    outcome: Outcome
    pages: int = 0
    posts: int = 0
    error: str | None = None
    hint: str = ""
    failures: int = 0
    refusals: int = 0
    next_at: datetime | None = None


@dataclass(slots=True)
class Read:
    """What a round has committed so far, also when it fails."""

    pages: int = 0
    posts: int = 0
