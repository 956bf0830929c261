from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard import format as f
from dashboard.words import Lang

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "lang", "words"),
    [
        (0, "en", "0"), (9_999, "en", "9,999"), (12_345, "en", "12.3K"), (4_500_000, "en", "4.5M"), (2e9, "en", "2.0B"),
        (9_999, "zh", "9,999"), (12_345, "zh", "1.2万"), (450_000_000, "zh", "4.5亿"), (-12_345, "zh", "-1.2万"),
    ],
)  # fmt: skip
def test_counts_are_shortened_as_each_language_does(value: float, lang: Lang, words: str) -> None:
    assert f.number(value, lang) == words


@pytest.mark.parametrize(
    ("hits", "n", "lo", "hi"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (328, 1000, 0.2996, 0.3577)],
)
def test_intervals_equal_wilsons(hits: int, n: int, lo: float, hi: float) -> None:
    assert f.wilson(hits, n) == pytest.approx((lo, hi), abs=2e-4)


def test_without_posts_nothing_is_known_about_a_share() -> None:
    assert f.wilson(0, 0) == (0.0, 1.0)


def test_times_stand_in_the_readers_zone() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    assert f.clock(NOW, shanghai, "en") == "3 Mar 07:30"
    assert f.clock(NOW, shanghai, "zh") == "3月3日 07:30"


@pytest.mark.parametrize(
    ("length", "en", "zh"),
    [
        (timedelta(minutes=-5), "0 min ago", "0 分钟前"),
        (timedelta(minutes=119), "119 min ago", "119 分钟前"),
        (timedelta(hours=31), "31 h ago", "31 小时前"),
        (timedelta(days=5), "5 d ago", "5 天前"),
    ],
)
def test_ages_use_the_largest_unit_that_leaves_two(length: timedelta, en: str, zh: str) -> None:
    assert (f.ago(NOW - length, NOW, "en"), f.ago(NOW - length, NOW, "zh")) == (en, zh)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//example.org", "https://", "https://bank.example@evil.example/", "", None,
        "http://[broken",
    ],
)  # fmt: skip
def test_addresses_that_could_harm_are_no_links(address: str | None) -> None:
    assert f.safe_link(address) is None


def test_ordinary_addresses_stay_as_they_are() -> None:
    assert f.safe_link("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert f.cell(text) == "'" + text


@pytest.mark.parametrize("value", ["a=1", "", 3, -2.5, None])
def test_other_cells_are_left_alone(value: object) -> None:
    assert f.cell(value) == value


def test_every_mark_of_foreign_text_is_escaped() -> None:
    escaped = f.plain("**b** [x](javascript:y) <img> :red[z] $t$\n# h")
    assert "\n" not in escaped
    assert all(escaped[i - 1] == "\\" for i, c in enumerate(escaped) if c in "*[]()<>:$#")


def test_long_text_says_that_something_was_left_out() -> None:
    assert f.short("a  b\nc") == "a b c"
    assert f.short("x" * 200, 10) == "x" * 9 + "…"
