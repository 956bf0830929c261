"""A reader for tests of everything around the model: "bad" is negative, words are hashed into the embedding."""

import hashlib
from collections.abc import Sequence

import numpy as np

from groundswell.types import Prediction, Sentiment, Service, Signal, Topic
from models.toward import BRAND, Floats


class KeywordReader:
    """Deterministic and instant; the real reader has tests of its own."""

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        return [_read(text) for text in texts]

    def read_marked(self, texts: Sequence[str]) -> list[Floats | None]:
        """What the words from the brand's mark to the next sentence say."""
        own = [_read(text[text.index(BRAND) :].split(".")[0]) for text in texts]
        return [np.array(list(said.sentiment.values()), dtype=np.float32) for said in own]


def _read(text: str) -> Prediction:
    if not text.strip():
        return Prediction(scored=False, model="keyword@1", reason="empty")
    negative = 0.9 if "bad" in text else 0.05
    vector = np.zeros(384, dtype=np.float32)
    for word in text.split():
        vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % 384] += 1
    vector /= np.linalg.norm(vector)
    return Prediction(
        scored=True,
        model="keyword@1",
        lang="en",
        sentiment={Sentiment.NEGATIVE: negative, Sentiment.NEUTRAL: 0.05, Sentiment.POSITIVE: 0.95 - negative},
        topics=dict.fromkeys(Topic, 0.1),
        service=dict.fromkeys(Service, 0.1),
        signals=dict.fromkeys(Signal, 0.1),
        topics_on=(Topic.PRODUCT_QUALITY,) if negative > 0.5 else (),
        embedding=vector.astype(np.float16).tobytes(),
    )
