"""Which words concern a brand and who wins a comparison; the figures on target.jsonl are `groundswell evaluate`'s."""

from collections.abc import Sequence

import pytest

from groundswell.types import Prediction, Query, Sentiment, Topic
from models.toward import part, refine, sides

ACME, BETA = ("Acme", "阿克"), ("Beta", "贝塔")
NEGATIVE, NEUTRAL, POSITIVE = Sentiment


def reader(texts: Sequence[str], langs: Sequence[str | None]) -> list[Prediction]:
    """Says what plain words say; a text with good and bad words is bad."""
    return [_read(text) for text in texts]


def _read(text: str) -> Prediction:
    bad = any(word in text for word in ("broke", "坏"))
    good = any(word in text for word in ("lovely", "好"))
    said = NEGATIVE if bad else POSITIVE if good else NEUTRAL
    return Prediction(
        scored=True, model="m", lang="en", sentiment={s: 0.8 if s is said else 0.1 for s in Sentiment},
        topics_on=(Topic.PRODUCT_QUALITY,) if bad else (), embedding=text.encode(),
    )  # fmt: skip


def toward(text: str, mine: Sequence[str] = ACME, rivals: Sequence[str] = BETA) -> Prediction:
    return refine(reader, reader([text], [None]), [text], [mine], [rivals])[0]


@pytest.mark.parametrize(
    ("text", "acme", "beta"),
    [
        ("Acme broke. Beta is lovely.", NEGATIVE, POSITIVE),
        ("Acme broke while Beta is lovely", NEGATIVE, POSITIVE),
        ("阿克坏了，贝塔很好。", NEGATIVE, POSITIVE),
        ("Acme beats Beta", POSITIVE, NEGATIVE),
        ("Acme is worse than Beta", NEGATIVE, POSITIVE),
        ("Acme is faster than Beta", POSITIVE, NEGATIVE),
        ("I switched from Acme to Beta", NEGATIVE, POSITIVE),
        ("阿克比贝塔差", NEGATIVE, POSITIVE),
        ("阿克比贝塔强", POSITIVE, NEGATIVE),
        ("阿克不如贝塔", NEGATIVE, POSITIVE),
        ("Acme and Beta, both lovely", POSITIVE, POSITIVE),
        ("Acme and Beta both broke", NEGATIVE, NEGATIVE),
    ],
)
def test_each_brand_gets_its_own_side(text: str, acme: Sentiment, beta: Sentiment) -> None:
    assert toward(text).label is acme
    assert toward(text, BETA, ACME).label is beta


def test_a_post_without_a_rival_keeps_its_reading() -> None:
    whole = reader(["Acme broke, lovely box"], [None])
    assert refine(reader, whole, ["Acme broke, lovely box"], [ACME], [BETA]) == whole
    assert part("Acmeology against Beta", ACME, BETA) is None


def test_praise_takes_no_topics_and_the_embedding_stays_that_of_the_whole_post() -> None:
    text = "Acme is lovely. Beta broke."
    assert toward(text).topics_on == ()
    assert toward(text, BETA, ACME).topics_on == (Topic.PRODUCT_QUALITY,)
    assert toward(text).embedding == text.encode()


def test_spelling_is_kept_and_private_signs_of_a_text_do_no_harm() -> None:
    found = part("\ue000\uf8ff ACME broke. Beta, too.", ACME, BETA)
    assert found is not None
    assert found.text == "ACME broke."


def test_a_name_alone_stays_with_the_words_after_it() -> None:
    found = part("Acme, please never turn into Beta.", ACME, BETA)
    assert found is not None
    assert found.verdict is POSITIVE
    assert found.text == "Acme, please never turn into Beta."


def test_texts_without_end_are_not_cut() -> None:
    assert part("Acme Beta " * 100_000, ACME, BETA) is None


def test_rivals_are_those_named_and_the_other_watched_brands() -> None:
    found = sides([Query(brand="A", any_terms=("Acme",), rivals=("Zeta",)), Query(brand="B", any_terms=("Beta",))])
    assert found["A"][0] == ("Acme",)
    assert set(found["A"][1]) == {"Beta", "Zeta"}
    assert set(found["B"][1]) == {"Acme"}


def test_probabilities_still_sum_to_one() -> None:
    assert sum(toward("Acme beats Beta").sentiment.values()) == pytest.approx(1.0)
