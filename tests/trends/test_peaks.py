from tests.trends.scenes import poisson, rng
from trends.peaks import LEAST, REMEMBERED, STEP_S, Peaks


def feed(peaks, steps, rate, *, random, first=0, burst=None):
    """Look every five minutes at Poisson counts of `rate` a step; returns the values."""
    values, recent = [], [rate] * 12
    for step in range(first, first + steps):
        count = poisson(rate, random) * (random.gammavariate(2, 0.5)) + (burst(step) if burst else 0)
        recent = [*recent[1:], count]
        counts = [int(recent[-1]), int(sum(recent[-3:])), int(sum(recent))]
        values.append(peaks.look(step * STEP_S, counts, [rate, 3 * rate, 12 * rate]))
    return values


def test_ordinary_days_seldom_look_rare_and_a_burst_does():
    peaks = Peaks()
    calm = feed(peaks, 3000, 5.0, random=rng(1))
    burst = feed(peaks, 12, 5.0, random=rng(2), first=3000, burst=lambda step: 80)
    assert sum(value > 1.9 for value in calm) < 0.005 * len(calm)
    assert max(burst) > 3.5


def test_one_loud_step_counts_less_than_an_hour_of_it():
    single, lasting = Peaks(), Peaks()
    for peaks in (single, lasting):
        feed(peaks, 2000, 5.0, random=rng(3))
    one = feed(single, 12, 5.0, random=rng(4), first=2000, burst=lambda step: 60 if step == 2000 else 0)
    hour = feed(lasting, 12, 5.0, random=rng(4), first=2000, burst=lambda step: 60)
    assert max(hour) > 1.3 * max(one)


def test_a_brand_used_to_bursts_asks_for_larger_ones():
    calm, wild = Peaks(), Peaks()
    feed(calm, 3000, 5.0, random=rng(5))
    feed(wild, 3000, 5.0, random=rng(5), burst=lambda step: 60 if step % 100 < 6 else 0)
    counts, means = [70, 200, 300], [5.0, 15.0, 60.0]
    assert calm.look(3001 * STEP_S, counts, means) > 2 * wild.look(3001 * STEP_S, counts, means)


def test_too_short_a_past_says_nothing():
    assert set(feed(Peaks(), LEAST, 5.0, random=rng(6), burst=lambda step: 1000 if step > 60 else 0)) == {0.0}


def test_looks_within_one_step_are_remembered_once_and_memory_is_bounded():
    often, once = Peaks(), Peaks()
    for step in range(400):
        counts = [step % 7, step % 11, step % 13]
        for part in range(5):
            often.look(step * STEP_S + 60 * part, counts, [3.0, 5.0, 6.0])
        once.look(step * STEP_S, counts, [3.0, 5.0, 6.0])
    assert often.look(400 * STEP_S, [40, 50, 60], [3.0] * 3) == once.look(400 * STEP_S, [40, 50, 60], [3.0] * 3)
    for step in range(401, 2 * REMEMBERED + 2000):
        once._remember(step, once._past[0])
    assert len(once._past) <= 2 * REMEMBERED + 1024
