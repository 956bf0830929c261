import pytest

from groundswell.severity import RULES, Rule, by_gravity
from groundswell.types import Sentiment, Severity, Topic, Trace, Verdict
from tests.trends.scenes import rng, seen
from trends.automatism import automatism
from trends.gate import Latch
from trends.judge import complaints, examples
from trends.severity import Facts, severity
from trends.slow import rises


def test_thirty_one_of_forty_posts_are_one_text():
    posts = [seen(i, i / 10, copy_of=5 if i < 31 else 100 + i) for i in range(40)]
    found = automatism(posts)
    assert (found.verdict, found.copies, found.of) == (Verdict.COPIED, 31, 40)
    assert set(found.posts) <= set(range(31))
    assert found.one_shot_share == 1.0


def test_organic_stories_with_reposts_are_not_flagged():
    random, flagged = rng(), 0
    for _ in range(60):
        posts = sorted((seen(i, random.betavariate(1, 4) * 12, copy_of=200 + i) for i in range(60)), key=lambda o: o.at)
        reposts = [seen(900 + i, 13 + i / 100, is_repost=True) for i in range(200)]
        flagged += automatism([*posts, *reposts]).verdict is not Verdict.ORGANIC
    assert flagged == 0


def test_thin_evidence_is_inconclusive():
    assert automatism([]).verdict is Verdict.INCONCLUSIVE
    assert automatism([seen(i, i, copy_of=5) for i in range(9)]).verdict is Verdict.INCONCLUSIVE
    one_person = automatism([seen(i, i, copy_of=5, author="ann") for i in range(40)])
    assert one_person.verdict is Verdict.INCONCLUSIVE


def test_a_wave_within_a_minute_is_synchronous_and_with_one_text_mixed():
    wave = [seen(i, 5 + i / 3600, copy_of=100 + i) for i in range(40)]
    assert automatism(wave).verdict is Verdict.SYNCHRONOUS
    assert automatism([seen(i, 5 + i / 3600, copy_of=9) for i in range(40)]).verdict is Verdict.MIXED


ALIKE = tuple((1 << 62) - 1 - (1 << bit) for bit in range(40))  # names of 40 texts, each a bit from one
UNLIKE = tuple(random.getrandbits(62) for random in [rng(3)] for _ in range(60))  # of texts with nothing in common


def found(automatism_of, trace):
    return next((one for one in automatism_of.findings if one.trace is trace), None)


