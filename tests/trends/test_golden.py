"""Grouping decides what it decided before. The file holds the decisions of the word log-odds of
22 November 2026; `PYTHONPATH=. python tests/trends/test_golden.py` writes it anew, after a wanted change only.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

import pytest

from tests.trends.streams import posts
from trends.stories import Stories

GOLDEN = Path(__file__).with_name("golden.json")
CASES = {
    "plenty of room": {"count": 1200, "settings": {"base_cosine": 0.75}},
    "stories expire": {"count": 900, "settings": {"live_days": 0.2, "threshold": 0.3}},
    "room for few": {"count": 1200, "settings": {"stories_per_brand": 10, "copies_per_brand": 60}},
    "one brand": {"count": 700, "settings": {"base_cosine": 0.75}, "stream": {"brands": ("Halvero",), "subjects": 12}},
}


@dataclass
class Row:
    """A story as the store holds it."""

    story: str
    brand: str
    title: str
    first_at: object
    last_at: object
    words: dict[str, float]
    heat: float
    centroid: bytes
    posts: int = 0
    negative: int = 0
    merged_into: str | None = None
    absorbed: int = 0
    course: dict[str, object] | None = None
    drifted_from: str | None = None


def group(case, *, restarts=()):
    """Return (story, is new, copy of, alarm words) of every post and the last update of every story."""
    stories = Stories(**case["settings"])
    said, last, sizes, folded = {}, {}, {}, []
    for number, post, vector, parent, topics, negative in posts(case["count"], **case.get("stream", {})):
        if number in restarts:
            stories = _restarted(case, last, sizes, folded)
        follows = said[parent][0] if parent is not None else None
        put = stories.assign(number, post, vector, follows, topics=topics, negative=negative)
        said[number] = (put.story, put.is_new, put.copy_of, *put.alarm_words)
        last[put.story] = put.update
        sizes[put.story] = sizes.get(put.story, 0) + 1
        folded.append((post, put.copy_of))
    return list(said.values()), last


def _restarted(case, last, sizes, folded):
    rows = [
        Row(
            u.story,
            u.brand,
            u.title,
            u.first_at,
            u.last_at,
            u.words,
            u.heat,
            u.centroid,
            sizes[u.story],
            absorbed=u.absorbed,
            course=u.course,
            drifted_from=u.drifted_from,
        )
        for u in last.values()
    ]
    newest = max(row.last_at for row in rows)
    after = Stories(**case["settings"])
    after.warm([row for row in rows if newest - row.last_at < timedelta(days=30)], folded)
    return after


def _known(found):
    """Decisions by the number of the story's first post, and a digest of everything written with them."""
    decided, last = found
    first = {}
    for number, (story, *_) in enumerate(decided):
        first.setdefault(story, number)
    digest = blake2b(digest_size=16)
    for story, *rest in decided:
        digest.update(repr((story, rest)).encode())
    for story, update in sorted(last.items()):
        stated = (update.title, update.first_at, update.last_at, sorted(update.words.items()), update.heat)
        digest.update(repr((story, stated)).encode())
    return {"stories": [first[story] for story, *_ in decided], "all": digest.hexdigest()}


@pytest.mark.parametrize("name", CASES)
def test_decisions_titles_words_and_copies_are_those_of_the_plain_code(name):
    found, golden = _known(group(CASES[name])), json.loads(GOLDEN.read_text())[name]
    assert found["stories"] == golden["stories"]
    assert found["all"] == golden["all"]


def test_a_restart_in_the_middle_changes_no_decision():
    case = CASES["plenty of room"]
    assert group(case, restarts=(300, 301, 850)) == group(case)


if __name__ == "__main__":
    held = {name: _known(group(case)) for name, case in CASES.items()}
    GOLDEN.write_text(json.dumps(held, separators=(",", ":")) + "\n")
    print({name: (len(set(h["stories"])), len(h["stories"])) for name, h in held.items()})  # noqa: T201
