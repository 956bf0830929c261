import math
from datetime import timedelta

import pytest

from groundswell.types import Interval
from tests.trends.scenes import START, rng, seen
from trends.detector import Detector
from trends.forecast import AGES_S, Model, along, day_size, features, forecast, quantiles, shipped
from trends.spread import accounts, reach, reproduction, velocity, voices


def hawkes(r, constant_h, until_h, *, random, immigrants=8, window_h=2.0):
    """Posts of a branching process with exponential kernel: hours, whether caused by another, sorted."""
    events = [(random.random() * window_h, False) for _ in range(immigrants)]
    queue = [t for t, _ in events]
    while queue and len(events) < 3000:
        parent = queue.pop()
        limit, product = math.exp(-r), random.random()
        while product > limit:
            product *= random.random()
            child = parent + random.expovariate(1 / constant_h)
            if child < until_h:
                events.append((child, True))
                queue.append(child)
    return sorted(events)


@pytest.mark.parametrize("r", [0.5, 0.9, 1.4])
def test_the_interval_of_r_covers_about_ninety_percent(r):
    random, covered, runs = rng(int(10 * r)), 0, 0
    while runs < 60:
        events = hawkes(r, 0.5, 4.0, random=random, immigrants=12)
        if len(events) < 15:
            continue
        runs += 1
        posts = [seen(i, t, is_repost=caused) for i, (t, caused) in enumerate(events)]
        found = reproduction(posts, (START.timestamp() + 4 * 3600))
        covered += found.r.lo <= r <= found.r.hi
    assert covered >= 0.83 * runs


def test_growth_is_told_from_decay():
    growing = [seen(i, math.log(1 + i) / 2, is_repost=i > 0) for i in range(80)]
    fading = [seen(i, (i / 10) ** 2 / 5, is_repost=i > 0) for i in range(80)]
    up = reproduction(growing, START.timestamp() + 3600 * math.log(81) / 2)
    down = reproduction(fading, START.timestamp() + 3600 * 30)
    assert up.r.lo > 1
    assert up.half_life_h is None
    assert down.r.hi < 1.2
    assert down.half_life_h > 0


def test_a_trend_carries_the_half_life_of_its_reproduction():
    detector, posts = Detector(), [seen(i, (i / 10) ** 2 / 5, is_repost=i > 0) for i in range(80)]
    for post in posts:
        detector.observe(post)
    at = START + timedelta(hours=14)
    (trend,) = detector.evaluate(at)
    assert trend.half_life_h == reproduction(posts, at.timestamp()).half_life_h > 0


def test_too_few_or_instant_posts_have_no_r():
    assert reproduction([seen(i, i) for i in range(4)], START.timestamp() + 9e4) is None
    assert reproduction([seen(i, 1.0) for i in range(50)], START.timestamp() + 3600) is None


def test_forty_copies_and_forty_own_texts_are_forty_one_voices():
    copies = [seen(i, i, copy_of=7) for i in range(40)]
    own = [seen(100 + i, i, copy_of=100 + i) for i in range(40)]
    assert voices(copies + own) == 41
    assert accounts(copies + own) == 80


def test_voices_join_authors_and_texts():
    posts = [
        seen(1, 0, author="ann", copy_of=5),
        seen(2, 0, author="ann", copy_of=6),
        seen(3, 0, author="bob", copy_of=6),
    ]
    assert voices(posts) == 1
    assert voices([*posts, seen(4, 0, author="eve")]) == 2
    anonymous = [seen(5, 0, author=""), seen(6, 0, author="")]
    assert voices(anonymous) == 2
    assert voices([]) == 0


def test_reach_counts_each_author_once_and_tells_what_is_missing():
    posts = [seen(1, 0, author="ann", audience=900), seen(2, 1, author="ann", audience=1000), seen(3, 2)]
    assert reach(posts) == (1000, 1)
    assert reach([seen(3, 2)]) == (None, 1)
    assert reach([seen(1, 0, audience=0)]) == (0, 0)


