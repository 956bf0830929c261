"""Deletion that leaves nothing behind: rows, counts, index, the words of stories, the quotes of alerts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, or_, select, tuple_, update

from storage import search
from storage.rollups import Changes, facts
from storage.schema import (
    alerts,
    corrections,
    embeddings,
    incidents,
    label_edits,
    posts,
    predictions,
    quotes,
    stories,
)

CHUNK = 100  # posts a transaction takes at once: the index takes 1.5 ms to lose one, and collectors wait
DELETED = "[deleted]"
Item = TypeVar("Item")
_TITLE = -1


@dataclass(slots=True)
class Traces:
    """What one or several deletions took."""

    posts: int = 0
    quotes: int = 0
    stories: set[str] = field(default_factory=set)


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterable[list[Item]]:
    """Cut `items` into lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def delete_posts(connection: Connection, ids: Collection[int], changes: Changes) -> Traces:
    """Delete posts and everything made of their words; the caller writes `changes`, then calls `clean_stories`.

    Counts of days are taken back too; retention, which keeps them, hands in changes that leave days alone.
    """
    found = connection.execute(
        select(posts.c.id, posts.c.text, posts.c.story).where(posts.c.id.in_(list(ids)))
    ).all()  # fmt: skip
    for fact in facts(connection, ids).values():
        changes.add(fact, -1)
    search.remove(connection, ((row.id, row.text) for row in found))
    for key in (*(table.c.post for table in (predictions, embeddings, corrections, label_edits)), posts.c.id):
        connection.execute(delete(key.table).where(key.in_(list(ids))))
    return Traces(len(found), _blank_quotes(connection, ids), {row.story for row in found if row.story is not None})


def lost_words(connection: Connection, ids: Collection[int]) -> dict[str, list[str]]:
    """Read the texts that stories are about to lose, per story, folded."""
    lost: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(
        select(posts.c.story, posts.c.text).where(posts.c.id.in_(list(ids)), posts.c.story.is_not(None))
    ):
        lost[row.story].append(_plain(row.text))
    return lost


def clean_stories(connection: Connection, lost: dict[str, list[str]]) -> None:
    """Take words and titles that no remaining post holds out of stories, of those merged into them, and of those that
    drifted from any of these; a story without posts vanishes.
    """
    for story, texts in lost.items():
        here, family = posts.c.story == story, or_(stories.c.story == story, stories.c.merged_into == story)
        count, first_at, last_at = connection.execute(
            select(func.count(), func.min(posts.c.created_at), func.max(posts.c.created_at)).where(here)
        ).one()
        _clean_drifted(connection, story, stories.c.drifted_from.in_(select(stories.c.story).where(family)), texts)
        if not count:
            connection.execute(delete(stories).where(family))
            continue
        for row in connection.execute(select(stories).where(family)).all():
            left = connection.execute(select(posts.c.text).where(here)).scalars()
            values = _cleaned(row, texts, left)
            if row.story == story:
                values |= {"first_at": first_at, "last_at": last_at}
            connection.execute(update(stories).where(stories.c.story == row.story).values(values))


def _clean_drifted(connection: Connection, story: str, drifted: Any, texts: list[str]) -> None:
    """Stories that began with words of posts of `story` lose what neither its posts nor their own hold any more."""
    for row in connection.execute(select(stories).where(drifted)).all():
        theirs = posts.c.story.in_([story, row.merged_into or row.story])
        left = connection.execute(select(posts.c.text).where(theirs)).scalars()
        values = _cleaned(row, texts, left)
        connection.execute(update(stories).where(stories.c.story == row.story).values(values))


