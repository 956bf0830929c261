from datetime import timedelta
from itertools import pairwise

from groundswell.types import Severity, Trace, Verdict
from tests.trends.scenes import (
    BRAND,
    CRISIS_AT,
    DAYS,
    START,
    ordinary,
    outbreak,
    play,
    rng,
    seen,
    slow_rise,
    told_in_many_words,
)
from trends.detector import Detector
from trends.settings import DetectorSettings


def test_ordinary_weeks_are_quiet():
    fired, _ = play(ordinary(28, 80, rng=rng(1)), step=1)
    assert fired == []


def test_an_outbreak_fires_early_once_and_explains_itself(days):
    crisis = outbreak(CRISIS_AT, 200, 10, rng=rng(2))
    fired, _ = play(days + crisis, start=CRISIS_AT - 20, step=0.1)
    assert [trend.story for _, trend in fired] == ["s-crisis"]
    at, trend = fired[0]
    assert sum(o.at <= START + timedelta(hours=at) for o in crisis) <= 0.1 * len(crisis)
    assert trend.observed > 3 * trend.expected
    assert trend.surprise >= 4
    assert trend.voices >= 5
    assert trend.reach is None
    assert trend.reach_missing == trend.negative_seen
    assert trend.severity >= Severity.L2
    assert set(trend.examples) <= {o.post for o in crisis if o.label == "negative"}
    assert {part.partition(":")[0] for part in trend.because} >= {"surprise", "growth", "breadth", "reach", "history"}


def test_it_stays_viral_without_flapping_and_ends_when_calm(days):
    crisis = outbreak(CRISIS_AT, 200, 10, rng=rng(2))
    states = []
    fired, detector = play(days + crisis, start=CRISIS_AT - 2, until=CRISIS_AT)
    for minutes in range(0, 40 * 60, 15):
        at = START + timedelta(hours=CRISIS_AT, minutes=minutes)
        for one in crisis:
            if at - timedelta(minutes=15) < one.at <= at:
                detector.observe(one)
        states.append(any(t.is_viral for t in detector.evaluate(at)))
    changes = sum(a != b for a, b in pairwise(states))
    assert fired == []
    assert changes == 2
    assert not states[-1]


def test_a_benign_launch_does_not_alarm(days):
    launch = outbreak(CRISIS_AT, 500, 12, rng=rng(3), story="s-launch", negative=0.08)
    fired, _ = play(days + launch, start=CRISIS_AT - 2, step=0.1)
    assert fired == []


def test_an_outage_is_no_calm_and_the_return_no_burst():
    noise = ordinary(DAYS, 60, rng=rng(4)) + ordinary(DAYS, 60, rng=rng(5), source="reviews", post=2_000_000)
    down, up = (DAYS - 1) * 24 + 2, (DAYS - 1) * 24 + 14
    hidden = [o for o in noise if o.source == "reviews" and down <= (o.at - START).total_seconds() / 3600 < up]
    # On return the source gives everything at once, dated by arrival.
    dumped = [
        seen(3_000_000 + i, up + 0.2 + i / 1000, story=o.story, label=o.label, source="reviews")
        for i, o in enumerate(hidden)
    ]
    rest = [o for o in noise if o not in hidden]
    detector = Detector()
    detector.watch(BRAND, START)
    before, _ = play(rest, start=down - 10, until=down + 3, detector=detector)
    expected = detector._brands[BRAND].baseline.expected
    whole = expected((START + timedelta(hours=down)).timestamp(), 3600.0).mean
    detector.outage(None, "reviews", START + timedelta(hours=down), None)
    frozen = expected((START + timedelta(hours=down + 3)).timestamp(), 3600.0).mean
    after_down, _ = play(rest, start=down + 3, until=up, detector=detector)
    detector.outage(None, "reviews", START + timedelta(hours=down), START + timedelta(hours=up))
    back, _ = play(rest + dumped, start=up, until=up + 8, detector=detector)
    assert 0.3 * whole < frozen < 0.75 * whole
    assert (before, after_down, back) == ([], [], [])


def test_late_shuffled_and_duplicate_posts_leave_the_same_trends(days):
    stream = days + outbreak(CRISIS_AT, 150, 8, rng=rng(6))
    ordered, shuffled = Detector(), Detector()
    for one in sorted(stream, key=lambda o: o.at):
        ordered.observe(one)
    mixed = stream + stream[::3]
    rng(8).shuffle(mixed)
    for one in mixed:
        shuffled.observe(one)
    at = START + timedelta(hours=CRISIS_AT + 8)
    assert ordered.evaluate(at) == shuffled.evaluate(at)
    assert any(trend.is_viral for trend in shuffled.evaluate(at))


