"""Train and measure readers: what the `train` and `evaluate` commands call."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from groundswell.errors import InputError, ModelError
from models import suites as written
from models.evaluate import TASKS
from models.evaluate import evaluate as measure
from models.predict import Classifier
from models.readers import Reader

UNREAD = "does not read them"
SUITES = Path(__file__).parent.parent / "tests" / "models"
"""The written suites of a checkout; an installed package has none, so there they are named by path."""


def build(data: Path, base: Path, out: Path, scale: float, say: Callable[[str], None]) -> Path:
    """Train a reader into `out`. Raises ModelError when the extra `train` is not installed."""
    try:
        from models.build import build as make
    except ImportError as error:
        raise ModelError(f"{error.name} is not installed", "pip install 'groundswell[train]'") from error
    return make(data, base, out, scale, say)


def evaluate(
    data: Path | None, reader: Reader, suites: Path | None, baselines: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    """Figures of `reader`.

    On every public test in `data`, if given, and on the written suites in `suites` (None: the checkout's, if this is
    one). Raises InputError when there is nothing to measure on.
    """
    folder = suites or (SUITES if SUITES.is_dir() else None)
    if data is None and folder is None:
        raise InputError("evaluate", "nothing to measure on", "give --data DIR, --suites DIR or both")
    row: dict[str, Any] = {"model": reader.name}
    if data is not None:
        row |= measure(data, reader, say, baselines=baselines)
    if folder is not None:
        row["suites"] = written.run(
            folder, reader.predict, reader.toward if isinstance(reader, Classifier) else None, reader.tasks
        )
    return row


def suites_folder(given: Path | None) -> Path:
    """The folder of the written suites. Raises InputError where none is given and this is no checkout."""
    if given is None and not SUITES.is_dir():
        raise InputError("--suites", "the guard needs the written suites", "give a folder like tests/models")
    return given or SUITES


def table(row: Mapping[str, Any]) -> str:
    """The figures as Markdown: public sets, then what was fitted crosswise, then the suites."""
    parts = [f"model {row['model']}"]
    if "sets" in row:
        parts.append(_sets(row))
    if row.get("crossed"):
        parts.append(_crossed(row["crossed"]))
    if "suites" in row:
        parts.append(_suites(row["suites"]))
    return "\n\n".join(parts)


def _sets(row: Mapping[str, Any]) -> str:
    lines = [
        "| set | n | unscored | accuracy | of two poles | macro-recall | macro-F1 | topics micro / macro | service "
        "| signals |",
        "|-" * 10 + "|",
    ]
    for name, found in row["sets"].items():
        rest = [UNREAD if task in found and not found[task] else _f1(found.get(task)) for task in TASKS]
        lines.append(_line(name, found["n"], found["unscored"], *_sentiment(found.get("sentiment")), *rest))
        for other, said in found.get("baselines", {}).items():
            lines.append(_line(f"{name}, {other}", found["n"], "", *_sentiment(said), "", "", ""))
    errors = ", ".join(f"{key} {value:.3f}" for key, value in row["calibration_error"].items())
    pace = row["posts"] / max(row["cpu_seconds"], 1e-9)
    timed = f"{row['posts']} posts read in {row['seconds']:.1f} s of wall time, {pace:.1f} posts per CPU second"
    return "\n".join([*lines, "", timed, "", f"calibration error (15 bins): {errors}"])


def _crossed(crossed: Mapping[str, Any]) -> str:
    head = "| fitted on 4/5 of dev, scored on 1/5 | n | micro-F1 | macro-F1 | macro-F1, >= 10 positives |"
    lines = [
        _line(key, found["n"], *(f"{found[k]:.3f}" for k in ("micro_f1", "macro_f1", "macro_f1_10")))
        for key, found in crossed.items()
    ]
    return "\n".join([head, "|-" * 5 + "|", *lines])


def _suites(suites: Mapping[str, Any]) -> str:
    lines = ["| suite | group | n | share right |", "|-" * 4 + "|"]
    for suite, groups in suites.items():
        lines += [_line(suite, group, found["n"], f"{100 * found['share']:.1f} %") for group, found in groups.items()]
    head = "| hard cases, micro-F1 | unscored | topics | service | signals |"
    hard = [
        _line(lang, found["unscored"], *(_or_unread(found[f"{task}_micro_f1"]) for task in TASKS))
        for lang in ("en", "zh")
        for found in [suites["hard"][f"{lang} all"]]
    ]
    return "\n".join([*lines, "", head, "|-" * 5 + "|", *hard])


def _or_unread(figure: float | None) -> str:
    return UNREAD if figure is None else f"{figure:.3f}"


def _sentiment(found: Mapping[str, float] | None) -> list[str]:
    columns = ("accuracy", "two_way", "macro_recall", "macro_f1")
    return [f"{found[k]:.3f}" if found and k in found else "" for k in columns]


def _f1(found: Mapping[str, float] | None) -> str:
    return f"{found['micro_f1']:.3f} / {found['macro_f1']:.3f}" if found else ""


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
