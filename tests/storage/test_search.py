from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.types import Sentiment, Topic
from storage.search import match_query, tokens
from storage.store import Store

TEXTS = {
    "zh": "弧光水壶用了两天就漏水，客服不理人",
    "end": "真的很差！漏水",
    "en": "The Halvero Arc LEAKS; don't buy_it",
    "wide": "Ｈａｌｖｅｒｏ Ａｒｃ 水壶",
    "apart": "水 壶",
    "kana": "このケトルは最高です",
}


@pytest.fixture
def filled(store: Store, make: Any) -> Store:
    posts = [
        make.post(name, text, created_at=make.start + timedelta(minutes=i))
        for i, (name, text) in enumerate(TEXTS.items())
    ]
    store.commit_page("forum", make.page(*posts))
    return store


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("漏水", {"zh", "end"}),
        ("水壶", {"zh", "wide"}),  # two characters; not the pair broken by a blank
        ("弧光水壶", {"zh"}),
        ("光水", {"zh"}),
        ("漏水 客服", {"zh"}),
        ("服客", set()),
        ("差", {"end"}),
        ("水", {"zh", "end", "wide", "apart"}),  # one character, also at the end of a run
        ("leaks", {"en"}),
        ("leak", set()),
        ("halvero", {"en", "wide"}),
        ("Halvero漏水", set()),
        ("buy", {"en"}),
        ("ケトル", {"kana"}),
        ("!!! ???", set()),
        ('" OR NEAR(', set()),
    ],
)
def test_words_find_their_posts(filled: Store, words: str, found: set[str]) -> None:
    assert {s.post.external_id for s in filled.search(words)} == found


def test_newest_come_first_and_the_limit_holds(filled: Store) -> None:
    assert [s.post.external_id for s in filled.search("水", limit=2)] == ["apart", "wide"]
    assert [s.post.external_id for s in filled.search("", limit=1)] == ["kana"]


def test_search_narrows_by_everything_it_offers(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1", "漏水了")))
    (post,) = make.classify(store, prediction=make.prediction(0.9, [Topic.PRODUCT_QUALITY]))
    store.commit_page("shop", make.page(make.post("2", "漏水吗", source="shop", brand="Rival")))
    later = make.start + timedelta(seconds=1)
    for asked in (
        {"brand": "Halvero"}, {"source": "forum"}, {"label": Sentiment.NEGATIVE}, {"story": "s1"},
        {"topic": Topic.PRODUCT_QUALITY},
    ):  # fmt: skip
        assert [s.id for s in store.search("漏水", **asked)] == [post.id]
    assert len(store.search("漏水", since=make.start, until=later)) == 2
    assert store.search("漏水", until=make.start) == store.search("漏水", since=later) == []
    store.correct(post.id, Sentiment.POSITIVE)
    assert store.search("漏水", label=Sentiment.NEGATIVE) == []


@given(st.text(), st.text(alphabet="水壶漏a b!", max_size=6))
def test_any_text_has_tokens_and_any_query_parses(text: str, words: str) -> None:
    assert all(token and token == token.strip() for token in tokens(text))
    assert match_query(words).count('"') % 2 == 0


@given(st.text(max_size=20))
def test_whatever_is_typed_is_an_answer_not_an_error(text: str) -> None:
    assert tokens(text) or not match_query(text)
