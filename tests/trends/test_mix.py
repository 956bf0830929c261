"""Simulated brands whose mix of complaints is known."""

import math

import pytest

from tests.trends.scenes import poisson, rng
from trends.mix import WINDOW_D, Shift, shifts, tabulate

DAY0 = 20_000


def told(totals, counts, today) -> list[Shift]:
    """What can be told by the start of `today` of one source's counts per day, and per kind and day."""
    return shifts(table(totals, counts, today))


def table(totals, counts, today):
    rows = [("forum", day, n) for day, n in totals.items()]
    return tabulate(
        rows, [(kind, "forum", day, n) for kind, of in counts.items() for day, n in of.items()], DAY0, today
    )


MIX = {"delivery": 0.30, "product_quality": 0.30, "price_value": 0.20, "waiting": 0.20}


def year(seed, *, days=365, per_day=30.0, mix=lambda day: MIX, volume=lambda day: 1.0, clumps=0.0):
    """Daily totals and counts per kind; `clumps` is the chance a day that one kind gets a story of ten more posts."""
    random = rng(seed)
    totals, counts = {}, {kind: {} for kind in MIX}
    for day in range(DAY0, DAY0 + days):
        shares = mix(day - DAY0)
        for kind, share in shares.items():
            n = poisson(per_day * volume(day - DAY0) * share * random.gammavariate(20, 1 / 20), random)
            n += 10 * (random.random() < clumps / len(MIX))
            counts[kind][day] = n
            totals[day] = totals.get(day, 0) + n
    return totals, counts


def moved(share, rest=("product_quality", "price_value", "waiting")):
    left = sum(MIX[kind] for kind in rest)
    return {"delivery": share, **{kind: MIX[kind] / left * (1 - share) for kind in rest}}


@pytest.mark.parametrize("seed", range(8))
def test_an_injected_shift_is_found_within_two_windows(seed):
    change = 120
    totals, counts = year(seed, days=200, mix=lambda day: moved(0.45 if day >= change else 0.20))
    found = told(totals, counts, DAY0 + 200)
    delivery = [shift for shift in found if shift.kind == "delivery"]
    assert len(delivery) == 1
    assert delivery[0].found - (DAY0 + change) < 2 * WINDOW_D
    assert abs(delivery[0].day - (DAY0 + change)) <= 5
    assert delivery[0].lo <= 0.25 <= delivery[0].hi or abs(delivery[0].size - 0.25) < 0.06


@pytest.mark.parametrize("seed", range(10))
def test_a_constant_mix_over_a_year_raises_none(seed):
    assert told(*year(seed), DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_small_stories_now_and_then_are_no_shift(seed):
    assert told(*year(seed, clumps=0.3), DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_launch_brings_more_of_everything_and_is_no_shift(seed):
    totals, counts = year(seed, volume=lambda day: 1 + 4 * math.exp(-(day - 150) / 7) if day >= 150 else 1.0)
    assert told(totals, counts, DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_season_is_no_shift(seed):
    def season(day):
        return moved(0.25 + 0.10 * math.sin(2 * math.pi * day / 365))

    totals, counts = year(seed, mix=season, volume=lambda day: 1 + 0.5 * math.sin(2 * math.pi * day / 365))
    assert told(totals, counts, DAY0 + 365) == []


def test_a_burst_that_passes_within_days_is_no_shift():
    totals, counts = year(3, days=200)
    for day in range(DAY0 + 120, DAY0 + 124):
        counts["delivery"][day] += 60
        totals[day] += 60
    assert told(totals, counts, DAY0 + 200) == []


def test_a_fall_is_a_shift_too():
    totals, counts = year(5, days=200, mix=lambda day: moved(0.20 if day >= 120 else 0.45))
    (found,) = (shift for shift in told(totals, counts, DAY0 + 200) if shift.kind == "delivery")
    assert found.size < -0.15


@pytest.mark.parametrize("share", [0.10, 0.20])
def test_one_change_is_told_once_though_its_old_days_stay_in_the_window(share):
    totals, counts = year(5, days=260, mix=lambda day: moved(0.45 if day >= 120 else share))
    assert len([shift for shift in told(totals, counts, DAY0 + 260) if shift.kind == "delivery"]) == 1


def streams(seed, *, days, first_day=lambda source: 0, volume=lambda source, day: 20.0):
    """Two sources that complain of different things: reviews of the product, a forum of delivery."""
    random = rng(seed)
    shares = {"reviews": {"product_quality": 0.8, "delivery": 0.2}, "forum": {"product_quality": 0.1, "delivery": 0.9}}
    totals, counts = [], []
    for source, mix in shares.items():
        for day in range(first_day(source), days):
            drawn = {kind: poisson(share * volume(source, day), random) for kind, share in mix.items()}
            totals.append((source, DAY0 + day, sum(drawn.values())))
            counts += [(kind, source, DAY0 + day, n) for kind, n in drawn.items()]
    return totals, counts


@pytest.mark.parametrize(
    "change",
    [
        {"first_day": lambda source: 120 if source == "forum" else 0},
        {"volume": lambda source, day: 0.0 if source == "forum" and day >= 120 else 20.0},
        {"volume": lambda source, day: 80.0 if source == "forum" and day >= 120 else 20.0},
    ],
    ids=["a source is added", "a source falls silent", "a source grows fourfold"],
)
def test_a_change_of_the_sources_is_no_shift_of_the_complaints(change):
    assert shifts(tabulate(*streams(8, days=200, **change), DAY0, DAY0 + 200)) == []


def test_what_was_told_before_is_not_told_again():
    totals, counts = year(7, days=200, mix=lambda day: moved(0.45 if day >= 120 else 0.20))
    days = table(totals, counts, DAY0 + 200)
    found = shifts(days)
    assert found
    assert shifts(days, told={shift.kind: shift.day for shift in found}) == []
    assert shifts(days, since=found[0].found + 1) == found  # a look that ends there sees it: the last 28 days are


def test_few_days_know_no_mix():
    totals, counts = year(6, days=25, mix=lambda day: moved(0.8 if day >= 18 else 0.2))
    assert told(totals, counts, DAY0 + 25) == []
    assert told({}, {}, DAY0) == []


def test_what_was_told_stays_told_as_days_pass():
    totals, counts = year(7, days=220, mix=lambda day: moved(0.45 if day >= 120 else 0.20))
    early, late = ([s for s in told(totals, counts, DAY0 + d) if s.kind == "delivery"] for d in (160, 220))
    assert early == late
