"""Copies of a recorded answer in which one field is dropped, renamed or given another type, for groundswell/checks.py.

Shapes are told by the bytes: JSON and JSON lines, XML and HTML, letters and mbox archives, CSV.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

_DROPPED, _RENAMED = object(), object()
_TYPES: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", "x", "1.2万", "<b>x</b>", "\ud800", [], [None], [[]], {}, {"a": None},
)  # fmt: skip
_TEXTS = (
    "", "x", "0", "-1", "1e999", "9" * 40, "NaN", "1.2万", "2026-13-99T99:99:99Z", "Wed, 99 Foo 99999 99:99:99 +9999",
    "0001-01-01T00:00:00+14:00", "javascript:x", "http://[", "\u202e\u0000\ud7ff",
)  # fmt: skip
"""What may stand where words are wanted; each shape adds what only it can say."""
_MARKUP = ("&#xD800;", "&#0;", "&#99999999999;", "&nope;", "<![CDATA[<b>x</b>]]>", "<a><a/></a>", "</")
_HEADERS = (
    "=?utf-8?q?=ff=fe?=", "=?x-none?b?AAA?=", "=?utf-8?b?!?=", "<>", ",,,", "@", "text/html; charset=x-none",
    "multipart/mixed", "multipart/mixed; boundary=x", "message/rfc822", "base64", "uuencode",
    "text/plain; charset*=a'b",
)  # fmt: skip
_TAG = re.compile(r"<([A-Za-z][\w:.-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"\s([\w:.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+))?")
_LETTER = re.compile(rb"\A(?:From [^\n]*\n)?[!-9;-~]+:[^\n]*\n")
_HEADER = re.compile(rb"^([A-Za-z][A-Za-z-]*): ?([^\r\n]*)(\r?\n)", re.MULTILINE)

Variant = tuple[object, bytes]
"""Which field was changed, and the changed copy."""


def variants(raw: bytes) -> Iterator[Variant]:
    """Yield the changed copies of `raw`; none for a shape that is not known here."""
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start and start in b"{[":
        yield from _of_json(raw)
    elif start == b"<":
        yield from _of_markup(raw.decode("utf-8", "replace"))
    elif _LETTER.match(raw):
        yield from _of_letters(raw)
    elif b"," in raw.partition(b"\n")[0]:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
        yield from ((place, _as_csv(copy)) for place, copy in of_table(rows, _TEXTS))


def of_table(rows: Sequence[Sequence[Any]], values: Sequence[Any]) -> Iterator[tuple[object, list[list[Any]]]]:
    """Copies of a table whose first row names its columns: each column dropped, renamed, twice, of other values."""
    for number, name in enumerate(rows[0]):
        yield name, [[cell for at, cell in enumerate(row) if at != number] for row in rows]
        for header in (f"{name}_2", "", rows[0][0]):
            yield name, [[header if at == number else cell for at, cell in enumerate(rows[0])], *map(list, rows[1:])]
        for value in values:
            changed = [[value if at == number else cell for at, cell in enumerate(row)] for row in rows[1:]]
            yield name, [list(rows[0]), *changed]
            yield name, [list(rows[0]), *changed[:1], *map(list, rows[2:])]


def _as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode("utf-8", "replace")


def _of_json(raw: bytes) -> Iterator[Variant]:
    """Of JSON lines each line in turn, the others left as they are."""
    try:
        yield from ((place, json.dumps(copy).encode()) for place, copy in _changed(json.loads(raw)))
        return
    except ValueError:
        lines = raw.splitlines()
    for number, line in enumerate(lines):
        try:
            data = json.loads(line)
        except ValueError:
            return
        for place, copy in _changed(data):
            made = [*lines[:number], json.dumps(copy).encode(), *lines[number + 1 :]]
            yield (number, *place), b"\n".join(made)


def _changed(document: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for place in _places(document):
        for value in (*_TYPES, _DROPPED, _RENAMED):
            copy = json.loads(json.dumps(document))
            holder = copy
            for key in place[:-1]:
                holder = holder[key]
            if value is _DROPPED or value is _RENAMED:
                old = holder.pop(place[-1])
                if value is _RENAMED and isinstance(holder, dict):
                    holder[f"{place[-1]}_2"] = old
            else:
                holder[place[-1]] = value
            yield place, copy


def _places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value; of a list the first three."""
    parts = data.items() if isinstance(data, dict) else enumerate(data[:3]) if isinstance(data, list) else ()
    for key, value in parts:
        yield (*above, key)
        yield from _places(value, (*above, key))


def _of_markup(text: str) -> Iterator[Variant]:
    """Each element dropped, renamed, emptied and refilled, each of its attributes dropped, renamed and refilled."""
    for tag in _TAG.finditer(text):
        name, begin = tag[1], tag.end()
        end = text.find(f"</{name}>", begin)
        place = f"<{name}> at {tag.start()}"
        if end >= 0:
            inside, rest = text[begin:end], text[end + len(name) + 3 :]
            head, opening = text[: tag.start()], tag[0]
            copies = [head + rest, f"{head}<{name}2{tag[2]}>{inside}</{name}2>{rest}", head + opening + inside + rest]
            copies += [f"{head}{opening}{value}</{name}>{rest}" for value in (*_TEXTS, *_MARKUP)]
            copies += [f"{head}{opening}{copy.decode()}</{name}>{rest}" for _, copy in _inner(name, inside)]
            yield from ((place, copy.encode("utf-8", "replace")) for copy in copies)
        for found in _ATTRIBUTE.finditer(tag[2]):
            head, rest = text[: tag.start(2) + found.start()], text[tag.start(2) + found.end() :]
            copies = [head + rest, f"{head} {found[1]}2={found[2] or ''}{rest}", f"{head} {found[1]}{rest}"]
            copies += [f'{head} {found[1]}="{value}"{rest}' for value in (*_TEXTS, *_MARKUP[:4])]
            yield from ((f"{place} {found[1]}", copy.encode("utf-8", "replace")) for copy in copies)


def _inner(name: str, inside: str) -> Iterator[Variant]:
    """What a page says to machines is JSON inside of an element."""
    yield from _of_json(inside.encode()) if name == "script" and inside.lstrip()[:1] in ("{", "[") else ()


def _of_letters(raw: bytes) -> Iterator[Variant]:
    for found in _HEADER.finditer(raw):
        head, rest = raw[: found.start()], raw[found.end() :]
        name, value, end = found[1], found[2], found[3]
        yield name, head + rest
        yield name, head + b"X-" + name + b": " + value + end + rest
        yield name, head + found[0] + found[0] + rest
        for other in (*_TEXTS, *_HEADERS):
            yield name, head + name + b": " + other.encode("utf-8", "replace") + end + rest
        yield name, head + name + b": \xff\xfe\x80" + end + rest
        for extra in (b"Content-Type", b"Content-Transfer-Encoding"):
            yield from ((extra, head + extra + b": " + o.encode() + end + found[0] + rest) for o in _HEADERS)
