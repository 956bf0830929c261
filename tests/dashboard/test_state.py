import pytest

from dashboard.state import LIMIT, View, link, params, parse


def test_an_address_opens_what_it_was_made_from() -> None:
    view = View(lang="zh", brand="禾维洛 & Co", win="28d", story="sabc", q="退款 <b>", topic="delivery", p="3")
    assert parse(params(view)) == view


def test_defaults_are_left_out_but_the_language_travels() -> None:
    assert link(View()) == "?lang=en"
    assert link(View(lang="zh", story="s1")) == "?lang=zh&story=s1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("win", "99y"),
        ("lang", "xx"),
        ("sentiment", "furious"),
        ("topic", "weather"),
        ("view", "../admin"),
        ("at", "1999"),
    ],
)
def test_what_is_not_allowed_falls_back(name: str, value: str) -> None:
    assert parse({name: value}) == View()


def test_unknown_parameters_and_endless_ones_do_no_harm() -> None:
    assert parse({"utm_source": "mail", "q": "x" * 10_000}) == View(q="x" * LIMIT)


@pytest.mark.parametrize(
    ("locale", "lang"), [("zh-CN", "zh"), ("zh", "zh"), ("en-GB", "en"), ("fr", "en"), (None, "en")]
)
def test_the_browser_chooses_the_language_unless_the_address_does(locale: str | None, lang: str) -> None:
    assert parse({}, locale).lang == lang
    assert parse({"lang": "en"}, locale).lang == "en"


def test_a_story_leads_to_its_page_unless_another_is_asked_for() -> None:
    assert (View().page, View(story="s").page, View(story="s", view="explore").page) == ("trends", "story", "explore")


@pytest.mark.parametrize(("p", "n"), [("", 1), ("4", 4), ("0", 1), ("-3", 1), ("x", 1), ("٣", 1), ("9999999", 1)])
def test_page_numbers_are_whole_and_at_least_one(p: str, n: int) -> None:
    assert View(p=p).number == n
