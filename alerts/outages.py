"""The data alarm: a source brings nothing for long. Told once while it lasts, once when it is over; no trend."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Protocol

from alerts.inert import inert, one_line
from alerts.numbers import span
from alerts.reader import Reader
from alerts.words import LABEL
from groundswell.errors import Exhausted
from groundswell.types import AlertState, DataAlarm, Notification

SUBJECT_LIMIT = 160
ERROR_LIMIT = 300
CODES = {
    "failing": "a source could not be read for `outage_after_h`",
    "spent": "its day's budget was spent before the day was over; told once until a day passes without that",
    "silent": "a source answers, but brought nothing new for longer than its `expected_silence_s`, or than is usual",
    "back": "it can be read again, or brings new posts again",
}


class Outage(Protocol):
    """What is told of an outage; the store's record fits."""

    @property
    def source(self) -> str:
        """Its name in the configuration."""

    @property
    def start(self) -> datetime:
        """Of the last page, or of the last new post, before it."""

    @property
    def error(self) -> str:
        """The first one; "" when the source answers but brings nothing new."""


class Wish(Protocol):
    """Who wants to hear of outages; a configured receiver fits. No `brands` means every brand."""

    @property
    def name(self) -> str:
        """Of the receiver."""

    @property
    def brands(self) -> Sequence[str]:
        """Which brands it wants to hear of."""

    @property
    def outages(self) -> bool:
        """Whether it wants to hear of sources without data."""


def is_spent(error: str) -> bool:
    """Whether a source is without data because its day's budget is spent: that ends by itself, every day."""
    return error.startswith(f"{Exhausted.__name__}:")


def alarm_id(outage: Outage) -> str:
    """Name the alarm of an outage so that a restart gives the same name."""
    kind = "failing" if outage.error else "silent"
    return "o" + hashlib.blake2b(f"{outage.source}|{outage.start.isoformat()}|{kind}".encode()).hexdigest()[:12]


def begun(outage: Outage, last_error: str, at: datetime, dashboard_url: str) -> DataAlarm:
    """Tell of an outage that lasts."""
    return DataAlarm(
        incident=alarm_id(outage),
        number=1,
        state=AlertState.FIRING,
        at=at,
        source=outage.source,
        since=outage.start,
        until=None,
        error=last_error if outage.error else "",
        link=f"{dashboard_url.rstrip('/')}/health",
    )


def ended(alarm: DataAlarm, until: datetime, at: datetime) -> DataAlarm:
    """Tell of the end of an outage that was told."""
    return replace(alarm, number=2, state=AlertState.RESOLVED, at=at, until=until)


def notifications(alarm: DataAlarm, wishes: Iterable[Wish], brand: str) -> list[Notification]:
    """One message for each receiver that wants it; `brand` is the one the source is all about, "" for none."""
    return [
        Notification(key=f"{alarm.incident}:{alarm.number}:{wish.name}", receiver=wish.name, alert=alarm)
        for wish in wishes
        if wish.outages and (not brand or not wish.brands or brand in wish.brands)
    ]


def message(alarm: DataAlarm, reader: Reader) -> tuple[str, str, str]:
    """Write subject, text and HTML in the reader's language and time zone."""
    lang = reader.language
    zh = lang == "zh"
    data, source, why = LABEL["data"][lang], one_line(alarm.source), sentence(alarm, reader)
    if alarm.until is None:
        short = f"自 {reader.time(alarm.since)} 起无数据" if zh else f"no data since {reader.time(alarm.since)}"
    else:
        short = "已恢复" if zh else "back"
    head = f"[{data}] {source}{'：' if zh else ': '}{short}"[:SUBJECT_LIMIT]
    link, label = one_line(alarm.link), LABEL["health"][lang]
    text = f"{head}\n{reader.time(alarm.at)}\n\n{why}\n\n{label}{'：' if zh else ': '}{link}\n"
    html = (
        f'<!doctype html><html lang="{"zh-CN" if zh else "en"}"><head><meta charset="utf-8"></head><body>'
        f"<h2>{inert(head)}</h2><p>{escape(reader.time(alarm.at))}</p><p>{inert(why)}</p>"
        f'<p><a href="{escape(link)}">{escape(label)}</a></p></body></html>'
    )
    return head, text, html


def sentence(alarm: DataAlarm, reader: Reader) -> str:
    """Say what is missing since when, and why, in one line."""
    zh = reader.language == "zh"
    name, since = one_line(alarm.source), reader.time(alarm.since)
    length = span((alarm.until or alarm.at) - alarm.since, reader.language)
    error = one_line(alarm.error)[:ERROR_LIMIT]
    if is_spent(error):
        return _spent(alarm, reader, error)
    if alarm.until is not None:
        until = reader.time(alarm.until)
        if zh:
            return f"{name} 自 {until} 起{'可再次读取' if error else '再次有新帖子'}，此前中断 {length}。"
        return f"{name} {'can be read' if error else 'brings new posts'} again since {until}, after {length} without."
    if zh:
        what = (
            f"自 {since} 起无法读取（{length}）。最近错误：{error}"
            if error
            else f"有应答，但自 {since} 起没有新帖子（{length}）"
        )
        return f"{name} {what}。期间该来源的帖子缺失，安静不代表没有投诉。"
    what = f"could not be read since {since} ({length}). Last error: {error}"
    if not error:
        what = f"answers, but has brought nothing new since {since} ({length})"
    return f"{name} {what}. Its posts are missing: quiet there is no proof that nobody complains."


def _spent(alarm: DataAlarm, reader: Reader, error: str) -> str:
    zh, name = reader.language == "zh", one_line(alarm.source)
    if alarm.until is not None:
        until = reader.time(alarm.until)
        if zh:
            return f"{name} 自 {until} 起一整天未再用尽每日额度。"
        return f"{name} has not spent its day's budget again for a day, since {until}."
    since = reader.time(alarm.since)
    if zh:
        return (
            f"{name} 自 {since} 起无新数据：每日额度已用尽。{error}。额度更新后自动恢复；若每天如此，不再另行通知。"
            "期间该来源的帖子会晚到或缺失，安静不代表没有投诉。"
        )
    return (
        f"{name} has brought nothing since {since}: its day's budget is spent. {error}. It goes on by itself when the "
        "next day begins; while every day ends like this, this is told once. Until then quiet there is no proof that "
        "nobody complains."
    )


def code(alarm: DataAlarm) -> str:
    """Give the code of `CODES`."""
    if alarm.until is None and is_spent(alarm.error):
        return "spent"
    return "back" if alarm.until is not None else "failing" if alarm.error else "silent"


def payload(alarm: DataAlarm, key: str, reader: Reader) -> dict[str, object]:
    """Give what a webhook receives; `event` is none of a trend's, so that nobody takes it for one."""
    return {
        "version": 1,
        "key": key,
        "incident": alarm.incident,
        "number": alarm.number,
        "event": "outage" if alarm.until is None else "outage_over",
        "at": alarm.at.isoformat(),
        "source": alarm.source,
        "since": alarm.since.isoformat(),
        "until": alarm.until.isoformat() if alarm.until else None,
        "error": one_line(alarm.error)[:ERROR_LIMIT] or None,
        "reason": sentence(alarm, reader),
        "reason_code": code(alarm),
        "link": alarm.link,
    }
