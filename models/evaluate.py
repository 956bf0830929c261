"""Measure a reader on public tests: `groundswell evaluate --data DIR`. Rows the gate refuses count as wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundswell.clock import cpu_time, stopwatch
from groundswell.errors import InputError
from groundswell.types import Prediction, Sentiment, Topic
from models import baselines as rivals
from models import metrics
from models.fit import dev_rows, fit_task
from models.readers import Reader
from models.rows import SENTIMENTS, SERVICES, SIGNALS, TOPICS, Row, read_rows

Predict = Callable[[Sequence[str], Sequence[str | None]], list[Prediction]]
FOLDS = 5
_FIT = ("slope", "offset", "threshold")
TASKS: dict[str, Sequence[str]] = {"topics": TOPICS, "service": SERVICES, "signals": SIGNALS}


def evaluate(
    data: Path, reader: Reader, progress: Callable[[str], None] = lambda _: None, *, baselines: bool = False
) -> dict[str, Any]:
    """Score `reader` on every test split and on the two read dev sets; returns figures by set and over all.

    With `baselines` VADER and SnowNLP stand beside it on the rows with a sentiment. "crossed" has the dev-read
    figures with thresholds fitted on other rows. What the reader does not read is None in "sets", absent in "crossed".
    Raises InputError when `data` holds no test split.
    """
    files = sorted(data.glob("test-*.jsonl.gz")) + sorted(data.glob("dev-read_*.jsonl.gz"))
    if not files:
        raise InputError(str(data), "holds no test-*.jsonl.gz", "give --data the folder of labelled posts")
    sets: dict[str, Any] = {}
    pooled: dict[str, list[tuple[float, bool]]] = {}
    posts, seconds, cpu = 0, 0.0, 0.0  # of the reading alone: baselines and figures take time of their own
    for path in files:
        rows = list(read_rows(path))
        began, spent = stopwatch(), cpu_time()
        predictions = reader.predict([r.text for r in rows], [r.lang for r in rows])
        seconds, cpu = seconds + stopwatch() - began, cpu + cpu_time() - spent
        name = path.name.removesuffix(".jsonl.gz")
        sets[name] = score(rows, predictions, reader.tasks)
        for key, pairs in _confidences(rows, predictions, reader.tasks).items():
            pooled.setdefault(key, []).extend(pairs)
        lang = rows[0].lang
        if baselines and "sentiment" in sets[name] and lang in rivals.NAMES:
            said = rivals.predict(rows, lang)
            sets[name]["baselines"] = {rivals.NAMES[lang]: score(rows, said)["sentiment"]}
        posts += len(rows)
        progress(f"evaluate set={name} n={len(rows)} {_brief(sets[name])}")
    errors = {key: _error(pairs) for key, pairs in sorted(pooled.items())}
    crossed = cross_fitted(_dev(data), reader) if reader.tasks and any(data.glob("dev-read_*.jsonl.gz")) else {}
    return {
        "sets": sets, "calibration_error": errors, "posts": posts, "seconds": seconds, "cpu_seconds": cpu,
        "crossed": crossed,
    }  # fmt: skip


def _dev(data: Path) -> list[Row]:
    """What `models.fit` fits on, with the posts read in full all there."""
    read = [row for path in sorted(data.glob("dev-read_*.jsonl.gz")) for row in read_rows(path)]
    return [row for row in dev_rows(data) if not (row.read and any(row.topics_mask))] + read


def score(
    rows: Sequence[Row], predictions: Sequence[Prediction], tasks: Sequence[str] = tuple(TASKS)
) -> dict[str, Any]:
    """Figures of one set: sentiment where labelled, topics where known, service and signals where read.

    One of these that is not among the `tasks` of the reader is None.

    A set that knows two poles alone also has "two_way": the accuracy of the likelier pole, as two-class readers are
    scored; in "accuracy" a neutral answer is wrong there.
    """
    out: dict[str, Any] = {"n": len(rows), "unscored": sum(not p.scored for p in predictions)}
    use = [i for i, r in enumerate(rows) if r.sentiment >= 0]
    if use:
        truth = np.array([SENTIMENTS[rows[i].sentiment].value for i in use])
        said = np.array([label.value if (label := predictions[i].label) else "" for i in use])
        out["sentiment"] = {
            "n": len(use),
            "accuracy": metrics.accuracy(truth, said),
            "macro_recall": metrics.macro_recall(truth, said),
            "macro_f1": metrics.macro_f1(truth, said),
        }
        if Sentiment.NEUTRAL not in truth:
            poles = np.array([_pole(predictions[i]) for i in use])
            out["sentiment"]["two_way"] = metrics.accuracy(truth, poles)
    for task, names in TASKS.items():
        known = _known(rows, task)
        if known.any() and task not in tasks:
            out[task] = None
        elif known.any():
            truth_on = np.array([getattr(r, task) for r in rows]) > 0.5
            micro, macro = metrics.multilabel(truth_on, _on(predictions, task, names), known)
            _, macro10 = metrics.multilabel(truth_on, _on(predictions, task, names), known, at_least=10)
            out[task] = {"micro_f1": micro, "macro_f1": macro, "macro_f1_10": macro10}
    return out


def cross_fitted(rows: Sequence[Row], reader: Reader, folds: int = FOLDS) -> dict[str, Any]:
    """Topics, service and signals of the posts read in full, each scored with scales and thresholds of other posts.

    The shipped thresholds are fitted on all of them, so figures of `score` there flatter; here every post is scored
    by a fit that never saw it (cross-fitting, 4/5 and 1/5). Posts held out for service and signals alone take part
    in the fits and are not scored. By "language task".
    """
    logits = reader.logits([row.text for row in rows])
    fold = np.arange(len(rows)) % folds
    read = np.array([row.read and any(row.topics_mask) for row in rows])
    on = {task: np.zeros((len(rows), len(names)), dtype=bool) for task, names in TASKS.items()}
    for k in range(folds):
        seen, held = np.flatnonzero(fold != k), np.flatnonzero((fold == k) & read)
        for task, names in TASKS.items():
            fits = fit_task([rows[i] for i in seen.tolist()], logits[task][seen].astype(float), task, names)
            slope, offset, cut = (np.array([getattr(fits[n], f) for n in names]) for f in _FIT)
            on[task][held] = 1 / (1 + np.exp(-(slope * logits[task][held] + offset))) >= cut
    on["service"] &= on["topics"][:, [TOPICS.index(Topic.CUSTOMER_SERVICE)]]  # as the reader does
    out: dict[str, Any] = {}
    for lang in sorted({row.lang for row in rows}):
        use = read & np.array([row.lang == lang for row in rows])
        for task in TASKS if use.any() else ():
            truth = np.array([getattr(row, task) for row in rows])[use] > 0.5
            known = np.ones_like(truth)
            micro, macro = metrics.multilabel(truth, on[task][use], known)
            _, macro10 = metrics.multilabel(truth, on[task][use], known, at_least=10)
            out[f"{lang} {task}"] = {"n": int(use.sum()), "micro_f1": micro, "macro_f1": macro, "macro_f1_10": macro10}
    return out


def _pole(said: Prediction) -> str:
    poles = (Sentiment.NEGATIVE, Sentiment.POSITIVE)
    return max(poles, key=lambda s: said.sentiment[s]).value if said.scored else ""


def _known(rows: Sequence[Row], task: str) -> npt.NDArray[np.bool_]:
    if task == "topics":
        return np.array([r.topics_mask for r in rows]) > 0
    return np.array([[r.read] * len(TASKS[task]) for r in rows])


def _on(predictions: Sequence[Prediction], task: str, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([[name in getattr(p, f"{task}_on") for name in names] for p in predictions])


def _confidences(
    rows: Sequence[Row], predictions: Sequence[Prediction], tasks: Sequence[str]
) -> dict[str, list[tuple[float, bool]]]:
    """(probability, was right) pairs by "task language"; two-class sets cannot judge three probabilities."""
    found: dict[str, list[tuple[float, bool]]] = {}
    three = {r.sentiment for r in rows} >= {0, 1, 2}
    for row, p in zip(rows, predictions, strict=True):
        if p.scored and three and row.sentiment >= 0 and p.label:
            right = SENTIMENTS.index(p.label) == row.sentiment
            found.setdefault(f"sentiment {row.lang}", []).append((p.sentiment[p.label], right))
        if p.scored and row.read and "topics" in tasks:
            pairs = [(p.topics[t], row.topics[j] > 0.5) for j, t in enumerate(TOPICS)]
            found.setdefault(f"topics {row.lang}", []).extend(pairs)
    return found


def _error(pairs: Sequence[tuple[float, bool]]) -> float:
    return metrics.calibration_error(np.array([p for p, _ in pairs]), np.array([r for _, r in pairs]))


def _brief(figures: dict[str, Any]) -> str:
    parts = []
    if "sentiment" in figures:
        s = figures["sentiment"]
        two = f" two_way={s['two_way']:.3f}" if "two_way" in s else ""
        parts.append(f"acc={s['accuracy']:.3f} recall={s['macro_recall']:.3f} f1={s['macro_f1']:.3f}{two}")
    parts += [f"{t}={figures[t]['micro_f1']:.3f}/{figures[t]['macro_f1']:.3f}" for t in TASKS if figures.get(t)]
    return " ".join(parts)
