"""The written suites: large enough, well formed, and never worse than a floor that any shipped reader clears."""

from collections import Counter
from pathlib import Path

import pytest

from groundswell.errors import InputError
from models import suites
from models.predict import Classifier

HERE = Path(__file__).parent
LABELS = {"negative", "neutral", "positive"}


@pytest.fixture(scope="module")
def figures() -> dict[str, suites.Figures]:
    reader = Classifier()
    return suites.run(HERE, reader.predict, reader.toward)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hard_cases_are_many_distinct_and_have_their_point(lang: str) -> None:
    rows = suites.read_suite(HERE / f"hard_{lang}.jsonl", ("group", "text", "s", "point"))
    assert len(rows) >= 300
    assert len({r["text"] for r in rows}) == len(rows)
    assert {r["s"] for r in rows} == LABELS
    assert min(Counter(r["group"] for r in rows).values()) >= 15


def test_target_sentences_name_both_brands() -> None:
    rows = suites.read_suite(HERE / "target.jsonl", ("lang", "text", "a", "b", "toward_a", "toward_b"))
    assert len(rows) >= 100
    assert all(r["a"] in r["text"] and r["b"] in r["text"] for r in rows)
    assert {r[side] for r in rows for side in ("toward_a", "toward_b")} == LABELS


def test_the_halves_of_the_target_suite_share_no_sentence_and_split_both_languages_alike() -> None:
    rows = suites.read_suite(HERE / "target.jsonl", ("lang",))
    halves = suites.halves(rows)
    english = [h for r, h in zip(rows, halves, strict=True) if r["lang"] == "en"]
    assert english == [h for r, h in zip(rows, halves, strict=True) if r["lang"] == "zh"]
    assert 0.4 < english.count("unseen") / len(english) < 0.6


def test_every_statement_is_dressed_as_a_review_and_as_a_post() -> None:
    rows = suites.read_suite(HERE / "domain.jsonl", ("lang", "s", "review", "social"))
    assert min(Counter((r["lang"], r["s"]) for r in rows).values()) >= 12
    assert len(Counter((r["lang"], r["s"]) for r in rows)) == 6


def test_swapped_names_numbers_and_places_keep_the_label(figures: dict[str, suites.Figures]) -> None:
    found = figures["invariance"]
    assert min(found["en all"]["share"], found["zh all"]["share"]) >= 0.88


def test_the_worse_of_two_sentences_scores_lower(figures: dict[str, suites.Figures]) -> None:
    found = figures["direction"]
    assert min(found["en all"]["share"], found["zh all"]["share"]) >= 0.78


def test_neutral_is_not_a_domain(figures: dict[str, suites.Figures]) -> None:
    found = figures["domain"]
    for lang in ("en", "zh"):
        assert found[f"{lang} neutral review"]["share"] >= 0.6  # reviews can be neutral
        assert found[f"{lang} negative social"]["share"] >= 0.7  # and social posts take sides
        assert found[f"{lang} positive social"]["share"] >= 0.7


def test_reading_toward_the_brand_beats_reading_the_post_on_sentences_no_rule_was_written_for(
    figures: dict[str, suites.Figures],
) -> None:
    found = figures["target"]
    for lang in ("en", "zh"):
        whole, toward = (found[f"{lang} unseen {way}"]["share"] for way in ("whole post", "toward"))
        assert toward >= whole + 0.08


def test_a_broken_suite_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"text": "a"}\n{"lang": "en"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"s\.jsonl:2: has no text"):
        suites.read_suite(tmp_path / "s.jsonl", ("text",))
