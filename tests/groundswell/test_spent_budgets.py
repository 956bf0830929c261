"""A day's budget that is spent ends by itself at midnight: whoever was told once need not hear of it every day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.groundswell.test_data_outages import Watched

SPENT = "Exhausted: example.org (at most 9 a day) has cost the day's budget: nothing is asked until"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.store.close()


def test_a_budget_that_is_spent_every_day_is_told_once_until_a_day_passes_without(watched: Watched) -> None:
    said = []
    for day in range(5):
        for minutes in range(60, 780, 60):  # spent from 13:00 on, until midnight
            watched.at(day * 1440 + minutes)
            watched.fail(f"{SPENT} day {day}") if minutes < 720 else watched.page(10 + day)
            said += watched.look()
            watched.restart()
        watched.at(day * 1440 + 1430)
        watched.page(100 + day)
        said += watched.look()
    assert said == [(1, f"{SPENT} day 0")]
    watched.at(5 * 1440 + 719)
    assert watched.look() == [], "a day has not passed since the last midnight"
    watched.at(5 * 1440 + 720)
    assert watched.look() == [(2, f"{SPENT} day 0")]
    watched.fail(SPENT)
    watched.at(5 * 1440 + 780)
    watched.fail(SPENT)
    assert watched.look() == [(1, SPENT)], "it began anew"


def test_another_failure_is_told_while_the_budget_is_spent_every_day(watched: Watched) -> None:
    watched.fail(SPENT)
    watched.at(40)
    watched.fail(SPENT)
    assert watched.look() == [(1, SPENT)]
    watched.at(100)
    watched.page(2)
    watched.at(101)
    watched.fail("Unreachable: refused")
    watched.at(140)
    watched.fail("Unreachable: refused")
    assert watched.look() == [(1, "Unreachable: refused")]
    watched.at(150)
    watched.page(3)
    assert watched.look() == [(2, "Unreachable: refused")]
