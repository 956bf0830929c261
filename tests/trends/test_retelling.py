from dataclasses import replace

import numpy as np

from groundswell.types import Prediction, Sentiment
from tests.trends.test_stories import LATE, LEAKS, SETTINGS, Row, axis, post, stored
from trends.retelling import retell
from trends.stories import Stories


def said(vector, negative=0.9):
    return Prediction(
        scored=True,
        model="m@1",
        sentiment={Sentiment.NEGATIVE: negative, Sentiment.NEUTRAL: 1 - negative, Sentiment.POSITIVE: 0.0},
        embedding=vector.astype(np.float16).tobytes(),
    )


def test_a_story_retold_from_its_posts_draws_and_is_named_by_these_alone():
    mixed = Stories(**SETTINGS)
    first = mixed.assign(1, post(1, LEAKS[0]), axis(1), None).story
    for i, text in enumerate([*LEAKS[1:], *LATE]):
        mixed.assign(2 + i, post(2 + i, text, i), axis(1 if i < 2 else 2), first)
    rows = stored(mixed)
    parts = {
        "s-leak": [(post(1 + i, text, i), said(axis(1))) for i, text in enumerate(LEAKS)],
        "s-late": [(post(4 + i, text, i), said(axis(2))) for i, text in enumerate(LATE)],
    }
    told = {name: retell(name, "Halvero", posts, rows) for name, posts in parts.items()}
    assert {name: update.absorbed for name, update in told.items()} == {"s-leak": 3, "s-late": 2}
    assert "kettle" not in told["s-late"].words
    assert "tracking" not in told["s-leak"].words
    assert told["s-late"].title.partition(": ")[2].rstrip("…") in " ".join(LATE)
    stories = Stories(**SETTINGS)
    stories.warm(
        Row(u.story, u.brand, u.title, u.first_at, u.last_at, 1, 0, u.centroid, u.words, absorbed=u.absorbed)
        for u in told.values()
    )
    assert stories.assign(50, post(50, "The kettle base leaks on my table", 9), axis(1), None).story == "s-leak"
    assert stories.assign(51, post(51, "order nine days late, no tracking", 9), axis(2), None).story == "s-late"


def test_answers_count_for_nothing_when_a_story_is_retold_as_when_they_came():
    posts = [post(1, LEAKS[0]), replace(post(2, LATE[0], 1), parent="1")]
    told = retell("s1", "Halvero", [(p, said(axis(i))) for i, p in enumerate(posts)], [])
    alone = retell("s1", "Halvero", [(posts[0], said(axis(0)))], [])
    assert told.centroid == alone.centroid
    assert told.words == alone.words
    assert "kettle" in told.words
