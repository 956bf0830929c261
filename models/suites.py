"""Written sentences, each made for one point: hard cases, swaps, directions, sentiment toward one of several brands.

They lie in tests/models as JSON lines and show what a mean over public sets hides. An unscored sentence is a wrong one.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundswell.errors import InputError
from groundswell.types import Prediction, Sentiment
from models.evaluate import TASKS, Predict

Toward = Callable[[Sequence[str], Sequence[Sequence[str]], Sequence[Sequence[str]], Sequence[str | None]], Any]
BRANDS = (
    ("Halvero", "禾维洛", "禾維洛"), ("Orrin", "欧岚", "歐嵐"), ("Tamsel", "坦舍"), ("Bristane", "博瑞丝", "博瑞絲"),
    ("Corvane", "科岚", "科嵐"),
)  # fmt: skip
"""The invented firms of the sentences; where a sentence does not say, its label is toward the first."""

RIVALS = tuple(name for names in BRANDS[1:] for name in names)

Figures = dict[str, dict[str, Any]]


def read_suite(path: Path, wanted: Iterable[str]) -> list[dict[str, Any]]:
    """The records of one suite. Raises InputError with file, line and the field that is missing."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"byte {error.start} is not UTF-8", "convert the file to UTF-8") from error
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "give --suites a folder like tests/models") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(type(row).__name__)
            missing = [name for name in wanted if name not in row]
        except (ValueError, TypeError) as error:
            raise InputError(f"{path}:{number}", f"not a JSON object: {error}") from error
        if missing:
            raise InputError(
                f"{path}:{number}", f"has no {', '.join(missing)}", "one object a line, as tests/models has"
            )
        if odd := [name for name in wanted if not isinstance(row[name], str)]:
            raise InputError(f"{path}:{number}", f"{', '.join(odd)}: no string", "put it in quotes")
        rows.append(row)
    if not rows:
        raise InputError(str(path), "holds no sentence", "give --suites a folder like tests/models")
    return rows


def run(
    folder: Path, predict: Predict, toward: Toward | None = None, tasks: Sequence[str] = tuple(TASKS)
) -> dict[str, Figures]:
    """Figures of every suite in `folder`, by suite, then "language group". Raises InputError when one is missing."""
    out = {
        "hard": hard(folder, predict, toward, tasks),
        "invariance": invariance(read_suite(folder / "invariance.jsonl", ("lang", "kind", "a", "b")), predict),
        "direction": direction(read_suite(folder / "direction.jsonl", ("lang", "worse", "better")), predict),
        "domain": domain(read_suite(folder / "domain.jsonl", ("lang", "s", "review", "social")), predict),
    }
    for name in ("target", "rivals"):
        rows = read_suite(folder / f"{name}.jsonl", ("lang", "text", "a", "b", "toward_a", "toward_b"))
        out[name] = target(rows, predict, toward)
    return out


def hard(folder: Path, predict: Predict, toward: Toward | None = None, tasks: Sequence[str] = tuple(TASKS)) -> Figures:
    """Sentiment by group; over all groups of a language also micro-F1 of `tasks`, None of one that is not read.

    Sentences that name the first firm and a rival are also read toward that firm, as their labels are meant.
    """
    out: Figures = {}
    for lang in ("en", "zh"):
        rows = read_suite(folder / f"hard_{lang}.jsonl", ("group", "text", "s", "point"))
        said = predict([r["text"] for r in rows], [lang] * len(rows))
        hits = [p.label == r["s"] for r, p in zip(rows, said, strict=True)]
        unscored = sum(not p.scored for p in said)
        out[f"{lang} all"] = _share(hits) | {"unscored": unscored} | _labels(rows, said, tasks)
        out |= _by((f"{lang} {r['group']}" for r in rows), hits)
        several = [i for i, r in enumerate(rows) if names_rivals(r["text"])] if toward else []
        if toward and several:
            again = toward(
                [rows[i]["text"] for i in several], [BRANDS[0]] * len(several), [RIVALS] * len(several),
                [lang] * len(several),
            )  # fmt: skip
            out[f"{lang} rivals named, whole post"] = _share([hits[i] for i in several])
            out[f"{lang} rivals named, toward"] = _share(
                [p.label == rows[i]["s"] for i, p in zip(several, again, strict=True)]
            )
    return out


