"""Who is told what, and when: one incident is one firing, then updates, then resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts import reasons
from groundswell.types import AlertState, Reason, Severity, Trend


class Incident(Protocol):
    """What `decide` must know of the last incident of a story; the store's own record fits."""

    @property
    def incident(self) -> str:
        """Its stable id."""

    @property
    def state(self) -> AlertState:
        """Of its last event; RESOLVED means closed for good."""

    @property
    def severity(self) -> Severity:
        """The highest told so far: an incident's never falls, the trend's own says how grave it is now."""

    @property
    def fired_at(self) -> datetime:
        """When its first event was decided."""

    @property
    def last_event_at(self) -> datetime:
        """When people were last told."""

    @property
    def number(self) -> int:
        """Of its last event, from 1."""

    @property
    def last_trend(self) -> Trend:
        """What people were last told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A person's wish not to be told of a brand or story ("" is any) for a while.

    It ends at `until` (None: no such end), when the story reaches `until_negative` negative posts ("snooze until it
    grows"), and never holds back a trend of severity `below` or higher.
    """

    brand: str = ""
    story: str = ""
    until: datetime | None = None
    until_negative: int | None = None
    below: Severity | None = None

    def holds(self, trend: Trend, at: datetime) -> bool:
        """Say whether this silence holds `trend` back at `at`."""
        return (
            self.brand in ("", trend.brand)
            and self.story in ("", trend.story)
            and (self.until is None or at < self.until)
            and (self.until_negative is None or trend.negative_seen < self.until_negative)
            and (self.below is None or trend.severity < self.below)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When people are told, told again, and told that it is over.

    The defaults: L2 is the first severity that asks for an act. A press office works in half-day shifts, so a story
    that goes on is repeated every 6 h. Twice the posts is news, but not within 15 minutes of the last message, or a
    story of 1,000 posts would send a message a minute at its start. A day without a surge has seen every hour of the
    day once, so quiet is not just night. A source that brings nothing is told of after half an hour: a server's
    restart or a short limit is over by then; 0: never.
    """

    minimum_severity: Severity = Severity.L2
    repeat_h: float = 6
    growth_factor: float = 2
    growth_gap_h: float = 0.25
    resolve_after_h: float = 24
    outage_after_h: float = 0.5
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` is the event to send, None to stay silent; `reason` says why in either case."""

    state: AlertState | None
    reason: Reason


def decide(
    trend: Trend | None,
    incident: Incident | None,
    policy: Policy,
    at: datetime,
    *,
    last_viral_at: datetime | None = None,
    silent_sources: Sequence[str] = (),
) -> Decision:
    """Decide about one story at `at`. Pure: equal arguments, equal answer.

    `trend` is None when the detector has nothing to say of the story; `incident` is the story's last one, open or
    resolved. `last_viral_at` is when its trend was last viral; without it quiet is counted from the last message, which
    may be up to `repeat_h` older. `silent_sources` are the story's sources that send no data now: an incident never
    resolves on missing data.
    """
    if incident is None or incident.state is AlertState.RESOLVED:
        return _begin(trend, incident, policy, at)
    known = trend or incident.last_trend
    if any(silence.holds(known, at) for silence in policy.silences):
        return Decision(None, reasons.silenced(known))
    if trend is not None and trend.severity > incident.severity:
        return Decision(AlertState.UPDATE, reasons.severity_rose(trend, incident.severity))
    if trend is not None and trend.is_viral:
        return _go_on(trend, incident, policy, at)
    return _calm(known, incident, policy, at, last_viral_at, silent_sources)


def _begin(trend: Trend | None, ended: Incident | None, policy: Policy, at: datetime) -> Decision:
    """No incident is open: is this the start of one."""
    if trend is None:
        return Decision(None, reasons.nothing_seen())
    if not trend.is_viral:
        return Decision(None, reasons.not_viral(trend))
    if trend.severity < policy.minimum_severity:
        return Decision(None, reasons.below_minimum(trend, policy.minimum_severity))
    if any(silence.holds(trend, at) for silence in policy.silences):
        return Decision(None, reasons.silenced(trend))
    if ended is not None:
        return Decision(AlertState.FIRING, reasons.regressed(trend, at - ended.last_event_at))
    return Decision(AlertState.FIRING, reasons.fired(trend))


def _go_on(trend: Trend, incident: Incident, policy: Policy, at: datetime) -> Decision:
    """Open and still spreading: is there news."""
    told, since = incident.last_trend.negative_seen, at - incident.last_event_at
    if trend.negative_seen >= policy.growth_factor * max(told, 1):
        if since < timedelta(hours=policy.growth_gap_h):
            return Decision(None, reasons.too_soon(trend, since))
        return Decision(AlertState.UPDATE, reasons.grew(trend, told, since))
    if since < timedelta(hours=policy.repeat_h):
        return Decision(None, reasons.told_already(trend, told, since))
    if trend.negative_seen == told:
        return Decision(None, reasons.nothing_new(trend, since))
    return Decision(AlertState.UPDATE, reasons.still_spreading(trend, told, at - incident.fired_at))


def _calm(
    known: Trend,
    incident: Incident,
    policy: Policy,
    at: datetime,
    last_viral_at: datetime | None,
    silent_sources: Sequence[str],
) -> Decision:
    """Open, and not spreading now: is it over."""
    quiet = at - max(incident.last_event_at, last_viral_at or incident.last_event_at)
    need = timedelta(hours=policy.resolve_after_h)
    if quiet < need:
        return Decision(None, reasons.calming(known, quiet, need))
    if silent_sources:
        return Decision(None, reasons.no_data(silent_sources))
    return Decision(AlertState.RESOLVED, reasons.resolved(known, quiet, at - incident.fired_at))
