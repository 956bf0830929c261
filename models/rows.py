"""Labelled posts as training rows: what each source labels, and what it leaves open."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundswell.errors import Malformed
from groundswell.types import Sentiment, Service, Signal, Topic

SENTIMENTS, TOPICS, SERVICES, SIGNALS = tuple(Sentiment), tuple(Topic), tuple(Service), tuple(Signal)
UNLABELLED = -1
ONE_SIDED = frozenset({"grubhub_llm", "cfpb", "cpsc", "sage_privacy"})
"""Sources that hold complaints alone: their sentiment says only which site it is, so nothing is learned from it."""

BINARY = frozenset({"chnsenticorp", "online_shopping_10", "waimai_10k", "htl_all", "eprstmt"})
"""Sources that know only negative and positive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled post. Masks are weights in 0..1: 0 where the source does not say."""

    text: str
    lang: str
    source: str
    sentiment: int = UNLABELLED
    topics: tuple[float, ...] = (0.0,) * len(TOPICS)
    topics_mask: tuple[float, ...] = (0.0,) * len(TOPICS)
    service: tuple[float, ...] = (0.0,) * len(SERVICES)
    signals: tuple[float, ...] = (0.0,) * len(SIGNALS)
    read: bool = False  # service and signals are labelled only where a reader looked for everything at once


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of one `{split}-{source}.jsonl.gz` or `{source}.jsonl`. Raises Malformed with file and line.

    A file without a row is one too: nobody labels nothing, so it is a download that failed.
    """
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    source = name.partition("-")[2] or name
    opened = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opened(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                yield _row(line, source, f"{path.name}:{number}")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        message = f"{type(error).__name__} after line {number}: {error}"
        raise Malformed(str(path), message, "the file is cut short or damaged: get it again") from error
    if not number:
        raise Malformed(str(path), "holds no post", "take the file away, or get it again")


def _row(line: bytes, source: str, where: str) -> Row:
    try:
        return to_row(json.loads(line.decode("utf-8")), source)
    except UnicodeDecodeError as error:
        raise Malformed(where, f"byte {error.start} is not UTF-8", "convert the file to UTF-8") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(where, f"{type(error).__name__}: {error}") from error


def to_row(record: dict[str, Any], source: str) -> Row:
    """Turn one record into a row; a label not read by anybody stays masked."""
    for name in ("text", "lang"):
        if not isinstance(record[name], str):
            raise TypeError(f"`{name}` is {type(record[name]).__name__}, no string")
    read = "service" in record
    topics, mask = _topics(record, read)
    label = record["sentiment"]
    return Row(
        text=record["text"],
        lang=record["lang"],
        source=source,
        sentiment=UNLABELLED if label is None or source in ONE_SIDED else SENTIMENTS.index(Sentiment(label)),
        topics=topics,
        topics_mask=mask,
        service=multi_hot(record.get("service") or (), SERVICES),
        signals=multi_hot(record.get("signals") or (), SIGNALS),
        read=read,
    )


def multi_hot(labels: Sequence[str], order: Sequence[str]) -> tuple[float, ...]:
    """1.0 where `order` holds one of `labels`. Raises ValueError on a label that `order` lacks."""
    unknown = set(labels) - set(order)
    if unknown:
        raise ValueError(f"unknown labels {sorted(unknown)}")
    return tuple(float(name in labels) for name in order)


def _topics(record: dict[str, Any], read: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if record["topics"] is None:
        return (0.0,) * len(TOPICS), (0.0,) * len(TOPICS)
    on = multi_hot(record["topics"], TOPICS)
    known = set(TOPICS) if read else set(record.get("topics_known") or ())
    # One main reason was asked for: that another topic is absent is only a hint.
    absent = 0.2 if record.get("single_label") else 1.0
    if str(record.get("label_quality", "")).startswith("silver"):
        absent = 0.3
    mask = tuple(1.0 if value else absent * (name in known) for name, value in zip(TOPICS, on, strict=True))
    return on, mask