def test_velocity_of_a_quiet_brand_is_not_infinite():
    assert velocity(3, 0.0) == 30
    assert velocity(12, 4.0) == 3


def test_forecast_grows_with_what_was_seen_and_shrinks_with_age():
    def coming(count, age_h):
        return forecast([3600 * age_h * (i + 1) / count for i in range(count)], 0.0, 3600 * age_h)

    assert coming(4, 1) is None
    small, large, old = coming(10, 1), coming(100, 1), coming(100, 30)
    assert small.lo < small.mid < small.hi
    assert small.mid < large.mid
    assert old.mid < large.mid
    assert coming(100, 400).lo >= 0


def test_two_trees_are_walked_and_what_is_missing_goes_where_it_was_learned_to_go():
    tree = {"feature": [0, 1, 1], "threshold": [1.0, 5.0, 7.0], "leaf": [1.0, 2.0, 4.0, 8.0]}
    other = {"feature": [1, 0, 0], "threshold": [0.0, 0.0, 0.0], "leaf": [0.1, 0.2, 0.3, 0.4]}
    model = Model.of(
        {
            "models": [
                {
                    "base": 10.0,
                    "missing": [[1, 0, 1], [1, 1, 0]],
                    **{key: [tree[key], other[key]] for key in ("feature", "threshold", "leaf")},
                }
            ],
            "stretch": [[0.0, 1.0, 1.0]],
            "lines": {"timed": [], "untimed": []},
        }
    )
    assert model.sums([1.0, 6.0]) == [10 + 2.0 + 0.4]  # on the threshold is left
    assert model.sums([2.0, 7.5]) == [10 + 8.0 + 0.4]
    assert model.sums([-1.0, math.nan]) == [10 + 2.0 + 0.1]


def test_a_line_between_two_ages_lies_between_and_beyond_them_stays():
    rows = [[6.0, 1.0, 0.0, 0.5], [8.0, 3.0, 0.0, 0.5]]
    assert along(rows, [7.0, 2.0]) == pytest.approx(2.0 + 1.0)
    assert along(rows, [5.0, 2.0]) == pytest.approx(1.0 + 1.0)
    assert along(rows, [9.0, 2.0]) == pytest.approx(3.0 + 1.0)


def test_what_is_shipped_says_an_ordered_interval_at_every_age_with_and_without_the_hour():
    times = [30.0 * i * i for i in range(60)]
    for age in (AGES_S[0], 2000.0, 7200.0, 50000.0, 120000.0, AGES_S[1]):  # 120,000 s: between the last two lines
        for hour in (None, 3.0, 15.0):
            lo, mid, hi = quantiles(shipped(), features(times, 0.0, age, 86400.0, hour))
            assert -9 < lo < mid < hi < 9


def test_features_do_not_look_ahead_and_do_not_change_with_the_clock_of_a_brand_without_rhythm():
    times = [100.0 * i for i in range(50)]
    before = features(times[:31], 0.0, 3000.0, 86400.0, 12.0)
    assert features(times, 0.0, 3000.0, 86400.0, 12.0) == before
    moved = features([t + 12345.0 for t in times], 12345.0, 15345.0, 86400.0, None)
    assert moved == pytest.approx(features(times, 0.0, 3000.0, 86400.0, None), nan_ok=True)


def test_the_size_after_a_day_includes_what_was_seen_and_is_known_once_the_day_is_over():
    times = [120.0 * i for i in range(60)]
    early = day_size(times, 0.0, 3600.0)
    assert early.lo >= 31
    assert early.lo < early.mid < early.hi
    assert day_size(times, 0.0, 86400.0) == Interval(lo=60, mid=60, hi=60)
    assert day_size(times[:3], 0.0, 3600.0) is None


def test_a_story_before_the_night_is_told_to_bring_less_than_one_before_the_day():
    times = [300.0 * i for i in range(72)]  # six hours

    def rest(busiest):
        size = day_size(times, 0.0, 21600.0, busiest_hour=busiest)
        return size.mid - len(times)

    assert rest(6.0 + 9) > 1.2 * rest(6.0 - 3)  # nine hours to the busiest hour, or three after it
