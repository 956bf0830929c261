"""Labels of public training posts that were read again for everything at once; the posts are not ours to keep.

A line of `models/authored/readings/*.jsonl` is the key of a post's text and what its reader said of it. Training looks
the texts up in the folder of labelled posts it is given; keys without a post there are left out.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundswell.errors import Malformed
from groundswell.types import Sentiment
from models.rows import BINARY, SENTIMENTS, SERVICES, SIGNALS, TOPICS, UNLABELLED, Row, multi_hot, read_rows

FOLDER = Path(__file__).parent / "authored" / "readings"
HELD = FOLDER / "held"
"""What was read of posts that no training draws by it: thresholds are fitted on them."""

SOURCE = "readings"
"""The name under which `models/draws.py` says how often these posts are drawn."""

_SENTIMENT = {str(name)[:3]: place for place, name in enumerate(SENTIMENTS)}


def key(text: str) -> str:
    """The first 16 hexadecimal digits of SHA-256 of a post's text as the labelled set has it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(folder: Path = FOLDER) -> dict[str, Mapping[str, Any]]:
    """What was read, by key. Raises Malformed with file and line."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                record = json.loads(line)
                found[record["key"]] = record
            except (ValueError, KeyError, TypeError) as error:
                raise Malformed(f"{path.name}:{number}", f"{type(error).__name__}: {error}") from error
    return found


def read_again(rows: Iterable[Row], readings: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """The rows that were read, with everything said of them; no sentiment where the set's own label speaks against it.

    Sets of two classes have no word for a mixed review, so "neutral" does not contradict them.
    """
    for row in rows:
        if said := readings.get(key(row.text)):
            yield replace(
                row,
                source=SOURCE,
                sentiment=_sentiment(row, _SENTIMENT[said["s"]]),
                topics=multi_hot(said["t"], TOPICS),
                topics_mask=(1.0,) * len(TOPICS),
                service=multi_hot(said["v"], SERVICES),
                signals=multi_hot(said["g"], SIGNALS),
                read=True,
            )


def _sentiment(row: Row, said: int) -> int:
    mixed = row.source in BINARY and said == SENTIMENTS.index(Sentiment.NEUTRAL)
    return said if row.sentiment in (said, UNLABELLED) or mixed else UNLABELLED


def held_out(data: Path) -> list[Row]:
    """The posts of HELD among `data`'s training posts, with service and signals alone.

    Training may have seen their sentiment or a topic in the set they come from, so those are left out.
    """
    said = load(HELD)
    nothing = (0.0,) * len(TOPICS)
    rows = (row for path in sorted(data.glob("train-*.jsonl.gz")) for row in read_rows(path))
    return [replace(row, sentiment=UNLABELLED, topics_mask=nothing) for row in read_again(rows, said)]
