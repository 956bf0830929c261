"""Finding posts by their words: tokens made here, so that two-character Chinese words are found on every engine.

Runs of Chinese, Japanese or Korean characters become overlapping pairs and their last character (水壶漏: 水壶 壶漏 漏),
other words are folded (NFKC, lower case) and kept whole. A word of several characters is then a phrase of pairs, one
character is the beginning of a pair. The index holds no text, only where tokens occur; taking a post out needs its
tokens again, so a change of `tokens` needs a migration that fills the index anew.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import add as add_
from typing import Any

from sqlalchemy import Connection, Select, Text, column, select, table, text

from groundswell.types import Sentiment, Topic
from storage.records import StoredPost
from storage.rollups import label_of
from storage.rows import JOINED, stored_post
from storage.schema import posts, predictions

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
LONGEST = 64  # characters of one word that are looked at: machine-made strings need no more

_INDEX = "INSERT INTO search(rowid, tokens) VALUES (?, ?)"
_UNINDEX = "INSERT INTO search(search, rowid, tokens) VALUES ('delete', ?, ?)"


def fold(words: str) -> str:
    """Make spellings that look alike equal: width, compatibility forms, case."""
    return unicodedata.normalize("NFKC", words).casefold()


def tokens(words: str) -> list[str]:
    """Cut a text into what the index holds."""
    found: list[str] = []
    for run in _RUN.findall(fold(words)):
        if run.isascii():  # most are: a call for each would cost as much as all the rest
            found.append(run[:LONGEST])
        else:
            found += _pieces(run, whole=False)
    return found


def _pieces(run: str, *, whole: bool) -> list[str]:
    """Pairs of a CJK run, with its last character unless only `whole` pairs are wanted."""
    if run.isascii() or not _IS_CJK.match(run):
        return [run[:LONGEST]]
    pairs = list(map(add_, run, run[1:]))
    return pairs if whole and pairs else [*pairs, run[-1]]


def match_query(words: str) -> str:
    """Turn what a person typed into an FTS5 expression: every word must occur; "" when there is no word in it.

    >>> match_query("水壶 Leaking")
    '"水壶" AND "leaking"'
    """
    parts = [part for word in fold(words).split() for part in _RUN.findall(word)]
    return " AND ".join(_phrase(part) for part in parts)


def _phrase(run: str) -> str:
    phrase = '"' + " ".join(_pieces(run, whole=True)) + '"'
    return f"{phrase}*" if len(run) == 1 and _IS_CJK.match(run) else phrase


def add(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index (id, text) of new or edited posts."""
    values = [(id_, " ".join(tokens(words))) for id_, words in rows]
    if values:
        connection.exec_driver_sql(_INDEX, values)


def remove(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Take posts out of the index; `text` must be what was indexed."""
    values = [(id_, " ".join(tokens(words))) for id_, words in rows]
    if values:
        connection.exec_driver_sql(_UNINDEX, values)


def matching(words: str) -> Any:
    """Condition `posts` on a non-empty `match_query`."""
    index = table("search", column("rowid"))
    return posts.c.id.in_(select(index.c.rowid).where(text("search MATCH :match").bindparams(match=match_query(words))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What else to ask of posts; None asks nothing. `label` is the effective one, times are [since, until)."""

    brand: str | None = None
    source: str | None = None
    label: Sentiment | None = None
    topic: Topic | None = None
    story: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(connection: Connection, words: str, wanted: Wanted, limit: int) -> list[StoredPost]:
    """Find posts, newest first; without `words` by the other conditions alone."""
    if words.strip() and not match_query(words):
        return []
    found: Select[Any] = select(posts).select_from(JOINED).where(*_conditions(wanted))
    if words.strip():
        found = found.where(matching(words))
    found = found.order_by(posts.c.created_at.desc(), posts.c.id.desc()).limit(limit)
    return [stored_post(row) for row in connection.execute(found)]


def _conditions(wanted: Wanted) -> list[Any]:
    topics: Any = predictions.c.topics_on.cast(Text)
    conditions = (
        (wanted.brand, posts.c.brand.__eq__),
        (wanted.source, posts.c.source.__eq__),
        (wanted.label, label_of.__eq__),
        (wanted.topic, lambda topic: topics.like(f'%"{topic}"%')),
        (wanted.story, posts.c.story.__eq__),
        (wanted.since, posts.c.created_at.__ge__),
        (wanted.until, posts.c.created_at.__lt__),
    )
    return [condition(asked) for asked, condition in conditions if asked is not None]
