"""The case of a story as people work it: pure functions from case to case, each act written into its log."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from alerts.policy import Silence
from groundswell.errors import InputError
from groundswell.types import Alert, AlertState, Severity, Trend

NOTE_LIMIT = 4000
"""Characters of a note; longer texts belong in a document that the note links to."""


class CaseState(StrEnum):
    """Where a case stands. `new` until a person acknowledges it, `regressed` when it came back after its end."""

    NEW = "new"
    ONGOING = "ongoing"
    ESCALATING = "escalating"
    REGRESSED = "regressed"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One line of a case's log; `by` is "" for the machine."""

    at: datetime
    by: str
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One story's case over all its incidents.

    `acknowledged_at` is when the first person answered the present incident (alert to person: time to acknowledge).
    `told` is the highest severity told in it. A snooze ends at `snoozed_until` or at `snoozed_until_negative` posts.
    """

    brand: str
    story: str
    incident: str
    state: CaseState
    opened_at: datetime
    told: Severity
    owner: str = ""
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_until_negative: int | None = None
    log: tuple[Act, ...] = ()


def open_case(alert: Alert) -> Case:
    """Start the case of a story that fired for the first time. Raises InputError for another event."""
    if alert.state is not AlertState.FIRING:
        raise InputError(f"incident {alert.incident}", f"a case begins with a firing, not {alert.state}")
    return Case(
        brand=alert.brand,
        story=alert.story,
        incident=alert.incident,
        state=CaseState.NEW,
        opened_at=alert.at,
        told=alert.severity,
        log=(Act(at=alert.at, by="", what=alert.state, text=alert.reason.code),),
    )


def follow(case: Case, alert: Alert) -> Case:
    """Move the case by the next alert event of its story.

    A firing after the end reopens it as regressed, and somebody must acknowledge anew; the owner stays. A higher
    severity than told makes it escalating, also out of a snooze. Raises InputError for another story's alert.
    """
    if (alert.brand, alert.story) != (case.brand, case.story):
        raise InputError(f"case {case.story}", f"the alert is of story {alert.story}")
    log = (*case.log, Act(at=alert.at, by="", what=alert.state, text=alert.reason.code))
    if alert.state is AlertState.RESOLVED:
        return _awake(replace(case, state=CaseState.RESOLVED, log=log))
    if alert.incident != case.incident:
        return _awake(
            replace(case, state=CaseState.REGRESSED, incident=alert.incident, opened_at=alert.at, told=alert.severity,
                    acknowledged_at=None, log=log)
        )  # fmt: skip
    if alert.severity > case.told:
        return _awake(replace(case, state=CaseState.ESCALATING, told=alert.severity, log=log))
    return replace(case, log=log)


def move(case: Case, story: str, by: str, at: datetime) -> Case:
    """Let the case follow its story, which `by` merged into `story`: owner, state and log stay."""
    if story == case.story:
        raise InputError(f"case {case.story}", "a story cannot be merged into itself")
    return replace(case, story=story, log=(*case.log, Act(at=at, by=by, what="merged", text=case.story)))


def acknowledge(case: Case, by: str, at: datetime) -> Case:
    """`by` has seen it and takes it on, as owner when there is none. A second acknowledgement changes no time."""
    _must_be_open(case, "acknowledge")
    return _awake(
        replace(case, state=CaseState.ONGOING, owner=case.owner or by, acknowledged_at=case.acknowledged_at or at,
                log=(*case.log, Act(at=at, by=by, what="acknowledged")))
    )  # fmt: skip


def assign(case: Case, owner: str, by: str, at: datetime) -> Case:
    """Give the case to `owner`, "" for nobody. Being assigned is not an answer: nothing is acknowledged by it."""
    return replace(case, owner=owner, log=(*case.log, Act(at=at, by=by, what="assigned", text=owner)))


def note(case: Case, text: str, by: str, at: datetime) -> Case:
    """Write a note, in any state. Raises InputError for an empty or endless one."""
    text = text.strip()
    if not text or len(text) > NOTE_LIMIT:
        raise InputError(f"case {case.story}", f"a note has 1 to {NOTE_LIMIT} characters, this one {len(text)}")
    return replace(case, log=(*case.log, Act(at=at, by=by, what="noted", text=text)))


def resolve(case: Case, by: str, at: datetime) -> Case:
    """Close the case by hand. The incident stays open until its posts calm down, so no second alert is sent for it."""
    _must_be_open(case, "resolve")
    return _awake(replace(case, state=CaseState.RESOLVED, log=(*case.log, Act(at=at, by=by, what="resolved"))))


def snooze(
    case: Case, by: str, at: datetime, *, until: datetime | None = None, until_negative: int | None = None
) -> Case:
    """Put the case aside until a time, or until the story has so many negative posts, whichever comes first.

    Raises InputError without either end: what sleeps for ever is forgotten. A higher severity wakes it in any case.
    """
    _must_be_open(case, "snooze")
    if until is None and until_negative is None:
        raise InputError(f"case {case.story}", "a snooze needs an end", "give a time or a number of posts")
    if until is not None and until <= at:
        raise InputError(f"case {case.story}", "the snooze would end before it begins")
    return replace(
        case, state=CaseState.SNOOZED, snoozed_until=until, snoozed_until_negative=until_negative,
        acknowledged_at=case.acknowledged_at or at, log=(*case.log, Act(at=at, by=by, what="snoozed")),
    )  # fmt: skip


def wake(case: Case, trend: Trend | None, at: datetime) -> Case:
    """End a snooze whose time or growth has come; any other case is returned as it is."""
    if case.state is not CaseState.SNOOZED:
        return case
    due = case.snoozed_until is not None and at >= case.snoozed_until
    bound = case.snoozed_until_negative
    grown = bound is not None and trend is not None and trend.negative_seen >= bound
    if not due and not grown:
        return case
    state = CaseState.ESCALATING if grown else CaseState.ONGOING
    return _awake(replace(case, state=state, log=(*case.log, Act(at=at, by="", what="woke"))))


def silence_of(case: Case) -> Silence | None:
    """Give the silence the policy needs while the case sleeps; a severity above the one told breaks it."""
    if case.state is not CaseState.SNOOZED:
        return None
    return Silence(
        brand=case.brand,
        story=case.story,
        until=case.snoozed_until,
        until_negative=case.snoozed_until_negative,
        below=_above(case.told),
    )


def _above(severity: Severity) -> Severity | None:
    higher = [s for s in Severity if s > severity]
    return higher[0] if higher else None


def _awake(case: Case) -> Case:
    return replace(case, snoozed_until=None, snoozed_until_negative=None)


def _must_be_open(case: Case, act: str) -> None:
    if case.state is CaseState.RESOLVED:
        raise InputError(f"case {case.story}", f"cannot {act}: it is resolved", "a new surge reopens it")
