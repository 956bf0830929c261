import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard import cards, post_list, post_queries, story_queries
from dashboard.cards import Card, Seen
from dashboard.post_queries import Filter, PostRow
from dashboard.reading import reader, reading
from dashboard.state import View, parse
from dashboard.story_look import Look, looks
from dashboard.story_queries import StoryRow
from dashboard.words import Lang, say
from groundswell.types import Automatism, Interval, Trace, Verdict

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
CRISIS, COPIED = "s00000000crisis", "s00000000copies"


@pytest.fixture(scope="module")
def rows(store_path: Path) -> dict[str, StoryRow]:
    with reading(reader(store_path), store_path) as c:
        return {row.story: row for row in story_queries.candidates(c, "", NOW - timedelta(days=7), NOW)}


@pytest.fixture(scope="module")
def now(store_path: Path) -> dict[str, Look]:
    with reading(reader(store_path), store_path) as c:
        return looks(c, (CRISIS, COPIED), NOW)


@pytest.fixture(scope="module")
def posts(store_path: Path) -> list[PostRow]:
    with reading(reader(store_path), store_path) as c:
        return post_queries.find(c, Filter(), 1000)


def drawn(row: StoryRow, lang: Lang = "en", look: Look | None = None) -> Card:
    return cards.card(row, Seen(look=look, quote=None, spark=[0] * 72), View(lang=lang, win="28d"), NOW)


def words(card: Card) -> list[str]:
    return [badge["text"] for badge in card["badges"]]


def test_an_alerting_story_shows_grade_state_topics_evidence_and_r_with_its_interval(
    rows: dict[str, StoryRow], now: dict[str, Look]
) -> None:
    steady = replace(now[CRISIS], reproduction=Interval(lo=1.4, mid=1.9, hi=2.6))
    card = drawn(rows[CRISIS], look=steady)
    assert words(card)[:2] + words(card)[4:] == ["L3 serious", "Alerting", "✓ Organic traces"]
    assert set(words(card)[2:4]) == {"Safety & health", "Product quality"}
    r = card["facts"][-1]
    assert (r["value"], r["under"]) == ("1.9 ▲", "1.4–2.6")
    assert card["why"] == "2 h ago: 31 negative posts in 6 h, 1.4 expected"


@pytest.mark.parametrize(("lo", "hi", "sign"), [(1.1, 2.0, "▲"), (0.2, 0.9, "▼"), (0.8, 1.4, "")])
def test_an_arrow_stands_only_where_the_interval_allows_it(
    rows: dict[str, StoryRow], now: dict[str, Look], lo: float, hi: float, sign: str
) -> None:
    look = replace(now[CRISIS], reproduction=Interval(lo=lo, mid=(lo + hi) / 2, hi=hi))
    value = drawn(rows[CRISIS], look=look)["facts"][-1]["value"]
    assert [c for c in value if c in "▲▼"] == list(sign)


def test_a_card_speaks_chinese(rows: dict[str, StoryRow], now: dict[str, Look]) -> None:
    said = words(drawn(rows[CRISIS], "zh", now[CRISIS]))
    assert {"L3 严重", "预警中", "安全健康", "✓ 自发特征"} <= set(said)


def test_what_is_not_known_is_not_made_up(rows: dict[str, StoryRow]) -> None:
    card = drawn(rows[COPIED])
    assert words(card) == ["New"]
    assert [fact["value"] for fact in card["facts"]][1::2] == ["–", "–"]
    assert card["facts"][-1]["under"] == "not yet known"


def test_copies_are_told_as_counted(rows: dict[str, StoryRow], now: dict[str, Look]) -> None:
    assert "≡ Copies: 10 of 12 posts" in words(drawn(rows[COPIED], look=now[COPIED]))


def test_evidence_never_calls_anyone_fake() -> None:
    for verdict in Verdict:
        badge = cards.automatism(Automatism(verdict=verdict, copies=31, of=40), "en")
        assert badge is not None
        assert not {"fake", "bot", "troll"} & set(badge["text"].lower().split())


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"merged_into": "s1"}, "merged"), ({"status": "snoozed"}, "snoozed"), ({}, "alerting"),
        ({"alert_state": "resolved"}, "resolved"), ({"alert_state": None}, "new"),
        ({"alert_state": None, "first_at": NOW - timedelta(days=2)}, "ongoing"),
    ],
)  # fmt: skip
def test_each_story_has_one_state(rows: dict[str, StoryRow], change: dict[str, object], state: str) -> None:
    assert cards.state_of(replace(rows[CRISIS], **change), NOW) == state  # type: ignore[arg-type]


def test_the_link_keeps_the_readers_choices_and_stays_on_this_server(rows: dict[str, StoryRow]) -> None:
    href = drawn(rows[CRISIS])["href"]
    assert href.startswith("?")
    assert parse(dict(pair.split("=") for pair in href[1:].split("&"))) == View(win="28d", story=CRISIS)


def test_only_the_rounding_of_probabilities_is_ours(posts: list[PostRow]) -> None:
    for row in posts:
        parts = post_list.parts(row)
        assert not parts or sum(part["share"] for part in parts) == pytest.approx(1, abs=1e-3)


def test_a_post_that_was_not_scored_shows_the_reason_instead_of_numbers(posts: list[PostRow]) -> None:
    thai = next(row for row in posts if row.lang == "th")
    shown = post_list.shown(thai, View(), "now")
    assert shown["parts"] == []
    assert shown["probabilities"] == "Not scored: language th is not supported"


def test_harmful_addresses_do_not_reach_the_browser(posts: list[PostRow]) -> None:
    assert any(row.url and row.url.startswith("javascript:") for row in posts)
    shown = [post_list.shown(row, View(), "now") for row in posts]
    assert {one["url"] for one in shown} == {"", "https://example.org/p"}
    json.dumps(post_list.payload(shown, "zh"))


def test_the_csv_holds_every_post_and_no_formula(posts: list[PostRow]) -> None:
    told = post_list.as_csv(posts).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(told)))
    assert len(read) == len(posts)
    assert any(row["text"].startswith("'=HYPERLINK") for row in read)
    assert not [value for row in read for value in row.values() if value.startswith(("=", "+", "@", "-"))]


@pytest.mark.parametrize("name", ["cards.js", "posts.js"])
def test_scripts_never_write_markup_and_fetch_nothing(name: str) -> None:
    script = (cards.ASSETS / name).read_text("utf-8")
    for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert danger not in script


@pytest.mark.parametrize("name", ["cards.css", "posts.css"])
def test_styles_fetch_nothing(name: str) -> None:
    style = (cards.ASSETS / name).read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_every_trace_that_the_story_page_lists_has_words_in_both_languages() -> None:
    for trace in set(Trace) - {Trace.COPIES, Trace.ONE_SHOT}:
        assert len({say(f"trace:{trace.value}", lang) for lang in ("en", "zh")}) == 2
