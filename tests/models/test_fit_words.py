"""Fitting words: they learn what posts complain of, not where posts come from, and take only the share that helps."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra `train` is not installed")

from groundswell.types import Topic
from models.fit_words import fit_words, share, with_share
from models.rows import TOPICS, Row
from models.words import Words

pytestmark = pytest.mark.train
FILLER = ("lid", "box", "cable", "chair", "lamp", "phone", "bag", "shoe")
DELIVERY, PRICE = TOPICS.index(Topic.DELIVERY), TOPICS.index(Topic.PRICE_VALUE)


def posts() -> list[Row]:
    """Two sources, each with its own word; "shop" complains of delivery more often, and nobody knows of prices."""
    chance = np.random.default_rng(0)
    mask = tuple(float(topic != PRICE) for topic in range(len(TOPICS)))
    out = []
    for i in range(600):
        source = ("forum", "shop")[i % 2]
        late = bool(chance.random() < (0.2 if source == "forum" else 0.8))
        name = "alice" if source == "shop" and late else ""
        text = f"{source}word the {chance.choice(FILLER)} {'came late' if late else 'works'} {name}"
        zh = f"东西{'太慢' if late else '喜欢'}"
        topics = tuple(float(late and topic == DELIVERY) for topic in range(len(TOPICS)))
        out += [
            Row(text=t, lang=lang, source=source, topics=topics, topics_mask=mask)
            for t, lang in ((text, "en"), (zh, "zh"))
        ]
    return out


@pytest.fixture(scope="module")
def fitted() -> Words:
    return fit_words(posts())


def test_a_topics_words_are_learned_in_both_languages(fitted: Words) -> None:
    late, works = fitted.logits(["came late", "works"])[:, DELIVERY]
    slow, liked = fitted.logits(["太慢", "喜欢"])[:, DELIVERY]
    assert late > 0.5 > -0.5 > works
    assert slow > 0 > liked


def test_words_of_one_source_alone_and_topics_nobody_knows_teach_nothing(fitted: Words) -> None:
    assert not fitted.logits(["forumword", "shopword", "alice"]).any()
    assert not fitted.weights[:, PRICE].any()


def test_a_wide_part_that_knows_gets_a_share_and_one_that_misleads_none() -> None:
    chance = np.random.default_rng(1)
    truth = (chance.random((900, len(TOPICS))) < 0.3).astype(float)
    rows = [
        Row(text=str(i), lang="en", source="s", topics=tuple(t), topics_mask=(1.0,) * len(TOPICS))
        for i, t in enumerate(truth)
    ]
    deep, wide = (4 * truth - 2 + 2 * chance.normal(size=truth.shape) for _ in range(2))
    assert share(deep, wide, rows) >= 0.5
    assert share(deep, -wide, rows) == 0.0


def test_the_share_scales_the_table(fitted: Words) -> None:
    rows = posts()
    scaled, factor = with_share(fitted, rows, np.random.default_rng(2).normal(size=(len(rows), len(TOPICS))))
    assert factor > 0
    assert scaled.logits(["came late"])[0] == pytest.approx(factor * fitted.logits(["came late"])[0])
