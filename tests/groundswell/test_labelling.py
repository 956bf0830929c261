"""A person's label outranks the reader; the week's sample is fixed by week and id alone and judges the reader."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundswell import labelling
from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.config import Brand, Config, StoreConfig
from groundswell.errors import InputError, StorageError
from groundswell.types import Page, Post
from models.corrections import Corrected

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NOW = MONDAY + timedelta(days=9)  # Wednesday of the week after
Store = Callable[[int], Config]


@pytest.fixture
def stored(make_parts: Callable[[SettableClock], Parts], tmp_path: Path) -> Store:
    def make(count: int) -> Config:
        parts = make_parts(SettableClock(NOW))
        posts = [
            Post(source="forum" if i % 4 else "shop", external_id=str(i), text=f"acme {'bad' if i % 2 else 'fine'} {i}",
                 created_at=MONDAY + timedelta(hours=i % 160))
            for i in range(count)
        ]  # fmt: skip
        old = Post(source="forum", external_id="old", text="acme before", created_at=MONDAY - timedelta(days=1))
        parts.pipeline.take("s", Page(posts=[*posts, old], cursor={}))
        while parts.pipeline.classify():
            pass
        return Config(brands=(Brand(name="Acme", any=("acme",)),), store=StoreConfig(path="store.db"), folder=tmp_path)

    return make


def export(config: Config) -> dict[int, dict[str, Any]]:
    with labelling._store(config) as store:
        return {row["id"]: row for row in store.export()}


def test_a_label_outranks_the_reader_and_can_be_taken_back(stored: Store) -> None:
    config = stored(4)
    bad = next(i for i, row in export(config).items() if row["label"] == "negative")
    labelling.label(config, bad, "positive")
    assert (export(config)[bad]["label"], export(config)[bad]["corrected"]) == ("positive", True)
    labelling.label(config, bad, "none")
    assert (export(config)[bad]["label"], export(config)[bad]["corrected"]) == ("negative", False)


def test_wrong_labels_and_unknown_posts_are_named(stored: Store) -> None:
    config = stored(1)
    with pytest.raises(InputError, match="angry"):
        labelling.label(config, 1, "angry")
    with pytest.raises(StorageError, match="999"):
        labelling.label(config, 999, "neutral")


def test_the_sample_is_of_last_week_bounded_per_source_and_stays_the_same(stored: Store) -> None:
    config = stored(60)
    found = labelling.sample(config, 10, NOW)
    assert {(r["source"]) for r in found} == {"forum", "shop"}
    assert all(sum(r["source"] == source for r in found) == 10 for source in ("forum", "shop"))
    assert "acme before" not in {r["text"] for r in found}
    labelling.label(config, found[0]["id"], "neutral")
    again = labelling.sample(config, 10, NOW)
    assert [r["id"] for r in again] == [r["id"] for r in found]
    assert [r["done"] for r in again][:2] == [True, False]


def test_the_report_judges_sampled_posts_alone_and_corrects_the_counts(stored: Store) -> None:
    config = stored(400)
    sampled = labelling.sample(config, 40, NOW)
    rows = export(config)
    for place, row in enumerate(sampled):  # a fifth of what the reader calls negative is positive in truth
        said = labelling.model_label(rows[row["id"]])
        labelling.label(config, row["id"], "positive" if said == "negative" and place % 5 == 0 else said)
    noticed = next(i for i in rows if i not in {r["id"] for r in sampled})
    labelling.label(config, noticed, "neutral")  # a mistake somebody came upon is no part of the sample
    found = labelling.report(config, 40, NOW)
    assert found["week"] == "2026-03-02"
    assert sum(line["labelled"] for line in found["strata"]) == len(sampled)
    for line in found["strata"]:
        assert line["low"] < line["accuracy"] <= line["high"]
    said, best = found["counts"]["en"]["said"], found["counts"]["en"]["corrected"]
    assert sum(said.values()) == 400
    assert sum(best.values()) == pytest.approx(400, abs=1)
    assert best["negative"] < said["negative"]
    misread = found["misread"]["en"]
    wrong = sum(rows[row["id"]]["label"] == "negative" for row in sampled[::5])
    fine = sum(rows[row["id"]]["label"] != "negative" for row in sampled)
    assert (misread["of"], misread["share"]) == (wrong + fine, wrong / (wrong + fine))
    assert 0 < misread["low"] < misread["share"] < misread["high"] < 1


def test_without_enough_labels_counts_are_not_corrected_and_the_reason_is_said(stored: Store) -> None:
    found = labelling.report(stored(50), 10, NOW)
    assert found["counts"]["en"]["corrected"] is None
    assert "want 30" in found["counts"]["en"]["reason"]
    assert found["misread"]["en"] == {"of": 0, "share": None, "reason": "0 labelled posts not negative, want 30"}


def test_a_label_toward_one_of_two_brands_teaches_nothing_of_the_whole_text(
    stored: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = stored(6)
    for i in export(config):
        labelling.label(config, i, "positive")
    taught: list[str] = []

    def learn(model: Path | None, corrected: list[Corrected], folder: Path, out: Path) -> dict[str, Any]:
        taught.extend(c.text for c in corrected)
        return {}

    monkeypatch.setattr(labelling.corrections, "learn", learn)
    brand = Brand(name="Acme", any=("acme",), rivals=("fine",))
    labelling.learn(config.model_copy(update={"brands": (brand,)}), tmp_path / "out", tmp_path)
    assert sorted(taught) == ["acme bad 1", "acme bad 3", "acme bad 5", "acme before"]


def test_a_week_begins_on_monday() -> None:
    assert labelling.last_week(MONDAY) == MONDAY - timedelta(days=7)
    assert labelling.last_week(MONDAY + timedelta(days=6, hours=23)) == MONDAY - timedelta(days=7)
