"""Circles of accounts: who answered or repeated whom says whether a story has left the people it began among."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from groundswell.types import Observation, Sentiment
from trends.communities import communities

START = datetime(2026, 3, 1, tzinfo=UTC)


def post(number: int, author: str | None, answers: int = 0, label: Sentiment = Sentiment.NEGATIVE) -> Observation:
    return Observation(
        post=number, brand="Halvero", story="s", source="forum", at=START + timedelta(minutes=number), label=label,
        negative=0.9, author=author, answers=answers,
    )  # fmt: skip


def star(first: int, name: str, size: int) -> list[Observation]:
    """One post and `size` - 1 others that repeat it."""
    return [post(first, f"{name}0"), *(post(first + i, f"{name}{i}", first) for i in range(1, size))]


def told(posts: list[Observation]) -> tuple[int, float] | None:
    found = communities(posts, [p for p in posts if p.label is Sentiment.NEGATIVE])
    return (found.count, found.largest) if found else None


def test_one_post_that_all_repeat_is_one_circle() -> None:
    assert told(star(1, "a", 9)) == (1, 1.0)


def test_two_origins_are_two_circles_until_one_account_stands_in_both() -> None:
    both = star(1, "a", 6) + star(11, "b", 2)
    assert told(both) == (2, 0.75)
    assert told([*both, post(20, "a3", answers=11)]) == (1, 1.0)


def test_accounts_without_a_tie_are_circles_of_their_own() -> None:
    assert told([*star(1, "a", 2), post(5, "b"), post(6, None)]) == (3, 0.5)


def test_without_any_tie_nothing_is_said() -> None:
    assert told([post(1, "a"), post(2, "b"), post(3, None)]) is None
    assert told([post(1, "a"), post(2, "a", answers=1), post(3, "b", answers=99)]) is None


def test_ties_of_posts_that_are_not_negative_hold_the_negative_ones_together() -> None:
    link = post(2, "b", answers=1, label=Sentiment.NEUTRAL)
    assert told([post(1, "a"), link, post(3, "c", answers=2)]) == (1, 1.0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_posts_does_not_matter(order: int) -> None:
    posts = (star(1, "a", 3) + star(11, "b", 2))[::order]
    assert told(posts) == (2, 0.6)
    assert told([replace(p, label=Sentiment.POSITIVE) for p in posts]) is None
