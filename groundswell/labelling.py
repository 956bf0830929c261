"""People and the reader: store a correction, draw the week's sample, say how right the reader was, learn from it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from groundswell import clock
from groundswell.config import Config
from groundswell.errors import InputError
from groundswell.types import Sentiment
from models import corrections, counts, toward
from storage.store import Store, open_store

LABELS = tuple(Sentiment)
LEAST = 30  # labelled posts of a language below which its counts are not corrected
WEEK = timedelta(days=7)
Row = Mapping[str, Any]


def label(config: Config, post_id: int, sentiment: str) -> dict[str, Any]:
    """Keep a person's label of a stored post ("none" takes it back); it outranks the reader's from now on.

    Raises InputError for an unknown label, StorageError for a post that is not held.
    """
    if sentiment not in {*LABELS, "none"}:
        raise InputError("--sentiment", f"{sentiment!r} is no label", "one of negative, neutral, positive, none")
    with _store(config) as store:
        store.correct(post_id, None if sentiment == "none" else Sentiment(sentiment))
    return {"id": post_id, "sentiment": sentiment}


def sample(config: Config, each: int, at: datetime | None = None) -> list[dict[str, Any]]:
    """The posts to label for last week: up to `each` per language and source, those a person labelled already marked.

    Which posts they are follows from week and post id alone, so labels given for other reasons (mistakes somebody
    noticed) do not slip into the sample.
    """
    start = last_week(at or clock.now())
    with _store(config) as store:
        strata = _strata(store.export(since=start, until=start + WEEK))
    return [
        {"id": r["id"], "lang": r["lang"], "source": r["source"], "done": r["corrected"], "text": r["text"]}
        for rows in strata.values()
        for r in drawn(rows, each, start)
    ]


def report(config: Config, each: int, at: datetime | None = None) -> dict[str, Any]:
    """How right the reader was last week, by language and source with 95 % intervals, and its counts corrected."""
    start = last_week(at or clock.now())
    with _store(config) as store:
        strata = _strata(store.export(since=start, until=start + WEEK))
    return {"week": start.date().isoformat()} | judge(strata, each, start)


def judge(strata: Mapping[tuple[str, str], Sequence[Row]], each: int, start: datetime) -> dict[str, Any]:
    """The figures of `report` for posts by (language, source)."""
    lines: list[dict[str, Any]] = []
    pairs = {lang: np.zeros((3, 3)) for lang, _ in strata}
    said = {lang: np.zeros(3) for lang, _ in strata}
    read: dict[str, int] = defaultdict(int)
    misread: dict[str, list[bool]] = defaultdict(list)
    for (lang, source), rows in strata.items():
        done = [r for r in drawn(rows, each, start) if r["corrected"]]
        right = sum(r["label"] == model_label(r) for r in done)
        interval = counts.wilson(right, len(done)) if done else None
        lines.append(
            {"lang": lang, "source": source, "posts": len(rows), "labelled": len(done), "right": right}
            | ({"accuracy": interval.mid, "low": interval.lo, "high": interval.hi} if interval else {})
        )
        read[lang] += len(done)
        misread[lang] += [model_label(r) is Sentiment.NEGATIVE for r in done if r["label"] != Sentiment.NEGATIVE]
        for r in rows:
            said[lang][LABELS.index(model_label(r))] += 1
        for r in done:
            pairs[lang][LABELS.index(Sentiment(r["label"])), LABELS.index(model_label(r))] += len(rows) / len(done)
    found = {lang: _counts(said[lang], pairs[lang], read[lang]) for lang in said}
    return {"strata": lines, "counts": found, "misread": {lang: _misread(misread[lang]) for lang in said}}


def learn(config: Config, out: Path, suites: Path) -> dict[str, Any]:
    """Fine-tune the configured reader on the stored corrections, into the new folder `out`.

    A label of a post that names the brand and a rival is meant toward the brand and no label of the text: left out.

    Raises InputError and ModelError as `models.corrections.learn` does; then nothing is left behind.
    """
    if config.model.backend != "openvino":
        raise InputError("model.backend", "corrections need the shipped kind of reader", 'backend = "openvino"')
    named = toward.sides(config.queries())
    with _store(config) as store:
        found = [
            corrections.Corrected(text=r["text"], lang=r["lang"], label=Sentiment(r["label"]))
            for r in store.export()
            if r["corrected"] and r["lang"] in ("en", "zh") and not _names_rival(r, named)
        ]
    folder = Path(config.model.folder) if config.model.folder else None
    return corrections.learn(folder, found, suites, out)


def _names_rival(row: Row, named: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> bool:
    """Whether the post names its brand and a rival; a brand no longer watched has none."""
    mine, rivals = named.get(row["brand"], ((), ()))
    return bool(mine and rivals) and toward.mark(row["text"], mine, rivals) is not None


def last_week(at: datetime) -> datetime:
    """The Monday 00:00 UTC that began the last full week before `at`."""
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday()) - WEEK


def drawn(rows: Iterable[Row], each: int, start: datetime) -> list[Row]:
    """`each` posts in an order that only the week and their ids decide."""

    def place(row: Row) -> str:
        return hashlib.sha256(f"{start:%Y-%m-%d}:{row['id']}".encode()).hexdigest()

    return sorted(rows, key=place)[:each]


def model_label(row: Row) -> Sentiment:
    """What the reader said, whatever a person said after it."""
    return max(LABELS, key=lambda name: float(row[name.value]))


def _strata(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["negative"] is not None:  # scored
            found[(row["lang"], row["source"])].append(row)
    return dict(sorted(found.items()))


def _misread(found: Sequence[bool]) -> dict[str, Any]:
    """Which share of the labelled posts that are not negative the reader called so: `trends.misread_share`."""
    if len(found) < LEAST:
        return {"of": len(found), "share": None, "reason": f"{len(found)} labelled posts not negative, want {LEAST}"}
    interval = counts.wilson(sum(found), len(found))
    return {"of": len(found), "share": interval.mid, "low": interval.lo, "high": interval.hi}


def _counts(said: Any, pairs: Any, read: int) -> dict[str, Any]:
    names = [name.value for name in LABELS]
    out: dict[str, Any] = {"said": dict(zip(names, map(int, said), strict=True))}
    if read < LEAST:
        return out | {"corrected": None, "reason": f"{read} labelled posts, want {LEAST}"}
    best = counts.corrected(said, counts.confusion(pairs * read / pairs.sum()))
    return out | {"corrected": {name: round(float(n), 1) for name, n in zip(names, best, strict=True)}}


@contextmanager
def _store(config: Config) -> Iterator[Store]:
    store = open_store(config.store_path(), clock.now)
    try:
        yield store
    finally:
        store.close()
