"""A Hugging Face sequence classifier of moods in place of the shipped reader. Needs the extra `train`.

    [model]
    backend = "torch"
    folder = "models/xlm-roberta-sentiment"        # config.json, weights, tokenizer; nothing is fetched
    labels = { LABEL_0 = "negative", LABEL_1 = "neutral", LABEL_2 = "positive" }

Wanted are a fast tokenizer with a pad token, a trained head of one output per class, and a network without a decoder
of its own; a trial at loading, a text alone and beside a longer one, refuses what cannot be read in batches.
It says sentiment alone, not calibrated by us: topics, service and signals stay empty. The embedding is the mean of the
last layer, so stories can still be grouped.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging as progress

from groundswell.errors import ModelError
from groundswell.types import Prediction, Sentiment
from models import language
from models.predict import BUDGET

MOST, CHARACTERS = 8, 6000  # windows a text, and characters of it: as models/tokenise.py bounds them
KNOWN = {s.value: s for s in Sentiment} | {s.value[:3]: s for s in Sentiment}
ANOTHER = "choose another classifier: docs/model.md says which can be read"
SHORTEST = 16  # tokens a window may have
ALIKE = 1e-3  # most that a logit may differ between a text alone and in a batch, in fp32
TRIAL = ("The lid broke.", "The lid of the kettle broke after a week, and nobody answers. " * 40)
Arrays = dict[str, npt.NDArray[np.float32]]
Encoded = tuple[int, list[int]]  # whose text, token ids


class TorchReader:
    """A classifier from a local folder behind the interface of `models.predict.Classifier`."""

    tasks: tuple[str, ...] = ()

    def __init__(
        self, folder: Path, *, labels: Mapping[str, str] | None = None, threads: int = 0, window: int = 128
    ) -> None:
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder} holds no config.json", "point model.folder at a downloaded Hugging Face model")
        if threads:
            torch.set_num_threads(threads)
        progress.disable_progress_bar()  # type: ignore[no-untyped-call] # errors alone belong on stderr
        try:
            own: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **own)
            self._network: Any
            self._network, loaded = AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=torch.float32, output_loading_info=True, **own
            )
        except Exception as error:  # the libraries raise whatever a file they cannot read leads to
            raise ModelError(f"{folder} cannot be loaded: {error}", "download the whole model again") from error
        self._refuse(folder, sorted(loaded["missing_keys"]))
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network.eval().to(self._device)
        self._columns = columns(self._network.config.id2label, labels)
        limits = (self._tokenizer.model_max_length, getattr(self._network.config, "max_position_embeddings", 0))
        self._window = int(min([window, *(n for n in limits if n and n > 0)]))
        self._try(folder)
        self.name = f"{folder.name}@torch"

    def _refuse(self, folder: Path, missing: Sequence[str]) -> None:
        """Raises ModelError for what would be read wrongly without an error of its own."""
        config, tokens = self._network.config, self._tokenizer
        problems = {
            f"has no trained weights for {', '.join(missing[:3])}": bool(missing),
            "has an encoder and a decoder": config.is_encoder_decoder,
            "gives a score (regression), no classes": config.problem_type == "regression" or config.num_labels < 2,
            "has outputs that exclude nothing (multi-label)": config.problem_type == "multi_label_classification",
            "has no fast tokenizer (tokenizer.json)": not tokens.is_fast,
            "has a tokenizer without a pad token": tokens.pad_token_id is None,
            "has a tokenizer of more words than its weights": len(tokens)
            > self._network.get_input_embeddings().num_embeddings,
        }
        for problem, found in problems.items():
            if found:
                raise ModelError(f"{folder} {problem}", ANOTHER)

    def _try(self, folder: Path) -> None:
        """Raises ModelError where a text alone and beside a longer one is not read alike, or cannot be read."""
        if self._window < SHORTEST:
            hint = "choose another classifier, or mend model_max_length in tokenizer_config.json"
            raise ModelError(f"{folder} reads {self._window} tokens at once, want {SHORTEST} or more", hint)
        try:
            alone, beside = self.logits(TRIAL[:1]), self.logits(TRIAL)
        except Exception as error:  # whatever a network of another build raises on what it is fed
            said = f"{folder} cannot be read in batches: {type(error).__name__}: {error}"
            raise ModelError(said, ANOTHER) from error
        if not np.allclose(alone["sentiment"][0], beside["sentiment"][0], atol=ALIKE):
            raise ModelError(f"{folder} reads a text differently beside a longer one", ANOTHER)

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        """One prediction per text, in order, of sentiment alone."""
        tags: Sequence[str | None] = langs if langs is not None else [None] * len(texts)
        gates = [language.gate(text, tag) for text, tag in zip(texts, tags, strict=True)]
        scored = [i for i, (_, reason) in enumerate(gates) if reason is None]
        out = self.logits([texts[i] for i in scored])
        rows = {i: row for row, i in enumerate(scored)}
        return [
            self._prediction(out, rows[i], lang)
            if i in rows
            else Prediction(scored=False, model=self.name, lang=lang, reason=reason)
            for i, (lang, reason) in enumerate(gates)
        ]

    def logits(self, texts: Sequence[str]) -> Arrays:
        """Raw outputs per text: "sentiment" (texts, outputs), "embedding" (texts, width), L2-normalised."""
        width = int(self._network.config.hidden_size)
        sums = {
            "sentiment": np.zeros((len(texts), int(self._network.config.num_labels)), dtype=np.float32),
            "embedding": np.zeros((len(texts), width), dtype=np.float32),
        }
        weight = np.zeros((len(texts), 1), dtype=np.float32)
        for batch in self._batches(texts):
            owners = [owner for owner, _ in batch]
            lengths = np.array([[len(ids)] for _, ids in batch], dtype=np.float32)
            for name, values in self._forward([ids for _, ids in batch]).items():
                np.add.at(sums[name], owners, values * lengths)
            np.add.at(weight, owners, lengths)
        if len(texts):
            sums = {name: total / weight for name, total in sums.items()}
            sums["embedding"] /= np.linalg.norm(sums["embedding"], axis=1, keepdims=True)
        return sums

    def _batches(self, texts: Sequence[str]) -> list[list[Encoded]]:
        """Windows sorted by length, at most BUDGET tokens a batch."""
        windows: list[Encoded] = []
        for owner, text in enumerate(texts):
            half = CHARACTERS // 2
            bound = text if len(text) <= CHARACTERS else f"{text[:half]} {text[-half:]}"
            found = self._tokenizer(
                bound, truncation=True, max_length=self._window, return_overflowing_tokens=True
            )["input_ids"]  # fmt: skip
            found = found if len(found) <= MOST else found[: MOST - 2] + found[-2:]
            windows += [(owner, ids) for ids in found]
        out: list[list[Encoded]] = []
        for window in sorted(windows, key=lambda w: len(w[1])):
            if out and (len(out[-1]) + 1) * len(window[1]) <= BUDGET:
                out[-1].append(window)
            else:
                out.append([window])
        return out

    def _forward(self, ids: list[list[int]]) -> Arrays:
        padded = self._tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            out = self._network(**padded, output_hidden_states=True)
        mask = padded["attention_mask"].unsqueeze(-1).to(out.logits.dtype)
        mean = (out.hidden_states[-1] * mask).sum(1) / mask.sum(1)
        return {"sentiment": out.logits.float().cpu().numpy(), "embedding": mean.float().cpu().numpy()}

    def _prediction(self, out: Arrays, row: int, lang: str | None) -> Prediction:
        z = out["sentiment"][row].astype(float)
        p = np.exp(z - z.max())
        p /= p.sum()
        sentiment = dict.fromkeys(Sentiment, 0.0)
        for column, label in enumerate(self._columns):
            sentiment[label] += float(p[column])
        embedding = out["embedding"][row].astype(np.float16).tobytes()
        return Prediction(scored=True, model=self.name, lang=lang, sentiment=sentiment, embedding=embedding)


def columns(names: Mapping[int, str], labels: Mapping[str, str] | None) -> list[Sentiment]:
    """What each output means, by the configured `labels` or by its own name; several may mean one (five stars).

    Raises ModelError naming the output that nobody explains, the label that no output has, the pole that is missing.
    """
    out = []
    for column in range(len(names)):
        name = names[column]
        said = (labels or {}).get(name, name).lower()
        if said not in KNOWN:
            wanted = f'{name} = "negative", "neutral" or "positive"'
            raise ModelError(f"output {name!r} has no known meaning", f"add to model.labels: {wanted}")
        out.append(KNOWN[said])
    if unknown := sorted(set(labels or {}) - set(names.values())):
        raise ModelError(f"model.labels names {unknown[0]!r}, no output", f"one of {', '.join(names.values())}")
    for pole in (Sentiment.NEGATIVE, Sentiment.POSITIVE):
        if pole not in out:
            raise ModelError(f"no output means {pole.value}", "mend model.labels, or choose a classifier of sentiment")
    return out
