"""What people and programs read of a source without data."""

import asyncio
import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from alerts.outages import code, notifications, sentence
from alerts.reader import Reader
from alerts.receivers.console import Console
from alerts.receivers.mail import Email
from alerts.render import payload_bytes, render
from groundswell.types import AlertState, Notification

EN, ZH = Reader("en", "UTC"), Reader("zh", "Asia/Shanghai")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Wish:
    name: str
    brands: tuple[str, ...] = ()
    outages: bool = True


def note(alarm, receiver="press"):
    return Notification(key=f"{alarm.incident}:{alarm.number}:{receiver}", receiver=receiver, alert=alarm)


def test_a_failure_is_told_with_its_source_its_start_and_its_error(make_alarm):
    en, zh = render(make_alarm(), EN), render(make_alarm(), ZH)
    assert en.subject == "[Data] news: no data since 20 Nov 2026, 05:30 (UTC, UTC+00:00)"
    assert "could not be read since 20 Nov 2026, 05:30 (UTC, UTC+00:00) (3 hours)" in en.text
    assert "Unreachable: 503" in en.text
    assert zh.subject.startswith("[数据] news：自 2026年11月20日 13:30")
    assert "无法读取" in zh.text
    assert "（3 小时）" in zh.text
    assert "Unreachable: 503" in zh.text
    for message in (en, zh):
        assert message.html.count("<a ") == 1


def test_a_silence_is_told_as_an_answer_that_brings_nothing(make_alarm):
    silent = make_alarm(error="")
    assert "news answers, but has brought nothing new since 20 Nov 2026, 05:30" in render(silent, EN).text
    assert "有应答，但自 2026年11月20日 13:30" in render(silent, ZH).text
    assert "rror" not in render(silent, EN).text
    assert "错误" not in render(silent, ZH).text


def test_a_spent_budget_is_told_as_what_ends_by_itself(make_alarm):
    error = "Exhausted: example.org (at most 9 a day) has cost the day's budget: nothing is asked until 2026-03-03"
    alarm = make_alarm(error=error)
    began, over = sentence(alarm, EN), sentence(replace(alarm, number=2, until=alarm.since + 2 * HOUR), EN)
    assert "by itself" in began
    assert error in began
    assert "after" not in over, "on the days between it could be read"
    assert (code(alarm), code(replace(alarm, until=alarm.at))) == ("spent", "back")
    assert "额度" in sentence(alarm, ZH)


def test_the_end_is_told_with_its_length(make_alarm, t0):
    over = {"number": 2, "state": AlertState.RESOLVED, "until": t0, "at": t0 + HOUR}
    assert "news can be read again since 20 Nov 2026, 08:30 (UTC, UTC+00:00), after 3 hours" in render(
        make_alarm(**over), EN
    ).text  # fmt: skip
    assert "brings new posts again" in render(make_alarm(**over, error=""), EN).text
    assert "再次有新帖子，此前中断 3 小时" in render(make_alarm(**over, error=""), ZH).text


def test_what_a_server_said_is_hostile(make_alarm):
    evil = make_alarm(
        error='Malformed: <script>alert(1)</script>\r\nBcc: a@evil.example "><img src=x>\x1b[2J' + "x" * 999
    )
    message = render(evil, EN)
    assert "<script" not in message.html
    assert "<img" not in message.html
    assert "\x1b" not in message.text
    assert "\nBcc" not in message.text
    assert len(message.text) < 1000
    body = payload_bytes(note(evil), EN)
    assert b"<" not in body
    assert json.loads(body)["error"].startswith("Malformed: <script>")


def test_a_program_does_not_take_it_for_a_trend(make_alarm, t0):
    said = json.loads(payload_bytes(note(make_alarm()), EN))
    assert (said["event"], said["source"], said["until"], said["reason_code"]) == ("outage", "news", None, "failing")
    assert said["key"] == "o0123456789ab:1:press"
    assert not {"brand", "story", "severity", "observed"} & set(said)
    over = json.loads(payload_bytes(note(make_alarm(number=2, until=t0, error="")), ZH))
    assert (over["event"], over["until"], over["reason_code"], over["error"]) == (
        "outage_over", t0.isoformat(), "back", None,
    )  # fmt: skip


def test_mail_and_terminal_take_it_and_the_end_answers_the_first_mail(make_alarm, t0):
    stream = io.StringIO()
    asyncio.run(Console(EN, lambda: t0, stream).send(note(make_alarm())))
    assert "[Data] news" in stream.getvalue()
    mailer = Email(EN, lambda: t0, host="127.0.0.1", sender="a@example.com", to=("b@example.com",))
    first = mailer.compose(note(make_alarm()))
    second = mailer.compose(note(make_alarm(number=2, until=t0)))
    assert first["Subject"] == "[Data] news: no data since 20 Nov 2026, 05:30 (UTC, UTC+00:00)"
    assert second["In-Reply-To"] == first["Message-ID"]


@pytest.mark.parametrize(
    ("brand", "told"), [("", ["all", "ours", "theirs"]), ("Halvero", ["all", "ours"]), ("Other", ["all", "theirs"])]
)
def test_everyone_is_told_but_who_wants_other_brands_or_no_outages(brand, told, make_alarm):
    wishes = [Wish("all"), Wish("ours", ("Halvero",)), Wish("theirs", ("Other",)), Wish("pager", outages=False)]
    assert [n.receiver for n in notifications(make_alarm(), wishes, brand)] == told
