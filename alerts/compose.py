"""A decision becomes an Alert with its quotes and link, and a Notification for everyone who wants it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from alerts.policy import Decision, Incident
from alerts.quotes import choose_quotes
from groundswell.types import Alert, AlertState, Notification, Post, Severity, Trend


class Wish(Protocol):
    """Which alerts a receiver wants; a configured receiver fits. No `brands` means every brand."""

    @property
    def name(self) -> str:
        """Of the receiver, unique in the configuration."""

    @property
    def minimum_severity(self) -> Severity:
        """Below it the receiver is not woken."""

    @property
    def brands(self) -> Sequence[str]:
        """Which brands it wants to hear of."""


def compose(
    decision: Decision,
    *,
    trend: Trend | None,
    incident: Incident | None,
    at: datetime,
    title: str,
    posts: Sequence[Post],
    dashboard_url: str,
) -> Alert:
    """Build the next event of an incident from the arguments `decide` was given.

    `posts` are the stored posts to quote from, best examples first; the quotes are exact substrings of their texts.
    Without a trend (a resolved story has none) the last one told is shown. Raises ValueError for a decision to stay
    silent, and for one that does not fit the incident. Long by one argument for each field of Alert.
    """
    if decision.state is None:
        raise ValueError(f"nothing to send: the decision was to stay silent ({decision.reason.code})")
    shown = trend or (incident.last_trend if incident else None)
    if shown is None:
        raise ValueError(f"{decision.reason.code}: neither a trend nor an incident to tell of")
    if decision.state is AlertState.FIRING:
        identity, number, severity = incident_id(shown.brand, shown.story, at), 1, shown.severity
    elif incident is None:
        raise ValueError(f"{decision.reason.code}: an update needs the incident it updates")
    else:
        identity, number = incident.incident, incident.number + 1
        severity = max(shown.severity, incident.severity)
    return Alert(
        incident=identity,
        number=number,
        state=decision.state,
        at=at,
        brand=shown.brand,
        story=shown.story,
        title=title,
        severity=severity,
        reason=decision.reason,
        trend=shown,
        quotes=choose_quotes(posts),
        link=story_link(dashboard_url, shown.story, identity),
    )


def incident_id(brand: str, story: str, fired_at: datetime) -> str:
    """Name an incident so that all that fire the same story at the same minute, live or in a replay, name it alike."""
    return "i" + hashlib.blake2b(f"{brand}|{story}|{fired_at.isoformat()}".encode()).hexdigest()[:12]


def story_link(dashboard_url: str, story: str, incident: str) -> str:
    """Address the dashboard page that shows the story and what this alert said of it."""
    return f"{dashboard_url.rstrip('/')}/story?{urlencode({'story': story, 'alert': incident})}"


def notifications(alert: Alert, wishes: Iterable[Wish]) -> list[Notification]:
    """One message for each receiver that wants this severity and brand.

    An incident's severity never falls, so whoever was told of it is also told when it is over.
    """
    return [
        Notification(key=f"{alert.incident}:{alert.number}:{wish.name}", receiver=wish.name, alert=alert)
        for wish in wishes
        if alert.severity >= wish.minimum_severity and (not wish.brands or alert.brand in wish.brands)
    ]
