"""Real stories end to end, text in, nothing given: `python -m benchmarks.replays --data DIR`.

DIR holds replay_zh_*.jsonl.gz (posts with `kind`: original and repost_or_comment mark the story) and
en_airline_*.jsonl.gz (posts with human `sentiment`). Prints when the story's first alert came, how much of its five-day
volume had been seen by then, every other alert, and for the airline week the agreement with the human labels.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from groundswell.clock import stopwatch
from groundswell.privacy import mask
from groundswell.replay import read_posts, replay
from groundswell.types import Alert, AlertState, Query
from models.metrics import accuracy, macro_f1, macro_recall
from models.predict import Classifier

BRANDS = {"mengniu": ("蒙牛",), "carrefour": ("家乐福",), "samsung": ("三星",)}
AIRLINES = {
    "Delta": "Delta",
    "United": "united",
    "US Airways": "USAirways",
    "Southwest": "SouthwestAir",
    "Virgin America": "VirginAmerica",
}
STORY = {"original", "repost_or_comment"}


def rows(path: Path) -> list[dict[str, Any]]:
    """The file's records as they are."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def story(path: Path, terms: tuple[str, ...]) -> None:
    """Print one Weibo story's figures."""
    began = stopwatch()
    times = sorted(r["ts"] for r in rows(path) if r["kind"] in STORY)
    first = times[0]
    volume = [t for t in times if t <= first + 5 * 86400]
    alerts = list(replay(read_posts(path), Query(brand=terms[0], any_terms=terms)))
    firing = [a for a in alerts if a.state is AlertState.FIRING]
    own = [a for a in firing if first <= a.at.timestamp() <= first + 5 * 86400]
    print(f"{path.name}: story posts {len(times)}, within five days {len(volume)}; {stopwatch() - began:.0f} s")
    if own:
        seen = sum(t <= own[0].at.timestamp() for t in volume)
        delay = timedelta(seconds=own[0].at.timestamp() - first)
        print(
            f"  first alert {delay} after the first post, {seen} posts = {100 * seen / len(volume):.2f} % of the volume"
        )
        texts = [mask(r["text"]) for r in rows(path) if r["kind"] in STORY]
        quoted = sum(any(quote in text for text in texts) for quote in own[0].quotes)
        print(f"  {quoted} of its {len(own[0].quotes)} quotes are the story's own")
    for alert in firing:
        print(f"  {_line(alert, first)}")


def _line(alert: Alert, first: float) -> str:
    hours = (alert.at.timestamp() - first) / 3600
    trend = alert.trend
    return f"{hours:+.1f} h {alert.severity} posts={trend.posts_seen} {trend.automatism.verdict} {alert.title[:60]}"


def airline(path: Path) -> None:
    """Print sentiment agreement and the alerts of every airline but American, whose collection starts mid-week."""
    import numpy as np

    posts = [r for r in rows(path) if r["brand"] in AIRLINES]
    said = [
        p.label.value if p.label else "" for p in Classifier().predict([r["text"] for r in posts], ["en"] * len(posts))
    ]
    truth = np.array([r["sentiment"] for r in posts])
    got = np.array(said)
    print(
        f"{path.name}: n={len(posts)} accuracy={accuracy(truth, got):.3f} macro-F1={macro_f1(truth, got):.3f} "
        f"macro-recall={macro_recall(truth, got):.3f}"
    )
    print(f"  brands: {dict(Counter(r['brand'] for r in posts))}")
    for brand, handle in AIRLINES.items():
        for alert in replay(read_posts(path), Query(brand=brand, any_terms=(f"@{handle}", handle))):
            if alert.state is AlertState.FIRING:
                at = datetime.fromtimestamp(alert.at.timestamp(), UTC)
                print(f"  {brand} {at:%a %H:%M} {alert.severity} posts={alert.trend.posts_seen} {alert.title[:70]}")


def files(data: Path) -> Iterator[tuple[Path, tuple[str, ...] | None]]:
    """Replays with the brand to watch, airline last."""
    for path in sorted(data.glob("replay_zh_*.jsonl.gz")):
        terms = next((t for name, t in BRANDS.items() if name in path.name), None)
        if terms:
            yield path, terms
    for path in sorted(data.glob("en_airline_*.jsonl.gz")):
        yield path, None


def main() -> None:
    """Run over every replay in --data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of replays")
    for path, terms in files(parser.parse_args().data):
        if terms:
            story(path, terms)
        else:
            airline(path)


if __name__ == "__main__":
    main()
