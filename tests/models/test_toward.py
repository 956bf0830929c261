"""Which posts are read again with the sides marked, and what of that reading counts; figures are `evaluate`'s."""

from collections.abc import Sequence

import numpy as np
import pytest

from groundswell.errors import ModelError
from groundswell.types import Near, Prediction, Query, Sentiment, Topic
from models import toward
from models.fit_toward import fit_toward
from models.predict import Classifier
from models.rows import Row, to_row
from models.toward import Floats, Head, mark, places, refine, sides

ACME, BETA = ("Acme", "阿克"), ("Beta", "贝塔")
NEGATIVE, NEUTRAL, POSITIVE = Sentiment


class Marked:
    """Finds the brand good where its mark comes first, bad where the rival's does."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def read_marked(self, texts: Sequence[str]) -> list[Floats | None]:
        self.read += texts
        return [
            None if "unreadable" in t else np.array([0.1, 0.1, 0.8] if _first(t) else [0.8, 0.1, 0.1], dtype=np.float32)
            for t in texts
        ]


def _first(text: str) -> bool:
    return text.index("@brand") < text.index("@rival")


def whole(text: str = "", *, scored: bool = True) -> Prediction:
    return Prediction(
        scored=scored, model="m", lang="en", sentiment={s: 1.0 if s is NEUTRAL else 0.0 for s in Sentiment},
        topics_on=(Topic.PRODUCT_QUALITY,), embedding=text.encode(),
    )  # fmt: skip


def read(text: str, mine: Sequence[str] = ACME, rivals: Sequence[str] = BETA) -> Prediction:
    return refine(Marked(), [whole(text)], [text], [mine], [rivals])[0]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Acme beats Beta, says ACME.", "@brand beats @rival, says @brand."),
        ("阿克比贝塔差", "@brand比@rival差"),
        ("Beta or Acme, ACME", "@rival or @brand, @brand"),
        ("Acme alone", None),
        ("Acmeology against Beta", None),
        ("Beta and Betamax", None),
        ("@rival and @brand: Acme or Beta", "rival and brand: @brand or @rival"),
        ("＠ｂｒａｎｄ ＡＣＭＥ or Ｂeta", "brand @brand or @rival"),
    ],
)
def test_both_sides_are_marked_as_whole_words_and_marks_of_the_text_itself_are_none(text, marked) -> None:
    assert mark(text, ACME, BETA) == marked


def test_a_rival_that_is_spelled_like_a_mark_and_a_longer_name_of_a_rival_stay_apart() -> None:
    assert mark("Brand or Acme", ("Acme",), ("brand",)) == "@rival or @brand"
    assert mark("Acme Pro or Acme", ("Acme",), ("Acme Pro",)) == "@rival or @brand"
    assert mark("Acme or Beta", ("Acme", "Beta"), ("Beta",)) is None
    assert (
        mark("Moſt or Acme", ("Most",), ("Acme",)) == "@brand or @rival"
    )  # the pattern folds more letters than lower()


def test_each_brand_gets_its_own_side() -> None:
    assert read("Acme and Beta").label is POSITIVE
    assert read("Acme and Beta", BETA, ACME).label is NEGATIVE


@pytest.mark.parametrize(
    ("text", "acme", "beta"),
    [
        ("Beta? Acme beats Beta", POSITIVE, NEGATIVE),
        ("Acme is worse than Beta", NEGATIVE, POSITIVE),
        ("Beta, no: Acme is faster than Beta", POSITIVE, NEGATIVE),
        ("I switched from Acme to Beta", NEGATIVE, POSITIVE),
        ("阿克比贝塔差", NEGATIVE, POSITIVE),
        ("贝塔？阿克比贝塔强", POSITIVE, NEGATIVE),
        ("阿克不如贝塔", NEGATIVE, POSITIVE),
    ],
)
def test_a_plain_comparison_is_decided_by_rule_whatever_the_marks_are_read_as(text, acme, beta) -> None:
    assert read(text).label is acme
    assert read(text, BETA, ACME).label is beta
    assert sum(read(text).sentiment.values()) == pytest.approx(1.0)


def test_only_scored_posts_that_name_both_are_read_again() -> None:
    reader, texts = Marked(), ["Acme broke", "Acme or Beta", "Beta or Acme", ""]
    said = refine(reader, [whole(), whole(), whole(scored=False), whole()], texts, [ACME] * 4, [BETA] * 4)
    assert reader.read == ["@brand or @rival"]
    assert [p.label for p in said] == [NEUTRAL, POSITIVE, None, NEUTRAL]


def test_topics_stay_where_the_brand_comes_off_badly_and_the_embedding_stays_that_of_the_whole_post() -> None:
    text = "Acme and Beta"
    assert read(text).topics_on == ()
    assert read(text, BETA, ACME).topics_on == (Topic.PRODUCT_QUALITY,)
    assert read(text).embedding == text.encode()


def test_a_reader_without_marks_and_a_text_whose_marks_are_not_read_keep_the_whole_reading() -> None:
    assert refine(object(), [whole()], ["Acme or Beta"], [ACME], [BETA]) == [whole()]
    assert read("unreadable Acme or Beta") == whole("unreadable Acme or Beta")


def test_sides_are_the_rivals_named_and_the_other_watched_brands() -> None:
    queries = [Query(brand="Acme", any_terms=ACME, rivals=("Gamma",)), Query(brand="Beta", any_terms=BETA)]
    found = sides(queries)
    assert found["Acme"][0] == ACME
    assert set(found["Acme"][1]) == {"Gamma", *BETA}
    assert set(found["Beta"][1]) == set(ACME)


def test_a_word_wanted_beside_the_name_is_no_name_and_a_doubtful_name_is_one_in_its_own_posts_alone() -> None:
    found = sides(
        [
            Query(brand="Acme", any_terms=("Acme",)),
            Query(brand="Beta", any_terms=("Beta",), all_terms=("phone",)),
            Query(brand="小米", any_terms=(), near=(Near(term="小米", context=("手机",)),)),
            Query(brand="Gamma", any_terms=(), all_terms=("gamma", "ray")),
        ]
    )
    assert found["Acme"] == (("Acme",), ("Beta", "gamma", "ray"))
    assert found["Beta"] == (("Beta",), ("Acme", "gamma", "ray"))
    assert found["小米"] == (("小米",), ("Acme", "Beta", "gamma", "ray"))


def test_marks_are_found_by_their_tokens_and_words_like_them_are_not() -> None:
    signs = [(frozenset({7}), (5,)), (frozenset({7}), (8, 9))]
    assert places([0, 7, 5, 5, 7, 8, 9, 2], signs) == [[1, 2], [4, 5, 6]]
    assert places([0, 3, 5, 7, 8, 2], signs) == [[], []]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


def test_a_post_that_praises_one_by_damning_the_other_is_good_for_one_and_bad_for_the_other(classifier) -> None:
    for text in ("Acme broke after a week. My Beta still works perfectly.", "阿克太烂了，换了贝塔，真香。"):
        acme, beta = classifier.toward([text] * 2, [ACME, BETA], [BETA, ACME])
        assert (acme.label, beta.label) == (NEGATIVE, POSITIVE)


def test_a_marked_text_reads_the_same_whatever_stands_beside_it(classifier) -> None:
    texts = ["@brand broke, @rival did not.", "用了@brand才知道@rival多好。", "@brand " + "and so on " * 40 + "@rival"]
    alone = [classifier.read_marked([text])[0] for text in texts]
    assert np.allclose(classifier.read_marked(texts * 5), alone * 5, atol=0.02)


def test_a_text_whose_marks_are_cut_away_is_not_read(classifier) -> None:
    middle = "so it goes. " * 400 + "@brand @rival " + "so it goes. " * 400
    assert classifier.read_marked([middle, "@brand and @rival"])[0] is None


class Separable:
    """Says of every text how its first letter stands to its label."""

    def mark_features(self, texts: Sequence[str]) -> tuple[Floats, np.ndarray]:
        chance = np.random.default_rng(0)
        found = np.array([[t[0] == "a", t[0] == "b", t[0] == "c"] for t in texts], dtype=np.float32)
        return found + chance.normal(0, 0.01, found.shape).astype(np.float32), np.array([t[0] != "x" for t in texts])


def row(text: str, label: Sentiment) -> Row:
    return to_row({"text": text, "lang": "en", "sentiment": label, "topics": None}, "s")


def test_the_head_is_fitted_on_texts_that_are_read_and_says_how_well_it_did_on_others(tmp_path) -> None:
    rows = [row(f"{letter}{n}", label) for n in range(30) for letter, label in zip("abc", Sentiment, strict=True)]
    fitted = fit_toward(Separable(), [*rows, *(row(f"x{n}", NEGATIVE) for n in range(50))])
    assert fitted.accuracy == 1.0
    assert fitted.head.probabilities(np.eye(3, dtype=np.float32)).argmax(axis=1).tolist() == [0, 1, 2]
    toward.write(tmp_path, fitted.head)
    held = toward.read(tmp_path)
    assert held is not None
    assert np.array_equal(held.weights, fitted.head.weights)


def test_both_readings_of_a_sentence_lie_in_one_fold_so_that_knowing_it_does_not_help() -> None:
    class ByHeart:
        def mark_features(self, texts):
            return np.array([np.eye(40, dtype=np.float32)[int(t.split()[1])] for t in texts]), np.ones(len(texts), bool)

    said = [Sentiment.NEGATIVE, Sentiment.POSITIVE, Sentiment.NEUTRAL]
    rows = [
        row(f"{m} {n} {o}", said[n % 3]) for n in range(40) for m, o in (("@brand", "@rival"), ("@rival", "@brand"))
    ]
    assert fit_toward(ByHeart(), rows).accuracy < 0.6


def test_a_head_of_another_shape_names_its_file(tmp_path) -> None:
    toward.write(tmp_path, Head(np.zeros((4, 2), dtype=np.float32), np.zeros(2, dtype=np.float32)))
    with pytest.raises(ModelError, match=r"toward\.npz"):
        toward.read(tmp_path)
