import pytest

from groundswell.matching import matched, matches
from groundswell.types import Query


def query(*any_terms: str, **more: object) -> Query:
    return Query(brand="b", any_terms=any_terms, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("ai", "training is hard", False),
        ("ai", "AI is hard", True),
        ("ai", "用ai写的", True),
        ("Halvero", "the halvero's lid", True),
        ("Halvero", "Halverone", False),
        ("Ｈａｌｖｅｒｏ", "halvero", True),
        ("禾维洛", "我的禾维洛水壶", True),
        ("C++", "I like C++ a lot", True),
        ("node.js", "nodexjs", False),
        ("@halvero", "hi @Halvero!", True),
        ("café", "the Café closed", True),
    ],
)
def test_one_term(term: str, text: str, found: bool) -> None:
    assert matches(query(term), text) is found


def test_all_and_none_narrow() -> None:
    rice = query("小米", all_terms=("手机",), none_terms=("小米粥",))
    assert matches(rice, "小米手机发热")
    assert not matches(rice, "小米很好吃")
    assert not matches(rice, "小米手机旁边的小米粥")


def test_all_terms_alone_are_enough_and_nothing_matches_nothing() -> None:
    assert matches(query(all_terms=("kettle", "leak")), "my kettle has a leak")
    assert not matches(query(), "anything")


def test_language_and_source_narrow_only_what_is_known() -> None:
    english = query("x", languages=("en",), sources=("forum",))
    assert matches(english, "x", lang="en-GB", source="forum")
    assert matches(english, "x", lang=None, source="forum")
    assert not matches(english, "x", lang="zh", source="forum")
    assert not matches(english, "x", lang="en", source="shop")


def test_a_post_may_be_about_two_brands() -> None:
    queries = [Query(brand="A", any_terms=("alpha",)), Query(brand="B", any_terms=("beta",))]
    assert matched(queries, "alpha is better than beta") == ["A", "B"]
