"""JSON lines in, predictions out: the `classify` command's work."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from groundswell.errors import InputError
from groundswell.types import Prediction
from models.predict import Classifier

SIDES = ("toward", "rivals")  # optional: the spellings of the brand that is asked about, and of its rivals
CHUNK = 512  # lines read at a time: a long file flows, a pipe answers soon


def lines(file: str, model: Path | None) -> Iterator[dict[str, Any]]:
    """Yield one row per input line, in order. Raises InputError with the line's number."""
    classifier = Classifier(model)
    if file == "-":
        yield from _rows(classifier, sys.stdin.buffer, "standard input")
        return
    try:
        with Path(file).open("rb") as stream:
            yield from _rows(classifier, stream, file)
    except OSError as error:
        raise InputError(
            file, error.strerror or str(error), "give a file of JSON lines, or - for standard input"
        ) from error


def _rows(classifier: Classifier, stream: Iterable[bytes], where: str) -> Iterator[dict[str, Any]]:
    numbered = ((n, line) for n, line in enumerate(stream, 1) if line.strip())
    while chunk := [_record(line, f"{where}:{n}") for n, line in islice(numbered, CHUNK)]:
        texts, langs = [r["text"] for r in chunk], [r.get("lang") for r in chunk]
        mine, rivals = ([r.get(side) or () for r in chunk] for side in SIDES)
        predictions = classifier.toward(texts, mine, rivals, langs)
        for record, prediction in zip(chunk, predictions, strict=True):
            yield row(record.get("id"), prediction)


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(where, f"byte {error.start} is not UTF-8", "convert the file to UTF-8") from error
    except ValueError as error:
        raise InputError(where, f"not JSON: {error}", 'one object a line: {"id": "1", "text": "..."}') from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise InputError(where, "has no `text` string", 'one object a line: {"id": "1", "text": "..."}')
    if not isinstance(record.get("lang"), str | None):
        raise InputError(where, "`lang` is not a string", 'use "en", "zh", another code, or leave it out')
    for side in SIDES:
        if not _is_terms(record.get(side)):
            raise InputError(where, f"`{side}` is not a list of names", '"toward": ["Acme"], "rivals": ["Beta"]')
    return record


def _is_terms(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(term, str) and term for term in value))


def row(post_id: object, prediction: Prediction) -> dict[str, Any]:
    """A prediction as the command prints it."""
    if not prediction.scored:
        return {
            "id": post_id,
            "lang": prediction.lang,
            "scored": False,
            "reason": prediction.reason,
            "model": prediction.model,
        }
    return {
        "id": post_id,
        "lang": prediction.lang,
        "scored": True,
        "label": prediction.label,
        **{
            name: {label: round(p, 4) for label, p in getattr(prediction, name).items()}
            for name in ("sentiment", "topics", "service", "signals")
        },
        **{name: list(getattr(prediction, name)) for name in ("topics_on", "service_on", "signals_on")},
        "model": prediction.model,
    }