def test_a_brand_with_less_than_two_hours_of_history_says_so_and_stays_silent():
    crisis = outbreak(0.1, 100, 4, rng=rng(10), shape=1.0)
    fired, detector = play(crisis, until=1.9, watch=False)
    trend = next(t for t in detector.evaluate(START + timedelta(hours=1.9)) if t.story == "s-crisis")
    assert fired == []
    assert "not:history" in trend.because
    assert "history:2 h" in trend.because or "history:1 h" in trend.because


def test_a_quiet_watched_brand_is_believed_after_six_voices():
    posts = [seen(i, 200 + i / 60, story="s-new") for i in range(30)]
    fired, _ = play(posts, start=199, step=1 / 60)
    assert len(fired) == 1
    assert fired[0][1].posts_seen <= 12


def test_one_loud_person_is_no_trend():
    posts = [seen(i, 200 + i / 60, story="s-one", author="loud") for i in range(60)]
    fired, detector = play(posts, start=199)
    assert fired == []
    assert any("not:breadth" in t.because for t in detector.evaluate(START + timedelta(hours=201)))


def test_a_copy_campaign_fires_and_is_named_as_copies(days):
    copies = outbreak(CRISIS_AT, 60, 3, rng=rng(11), story="s-copies", negative=1.0, copy_of=99)
    fired, detector = play(days + copies, start=CRISIS_AT - 1)
    trend = next(t for t in detector.evaluate(START + timedelta(hours=CRISIS_AT + 3)) if t.story == "s-copies")
    assert [t.story for _, t in fired] == ["s-copies"]
    assert trend.automatism.verdict in (Verdict.COPIED, Verdict.MIXED)
    assert (trend.automatism.copies, trend.automatism.of) == (60, 60)
    (new,) = [one for one in trend.automatism.findings if one.trace is Trace.NEWCOMERS]
    assert (new.n, new.of, new.is_marked) == (60, 60, True)
    assert trend.voices == 1


def test_a_slow_rise_of_a_topic_over_many_days_is_found():
    fired, _ = play(slow_rise(), start=20 * 24, step=2)
    assert [t.story for _, t in fired] == ["s-wait-1"]
    assert 27 * 24 <= fired[0][0] <= 36 * 24
    assert any(part == "lead:slow:customer_service" for part in fired[0][1].because)
    assert fired[0][1].window_h in (72, 168)


def test_a_crisis_told_in_many_words_fires_once_under_its_topic(days):
    posts = told_in_many_words()
    fired, _ = play(days + posts, start=CRISIS_AT - 1)
    assert len(fired) == 1
    at, trend = fired[0]
    assert sum(o.at <= START + timedelta(hours=at) for o in posts) <= 30
    assert "lead:topic:safety_health" in trend.because
    assert trend.voices >= 5
    assert len(trend.examples) == 5


def test_a_crisis_of_one_brand_does_not_hide_that_of_another(days):
    ours = outbreak(CRISIS_AT, 200, 6, rng=rng(14))
    theirs = outbreak(CRISIS_AT, 200, 6, rng=rng(15), story="s-other", post=8_000_000, brand="Other")
    detector = Detector()
    detector.watch("Other", START)
    fired, _ = play(days + ours + theirs, start=CRISIS_AT - 1, detector=detector)
    assert {(t.brand, t.story) for _, t in fired} == {(BRAND, "s-crisis"), ("Other", "s-other")}


def test_unscored_posts_are_counted_as_posts_but_never_as_negative():
    posts = [seen(i, 200 + i / 100, story="s-thai", label=None, lang="th") for i in range(50)]
    fired, _ = play(posts, start=199)
    assert fired == []


def test_memory_is_bounded():
    settings = DetectorSettings(stories_per_brand=50, posts_per_story=100)
    detector = Detector(settings)
    for i in range(2000):
        detector.observe(seen(i, 200 + i / 100, story=f"s-{i % 700}"))
        detector.observe(seen(10_000 + i, 200 + i / 100, story="s-big"))
    brand = detector._brands[BRAND]
    assert len(brand.stories) <= 63
    assert len(brand.stories["s-big"].keys) <= 125
    assert brand.stories["s-big"].total == 2000
    detector.evaluate(START + timedelta(hours=400))
    assert brand.stories == {}
    assert detector._evidence == {}
