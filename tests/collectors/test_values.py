from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.charset import decode, is_damaged_utf8, sniff
from collectors.feeds import Feeds
from collectors.items import Item, harvest, moment
from collectors.markup import looks_like_html, to_text
from collectors.review_pages import ReviewPages
from collectors.values import count, when
from groundswell.errors import Malformed

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1795000000", "2026-11-18T11:06:40"),
        (1795000000123, "2026-11-18T11:06:40.123"),
        (46344.5, "2026-11-18T12:00:00"),
        (20261118, "2026-11-18T00:00:00"),
        ("2026-11-18T09:00:00+08:00", "2026-11-18T01:00:00"),
        ("Mon Jun 24 15:35:56 +0800 2019", "2019-06-24T07:35:56"),
        ("Wed, 18 Nov 2026 09:30:00 +0100", "2026-11-18T08:30:00"),
        ("2026/11/18 9:05", "2026-11-18T09:05:00"),
        ("2026年11月18日 09:05", "2026-11-18T09:05:00"),
        ("11/18/2026 09:05", "2026-11-18T09:05:00"),
        ("3分钟前", "2026-11-20T11:57:00"),
        ("2小时前", "2026-11-20T10:00:00"),
        ("2 hours ago", "2026-11-20T10:00:00"),
        ("an hour ago", "2026-11-20T11:00:00"),
        ("刚刚", "2026-11-20T12:00:00"),
        ("昨天 12:30", "2026-11-19T12:30:00"),
        ("yesterday at 08:00", "2026-11-19T08:00:00"),
        ("11-18", "2026-11-18T00:00:00"),
        ("12-24", "2025-12-24T00:00:00"),
        ("11月18日 09:30", "2026-11-18T09:30:00"),
    ],
)
def test_times_as_people_write_them(value, wanted):
    found = when(value, NOW)
    assert found == datetime.fromisoformat(wanted).replace(tzinfo=UTC)


def test_a_day_without_a_zone_is_the_readers_day():
    assert when("昨天 00:30", NOW, SHANGHAI) == datetime(2026, 11, 18, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-13-45", None, True, -5, float("nan"), "99999999999999999999", "1" * 500]
)
def test_no_time_is_made_up(value):
    assert when(value, NOW) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("1.2万", 12000), ("651万", 6510000), ("3.4k", 3400), ("1,234", 1234), ("100万+", 1000000), ("2亿", 200000000),
     (7.0, 7), ("0", 0), ("转发", None), ("", None), (None, None), (True, None), (float("inf"), None), ("-3", -3)],
)  # fmt: skip
def test_counts_as_platforms_write_them(value, wanted):
    assert count(value) == wanted


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.binary(max_size=10), st.none()))
def test_no_value_breaks_the_readers(value):
    assert when(value, NOW) is None or when(value, NOW).tzinfo is not None
    assert count(value) is None or isinstance(count(value), int)
    assert moment(value) is None or moment(value).tzinfo is not None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_markup_never_breaks_and_leaves_what_a_database_can_hold(text):
    out = to_text(text)
    out.encode()
    assert out == out.strip()
    assert "\x00" not in out


def test_markup_becomes_words():
    html = '<p>A &amp; B<br>next</p><script>x("<p>")</script><img alt="[怒]" src=x><ul><li>one<li>two</ul>'
    assert to_text(html) == "A & B\nnext\n\n[怒]\n\none\ntwo"
    assert not looks_like_html(to_text(html))
    assert looks_like_html("a <b>c</b>")
    assert not looks_like_html("1 < 2 and 3 > 2, AT&T")


def test_a_codec_is_named_or_refused():
    assert sniff("水壶".encode("gb18030")) == "gb18030"
    assert sniff("café".encode("cp1252")) == "cp1252"
    with pytest.raises(LookupError):
        sniff(b"\x00\x01\x02\x00\x03" * 100)


def test_one_bad_item_costs_only_itself_and_all_bad_ones_raise():
    items = [{"id": 1}, {"no": 1}, "text", {"id": 2}]
    seen = []

    def read_one(item):
        seen.append(item.id("id"))

    found = harvest(items, read_one, "list")
    assert seen == ["1", "2"]
    assert "2 items could not be read" in found.gap
    with pytest.raises(Malformed, match="item 0"):
        harvest([{}, {}], read_one, "list")


def test_an_item_reads_by_type():
    item = Item({"a": {"b": "x"}, "n": "12", "f": 1.9, "big": 10**400, "t": True, "l": [1]}, "here")
    assert (item.text("a.b"), item.count("n"), item.count("big"), item.count("t"), item.text("n2")) == (
        "x",
        12,
        None,
        None,
        "",
    )
    assert item.list("l") == [1]
    with pytest.raises(Malformed, match="here: a"):
        item.list("a")


def test_a_count_with_endless_spaces_is_none_at_once():
    assert count("1" + " " * 500_000 + "x") is None


HURT = b"\xe6\xb0"  # two of the three bytes of a character: words that were cut by their bytes


@pytest.mark.parametrize("words", ["水壶漏水，客服不理人，很生气。", "It’s leaking “again”, support doesn’t answer"])
def test_damaged_utf8_is_neither_refused_nor_taken_for_another_encoding(words):
    raw = words.encode() + HURT + b" now"
    assert decode(raw, "x") == f"{words}\ufffd now"
    assert decode(raw, "x", "utf-8") == f"{words}\ufffd now"
    feed = b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title><item><title>'
    (page,) = Feeds.parse(feed + raw + b"</title></item></channel></rss>", "x")
    assert [post.text for post in page.posts] == [f"{words}\ufffd now"]
    page_ = b'<script type="application/ld+json">{"@type": "Review", "reviewBody": "' + raw + b'"}</script>'
    (page,) = ReviewPages.parse(page_, "x")
    assert [post.text for post in page.posts] == [f"{words}\ufffd now"]


@pytest.mark.parametrize("codec", ["gb18030", "big5", "shift_jis", "euc-kr", "cp1252"])
def test_text_in_another_encoding_is_no_damaged_utf8(codec):
    words = {"shift_jis": "やかんが漏れて困る", "euc-kr": "주전자가 샙니다", "cp1252": "Théière café déjà naïve"}
    raw = (words.get(codec, "水壺漏水客服不理人很生氣") * 5).encode(codec)
    assert not is_damaged_utf8(raw)
    assert decode(raw, "x", codec) == raw.decode(codec)