def test_like_texts_of_many_accounts_in_five_minutes_are_in_step_and_spread_over_days_are_not():
    own = [seen(100 + i, i, copy_of=UNLIKE[i]) for i in range(60)]
    waves = [seen(i, 10 * (i // 10) + (i % 10) / 150, copy_of=ALIKE[i]) for i in range(40)]
    told = automatism(sorted(own + waves, key=lambda o: o.at))
    assert told.verdict is Verdict.SYNCHRONOUS
    step = found(told, Trace.IN_STEP)
    assert (step.n, step.of, step.is_marked) == (40, 100, True)
    assert set(step.posts) <= set(range(40))
    assert told.copies == 0
    spread = [seen(i, 1.5 * i + 0.3, copy_of=ALIKE[i]) for i in range(40)]
    assert automatism(sorted(own + spread, key=lambda o: o.at)).in_step < 0.1
    one = [seen(i, 10 * (i // 10) + (i % 10) / 150, copy_of=ALIKE[i], author="ann") for i in range(40)]
    assert automatism(sorted(own + one, key=lambda o: o.at)).in_step < 0.1


def test_a_campaign_states_its_origin_its_clock_and_its_accounts():
    posts = [seen(i, 0.167 * i, copy_of=5 if i < 31 else UNLIKE[i]) for i in range(40)]
    told = automatism(posts, lambda: {f"a{i}" for i in range(4)})
    assert (found(told, Trace.ORIGINS).n, found(told, Trace.ORIGINS).posts) == (10, (0,))
    assert (found(told, Trace.EVEN_GAPS).n, found(told, Trace.EVEN_GAPS).is_marked) == (39, True)
    assert (found(told, Trace.NEWCOMERS).n, found(told, Trace.NEWCOMERS).of) == (36, 40)
    assert found(told, Trace.ONE_SHOT).n == 40


def test_what_cannot_be_counted_is_not_found():
    coarse = [seen(i, i / 60, copy_of=5, author="") for i in range(40)]  # whole minutes, nobody signs
    told = automatism(coarse, lambda: set())
    assert {one.trace for one in told.findings} == {
        Trace.COPIES, Trace.ORIGINS, Trace.SAME_MINUTE, Trace.IN_STEP,
    }  # fmt: skip
    calm = [seen(i, (i * i % 97) / 3, copy_of=UNLIKE[i]) for i in range(40)]
    asked = automatism(sorted(calm, key=lambda o: o.at), lambda: pytest.fail("asked though nothing stands out"))
    assert found(asked, Trace.NEWCOMERS) is None


NOTHING = {
    "negative": 0, "observed": 0, "expected": 1.0, "voices": 0, "is_viral": False, "velocity": 0.0, "r_lo": 0.0,
    "largest_audience": None, "alarm_voices": {}, "harm_voices": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "level", "reason"),
    [
        ({}, Severity.L0, "normal"),
        ({"negative": 1}, Severity.L1, "complaints"),
        ({"negative": 5, "observed": 5, "voices": 4}, Severity.L2, "echoing"),
        ({"negative": 5, "observed": 5, "voices": 4, "expected": 3.0}, Severity.L1, "complaints"),
        ({"negative": 9, "is_viral": True}, Severity.L2, "viral"),
        ({"negative": 9, "is_viral": True, "r_lo": 1.2, "velocity": 8.0}, Severity.L3, "fast"),
        ({"negative": 1, "largest_audience": 100_000}, Severity.L3, "high_reach"),
        ({"negative": 3, "alarm_voices": {"safety": 3}}, Severity.L3, "safety_words"),
        ({"negative": 3, "harm_voices": 3}, Severity.L3, "safety_words"),
        ({"negative": 3, "alarm_voices": {"legal": 3}}, Severity.L3, "legal_words"),
        ({"negative": 20, "alarm_voices": {"legal": 10}, "is_viral": True}, Severity.L4, "regulator"),
        ({"negative": 20, "alarm_voices": {"media": 5}, "is_viral": True}, Severity.L4, "media"),
        ({"negative": 20, "alarm_voices": {"media": 5}}, Severity.L1, "complaints"),
        ({"negative": 20, "harm_voices": 10, "is_viral": True}, Severity.L4, "harm"),
    ],
)
def test_severity_table(facts, level, reason):
    assert severity(Facts(**(NOTHING | facts))) == (level, reason)


def test_the_gravest_rule_comes_first():
    assert by_gravity(RULES) == RULES
    assert by_gravity((RULES[-1], RULES[0], Rule(code="off", level=Severity.L0))) == (RULES[0], RULES[-1])


def test_a_changed_table_changes_severity_and_its_reason():
    table = (Rule(code="high_reach", level=Severity.L4, audience=50), Rule(code="viral", level=Severity.L1, viral=True))
    assert severity(Facts(**(NOTHING | {"largest_audience": 50})), table) == (Severity.L4, "high_reach")
    assert severity(Facts(**(NOTHING | {"is_viral": True})), table) == (Severity.L1, "viral")
    assert severity(Facts(**(NOTHING | {"negative": 9})), table) == (Severity.L0, "normal")


def test_a_calmed_story_needs_a_new_record():
    latch = Latch()
    latch.fire(0.0, 9.0, "story")
    latch.fire(60.0, 5.0, "story")
    latch.calm()
    assert not latch.exceeds_record(3600.0, 8.9, 36 * 3600)
    assert latch.exceeds_record(3600.0, 9.1, 36 * 3600)
    assert latch.exceeds_record(37 * 3600.0, 6.0, 36 * 3600)


def test_examples_are_own_words_of_different_people():
    posts = [
        seen(1, 0, author="ann", copy_of=1),
        seen(2, 0, author="ann", copy_of=2),
        seen(3, 0, author="bob", copy_of=1),
        seen(4, 0, author="eve", copy_of=4, audience=5000),
        seen(5, 0, author="joe", is_repost=True),
    ]
    assert examples(posts) == (4, 1, 5)


def test_copies_of_a_text_read_as_negative_every_other_time_are_complaints():
    read = [Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE, Sentiment.POSITIVE]
    doubtful = [seen(i, i, copy_of=7, label=label) for i, label in enumerate(read)]
    praised = [seen(9 + i, i, copy_of=8, label=Sentiment.POSITIVE) for i in range(3)]
    alone = [seen(20, 0, copy_of=9, label=Sentiment.NEUTRAL)]
    assert complaints([*doubtful, *praised, *alone]) == doubtful


def test_a_rise_needs_history_height_and_several_days():
    steady = dict.fromkeys(range(40), 2)
    one_bad_day = steady | {39: 60}
    rising = steady | {33 + i: 6 + i for i in range(7)}
    topic = Topic.DELIVERY
    assert all(r.surprise < 3 for r in rises({topic: steady}, {}, 40, 0))
    assert rises({topic: one_bad_day}, {}, 40, 0) == []
    (found,) = rises({topic: rising}, {}, 40, 0)
    assert (found.window_d, found.observed) == (7, sum(6 + i for i in range(7)))
    assert found.surprise > 4
    assert rises({topic: rising}, {}, 40, 35) == []
    crowd = {day: 300 if day >= 33 else 100 for day in range(40)}
    assert all(r.surprise < 3 for r in rises({topic: rising}, crowd, 40, 0))  # three times the people