def invariance(rows: Sequence[Mapping[str, str]], predict: Predict) -> Figures:
    """Pairs that differ in a name, number, place or product: the label must stay."""
    a, b = (predict([r[side] for r in rows], [r["lang"] for r in rows]) for side in ("a", "b"))
    hits = [x.label is not None and x.label == y.label for x, y in zip(a, b, strict=True)]
    return _by((f"{r['lang']} all" for r in rows), hits) | _by((f"{r['lang']} {r['kind']}" for r in rows), hits)


def direction(rows: Sequence[Mapping[str, str]], predict: Predict) -> Figures:
    """Pairs of which one is plainly worse: its P(positive) - P(negative) must be lower."""
    worse, better = (predict([r[side] for r in rows], [r["lang"] for r in rows]) for side in ("worse", "better"))
    hits = [x.scored and y.scored and valence(x) < valence(y) for x, y in zip(worse, better, strict=True)]
    return _by((f"{r['lang']} all" for r in rows), hits)


def domain(rows: Sequence[Mapping[str, str]], predict: Predict) -> Figures:
    """One statement told as a review and as a social post: right by label and dress, and the same in both."""
    out: Figures = {}
    langs = [r["lang"] for r in rows]
    right: list[bool] = []
    said = {dress: predict([r[dress] for r in rows], langs) for dress in ("review", "social")}
    for dress, predictions in said.items():
        hits = [p.label == r["s"] for r, p in zip(rows, predictions, strict=True)]
        out |= _by((f"{r['lang']} {r['s']} {dress}" for r in rows), hits)
        right += hits
    same = [a.label is not None and a.label == b.label for a, b in zip(said["review"], said["social"], strict=True)]
    out |= _by((f"{lang} all" for lang in [*langs, *langs]), right)
    return out | _by((f"{lang} same" for lang in langs), same)


def target(rows: Sequence[Mapping[str, str]], predict: Predict, toward: Toward | None) -> Figures:
    """Two judgements a sentence, one per brand: the whole post's label, and `toward` where there is one."""
    out: Figures = {}
    langs = [r["lang"] for r in rows for _ in "ab"]
    truth = [r[f"toward_{side}"] for r in rows for side in "ab"]
    keys = [r["lang"] for r in rows for _ in "ab"]
    whole = predict([r["text"] for r in rows for _ in "ab"], langs)
    out |= _by((f"{key} whole post" for key in keys), [p.label == t for p, t in zip(whole, truth, strict=True)])
    if toward is None:
        return out
    terms = [terms_of(r[side]) for r in rows for side in "ab"]
    others = [terms_of(r[side]) for r in rows for side in "ba"]
    said = toward([r["text"] for r in rows for _ in "ab"], terms, others, langs)
    return out | _by((f"{key} toward" for key in keys), [p.label == t for p, t in zip(said, truth, strict=True)])


def terms_of(name: str) -> Sequence[str]:
    """All spellings of an invented firm."""
    return next((names for names in BRANDS if name in names), (name,))


def names_rivals(text: str) -> bool:
    """Whether a sentence names the first firm and another."""
    return any(name in text for name in BRANDS[0]) and any(name in text for name in RIVALS)


def valence(prediction: Prediction) -> float:
    """P(positive) - P(negative), in -1..1."""
    return prediction.sentiment[Sentiment.POSITIVE] - prediction.sentiment[Sentiment.NEGATIVE]


def _labels(
    rows: Sequence[Mapping[str, Any]], said: Sequence[Prediction], tasks: Sequence[str]
) -> dict[str, float | None]:
    """Micro-F1 per task over the rows that state the task's labels, None where it is not in `tasks`."""
    out: dict[str, float | None] = {}
    for task, field in zip(TASKS, "tvg", strict=True):
        hit = total = 0
        for row, p in zip(rows, said, strict=True):
            if field in row:
                on = set(map(str, getattr(p, f"{task}_on")))
                hit += 2 * len(on & set(row[field]))
                total += len(on) + len(row[field])
        out[f"{task}_micro_f1"] = None if task not in tasks else hit / total if total else 0.0
    return out


def _by(keys: Iterable[str], hits: Sequence[bool]) -> Figures:
    found: dict[str, list[bool]] = defaultdict(list)
    for key, hit in zip(keys, hits, strict=True):
        found[key].append(hit)
    return {key: _share(these) for key, these in found.items()}


def _share(hits: Sequence[bool]) -> dict[str, Any]:
    return {"n": len(hits), "share": sum(hits) / len(hits)}
