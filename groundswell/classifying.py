"""JSON lines in, predictions out: the `classify` command's work."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from groundswell.errors import InputError
from groundswell.types import Prediction
from models import toward
from models.readers import Reader

WANTED = 'one object a line, in UTF-8: {"id": "1", "text": "..."}'
SIDES = ("toward", "rivals")  # optional: the spellings of the brand that is asked about, and of its rivals
CHUNK = 256  # lines read at a time
BLOCK = 1 << 20  # bytes taken at a time at most: a long file flows, and a pipe is answered as soon as it has a line


class Lines:
    """Reads JSON lines; iterating yields one row per input line, in order.

    A line that holds no post is answered in its place: `scored` false and why. `wrong` counts them and `first` tells
    of the first one, for the caller's exit code.
    """

    def __init__(self, file: str, reader: Reader) -> None:
        self._file, self.where = file, "standard input" if file == "-" else file
        self._reader = reader
        self.wrong, self.first = 0, ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Raises InputError when the file cannot be read."""
        if self._file == "-":
            if sys.stdin is None:
                raise InputError(self.where, "is closed", "give a file of JSON lines, or pipe them in")
            yield from self._rows(sys.stdin.buffer)
            return
        try:
            with Path(self._file).open("rb") as stream:
                yield from self._rows(stream)
        except OSError as error:
            hint = "give a file of JSON lines, or - for standard input"
            raise InputError(self._file, error.strerror or str(error), hint) from error

    def _rows(self, stream: BinaryIO) -> Iterator[dict[str, Any]]:
        number = 0
        for block in _blocks(stream):
            for begin in range(0, len(block), CHUNK):
                lines = block[begin : begin + CHUNK]
                yield from self._read([_record(line, number + n) for n, line in enumerate(lines, 1) if line.strip()])
                number += len(lines)

    def _read(self, records: Sequence["_Record"]) -> Iterator[dict[str, Any]]:
        posts = [r for r in records if not r.problem]
        texts = [r.text for r in posts]
        whole = self._reader.predict(texts, [r.lang for r in posts])
        said = iter(toward.refine(self._reader, whole, texts, [r.toward for r in posts], [r.rivals for r in posts]))
        for record in records:
            if record.problem:
                self.wrong += 1
                self.first = self.first or record.problem
                yield row(record.id, Prediction(scored=False, model=self._reader.name, reason=record.problem))
            else:
                yield row(record.id, next(said))


class _Record(NamedTuple):
    """One line of the input; `problem` says why it holds no post."""

    id: object = None
    text: str = ""
    lang: str | None = None
    toward: Sequence[str] = ()
    rivals: Sequence[str] = ()
    problem: str = ""


def _blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    rest = b""
    while data := stream.read1(BLOCK):  # type: ignore[attr-defined] # BufferedReader's; typeshed's BinaryIO has none
        *whole, rest = (rest + data).split(b"\n")
        yield whole
    if rest:
        yield [rest]


def _record(line: bytes, number: int) -> _Record:
    place = f"line {number}"
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        return _Record(problem=f"{place}: byte {error.start} is not UTF-8")
    except (ValueError, RecursionError) as error:
        return _Record(problem=f"{place}: not JSON: {error}")
    if not isinstance(found, dict):
        return _Record(problem=f"{place}: no JSON object")
    native = found.get("id")
    if not isinstance(found.get("text"), str):
        return _Record(native, problem=f"{place}: has no `text` string")
    if not isinstance(found.get("lang"), str | None):
        return _Record(native, problem=f"{place}: `lang` is not a string")
    for side in SIDES:
        if not _is_terms(found.get(side)):
            return _Record(native, problem=f"{place}: `{side}` is not a list of names")
    text = found["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # \ud83d alone is no text
    return _Record(native, text, found.get("lang"), found.get("toward") or (), found.get("rivals") or ())


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    if math.isinf(value := float(digits)):
        raise ValueError(f"{digits} is too large a number")
    return value


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
