from datetime import timedelta

from groundswell.types import Topic
from tests.trends.scenes import START, seen
from trends.detector import Detector

WEAK, STRONG = (4, 5, 5, 5, 5, 6, 6), (8,) * 7  # complaints a day; surprise 4.1 and 9.4 after weeks of two a day
DAYS = 40


def slow_alarms(last_weeks):
    """Return how many brands become viral by a slow rise, each with two complaints a day before its last week."""
    detector = Detector()
    rows, hours, posts = [], [], []
    for number, week in enumerate(last_weeks):
        brand = f"Brand {number}"
        detector.watch(brand, START)
        for day, n in enumerate([*([2] * (DAYS - 7)), *week]):
            rows.append((brand, Topic.DELIVERY, START + timedelta(days=day), n))
            hours.append((brand, "forum", START + timedelta(days=day, hours=13), 300, n))
        for i in range(sum(week[-2:])):
            post = 100 * number + i
            posts.append(
                seen(
                    post,
                    24 * (DAYS - 2) + 3 * i,
                    story=f"s-{number}",
                    brand=brand,
                    topics=(Topic.DELIVERY,),
                    copy_of=post,
                )
            )
    detector.warm(hours, posts, topic_days=rows)
    trends = detector.evaluate(START + timedelta(days=DAYS))
    return sum(trend.is_viral and "lead:slow:delivery" in trend.because for trend in trends)


def test_fifty_brands_have_one_budget_of_false_slow_rises():
    quiet = [(2,) * 7] * 49
    assert slow_alarms([WEAK]) == 1
    assert slow_alarms([WEAK, *quiet]) == 0
    assert slow_alarms([STRONG, *quiet]) == 1
    assert slow_alarms([WEAK] * 30 + quiet[:20]) == 30  # many at once are hardly chance
