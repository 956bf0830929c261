"""What users would otherwise pick: VADER for English, SnowNLP for Chinese. Needs the extra `bench`.

VADER: Hutto and Gilbert 2014, cut at compound ±0.05 as its authors say. SnowNLP: a naive Bayes classifier trained on
shop reviews; its P(positive) is cut at 0.4 and 0.6. On sets of two classes both must choose a side (cut at 0 and 0.5),
which favours them: our reader may say neutral there and is then wrong.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from groundswell.errors import ModelError
from groundswell.types import Prediction, Sentiment
from models.rows import Row

NAMES = {"en": "VADER", "zh": "SnowNLP"}


def predict(rows: Sequence[Row], lang: str) -> list[Prediction]:
    """One prediction per row, of sentiment alone, by the baseline of `lang`. Raises ModelError when it is missing."""
    classes = {row.sentiment for row in rows if row.sentiment >= 0}
    low, high = (0.4, 0.6) if lang == "zh" else (0.475, 0.525)  # compound ±0.05 on VADER's -1..1
    if len(classes) == 2:
        low = high = 0.5
    score = _snownlp() if lang == "zh" else _vader()
    return [_prediction(score(row.text), low, high, lang) for row in rows]


def _prediction(score: float, low: float, high: float, lang: str) -> Prediction:
    """`score` in 0..1 from worst to best; the label alone matters."""
    said = Sentiment.NEGATIVE if score < low else Sentiment.POSITIVE if score >= high else Sentiment.NEUTRAL
    return Prediction(
        scored=True, model=NAMES[lang], lang=lang, sentiment={label: float(label is said) for label in Sentiment}
    )


def _vader() -> Callable[[str], float]:
    analyser = _module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return lambda text: (float(analyser.polarity_scores(text)["compound"]) + 1.0) / 2.0


def _snownlp() -> Callable[[str], float]:
    module = _module("snownlp")
    return lambda text: float(module.SnowNLP(text).sentiments) if text.strip() else 0.5


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModelError(f"{error.name} is not installed", "pip install 'groundswell[bench]'") from error
