from itertools import pairwise

from tests.trends.scenes import poisson, rng
from trends.baseline import HOUR, Baseline
from trends.tails import negative_binomial_surprise

MONDAY = 488_112  # hours since 1970 of Monday 7 September 2025 00:00 UTC ...
MONDAY -= (MONDAY // 24 + 3) % 7 * 24  # ... made sure of


def feed(baseline, hours, rate, *, random, source="forum", first=0):
    for hour in range(first, first + hours):
        n = poisson(rate(MONDAY + hour), random)
        baseline.add(source, MONDAY + hour, 4 * n, n)


def at(hours):
    return (MONDAY + hours) * HOUR


def night_and_day(hour):
    return 6.0 if 8 <= hour % 24 < 20 else 1.0


def test_the_day_is_learned():
    baseline = Baseline()
    feed(baseline, 28 * 24, night_and_day, random=rng())
    noon, night = (baseline.expected(at(28 * 24 + h), HOUR) for h in (13, 4))
    assert 5 < noon.mean < 7
    assert 0.7 < night.mean < 1.5
    assert noon.history_h == 28 * 24 + 13


def test_the_weekend_is_learned_after_two_weeks():
    baseline = Baseline()
    feed(baseline, 42 * 24, lambda h: 6.0 if (h // 24 + 3) % 7 < 5 else 1.5, random=rng(1))
    monday, saturday = (baseline.expected(at(42 * 24 + 24 * d + 12), HOUR) for d in (0, 5))
    assert 5 < monday.mean < 7
    assert 1 < saturday.mean < 2.5


def test_p_values_are_honest_on_data_like_those_learned():
    baseline, random, surprising = Baseline(), rng(2), 0
    feed(baseline, 21 * 24, night_and_day, random=random)
    for hour in range(21 * 24, 26 * 24):
        normal = baseline.expected(at(hour + 1), HOUR)
        surprising += sum(
            negative_binomial_surprise(poisson(night_and_day(hour), random), normal.mean, normal.shape) > 2
            for _ in range(10)
        )
    assert surprising <= 0.02 * 1200


def test_a_new_brand_is_uncertain_and_a_watched_silent_one_is_not():
    new, silent = Baseline(), Baseline()
    feed(new, 2, lambda h: 3.0, random=rng(3))
    silent.watch(at(-7 * 24))
    silent.add("forum", MONDAY, 0, 0)
    now = at(2)
    assert new.expected(now, HOUR).history_h == 2
    assert new.expected(now, HOUR).shape < 1.5
    assert silent.expected(now, HOUR).mean < 0.01
    ten = [
        negative_binomial_surprise(10, b.expected(now, HOUR).mean, b.expected(now, HOUR).shape) for b in (new, silent)
    ]
    assert ten[0] < 4 < 8 < ten[1]


def test_an_unknown_brand_has_the_prior():
    nothing = Baseline().expected(at(0), HOUR)
    assert nothing.mean == 0.5
    assert nothing.history_h == 0


def test_a_past_crisis_does_not_teach_that_crises_are_normal():
    calm, shaken = Baseline(), Baseline()
    feed(calm, 28 * 24, lambda h: 2.0, random=rng(4))
    feed(shaken, 28 * 24, lambda h: 2.0, random=rng(4))
    for hour in range(15 * 24, 15 * 24 + 6):
        shaken.add("forum", MONDAY + hour, 500, 400)
    now = at(28 * 24)
    assert shaken.expected(now, HOUR).mean < 1.6 * calm.expected(now, HOUR).mean


def test_an_open_outage_takes_its_source_out_and_is_not_learned_as_silence():
    baseline = Baseline()
    for source, rate in (("forum", 3.0), ("reviews", 1.0)):
        feed(baseline, 14 * 24, lambda h, rate=rate: rate, random=rng(5), source=source)
    feed(baseline, 7 * 24, lambda h: 1.0, random=rng(6), source="reviews", first=14 * 24)
    down, now = at(14 * 24), at(21 * 24)
    ignorant = baseline.expected(now, HOUR).mean
    baseline.outage("forum", down, None)
    during = baseline.expected(now, HOUR).mean
    baseline.outage("forum", down, at(21 * 24))
    for source, rate in (("forum", 3.0), ("reviews", 1.0)):
        feed(baseline, 24, lambda h, rate=rate: rate, random=rng(7), source=source, first=21 * 24)
    after = baseline.expected(at(22 * 24 + 2), HOUR).mean
    assert 0.7 < during < 1.5
    assert ignorant < 3 < after < 5


def test_a_source_that_returns_may_bring_what_piled_up():
    baseline = Baseline()
    feed(baseline, 14 * 24, lambda h: 4.0, random=rng(7))
    baseline.outage("forum", at(14 * 24), at(14 * 24 + 10))
    hour_after = baseline.expected(at(14 * 24 + 10.5), HOUR).mean
    later = baseline.expected(at(14 * 24 + 12), HOUR).mean
    assert 30 < hour_after < 55
    assert later < 6


def test_late_counts_mend_the_past():
    late, punctual = Baseline(), Baseline()
    for baseline in (late, punctual):
        feed(baseline, 5 * 24, lambda h: 2.0, random=rng(8))
    now = at(5 * 24)
    late.expected(now, HOUR)
    for baseline in (late, punctual):
        baseline.add("forum", MONDAY + 30, 20, 9)
    assert late.expected(now, HOUR) == punctual.expected(now, HOUR)


def test_old_hours_are_forgotten():
    baseline = Baseline()
    feed(baseline, 24, lambda h: 5.0, random=rng(9))
    baseline.prune(at(70 * 24))
    assert baseline._negative["forum"] == baseline._classified["forum"] == {}


def test_the_busiest_hour_is_told_once_a_week_is_known():
    baseline, flat = Baseline(), Baseline()
    feed(baseline, 14 * 24, night_and_day, random=rng(9))
    feed(flat, 14 * 24, lambda h: 8.0, random=rng(9))
    assert abs(baseline.busiest_hour(at(14 * 24)) - 14) < 1
    assert flat.busiest_hour(at(14 * 24)) is None
    young = Baseline()
    feed(young, 3 * 24, night_and_day, random=rng(9))
    assert young.busiest_hour(at(3 * 24)) is None


def test_a_window_is_the_sum_of_its_hours():
    baseline = Baseline()
    feed(baseline, 28 * 24, night_and_day, random=rng(10))
    end = at(28 * 24 + 5.5)
    hours = [baseline.expected(end, h * HOUR).mean for h in range(1, 25)]
    steps = [b - a for a, b in pairwise(hours)]
    day = baseline.expected(end, 24 * HOUR).mean
    assert 60 < day < 110  # twelve hours at 6, twelve at 1
    assert 0.5 < min(steps) < 1.5
    assert 5 < max(steps) < 7