def _cleaned(row: Any, lost: list[str], left: Iterable[str]) -> dict[str, Any]:
    """Take what only the lost texts held out of a story's titles and words; a title given by a person stays."""
    course: dict[str, Any] = row.course or {"about": {}, "lately": {}, "title": ""}
    sentences = (sentence_of(title) for title in (row.title, course["title"]))
    pieces = {*sentences, *row.words, *course["about"], *course["lately"]}
    suspects = {piece for piece in pieces if piece and _holds(lost, search.fold(piece))}
    gone = _unheld(suspects, left)
    folded = [search.fold(piece) for piece in gone]
    words = _kept(row.words, gone)
    most_said = ", ".join(sorted(words, key=lambda word: (-words[word], word))[:3]) or DELETED
    titles = [most_said if _holds([search.fold(title)], *folded) else title for title in (row.title, course["title"])]
    about, lately = _kept(course["about"], gone), _kept(course["lately"], gone)
    return {
        "words": words,
        "title": row.title if row.title_by is not None else titles[0],
        "course": row.course and course | {"about": about, "lately": lately, "title": titles[1]},
    }


def _kept(words: Mapping[str, int], gone: Collection[str]) -> dict[str, int]:
    return {word: count for word, count in words.items() if word not in gone}


def sentence_of(title: str) -> str:
    """Take the quoted part out of a title: "word, word: sentence…" holds a post's sentence, perhaps cut."""
    return (title.partition(": ")[2] or title).rstrip(" .…")


def _holds(texts: Iterable[str], *pieces: str) -> bool:
    return any(piece in words for words in texts for piece in pieces)


def _plain(words: str) -> str:
    """Fold, and make every run of blanks one, as titles do."""
    return " ".join(search.fold(words).split())


def _unheld(suspects: set[str], texts: Iterable[str]) -> set[str]:
    """Keep the suspects that none of `texts` holds; stops reading as soon as all are found."""
    rest = {search.fold(word): word for word in suspects}
    for words in texts:
        if not rest:
            break
        folded = _plain(words)
        rest = {piece: word for piece, word in rest.items() if piece not in folded}
    return set(rest.values())


def _blank_quotes(connection: Connection, ids: Collection[int]) -> int:
    """Blank quotes and titles of alerts that only these posts held; returns how many."""
    mine = quotes.c.post.in_(list(ids))
    place = (quotes.c.incident, quotes.c.number, quotes.c.position)
    touched = {tuple(row) for row in connection.execute(select(*place).where(mine))}
    if not touched:
        return 0
    connection.execute(delete(quotes).where(mine))
    held = {tuple(row) for row in connection.execute(select(*place).where(tuple_(*place).in_(touched)))}
    lost: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for incident, number, position in touched - held:
        lost[incident, number].append(position)
    for (incident, number), positions in lost.items():
        _blank(connection, incident, number, positions)
    return len(touched - held)


def _blank(connection: Connection, incident: str, number: int, positions: list[int]) -> None:
    this = (alerts.c.incident == incident) & (alerts.c.number == number)
    payload: dict[str, Any] = connection.execute(select(alerts.c.payload).where(this)).scalar_one()
    pieces = [payload["quotes"][position] for position in positions if position != _TITLE]
    if _TITLE in positions:
        pieces += [payload["title"], sentence_of(payload["title"])]
    for position in positions:
        if position != _TITLE:
            payload["quotes"][position] = ""
    connection.execute(update(alerts).where(this).values(payload=_without(payload, pieces)))
    last = connection.execute(select(incidents.c.last_trend).where(incidents.c.incident == incident)).scalar_one()
    changed = _without(last, pieces)
    if changed != last:
        connection.execute(update(incidents).where(incidents.c.incident == incident).values(last_trend=changed))


def _without(value: Any, pieces: list[str]) -> Any:
    """Replace the pieces, longest first, wherever they stand inside the strings of a JSON value."""
    if isinstance(value, dict):
        return {key: _without(item, pieces) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, pieces) for item in value]
    if isinstance(value, str):
        for piece in sorted(pieces, key=len, reverse=True):
            value = value.replace(piece, DELETED) if piece else value
    return value
