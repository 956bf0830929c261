import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from groundswell.errors import Malformed
from groundswell.types import Topic
from models.rows import SENTIMENTS, SERVICES, SIGNALS, TOPICS, UNLABELLED, read_rows, to_row

RECORD: dict[str, Any] = {
    "text": "late again",
    "lang": "en",
    "sentiment": "negative",
    "topics": ["delivery"],
    "topics_known": ["delivery", "price_value"],
}
DELIVERY, PRICE, SAFETY = (
    TOPICS.index(Topic.DELIVERY),
    TOPICS.index(Topic.PRICE_VALUE),
    TOPICS.index(Topic.SAFETY_HEALTH),
)


def test_only_known_topics_teach_absence() -> None:
    row = to_row(RECORD, "s")
    assert row.topics[DELIVERY] == 1
    assert (row.topics_mask[DELIVERY], row.topics_mask[PRICE], row.topics_mask[SAFETY]) == (1, 1, 0)
    assert not row.read


def test_unlabelled_teaches_nothing_and_one_main_reason_only_hints() -> None:
    assert sum(to_row(RECORD | {"topics": None}, "s").topics_mask) == 0
    assert to_row(RECORD | {"sentiment": None}, "s").sentiment == UNLABELLED
    assert to_row(RECORD | {"single_label": True}, "s").topics_mask[PRICE] == pytest.approx(0.2)
    assert to_row(RECORD | {"label_quality": "silver: rule"}, "s").topics_mask[PRICE] == pytest.approx(0.3)


def test_a_post_read_in_full_knows_everything() -> None:
    row = to_row(
        {"text": "x", "lang": "zh", "sentiment": "neutral", "topics": [], "service": [], "signals": ["question"]}, "s"
    )
    assert row.read
    assert sum(row.topics_mask) == len(TOPICS)
    assert sum(row.signals) == 1


def test_an_unknown_label_or_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="colour"):
        to_row(RECORD | {"topics": ["colour"]}, "s")
    path = tmp_path / "train-x.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps(RECORD) + "\n{broken\n")
    with pytest.raises(Malformed, match=r"train-x\.jsonl\.gz:2"):
        list(read_rows(path))


WHOLE = gzip.compress((json.dumps(RECORD) + "\n").encode() * 400)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WHOLE[:-40], "EOFError"),
        (b"no gzip at all", "BadGzipFile"),
        (WHOLE[:30] + bytes(20) + WHOLE[50:], "error"),
        (gzip.compress(json.dumps(RECORD).encode() + b'\n{"text": "\xff"}\n'), r":2: byte 10 is not UTF-8"),
        (gzip.compress(b""), "holds no post"),
        (b"", "holds no post"),
    ],
    ids=["cut short", "no gzip", "damaged", "no UTF-8", "of nothing", "empty"],
)
def test_a_damaged_or_empty_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "train-x.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(Malformed, match=rf"train-x\.jsonl\.gz.*{said}"):
        list(read_rows(path))


def test_sources_of_complaints_alone_teach_no_sentiment() -> None:
    assert to_row(RECORD, "grubhub_llm").sentiment == UNLABELLED
    assert to_row(RECORD, "grubhub_llm").topics[DELIVERY] == 1


AUTHORED = [
    path
    for path in sorted((Path(__file__).parents[2] / "models" / "authored").glob("*.jsonl"))
    if not path.stem.endswith("_toward")  # sentiment alone: test_readings.py
]


@pytest.mark.parametrize("path", AUTHORED, ids=lambda p: p.stem)
def test_our_own_training_posts_are_labelled_by_the_guide(path: Path) -> None:
    rows = list(read_rows(path))  # raises on an unknown label
    assert len({row.text for row in rows}) == len(rows) >= 150
    assert {row.lang for row in rows} == {path.stem[:2]}
    assert {row.sentiment for row in rows} == set(range(len(SENTIMENTS)))
    service = TOPICS.index(Topic.CUSTOMER_SERVICE)
    assert all(row.topics[service] for row in rows if any(row.service))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_our_own_training_posts_show_every_service_and_signal(lang: str) -> None:
    rows = [row for path in AUTHORED if path.stem.startswith(lang) for row in read_rows(path)]
    assert all(any(row.service[i] for row in rows) for i in range(len(SERVICES)))
    assert all(any(row.signals[i] for row in rows) for i in range(len(SIGNALS)))


@pytest.mark.parametrize(("change", "said"), [({"text": 5}, "`text` is int"), ({"lang": ["en"]}, "`lang` is list")])
def test_a_field_of_another_type_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with gzip.open(tmp_path / "train-x.jsonl.gz", "wt") as file:
        file.write(json.dumps(RECORD) + "\n" + json.dumps(RECORD | change) + "\n")
    with pytest.raises(Malformed, match=rf"train-x\.jsonl\.gz:2: .*{said}"):
        list(read_rows(tmp_path / "train-x.jsonl.gz"))
