"""Three weeks of Halvero's public life on a time line: who posts what when, how it echoes, what the truth is.

The posts (posts_*.jsonl) were written one by one for this project; this module only gives them times, sources, authors,
engagement, echoes and reposts, all from one seed, so that every run tells the same story up to the present minute.
truth.json says what is in it: the detector's test reads that, never this file.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from groundswell.types import Engagement, Kind, Post, Query

BRAND = "Halvero"
QUERY = Query(brand=BRAND, any_terms=("Halvero", "禾维洛", "禾維洛"))
DAYS = 21
CRISIS_H = 10.0  # hours before the end at which the first melted kettle is reported
SOURCES = {"shop_reviews": Kind.REVIEW, "forum": Kind.POST, "social": Kind.POST, "appstore": Kind.REVIEW}
OUTAGE = ("forum", 6.0, 14.0)  # source, days before the end, hours long
_PEAK_HOUR = {"en": 19, "zh": 12}  # UTC hour at which most people write


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A post, the group it was written for, and when a collector would have brought it."""

    post: Post
    group: str
    arrives_at: datetime


def written() -> list[dict[str, Any]]:
    """Every written post, in file order, each with its place as `n`."""
    rows: list[dict[str, Any]] = []
    for path in sorted(resources.files(__package__).iterdir(), key=lambda p: p.name):
        if path.name.startswith("posts_"):
            rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row | {"n": n} for n, row in enumerate(rows)]


def truth() -> list[dict[str, Any]]:
    """What the scenario holds, as a test and a reader need it; hours count back from the end."""
    found: list[dict[str, Any]] = json.loads((resources.files(__package__) / "truth.json").read_text(encoding="utf-8"))
    return found


def scenario(end: datetime, seed: int = 7) -> list[Arrival]:
    """All posts of the three weeks before `end`, by arrival time."""
    chance = random.Random(seed)
    rows = written()
    by_group: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row)
    posts: list[tuple[Post, str]] = []
    for group, hours in _TIMES.items():
        mine = by_group.get(group, [])
        chance.shuffle(mine)
        mine.sort(key=lambda row: row.get("rank", 0))
        back = sorted((hours(chance, i / max(1, len(mine)), row["lang"]) for i, row in enumerate(mine)), reverse=True)
        posts += [(_post(row, end - timedelta(hours=h), chance), group) for row, h in zip(mine, back, strict=True)]
    posts += _campaign(end, chance)
    posts += _reactions(posts, by_group.get("reaction", []), end, chance)
    posts += _reposts(posts, end, chance)
    return sorted(
        (_arrival(post, group, end) for post, group in posts), key=lambda a: (a.arrives_at, a.post.external_id)
    )


def _background(chance: random.Random, share: float, lang: str) -> float:
    return _waking(chance, 24 * DAYS * (1 - share), lang)


def _launch(chance: random.Random, share: float, lang: str) -> float:  # noqa: ARG001 (one signature for all groups)
    """Twelve days ago: a steep evening, then a tail of four days."""
    return 12 * 24 - min(95.0, chance.expovariate(1 / 14))


def _service(chance: random.Random, share: float, lang: str) -> float:
    """From 17 days ago to now, growing linearly: the inverse of a triangular distribution."""
    return _waking(chance, 24 * 17 * (1 - math.sqrt(0.03 + 0.97 * share)), lang)


def _crisis(chance: random.Random, share: float, lang: str) -> float:  # noqa: ARG001 (one signature for all groups)
    """Exponential growth over the last hours, doubling about every 75 minutes."""
    return CRISIS_H * (1 - math.log1p(share * (math.exp(5.5) - 1)) / 5.5)


_TIMES = {"background": _background, "launch": _launch, "service": _service, "crisis": _crisis}


def _waking(chance: random.Random, hours_back: float, lang: str) -> float:
    """Move a time within its day towards the hours in which people of that language are awake."""
    day = hours_back // 24
    hour = (_PEAK_HOUR[lang] + chance.gauss(0, 4.5)) % 24
    return min(24.0 * DAYS, max(0.02, day * 24 + hour))


