from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell import privacy
from groundswell.privacy import gate, is_card, is_resident_id, mask, pseudonym
from groundswell.types import Engagement, Kind, Post

KEY = b"k" * 32
POST = Post(source="forum", external_id="1", text="hello", created_at=datetime(2026, 1, 1, tzinfo=UTC), author="Ann")


def test_the_gate_carries_over_everything_that_is_not_its_own() -> None:
    full = Post(
        source="s", external_id="1", text="hello", created_at=POST.created_at, kind=Kind.REVIEW, brand="", lang="en",
        author="Ann", parent="0", url="https://a.example", rating=2.0, audience=9,
        engagement=Engagement(likes=1, replies=2, shares=3, views=4), rule="r", rule_version="v",
    )  # fmt: skip
    assert all(getattr(full, f.name) != f.default for f in fields(Post) if f.name not in ("brand", "gated"))
    own = {"brand": "Acme", "author": pseudonym(KEY, "s", "Ann"), "rule": "q", "rule_version": "w", "gated": True}
    assert gate(full, "Acme", KEY, rule="q", rule_version="w") == replace(full, **own)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ann.lee+shop@mail.example.co.uk now", "write to [mail] now"),
        ("打我电话13812345678谢谢", "打我电话[phone]谢谢"),
        ("电话 138 1234 5678 联系", "电话 [phone] 联系"),
        ("+86 13812345678", "[phone]"),
        ("call +44 20 7946 0958", "call [phone]"),
        ("call (212) 555-0188", "call [phone]"),
        ("身份证11010519491231002X的", "身份证[id]的"),
        ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
        ("@some_user look", "@[user] look"),
        ("//@红背心的熊: 是的", "//@[user]: 是的"),
        ("from 10.0.0.12 yesterday", "from [ip] yesterday"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112 is late",
        "paid 1299.00 on 2026-03-02 12:30",
        "订单号20260302123456789",
        "version 1.2.3.4567",
        "waited 45 minutes, ticket 123-4567",
        "身份证110105194912310021的",
    ],
)
def test_numbers_without_proof_survive(text: str) -> None:
    assert mask(text) == text


def test_the_firms_own_handle_stays_readable() -> None:
    assert mask("@Halvero @bob", frozenset({"halvero"})) == "@Halvero @[user]"


def test_a_pseudonym_needs_the_key_and_the_source() -> None:
    same = pseudonym(KEY, "forum", "Ann")
    assert same == pseudonym(KEY, "forum", "Ann")
    assert (
        len({same, pseudonym(KEY, "social", "Ann"), pseudonym(b"x", "forum", "Ann"), pseudonym(KEY, "forum", "ann")})
        == 4
    )


def test_the_gate_leaves_no_raw_author() -> None:
    gated = gate(replace(POST, text="I am Ann, ann@example.com"), "Halvero", KEY)
    assert gated.gated
    assert gated.brand == "Halvero"
    assert gated.author != "Ann"
    assert gated.text == "I am Ann, [mail]"
    assert gate(replace(POST, author=None), "Halvero", KEY).author is None


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.text(alphabet="0123456789 .()-+@aX", max_size=60))
def test_a_text_is_spared_the_search_only_when_there_is_nothing_to_find(text: str) -> None:
    slow = privacy._MAIL.sub("[mail]", text)
    for pattern, change in privacy._NUMBERS:
        slow = pattern.sub(change, slow)
    slow = privacy._HANDLE.sub("@[user]", privacy._ADDRESS.sub("[ip]", slow))
    assert mask(text) == slow


@given(st.integers(min_value=10**11, max_value=10**17))
def test_a_luhn_number_is_found_and_its_neighbour_is_not(body: int) -> None:
    good = next(f"{body}{check}" for check in range(10) if is_card(f"{body}{check}"))
    assert not is_card(good[:-1] + str((int(good[-1]) + 1) % 10))


def test_resident_id_checksum() -> None:
    assert is_resident_id("11010519491231002X")
    assert not is_resident_id("110105194912310021")
