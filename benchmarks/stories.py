"""Grouping of posts into stories, B-cubed: `python -m benchmarks.stories --data DIR [--cache FILE] [--sample N]`.

DIR holds *.jsonl.gz with the keys `id`, `ts` (seconds), `text`, `story` (the truth), perhaps `lang`, `source` and
`parent`. Every file is one brand's stream, grouped by what the shipped reader says and the product's own
`trends.stories.Stories` as configured there, twice: in real time, and with every story's first post moved to one
moment. `--cache` keeps the readings (NumPy .npz, by reader and text), which take nearly all of the time; no text.
"""

import argparse
import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bcubed import BCubed, bcubed
from groundswell.clock import stopwatch
from groundswell.privacy import gate
from groundswell.types import Post, Prediction, Sentiment, Topic
from trends.centroids import TOPICS, WIDTH
from trends.stories import Stories

Vector = NDArray[np.float32]
KEY = b"benchmarks"  # pseudonyms here are never stored
BATCH = 512


def read(path: Path) -> list[tuple[Post, str]]:
    """Return the file's posts as the privacy gate passes them on, each with its true story, by time."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    labelled = []
    for row in rows:
        post = Post(
            source=row.get("source", "file"),
            external_id=str(row["id"]),
            text=row["text"],
            created_at=datetime.fromtimestamp(row["ts"], UTC),
            lang=row.get("lang"),
            parent=str(row["parent"]) if row.get("parent") else None,
        )
        labelled.append((gate(post, path.name, KEY, frozenset()), row["story"]))
    return sorted(labelled, key=lambda p: (p[0].created_at, p[0].external_id))


def at_once(labelled: Sequence[tuple[Post, str]]) -> list[tuple[Post, str]]:
    """Move every story so that all begin at the moment of the very first post."""
    first: dict[str, datetime] = {}
    for post, story in labelled:
        first.setdefault(story, post.created_at)
    start = labelled[0][0].created_at
    moved = [(replace(post, created_at=start + (post.created_at - first[story])), story) for post, story in labelled]
    return sorted(moved, key=lambda p: (p[0].created_at, p[0].external_id))


def group(labelled: Sequence[tuple[Post, str]], said: dict[str, Vector]) -> list[str]:
    """Return the story each post was given, one after the other; answers follow a parent seen before them."""
    stories, given = Stories(), dict[str, str]()
    for number, (post, _) in enumerate(labelled):
        parent, one = given.get(post.parent or ""), said.get(_key(post.text))
        if one is None or not one.any():  # empty, or in another language: the reader does not score it
            put = stories.assign(number, post, None, parent)
        else:
            vector, topics, negative = one[: -1 - TOPICS], one[-1 - TOPICS : -1].tolist(), float(one[-1])
            put = stories.assign(number, post, vector, parent, topics=topics, negative=negative)
        given[post.external_id] = put.story
    return [given[post.external_id] for post, _ in labelled]


def readings(texts: Sequence[str], cache: Path | None) -> dict[str, Vector]:
    """Return per key of a text what the shipped reader says: embedding, topics, negative; zeros for an unscored one."""
    from models.predict import Classifier

    reader = Classifier()
    known: dict[str, Vector] = {}
    if cache and cache.exists():
        with np.load(cache) as held:
            if str(held["reader"]) == reader.name:
                known = dict(zip(held["keys"].tolist(), held["vectors"].astype(np.float32), strict=True))
    missing = sorted({text for text in texts if text.strip() and _key(text) not in known}, key=len)
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        vectors = np.array([_said(p) for p in reader.predict(part)]).astype(np.float16).astype(np.float32)
        known.update(zip(map(_key, part), vectors, strict=True))
        print(f"  read {start + len(part)} of {len(missing)}", flush=True)
        if cache and (start // BATCH % 8 == 7 or start + BATCH >= len(missing)):
            halves = np.array(list(known.values())).astype(np.float16)
            np.savez(cache, reader=np.array(reader.name), keys=np.array(list(known)), vectors=halves)
    return known


def _said(prediction: Prediction) -> Vector:
    if not prediction.scored:
        return np.zeros(WIDTH + 1, dtype=np.float32)
    vector = np.frombuffer(prediction.embedding, dtype=np.float16).astype(np.float32)
    topics = [prediction.topics[topic] for topic in Topic]
    return np.concatenate([vector, topics, [prediction.sentiment[Sentiment.NEGATIVE]]]).astype(np.float32)


def _key(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _line(name: str, truth: Sequence[str], found: Sequence[str], seconds: float) -> str:
    score: BCubed = bcubed(truth, found)
    return (
        f"  {name}: F1 {score.f1:.3f} (precision {score.precision:.3f}, recall {score.recall:.3f}), "
        f"{len(set(found))} groups, {1e6 * seconds / len(truth):.0f} us a post"
    )


def main() -> None:
    """Score every file of --data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz")
    parser.add_argument("--cache", type=Path, help="file that keeps embeddings, .npz")
    parser.add_argument("--sample", type=int, default=1, help="take every Nth post only (default: all)")
    given = parser.parse_args()
    files = sorted(given.data.glob("*.jsonl.gz"))
    if not files:
        raise SystemExit(f"{given.data}: no *.jsonl.gz here; --data names a folder of labelled posts")
    for path in files:
        labelled = read(path)[:: given.sample]
        print(f"{path.name}: {len(labelled)} posts, {len({story for _, story in labelled})} stories", flush=True)
        said = readings([post.text for post, _ in labelled], given.cache)
        for name, posts in (("in real time", labelled), ("all started at once", at_once(labelled))):
            began = stopwatch()
            found = group(posts, said)
            print(_line(name, [story for _, story in posts], found, stopwatch() - began), flush=True)


if __name__ == "__main__":
    main()
