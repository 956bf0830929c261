"""Text to prediction on a CPU: one forward pass per window gives sentiment, topics, service, signals, embedding."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from groundswell.types import Prediction, Sentiment, Service, Signal, Topic
from models import addition, language, service, toward, weights, words
from models.calibrate import Calibration, read_calibration
from models.graph import compiled
from models.tokenise import Tokens, Window, batches

BUDGET = 384  # tokens a batch: 512, 1024 and 2048 take no less CPU time a token, and 10, 56 and 108 MB more
OUTPUTS = ("sentiment", "topics", "service", "signals", "embedding")
Arrays = dict[str, npt.NDArray[np.float32]]


class Classifier:
    """The shipped reader, or any folder `groundswell train` wrote.

    Scores do not depend on the batch a text stands in, up to 0.02 in any probability: activation ranges of the int8
    graph are fixed, only the order of float additions differs.
    """

    tasks: tuple[str, ...] = ("topics", "service", "signals")

    def __init__(self, folder: Path | None = None, *, threads: int = 0) -> None:
        self.folder = folder or weights.HERE
        self._calibration = read_calibration(self.folder / weights.CALIBRATION)
        self._tokens = Tokens(self.folder / weights.TOKENIZER, window=self._calibration.window)
        self._graph = compiled(self.folder / weights.GRAPH, threads)
        self._words = words.read(self.folder)
        self._addition = addition.read(self.folder, self._graph.output("embedding").partial_shape[1].get_length())
        self._head = toward.read(self.folder)
        self._service = service.read(self.folder, self._graph.output("states").partial_shape[2].get_length())
        self.name = _name(self.folder / weights.CARD)

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        """One prediction per text, in order. `langs` are the platforms' own language tags where there are any."""
        tags: Sequence[str | None] = langs if langs is not None else [None] * len(texts)
        gates = [language.gate(text, tag) for text, tag in zip(texts, tags, strict=True)]
        scored = [i for i, (_, reason) in enumerate(gates) if reason is None]
        out = self.logits([texts[i] for i in scored])
        rows = {i: row for row, i in enumerate(scored)}
        return [
            self._prediction(out, rows[i], lang or "en")
            if i in rows
            else Prediction(scored=False, model=self.name, lang=lang, reason=reason)
            for i, (lang, reason) in enumerate(gates)
        ]

    def toward(
        self,
        texts: Sequence[str],
        terms: Sequence[Sequence[str]],
        others: Sequence[Sequence[str]],
        langs: Sequence[str | None] | None = None,
    ) -> list[Prediction]:
        """Like `predict`, but sentiment and topics are toward the brand spelled by `terms` where a rival is named."""
        return toward.refine(self, self.predict(texts, langs), texts, terms, others)

    def read_marked(self, texts: Sequence[str]) -> list[npt.NDArray[np.float32] | None]:
        """Probabilities (moods,) toward the marked brand (`models.toward`); None where a mark is not read, or no head
        is there to read it.
        """
        if self._head is None:
            return [None] * len(texts)
        features, whole = self.mark_features(texts)
        return [p if is_whole else None for p, is_whole in zip(self._head.probabilities(features), whole, strict=True)]

    def mark_features(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """What `toward.Head` reads, (texts, marks × width + moods), and whether each text has both marks.

        These are the mean states of either mark's tokens, then the sentiment logits of the text.
        """
        signs = [self._tokens.sign(mark) for mark in toward.MARKS]
        windows = self._tokens.windows(texts)
        moods = np.zeros((len(texts), len(Sentiment)), dtype=np.float32)
        sums: npt.NDArray[np.float32] | None = None
        counts, weight = np.zeros((len(texts), len(signs), 1), np.float32), np.zeros((len(texts), 1), np.float32)
        for batch in batches(windows, BUDGET):
            result = self._graph({"ids": batch.ids, "mask": batch.mask})
            states = result["states"]
            if sums is None:
                sums = np.zeros((len(texts), len(signs), states.shape[2]), dtype=np.float32)
            for row, window in enumerate(batch.windows):
                for side, found in enumerate(toward.places(window.ids, signs)):
                    sums[window.text, side] += states[row, found].sum(axis=0)
                    counts[window.text, side] += len(found)
            _add(moods, result["sentiment"], batch.windows)
            _add(weight, np.ones((len(batch.windows), 1), dtype=np.float32), batch.windows)
        if sums is None:
            return np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=bool)
        means = (sums / np.maximum(counts, 1)).astype(np.float32).reshape(len(texts), -1)
        return np.concatenate([means, moods / weight], axis=1), np.all(counts[:, :, 0] > 0, axis=1)

    def logits(self, texts: Sequence[str]) -> Arrays:
        """Raw outputs per text, windows combined by their length: each (texts, labels), "embedding" L2-normalised.

        Topics have added what the n-grams of the whole text say, and service is shared with its linear head, where the
        reader's folder holds them. "features" are what that head reads, (texts, 2 × width).
        """
        windows = self._tokens.windows(texts)
        sums: Arrays = {}
        weight = np.zeros((len(texts), 1), dtype=np.float32)
        for batch in batches(windows, BUDGET):
            result = self._graph({"ids": batch.ids, "mask": batch.mask})
            outputs = {name: result[name] for name in OUTPUTS}
            outputs["features"] = service.pooled(result["states"], batch.mask)
            for name, values in outputs.items():
                total = sums.setdefault(name, np.zeros((len(texts), values.shape[1]), dtype=np.float32))
                _add(total, values, batch.windows)
            _add(weight, np.ones((len(batch.windows), 1), dtype=np.float32), batch.windows)
        for total in sums.values():
            total /= weight
        if self._words is not None and "topics" in sums:
            sums["topics"] += self._words.logits(texts)
        if self._service is not None and "service" in sums:
            sums["service"] = self._service.beside(sums["service"], sums["features"])
        if "embedding" in sums:
            sums["embedding"] /= np.linalg.norm(sums["embedding"], axis=1, keepdims=True)
            if self._addition is not None:
                sums["sentiment"] += (addition.features(sums["embedding"]) @ self._addition).astype(np.float32)
        return sums

    def _prediction(self, out: Arrays, row: int, lang: str) -> Prediction:
        fit: Calibration = self._calibration
        p = fit.sentiment(out["sentiment"][row], lang)
        topics, failures, signals = (fit.probabilities(t, out[t][row]) for t in ("topics", "service", "signals"))
        topics_on = tuple(Topic(t) for t in fit.on("topics", topics))
        # A service sub-type says how customer service failed, so without that topic there is none.
        service_on = fit.on("service", failures) if Topic.CUSTOMER_SERVICE in topics_on else []
        return Prediction(
            scored=True,
            model=self.name,
            lang=lang,
            sentiment=dict(zip(Sentiment, map(float, p), strict=True)),
            topics={Topic(k): v for k, v in topics.items()},
            service={Service(k): v for k, v in failures.items()},
            signals={Signal(k): v for k, v in signals.items()},
            topics_on=topics_on,
            service_on=tuple(Service(s) for s in service_on),
            signals_on=tuple(Signal(s) for s in fit.on("signals", signals)),
            embedding=out["embedding"][row].astype(np.float16).tobytes(),
        )


def _add(total: npt.NDArray[np.float32], values: npt.NDArray[np.float32], windows: Sequence[Window]) -> None:
    lengths = np.array([[len(w.ids)] for w in windows], dtype=np.float32)
    np.add.at(total, [w.text for w in windows], values * lengths)


def _name(path: Path) -> str:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return f"{card['name']}@{card['revision']}"
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}", "export the model again") from error
