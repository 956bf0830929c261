"""A topic's part of a brand's negatives is counted over the same days above and below the line."""

from datetime import UTC, datetime, timedelta

import pytest

from groundswell.types import Topic
from tests.trends.scenes import BRAND, START, seen
from trends.board import DAY
from trends.detector import Detector

DELIVERY = Topic.DELIVERY


def share(detector, at):
    detector.evaluate(at)
    return detector._brands[BRAND].topic_share(DELIVERY, int(at.timestamp() // DAY))


def history(days):
    """Every day two complaints of delivery among ten, all through the day."""
    for day in range(days):
        for n in range(10):
            yield seen(1000 * day + n, 24 * day + 2.4 * n, topics=(DELIVERY,) if n in (0, 5) else ())


@pytest.mark.parametrize("hour", [0.5, 11.5, 13.5, 23.5])
@pytest.mark.parametrize("days", [3, 40, 69])
def test_a_topic_with_a_fifth_of_the_complaints_has_a_fifth_live_and_restarted(days, hour):
    at = START + timedelta(days=days, hours=hour)
    live, posts = Detector(), list(history(days))
    for one in posts:
        live.observe(one)
        if one.post % 1000 == 9:
            live.evaluate(one.at)
    hours, topic_days = {}, {}
    for one in posts:
        moment = one.at.replace(minute=0)
        if moment >= (at - timedelta(weeks=8)).replace(minute=0):
            hours[moment] = hours.get(moment, 0) + 1
        if one.topics:
            day = one.at.replace(hour=0, minute=0)
            topic_days[day] = topic_days.get(day, 0) + 1
    restarted = Detector()
    restarted.warm(
        [(BRAND, "forum", hour, n, n) for hour, n in hours.items()],
        [],
        topic_days=[(BRAND, DELIVERY, day, n) for day, n in topic_days.items()],
    )
    counted = min(days, 55)
    assert share(live, at) == share(restarted, at) == (2 * counted + 1) / (10 * counted + 8)


def test_days_whose_other_posts_are_not_remembered_do_not_count():
    at = datetime(2026, 3, 30, 12, tzinfo=UTC)
    detector = Detector()
    hours = [(BRAND, "forum", at - timedelta(hours=h), 1, 1) for h in range(13, 13 + 20 * 24)]
    days = [
        (BRAND, DELIVERY, START + timedelta(days=d), 12) for d in range(-20, 28)
    ]  # kept when retention deletes posts
    detector.warm(hours, [], topic_days=days)
    assert share(detector, at) == pytest.approx(0.5, abs=0.03)
