"""Stories for the copy benchmark: real or invented organic ones, and campaigns injected so that only traces differ.

`injected` replaces posts, it adds none: a campaign story has its organic twin's number of posts, first and last hour,
authors, languages and lengths of text. A share of the posts with own words is rewritten as edits of one of the story's
own texts (so length and letters come from the story) and moved into waves whose centres are times of the story's own
posts (so the hours come from the story). Authors stay, so that one-shot accounts tell nothing.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from groundswell.types import Observation, Sentiment
from trends.copies import Copies, signature

LEAST, MOST = 30, 200  # own texts of a story; the first so many are taken
WAVE_POSTS = 10  # of a campaign fall into one wave
SYLLABLES = 60  # of an invented language


@dataclass(frozen=True, slots=True)
class Written:
    """A post as somebody wrote it: seconds since 1970, words ("" is a plain repost), pseudonym."""

    at: float
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Level:
    """A campaign: share of bots, share of characters edited, length of a wave in seconds (None: as organic posts)."""

    name: str
    bots: float
    edits: float
    wave_s: float | None


LEVELS = (
    Level("1: 40 % bots, 5 % edits, 60 s waves", 0.4, 0.05, 60.0),
    Level("2: 30 % bots, 20 % edits, 5 min waves", 0.3, 0.2, 300.0),
    Level("3: 30 % bots, 60 % edits, matched timing", 0.3, 0.6, None),
)

Story = list[Written]


def organic(folder: Path | None, random: np.random.Generator, count: int) -> dict[str, list[Story]]:
    """Return organic stories by where they come from: replays and cascades under `folder`, or `count` invented ones."""
    if folder is None:
        return {"invented": [invented(random) for _ in range(count)]}
    found: dict[str, list[Story]] = {}
    replayed: dict[str, Story] = defaultdict(list)
    timed: list[Sequence[float]] = []
    for path in sorted(folder.rglob("*.jsonl.gz")):
        for row in _rows(path):
            if "events" in row:
                timed.append([row["ts"] + max(0.0, e) for e in row["events"]])
            elif "cascade" in row and "text" in row:
                post = Written(float(row["ts"]), str(row["text"]), str(row.get("author") or ""))
                replayed[f"{path.name}/{row['cascade']}"].append(post)
    usable = [cut for story in replayed.values() if (cut := _first(story))]
    if usable:
        found["replays"] = usable
    if timed:
        chosen = [timed[int(i)] for i in random.permutation(len(timed))[:count]]
        found["cascades, invented words"] = [s for times in chosen if (s := _first(_worded(times, random)))]
    if not found:
        raise SystemExit(f"{folder}: no *.jsonl.gz with `events` or with `cascade` and `text` under it")
    return found


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _is_own(post: Written) -> bool:
    """Say whether a post has words of its own, enough to compare: more than a quoted chain of reposts."""
    return signature(post.text) is not None


def _first(story: Story) -> Story | None:
    """Return the story up to its `MOST`th own text; None where it has fewer than `LEAST`."""
    story = sorted(story, key=lambda post: post.at)
    own = [i for i, post in enumerate(story) if _is_own(post)]
    return story[: own[min(MOST, len(own)) - 1] + 1] if len(own) >= LEAST else None


def invented(random: np.random.Generator) -> Story:
    """Draw a branching story: R .9, waits a power law, day and night, invented words about one subject."""
    start = 1.7e9 + float(random.uniform(0, 30 * 86400))
    while True:
        queue = [start + float(w) for w in random.uniform(0, 3600, 12)]
        for at in queue:
            if len(queue) > 3 * MOST:
                break
            waits = 600.0 * random.pareto(1.5, random.poisson(0.9))
            queue += [at + float(w) for w in waits if _awake(at + float(w), random)]
        if len(queue) >= 2 * LEAST and (story := _first(_worded(sorted(queue), random))):
            return story


def _awake(at: float, random: np.random.Generator) -> bool:
    return bool(random.random() < 0.55 + 0.45 * np.cos((at / 3600 - 13) * np.pi / 12))


def _worded(times: Sequence[float], random: np.random.Generator) -> Story:
    """Give times words: half are plain reposts; the rest a subject's words among others, lengths log-normal."""
    letters = "bdfgklmnprstvz"
    words = ["".join(random.choice(list(letters)) + random.choice(list("aeiou")) for _ in range(k)) for k in
             random.integers(1, 5, 4000)]  # fmt: skip
    weights = 1 / (np.arange(4000) + 3.0)
    subject = random.choice(words, 12)
    story = []
    for number, at in enumerate(sorted(times)):
        text = ""
        if random.random() < 0.5:
            said = random.choice(words, max(3, int(random.lognormal(2.5, 0.7))), p=weights / weights.sum())
            kept = random.random(len(said)) < 0.15
            text = " ".join(np.where(kept, random.choice(subject, len(said)), said))
        story.append(Written(float(at), text, f"a{number}"))
    return story


def injected(story: Story, level: Level, random: np.random.Generator) -> Story:
    """Return the story with a campaign of `level` in it: as many posts, by the same authors."""
    own = np.array([i for i, post in enumerate(story) if _is_own(post)])
    bots = np.sort(random.choice(own, max(3, round(level.bots * len(own))), replace=False))
    middle = median(len(story[int(i)].text) for i in own)
    template = story[int(random.choice([i for i in own if len(story[int(i)].text) >= middle]))].text
    alphabet = [c for i in own for c in story[int(i)].text if c.isalnum()]
    centres = [story[int(i)].at for i in random.choice(bots, -(-len(bots) // WAVE_POSTS), replace=False)]
    changed = list(story)
    for place, i in enumerate(bots):
        at = story[int(i)].at
        if level.wave_s is not None:
            at = centres[place // WAVE_POSTS] + level.wave_s * float(random.random())
        changed[int(i)] = replace(story[int(i)], at=at, text=edited(template, level.edits, alphabet, random))
    return sorted(changed, key=lambda post: post.at)


def edited(text: str, share: float, alphabet: Sequence[str], random: np.random.Generator) -> str:
    """Change a share of the letters: replaced, left out or one put before, equally often."""
    found = []
    for letter in text:
        kind = int(random.integers(3)) if random.random() < share else None
        if kind in (0, 2):
            found.append(alphabet[int(random.integers(len(alphabet)))])
        if kind in (None, 2):
            found.append(letter)
    return "".join(found)


def seen(story: Story) -> list[Observation]:
    """Return what the detector would see of a story, texts folded as the product folds them."""
    copies = Copies()
    return [
        Observation(
            post=number, brand="b", story="s", source="weibo", at=datetime.fromtimestamp(post.at, UTC),
            label=Sentiment.NEGATIVE, negative=0.9, author=post.author or None,
            copy_of=copies.fold(post.text), is_repost=not post.text,
        )
        for number, post in enumerate(story, start=1)
    ]  # fmt: skip
