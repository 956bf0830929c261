"""What people and programs read; posts are hostile."""

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from alerts.inert import visible
from alerts.numbers import count, odds, small, span
from alerts.reader import Reader
from alerts.render import event_line, payload, payload_bytes, render
from alerts.words import LABEL, SEVERITY, STATE, TOPIC
from groundswell.errors import InputError
from groundswell.types import AlertState, Severity, Topic

EN, ZH = Reader("en", "UTC"), Reader("zh", "Asia/Shanghai")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</blockquote></body><iframe src=//evil.example></iframe>",
    "[refund here](http://evil.example/login) ![x](http://evil.example/p.png)",
    "Visit http://evil.example or www.evil.example or mail a@evil.example now",
    "javascript:alert(1) <a href='javascript:alert(1)'>x</a>",
    '=HYPERLINK("http://evil.example","click")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "title\r\nBcc: victim@evil.example\r\n\r\nbody",
    "line\u2028sep\u2029para\x85nel\x0bvt\x0cff",
    "\x1b]0;owned\x07\x1b[31mred\x9b2J",
    "\u202eexe.tset\u202c \u2066x\u2069 \ufeff",
    "&lt;b&gt; &amp; &#60;",
    "{{7*7}} ${7*7} %s %(x)s {0}",
    "<!--#exec cmd='id'--><![CDATA[x]]><style>*{display:none}</style>",
    "\ud800 lone",
]