def _post(row: dict[str, Any], at: datetime, chance: random.Random) -> Post:
    source = row["src"]
    loud = source == "social"
    return Post(
        source=source,
        external_id=f"{source}-{row['n']:05d}",
        text=row["text"],
        created_at=at,
        kind=SOURCES[source],
        lang=row["lang"],
        author=f"{source}-{chance.randrange(900)}",
        rating=row.get("rating"),
        audience=round(chance.lognormvariate(5.2, 1.3)) if loud else None,
        engagement=Engagement(
            likes=round(chance.lognormvariate(1.2, 1.1)),
            replies=round(chance.lognormvariate(0.2, 0.9)),
            shares=round(chance.lognormvariate(0.0, 1.0)) if loud else None,
        ),
    )


def _campaign(end: datetime, chance: random.Random) -> list[tuple[Post, str]]:
    """Nine days ago: two texts posted again and again by accounts seen only then, in three waves of a few minutes."""
    texts: list[dict[str, str]] = json.loads(
        (resources.files(__package__) / "campaign.json").read_text(encoding="utf-8")
    )
    tails = ("", "!", "!!", " …", " 🙏", " pls share", "。", " #halvero")
    posts = []
    for i in range(48):
        text = texts[i % len(texts)]
        at = end - timedelta(hours=9 * 24 - (i // 16) * 0.75, seconds=-chance.uniform(0, 240))
        post = Post(
            source="social",
            external_id=f"social-c{i:03d}",
            text=text["text"] + chance.choice(tails),
            lang=text["lang"],
            created_at=at,
            author=f"fresh-{i}",
            audience=chance.randrange(3, 30),
            engagement=Engagement(likes=0, shares=0),
        )
        posts.append((post, "campaign"))
    return posts


def _reactions(
    posts: list[tuple[Post, str]], rows: list[dict[str, Any]], end: datetime, chance: random.Random
) -> Iterator[tuple[Post, str]]:
    """Short answers under crisis posts of the same language, minutes to an hour later."""
    parents = [p for p, group in posts if group == "crisis" and p.source in {"social", "forum"}]
    for row in rows:
        parent = chance.choice([p for p in parents if p.lang == row["lang"]])
        at = parent.created_at + timedelta(minutes=chance.expovariate(1 / 20) + 0.5)
        answer = _post(row | {"src": parent.source}, min(at, end), chance)
        yield replace(answer, kind=Kind.COMMENT, parent=parent.external_id), "reaction"


def _reposts(posts: list[tuple[Post, str]], end: datetime, chance: random.Random) -> Iterator[tuple[Post, str]]:
    """Wordless reposts of social posts: a few of everyday ones, many of crisis ones, most of all of one loud voice."""
    social = [(p, group) for p, group in posts if p.source == "social" and group in {"crisis", "launch", "background"}]
    number = 0
    for parent, group in social:
        for _ in range(min(6, int(chance.expovariate(1 / (2.0 if group == "crisis" else 0.8))))):
            at = parent.created_at + timedelta(minutes=chance.expovariate(1 / 25) + 0.3)
            number += 1
            yield (
                Post(
                    source="social",
                    external_id=f"social-r{number:04d}",
                    text="",
                    lang=parent.lang,
                    created_at=min(at, end),
                    kind=Kind.REPOST,
                    parent=parent.external_id,
                    author=f"social-{chance.randrange(3000)}",
                    audience=round(chance.lognormvariate(5.0, 1.2)),
                ),
                group,
            )


def _arrival(post: Post, group: str, end: datetime) -> Arrival:
    """Collected a minute later, unless its source was down then: those posts come when it is back."""
    source, days, hours = OUTAGE
    down = end - timedelta(days=days)
    back = down + timedelta(hours=hours)
    late = post.source == source and down <= post.created_at < back
    return Arrival(
        post=post, group=group, arrives_at=back if late else min(end, post.created_at + timedelta(minutes=1))
    )
