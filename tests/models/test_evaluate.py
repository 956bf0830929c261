import dataclasses
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from groundswell.types import Prediction, Sentiment
from models import baselines
from models import evaluate as measuring
from models.evaluate import cross_fitted, score
from models.fit import fit_task
from models.rows import SENTIMENTS, SERVICES, SIGNALS, TOPICS, Row

SIZES = {"sentiment": 3, "topics": len(TOPICS), "service": len(SERVICES), "signals": len(SIGNALS)}


class Noise:
    """A reader whose logits know nothing of the truth, or (`wise`) everything."""

    def __init__(self, rows: list[Row], wise: bool) -> None:
        chance = np.random.default_rng(0)
        self._out = {task: chance.normal(size=(len(rows), size)).astype(np.float32) for task, size in SIZES.items()}
        if wise:
            for task in ("topics", "service", "signals"):
                self._out[task] = np.array([getattr(r, task) for r in rows], dtype=np.float32) * 8 - 4

    def predict(self, texts, langs):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def logits(self, texts):  # type: ignore[no-untyped-def]
        return self._out


def rows(count: int) -> list[Row]:
    chance = np.random.default_rng(1)

    def some(size: int) -> tuple[float, ...]:
        return tuple((chance.random(size) < 0.2).astype(float))

    out = []
    for i in range(count):
        topics = some(len(TOPICS))
        service = some(len(SERVICES)) if topics[2] else (0.0,) * len(SERVICES)
        lang = "zh" if i % 2 else "en"
        out.append(
            Row(text=str(i), lang=lang, source="read", sentiment=0, topics=topics, topics_mask=(1.0,) * len(TOPICS),
                service=service, signals=some(len(SIGNALS)), read=True)
        )  # fmt: skip
    return out


def test_a_reader_that_knows_is_found_perfect_and_every_post_is_scored() -> None:
    posts = rows(200)
    found = cross_fitted(posts, Noise(posts, wise=True))
    assert set(found) == {f"{lang} {task}" for lang in ("en", "zh") for task in ("topics", "service", "signals")}
    assert all(f["n"] == 100 and f["micro_f1"] > 0.99 for f in found.values())


def test_crossed_figures_flatter_noise_less_than_figures_of_the_rows_fitted_on() -> None:
    posts = rows(60)
    reader = Noise(posts, wise=False)
    logits = reader.logits([])["signals"].astype(float)
    fits = fit_task(posts, logits, "signals", SIGNALS)
    cut = np.array([[fits[s].slope, fits[s].offset, fits[s].threshold] for s in SIGNALS])
    on = 1 / (1 + np.exp(-(cut[:, 0] * logits + cut[:, 1]))) >= cut[:, 2]
    truth = np.array([r.signals for r in posts]) > 0.5
    own = 2 * (on & truth).sum() / (on.sum() + truth.sum())
    crossed = cross_fitted(posts, reader)
    assert (crossed["en signals"]["micro_f1"] + crossed["zh signals"]["micro_f1"]) / 2 < own


def test_a_neutral_answer_is_wrong_on_two_poles_but_leaves_the_likelier_pole() -> None:
    said = [
        Prediction(scored=True, model="m", sentiment=dict(zip(Sentiment, p, strict=True)))
        for p in ((0.3, 0.6, 0.1), (0.1, 0.2, 0.7), (0.6, 0.3, 0.1))
    ]
    posts = [dataclasses.replace(row, sentiment=s) for row, s in zip(rows(3), (0, 2, 2), strict=True)]
    found = score(posts, said)["sentiment"]
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["two_way"] == pytest.approx(2 / 3)
    assert "two_way" not in score([dataclasses.replace(posts[0], sentiment=1), *posts[1:]], said)["sentiment"]


def test_a_missing_baseline_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(baselines.importlib, "import_module", missing)
    with pytest.raises(ModelError) as caught:
        baselines.predict(rows(2), "en")
    assert "groundswell[bench]" in caught.value.hint


@pytest.mark.parametrize(("lang", "module"), [("en", "vaderSentiment"), ("zh", "snownlp")])
def test_baselines_tell_good_from_bad_and_choose_a_side_where_there_are_two(lang: str, module: str) -> None:
    pytest.importorskip(module, reason="the extra `bench` is not installed")
    texts = (
        ("terrible, awful", "the lid is grey", "wonderful, love it")
        if lang == "en"
        else ("太差了", "一个", "很好，喜欢")
    )
    posts = [Row(text=t, lang=lang, source="s", sentiment=i) for i, t in enumerate(texts)]
    said = [p.label for p in baselines.predict(posts, lang)]
    assert (said[0], said[2]) == (Sentiment.NEGATIVE, Sentiment.POSITIVE)
    two = [p for p in posts if SENTIMENTS[p.sentiment] is not Sentiment.NEUTRAL]
    assert Sentiment.NEUTRAL not in [p.label for p in baselines.predict([*two, two[0]], lang)]


def test_time_is_counted_of_the_reading_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = {"wall": 0.0, "cpu": 0.0}

    class Reads:
        tasks = ()

        def predict(self, texts, langs):  # type: ignore[no-untyped-def]
            hands.update(wall=hands["wall"] + 2, cpu=hands["cpu"] + 3)
            return [Prediction(scored=False, model="m", reason="x") for _ in texts]

    def baseline(posts, lang):  # type: ignore[no-untyped-def]
        hands.update(wall=hands["wall"] + 100, cpu=hands["cpu"] + 100)
        return [Prediction(scored=False, model="b", reason="x") for _ in posts]

    monkeypatch.setattr(measuring, "stopwatch", lambda: hands["wall"])
    monkeypatch.setattr(measuring, "cpu_time", lambda: hands["cpu"])
    monkeypatch.setattr(measuring.rivals, "predict", baseline)
    for name in ("test-a", "test-b"):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.write(json.dumps({"text": "x", "lang": "en", "sentiment": "negative", "topics": None}) + "\n")
    found = measuring.evaluate(tmp_path, Reads(), baselines=True)  # type: ignore[arg-type]
    assert (found["posts"], found["seconds"], found["cpu_seconds"]) == (2, 4.0, 6.0)
    assert found["sets"]["test-a"]["unscored"] == 1