class Page(HTMLParser):
    """Collects what a mail program would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.said += data


OURS = {"html", "head", "meta", "body", "h2", "h3", "p", "b", "table", "tr", "th", "td", "blockquote", "a", "small",
        "br", "wbr"}  # fmt: skip


@pytest.mark.parametrize("reader", [EN, ZH])
@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_a_post_holds_is_ever_markup(evil, reader, make_alert):
    alert = make_alert(texts=(evil, "harmless words", evil + " again"), title=evil, brand=evil[:40])
    message = render(alert, reader)
    page = Page(message.html)
    assert page.tags <= OURS
    assert page.attributes <= {"href", "lang", "charset", "dir", "align"}
    assert page.links == [alert.link]
    assert "http://evil" not in message.html
    assert "a@evil" not in message.html
    assert len(message.subject.splitlines()) == 1
    assert message.subject.isprintable()
    for output in (message.subject, message.text, message.html):
        output.encode("utf-8")
        assert not set(output) & set("\x1b\x07\x9b\u202e\u2066\u2028\x85\x0b\x0c\r\x00")
    starts = [line[:1] for line in message.text.split("\n")]
    assert not set(starts) & set("=+@")


@pytest.mark.parametrize("evil", HOSTILE)
def test_the_payload_keeps_the_original_and_is_inert(evil, make_notification):
    notification = make_notification(texts=(evil,), title=evil)
    body = payload_bytes(notification, EN)
    assert not set(body) & set(b"<>&\r\n\x1b")
    assert body.isascii()
    said = json.loads(body)
    assert said["title"] == evil
    assert said["quotes"] == list(notification.alert.quotes)
    assert evil.startswith(said["quotes"][0])


def test_a_hostile_link_is_not_made_clickable(make_alert):
    page = Page(render(make_alert(link="javascript:alert(1)"), EN).html)
    assert page.links == []


def test_quotes_stay_original_in_every_language(make_alert):
    alert = make_alert()
    for reader in (EN, ZH):
        message = render(alert, reader)
        said = Page(message.html).said
        for quote in alert.quotes:
            assert f"> {quote}\n" in message.text
            assert quote in said


def test_a_quote_of_several_lines_stays_inside_its_quotation(make_alert):
    text = render(make_alert(texts=("first\nOpen the story: http://evil.example",)), EN).text
    assert "> first\n> Open the story: http://evil.example\n" in text


def test_quotes_deleted_since_are_left_out(make_alert):
    message = render(make_alert(quotes=("", "kept", "")), EN)
    assert message.text.count("\n> ") == 1
    assert message.html.count("<blockquote") == 1
    assert "<blockquote" not in render(make_alert(quotes=("", "", "")), EN).html


def test_numbers_words_and_local_time(make_alert):
    english, chinese = render(make_alert(), EN), render(make_alert(), ZH)
    assert english.subject == "[L3 serious] Halvero: kettle lid comes off · new"
    assert chinese.subject == "[L3 严重] Halvero: kettle lid comes off · 新预警"
    assert "20 Nov 2026, 08:30 (UTC, UTC+00:00)" in english.text
    assert "2026年11月20日 16:30（Asia/Shanghai, UTC+08:00）" in chinese.text
    for said in (
        "at most 23,456 followers, unknown for 4 posts",
        "about 70 more negative posts (80% interval 40–120)",
        "36 negative of 40 posts",
        "safety and health, product quality",
        "31 of 40 posts are one text",
    ):
        assert said in english.text
        assert said in Page(english.html).said
    for said in ("至多 2.3万 关注者，另有 4 条帖子受众未知", "80% 区间 40–120", "安全与健康、产品质量"):
        assert said in chinese.text
        assert said in Page(chinese.html).said


def test_a_resolved_incident_does_not_show_its_surge_as_if_it_held_now(make_alert):
    text = render(make_alert(state=AlertState.RESOLVED, number=3), EN).text
    listed = [line for line in text.split("\n") if line.startswith("- ")]
    assert not [line for line in listed if line.startswith(("- Negative posts", "- Growth", "- Next 24"))]
    assert "- So far: 36 negative of 40 posts" in listed


def test_summer_time_is_the_readers(make_alert, t0):
    text = render(make_alert(at=t0 - timedelta(days=140)), Reader("en", "Europe/Berlin")).text
    assert "3 Jul 2026, 10:30 (Europe/Berlin, UTC+02:00)" in text


def test_unknown_numbers_are_said_to_be_unknown_or_left_out(make_alert, make_trend):
    bare = make_trend(reproduction=None, forecast=None, reach=None, topics=(), surprise=float("inf"))
    text = render(make_alert(trend=bare), EN).text
    assert "no audience is known" in text
    assert "Growth" not in text
    assert "Next 24" not in text
    line = event_line(make_alert(trend=bare))
    assert line["surprise"] is None
    assert line["R"] is None
    json.dumps(line, allow_nan=False)


def test_the_replay_line_has_the_promised_fields(make_alert):
    line = event_line(make_alert())
    assert list(line) == ["at", "event", "brand", "story", "title", "severity", "topics", "posts_seen", "surprise", "R",
                          "voices", "reason", "quotes"]  # fmt: skip
    assert line["event"] == "firing"
    assert line["R"] == [1.2, 1.8, 2.5]
    assert line["topics"][0] == "safety_health"
    assert event_line(make_alert(), "zh")["reason"] == make_alert().reason.zh


def test_the_payload_says_what_to_do_with_it(make_notification):
    said = payload(make_notification(), ZH)
    assert said["key"] == f"{said['incident']}:1:press"
    assert said["version"] == 1
    assert said["reason_code"] == "fired"
    found = said["automatism"].pop("findings")
    assert said["automatism"] == {"verdict": "copied", "copies": 31, "of": 40}
    assert {"trace": "in_step", "n": 24, "of": 40, "marked": True, "posts": [1, 2]} in found
    assert said["link"].startswith("http://127.0.0.1:8501/story?")


def test_update_subjects_tell_their_number_and_long_titles_are_cut(make_alert):
    subject = render(make_alert(state=AlertState.UPDATE, number=4, title="lid " * 100), EN).subject
    assert subject.endswith("… · update 4")
    assert len(subject) <= 160


def test_every_noun_has_both_languages():
    for table, nouns in ((SEVERITY, Severity), (STATE, AlertState), (TOPIC, Topic)):
        assert set(table) == set(nouns)
    for words in (*SEVERITY.values(), *STATE.values(), *TOPIC.values(), *LABEL.values()):
        assert words["en"]
        assert words["zh"]
        assert words["en"] != words["zh"]


def test_an_unknown_time_zone_is_found_at_the_start():
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(InputError, match="no such zone"):
            Reader("en", zone)


@pytest.mark.parametrize(
    ("minutes", "en", "zh"),
    [(0, "0 minutes", "0 分钟"), (1, "1 minute", "1 分钟"), (60, "1 hour", "1 小时"), (90, "90 minutes", "90 分钟"),
     (120, "2 hours", "2 小时"), (1440, "1 day", "1 天"), (36 * 60, "36 hours", "36 小时"), (-5, "0 minutes", "0 分钟"),
     (3 * 1440, "3 days", "3 天")],
)  # fmt: skip
def test_spans(minutes, en, zh):
    assert (span(timedelta(minutes=minutes), "en"), span(timedelta(minutes=minutes), "zh")) == (en, zh)


def test_odds_are_never_more_exact_or_longer_than_believable():
    assert odds(4.5, "en") == "about 1 in 30,000"
    assert odds(1.0, "en") == "about 1 in 10"
    assert odds(9, "en") == odds(300, "en") == odds(float("inf"), "en") == "less than 1 in a billion"
    assert odds(float("nan"), "zh") == "不到十亿分之一"


def test_counts():
    assert (count(12345, "en"), count(12345, "zh"), count(2.5e8, "zh"), count(9999, "zh")) == (
        "12,345", "1.2万", "2.5亿", "9,999")  # fmt: skip
    assert [small(x) for x in (0, 0.001, 0.034, 1.44, 9.96, 12.4, 1234.5)] == [
        "0", "0.01", "0.034", "1.4", "10", "12", "1,234"]  # fmt: skip


def test_visible_keeps_line_breaks_and_words():
    assert visible("a\r\nb\rc\td\x1b") == "a\nb\nc\td\ufffd"
