from dataclasses import replace

import pytest

from groundswell.matching import matched, matches, version, why
from groundswell.types import Near, Query


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
    assert matched(queries, "alpha is better than beta") == {"A": "any: alpha", "B": "any: beta"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("小米手机又卡了", True),
        ("我买的小米，客服三天不理人", True),
        ("早饭喝小米粥，然后去公司，路上堵了很久很久，手机没电", False),
        ("小米粥很好喝", False),
        ("手机是小米", True),
    ],
)
def test_an_ambiguous_chinese_name_needs_its_context_close_by(text: str, found: bool) -> None:
    rule = Near(term="小米", context=("手机", "客服"), within=10)
    assert matches(Query(brand="b", any_terms=(), near=(rule,)), text) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My Apple lost its battery", True),
        ("battery of my apple", True),
        ("an apple a day keeps the doctor away, said the man with the battery", False),
        ("pineapple battery", False),
    ],
)
def test_distance_is_counted_in_words(text: str, found: bool) -> None:
    rule = Near(term="apple", context=("battery", "phone"), within=4)
    assert matches(Query(brand="b", any_terms=(), near=(rule,)), text) is found


def test_the_other_terms_hold_beside_a_near_rule_and_the_rule_is_named() -> None:
    made = Query(
        brand="b", any_terms=("halvero",), none_terms=("job",), near=(Near(term="arc", context=("kettle",)),)
    )  # fmt: skip
    assert why(made, "the Arc kettle leaks") == "near: arc"
    assert why(made, "Halvero leaks") == "any: halvero"
    assert why(made, "an arc kettle job") is None
    assert why(made, "an arc") is None


def test_the_version_of_a_query_changes_exactly_when_it_finds_other_posts() -> None:
    first = query("Acme", "爱客", none_terms=("job",), near=(Near(term="arc", context=("kettle", "lid")),))
    assert version(first) == "e7a36fcb049b", "stored fingerprints must stay what they are"
    same = (
        query("爱客", "ACME", none_terms=("Job",), near=(Near(term="Arc", context=("lid", "kettle")),)),
        replace(first, rivals=("Other",)),
    )
    assert {version(other) for other in same} == {version(first)}
    changed = (
        replace(first, brand="c"), replace(first, any_terms=("acme",)), replace(first, all_terms=("x",)),
        replace(first, none_terms=()), replace(first, near=()), replace(first, languages=("en",)),
        replace(first, sources=("forum",)), replace(first, near=(Near(term="arc", context=("kettle",)),)),
        replace(first, any_terms=first.none_terms, none_terms=first.any_terms),
    )  # fmt: skip
    assert len({version(other) for other in (first, *changed)}) == len(changed) + 1
