"""Simulated brands whose mix of complaints is known."""

import math

import pytest

from tests.trends.scenes import poisson, rng
from trends.mix import WINDOW_D, shifts

DAY0 = 20_000
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
    found = shifts(totals, counts, DAY0 + 200)
    delivery = [shift for shift in found if shift.kind == "delivery"]
    assert len(delivery) == 1
    assert delivery[0].found - (DAY0 + change) < 2 * WINDOW_D
    assert abs(delivery[0].day - (DAY0 + change)) <= 5
    assert delivery[0].lo <= 0.25 <= delivery[0].hi or abs(delivery[0].size - 0.25) < 0.06


@pytest.mark.parametrize("seed", range(10))
def test_a_constant_mix_over_a_year_raises_none(seed):
    assert shifts(*year(seed), DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_small_stories_now_and_then_are_no_shift(seed):
    assert shifts(*year(seed, clumps=0.3), DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_launch_brings_more_of_everything_and_is_no_shift(seed):
    totals, counts = year(seed, volume=lambda day: 1 + 4 * math.exp(-(day - 150) / 7) if day >= 150 else 1.0)
    assert shifts(totals, counts, DAY0 + 365) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_season_is_no_shift(seed):
    def season(day):
        return moved(0.25 + 0.10 * math.sin(2 * math.pi * day / 365))

    totals, counts = year(seed, mix=season, volume=lambda day: 1 + 0.5 * math.sin(2 * math.pi * day / 365))
    assert shifts(totals, counts, DAY0 + 365) == []


def test_a_burst_that_passes_within_days_is_no_shift():
    totals, counts = year(3, days=200)
    for day in range(DAY0 + 120, DAY0 + 124):
        counts["delivery"][day] += 60
        totals[day] += 60
    assert shifts(totals, counts, DAY0 + 200) == []


def test_a_fall_is_a_shift_too_and_quotes_three_posts_after_it():
    totals, counts = year(5, days=200, mix=lambda day: moved(0.20 if day >= 120 else 0.45))
    typical = {"delivery": [(DAY0 + day, day) for day in range(100, 200)]}
    (found,) = (shift for shift in shifts(totals, counts, DAY0 + 200, typical=typical) if shift.kind == "delivery")
    assert found.size < -0.15
    assert len(found.examples) == 3
    assert all(found.day <= DAY0 + post <= found.found for post in found.examples)


def test_few_days_know_no_mix():
    totals, counts = year(6, days=25, mix=lambda day: moved(0.8 if day >= 18 else 0.2))
    assert shifts(totals, counts, DAY0 + 25) == []
    assert shifts({}, {}, DAY0) == []


def test_what_was_told_stays_told_as_days_pass():
    totals, counts = year(7, days=220, mix=lambda day: moved(0.45 if day >= 120 else 0.20))
    early, late = ([s for s in shifts(totals, counts, DAY0 + d) if s.kind == "delivery"] for d in (160, 220))
    assert early == late
