"""The written suites: large enough, well formed, and never worse than a floor that any shipped reader clears."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from groundswell.errors import InputError
from models import suites
from models.fit_toward import sentence
from models.plan import AUTHORED
from models.predict import Classifier
from models.rows import read_rows

HERE = Path(__file__).parent
LABELS = {"negative", "neutral", "positive"}


@pytest.fixture(scope="module")
def figures() -> dict[str, suites.Figures]:
    reader = Classifier()
    return suites.run(HERE, reader.predict, reader.toward)


@pytest.fixture(scope="module")
def trained() -> set[str]:
    rows = [row for path in sorted(AUTHORED.glob("*.jsonl")) for row in read_rows(path)]
    return {plain(text) for row in rows for text in (row.text, sentence(row.text))}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hard_cases_are_many_distinct_and_have_their_point(lang: str) -> None:
    rows = suites.read_suite(HERE / f"hard_{lang}.jsonl", ("group", "text", "s", "point"))
    assert len(rows) >= 300
    assert len({r["text"] for r in rows}) == len(rows)
    assert {r["s"] for r in rows} == LABELS
    assert min(Counter(r["group"] for r in rows).values()) >= 15


@pytest.mark.parametrize("name", ["target", "rivals"])
def test_sentences_about_two_brands_name_both(name: str) -> None:
    rows = suites.read_suite(HERE / f"{name}.jsonl", ("lang", "text", "a", "b", "toward_a", "toward_b"))
    assert min(Counter(r["lang"] for r in rows).values()) >= 50
    assert all(r["a"] in r["text"] and r["b"] in r["text"] for r in rows)
    assert {r[side] for r in rows for side in ("toward_a", "toward_b")} == LABELS


SENTENCES = {
    "hard_en": ("text",), "hard_zh": ("text",), "invariance": ("a", "b"), "direction": ("worse", "better"),
    "domain": ("review", "social"), "target": ("text",), "rivals": ("text",),
}  # fmt: skip


def plain(text: str) -> str:
    """Letters and digits alone, casefolded."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def readings_of(row: Mapping[str, str], field: str) -> set[str]:
    """A sentence as it stands and, of one about two brands, with both names taken out as in training."""
    text = row[field]
    if field == "text" and "toward_a" in row:
        text = text.replace(row["a"], "@").replace(row["b"], "@")
    return {plain(row[field]), plain(text)}


@pytest.mark.parametrize("name", SENTENCES)
def test_no_sentence_of_the_suites_was_trained_on(name: str, trained: set[str]) -> None:
    rows = suites.read_suite(HERE / f"{name}.jsonl", SENTENCES[name])
    assert not [row[field] for row in rows for field in SENTENCES[name] if readings_of(row, field) & trained]


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


@pytest.mark.parametrize("name", ["target", "rivals"])
def test_reading_toward_the_brand_beats_reading_the_post(figures: dict[str, suites.Figures], name: str) -> None:
    for lang in ("en", "zh"):
        whole, toward = (figures[name][f"{lang} {way}"]["share"] for way in ("whole post", "toward"))
        assert toward >= whole + 0.08


def test_a_broken_suite_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"text": "a"}\n{"lang": "en"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"s\.jsonl:2: has no text"):
        suites.read_suite(tmp_path / "s.jsonl", ("text",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "服务"}\n'.encode("gb18030"), r"s\.jsonl: byte \d+ is not UTF-8"),
        (b'{"text": 5}\n', r"s\.jsonl:1: text: no string"),
        (b'["text"]\n', r"s\.jsonl:1: not a JSON object"),
    ],
)
def test_a_suite_of_another_kind_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "s.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=said):
        suites.read_suite(tmp_path / "s.jsonl", ("text",))
