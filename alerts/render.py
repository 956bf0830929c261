"""An Alert as people and programs read it: subject, plain text, HTML, JSON. Post text is hostile and never trusted."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from alerts import outages
from alerts.evidence import breadth, copying, forecast, growth, reach, surge, total
from alerts.inert import inert, one_line, visible
from alerts.reader import Reader
from alerts.words import LABEL, SEVERITY, STATE, TOPIC
from groundswell.types import Alert, AlertState, DataAlarm, Notification

TITLE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One alert for one reader. `subject` is a single line; `html` holds no link but the one to our dashboard."""

    subject: str
    text: str
    html: str


def render(alert: Alert | DataAlarm, reader: Reader) -> Message:
    """Write `alert` in the reader's language and time zone; quotes stay in the language they were posted in."""
    if isinstance(alert, DataAlarm):
        return Message(*outages.message(alert, reader))
    return Message(subject=subject(alert, reader), text=_text(alert, reader), html=_html(alert, reader))


def subject(alert: Alert, reader: Reader) -> str:
    """One line whatever the title holds: a line break in a mail subject would let a post write mail headers."""
    lang = reader.language
    state = STATE[alert.state][lang]
    number = f" {alert.number}" if alert.state is AlertState.UPDATE else ""
    line = f"[{alert.severity} {SEVERITY[alert.severity][lang]}] {alert.brand}: {_title(alert)} · {state}{number}"
    return one_line(line)[: outages.SUBJECT_LIMIT]


def event_line(alert: Alert, language: str = "en") -> dict[str, object]:
    """Give the fields of one `groundswell replay` line, ready for JSON; an infinite surprise is null."""
    trend = alert.trend
    r = trend.reproduction
    return {
        "at": alert.at.isoformat(),
        "event": alert.state.value,
        "brand": alert.brand,
        "story": alert.story,
        "title": alert.title,
        "severity": alert.severity.value,
        "topics": [topic.value for topic in trend.topics],
        "posts_seen": trend.posts_seen,
        "surprise": _finite(trend.surprise),
        "R": [_finite(r.lo), _finite(r.mid), _finite(r.hi)] if r else None,
        "voices": trend.voices,
        "reason": alert.reason.zh if language == "zh" else alert.reason.en,
        "quotes": list(alert.quotes),
    }


def payload(notification: Notification, reader: Reader) -> dict[str, object]:
    """Give what a webhook receives: the replay line and what a program needs to act on it (docs/alerts.md)."""
    alert = notification.alert
    if isinstance(alert, DataAlarm):
        return outages.payload(alert, notification.key, reader)
    trend = alert.trend
    f, a = trend.forecast, trend.automatism
    return event_line(alert, reader.language) | {
        "version": 1,
        "key": notification.key,
        "incident": alert.incident,
        "number": alert.number,
        "link": alert.link,
        "reason_code": alert.reason.code,
        "observed": trend.observed,
        "expected": _finite(trend.expected),
        "window_h": _finite(trend.window_h),
        "negative_seen": trend.negative_seen,
        "sources": trend.sources,
        "communities": trend.communities,
        "largest_community": trend.largest_community,
        "half_life_h": None if trend.half_life_h is None else _finite(trend.half_life_h),
        "reach": trend.reach,
        "reach_missing": trend.reach_missing,
        "forecast": [_finite(f.lo), _finite(f.mid), _finite(f.hi)] if f else None,
        "automatism": {
            "verdict": a.verdict.value,
            "copies": a.copies,
            "of": a.of,
            "findings": [
                {"trace": t.trace.value, "n": t.n, "of": t.of, "marked": t.is_marked, "posts": list(t.posts)}
                for t in a.findings
            ],
        },
        "first_at": trend.first_at.isoformat(),
    }


def payload_bytes(notification: Notification, reader: Reader) -> bytes:
    """`payload` as ASCII JSON that is inert even when pasted into a page: <, > and & are escaped."""
    body = json.dumps(payload(notification, reader), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        body = body.replace(sign, f"\\u{ord(sign):04x}")
    return body.encode("ascii")


def facts(alert: Alert, reader: Reader) -> list[tuple[str, str]]:
    """Label and value of every number known, in reading order.

    A resolved incident has no present surge, growth or forecast: the last ones told would read as if they held now.
    """
    trend, i = alert.trend, 1 if reader.language == "zh" else 0
    now = [("surge", surge(trend)), ("growth", growth(trend)), ("forecast", forecast(trend))]
    ever = [("breadth", breadth(trend)), ("total", total(trend)), ("reach", reach(trend)), ("copies", copying(trend))]
    rows = ever if alert.state is AlertState.RESOLVED else now + ever
    found = [(LABEL[name][reader.language], pair[i]) for name, pair in rows if pair is not None]
    if trend.topics:
        joined = "、".join if reader.language == "zh" else ", ".join
        found.append((LABEL["topics"][reader.language], joined(TOPIC[t][reader.language] for t in trend.topics)))
    found.append((LABEL["first"][reader.language], reader.time(trend.first_at)))
    return found


def _text(alert: Alert, reader: Reader) -> str:
    lang = reader.language
    colon = "：" if lang == "zh" else ": "
    why = alert.reason.zh if lang == "zh" else alert.reason.en
    lines = [
        subject(alert, reader),
        reader.time(alert.at),
        "",
        f"{LABEL['why'][lang]}{colon}{one_line(why)}",
        "",
        *(f"- {label}{colon}{value}" for label, value in facts(alert, reader)),
    ]
    if quotes := _quotes(alert.quotes):
        lines += ["", LABEL["quotes"][lang] + colon.rstrip()]
        for quote in quotes:
            lines += [f"> {line}" for line in visible(quote).split("\n")] + [""]
    lines += ["", f"{LABEL['open'][lang]}{colon}{one_line(alert.link)}", LABEL["foot"][lang], ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _html(alert: Alert, reader: Reader) -> str:
    lang = reader.language
    why = alert.reason.zh if lang == "zh" else alert.reason.en
    rows = "".join(
        f'<tr><th align="left">{escape(label)}</th><td>{inert(value)}</td></tr>'
        for label, value in facts(alert, reader)
    )
    quotes = "".join(f'<blockquote dir="auto">{inert(quote)}</blockquote>' for quote in _quotes(alert.quotes))
    link = f'<p><a href="{escape(alert.link)}">{escape(LABEL["open"][lang])}</a></p>' if _is_web(alert.link) else ""
    said = f"<h3>{escape(LABEL['quotes'][lang])}</h3>{quotes}" if quotes else ""
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8"></head><body>'
        f"<h2>{inert(subject(alert, reader))}</h2><p>{escape(reader.time(alert.at))}</p>"
        f"<p><b>{escape(LABEL['why'][lang])}</b> {inert(one_line(why))}</p><table>{rows}</table>"
        f"{said}{link}<p><small>{escape(LABEL['foot'][lang])}</small></p></body></html>"
    )


def _quotes(quotes: Sequence[str]) -> list[str]:
    """Quotes of posts deleted since are blank: nothing is left to show."""
    return [quote for quote in quotes if quote.strip()]


def _title(alert: Alert) -> str:
    title = one_line(alert.title)
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1].rstrip() + "…"


def _is_web(link: str) -> bool:
    return link.startswith(("http://", "https://"))


def _finite(x: float) -> float | None:
    """JSON knows no infinity; a number that is none says null."""
    return round(x, 4) if math.isfinite(x) else None
