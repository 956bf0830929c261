import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundswell.errors import Malformed
from groundswell.types import Signal, Topic
from models import readings
from models.fit import fit_task
from models.plan import Recipe, draw
from models.rows import SENTIMENTS, SIGNALS, TOPICS, UNLABELLED, Row, read_rows, to_row

NEGATIVE, NEUTRAL, POSITIVE = range(len(SENTIMENTS))
SAID: dict[str, Any] = {"s": "neg", "t": ["delivery"], "v": [], "g": ["question"]}


def row(text: str, sentiment: str | None, source: str = "airline") -> Row:
    return to_row({"text": text, "lang": "en", "sentiment": sentiment, "topics": None}, source)


def read_one(post: Row, **said: Any) -> Row:
    return next(readings.read_again([post], {readings.key(post.text): SAID | said}))


def test_a_post_read_again_knows_everything() -> None:
    found = read_one(row("where is it", "negative"))
    assert found.read
    assert sum(found.topics_mask) == len(TOPICS)
    assert found.topics[TOPICS.index(Topic.DELIVERY)] == 1
    assert found.signals[SIGNALS.index(Signal.QUESTION)] == 1


@pytest.mark.parametrize(
    ("source", "own", "said", "kept"),
    [
        ("airline", "negative", "neg", NEGATIVE),
        ("airline", None, "neg", NEGATIVE),
        ("airline", "positive", "neg", UNLABELLED),
        ("airline", "negative", "neu", UNLABELLED),
        ("waimai_10k", "negative", "neu", NEUTRAL),
        ("waimai_10k", "negative", "pos", UNLABELLED),
    ],
)
def test_two_readings_at_odds_teach_no_sentiment(source: str, own: str | None, said: str, kept: int) -> None:
    assert read_one(row("x", own, source), s=said).sentiment == kept


def test_posts_nobody_read_are_left_out() -> None:
    assert list(readings.read_again([row("other", "negative")], {readings.key("x"): SAID})) == []


def write(folder: Path, texts: list[str]) -> Path:
    path = folder / "train-airline.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"text": text, "lang": "en", "sentiment": "negative", "topics": None}) + "\n")
    return path


def test_training_draws_them_as_a_source_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, ["a", "b", "c"])
    monkeypatch.setattr(readings, "load", lambda: {readings.key("b"): SAID})
    monkeypatch.setattr("models.plan.DRAWS_OF", {"first": {"airline": 3, readings.SOURCE: 2}})
    drawn = list(draw([path], Recipe()))
    assert sorted(r.text for r in drawn if r.source == "airline") == ["a", "b", "c"]
    assert [(r.text, r.read) for r in drawn if r.source == readings.SOURCE] == [("b", True)] * 2


def test_held_out_posts_serve_service_and_signals_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ["a", "b"])
    monkeypatch.setattr(readings, "load", lambda folder=readings.FOLDER: {readings.key("a"): SAID})
    (held,) = readings.held_out(tmp_path)
    assert (held.text, held.sentiment, sum(held.topics_mask), held.read) == ("a", UNLABELLED, 0, True)
    logits = np.zeros((40, len(TOPICS)))
    known = [to_row({"text": "k", "lang": "en", "sentiment": None, "topics": [], "service": []}, "r")] * 20
    with_held = fit_task([*known, *[held] * 20], logits, "topics", TOPICS)
    assert with_held["delivery"] == fit_task(known, logits[:20], "topics", TOPICS)["delivery"]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.jsonl").write_text('{"key": "1"}\n{broken\n')
    with pytest.raises(Malformed, match=r"en\.jsonl:2"):
        readings.load(tmp_path)


@pytest.mark.parametrize("folder", [readings.FOLDER, readings.HELD], ids=["drawn", "held"])
def test_what_ships_is_labelled_by_the_guide(folder: Path) -> None:
    said = readings.load(folder)
    assert len(said) > 2000
    assert len(said) == sum(len(path.read_text().splitlines()) for path in folder.glob("*.jsonl"))
    some = row("x", None)
    for reading in said.values():
        assert any(readings.read_again([some], {readings.key("x"): reading}))  # raises on an unknown label
        assert not reading["v"] or "customer_service" in reading["t"]


def test_no_post_is_both_drawn_and_held() -> None:
    assert not readings.load().keys() & readings.load(readings.HELD).keys()


def test_our_sentences_about_two_brands_mark_both() -> None:
    for lang in ("en", "zh"):
        rows = list(read_rows(readings.FOLDER.parent / f"{lang}_toward.jsonl"))
        assert all("@brand" in r.text and "@rival" in r.text for r in rows)
        assert {r.sentiment for r in rows} == {NEGATIVE, NEUTRAL, POSITIVE}
