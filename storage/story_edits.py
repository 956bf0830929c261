"""What people do to stories: merge two, split one, give one a name; posts, counts and incidents follow at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import InputError, StorageError
from groundswell.types import AlertState, Post, Prediction
from storage.erase import chunks
from storage.queue import TELL, story_values
from storage.reads import read_predictions, read_stories
from storage.records import Edit, Retell, StoryEdit
from storage.rollups import LABELS, Changes, facts
from storage.rows import AnyRow, post_from
from storage.schema import alerts, incidents, posts, stories, story_edits, story_hours

LONGEST_TITLE = 200
RETOLD = 4000  # newest posts from which a story that was split is described: as many as the detector remembers
_CHUNK = 1000


class StaleStories(StorageError):
    """A person edited stories since the caller read them; nothing was written. Read them again and go on."""

    retry = True


def newest(connection: Connection) -> int:
    """Read the number of the last edit, 0 before the first."""
    return connection.scalar(select(func.max(story_edits.c.id))) or 0


def require_known(connection: Connection, last: int) -> None:
    """Raise StaleStories when there are edits after number `last`."""
    if newest(connection) > last:
        raise StaleStories("stories were merged or split meanwhile; nothing was written", "read the stories again")


def read_edits(connection: Connection, after: int, story: str | None) -> list[StoryEdit]:
    """Read the edits after number `after`, in order; those from or into one story when it is named."""
    e = story_edits.c
    wanted = select(story_edits).where(e.id > after).order_by(e.id)
    if story is not None:
        wanted = wanted.where((e.story == story) | (e.into == story))
    return [edit_from(row) for row in connection.execute(wanted)]


def edit_from(row: AnyRow) -> StoryEdit:
    """Rebuild an edit from its row."""
    values = {column.name: getattr(row, column.name) for column in story_edits.columns}
    return StoryEdit(**values | {"what": Edit(row.what), "posts": tuple(row.posts or ())})


def rename(connection: Connection, story: str, title: str, by: str, now: datetime) -> StoryEdit:
    """Give a story a person's title, which the machine leaves alone. Raises InputError."""
    row, title = _open(connection, story), _title(title)
    connection.execute(update(stories).where(stories.c.story == story).values(title=title, title_by=by))
    return _log(connection, now, by, row, Edit.RENAMED, title=title)


def merge(connection: Connection, story: str, into: str, by: str, now: datetime) -> StoryEdit:
    """Count all posts of `story` under `into` from now on; its id leads there, and so do those merged into it before.

    An open incident goes along; when both have one, that of `story` is left to be ended by the alerter. Raises
    InputError for stories that are unknown, merged away, the same, or about two brands.
    """
    gone, kept = _open(connection, story), _open(connection, into)
    if gone.story == kept.story:
        raise InputError(story, "a story cannot be merged into itself", "name two stories")
    if gone.brand != kept.brand:
        raise InputError(story, f"is about {gone.brand}, and {into} about {kept.brand}", "merge stories of one brand")
    connection.execute(update(posts).where(posts.c.story == story).values(story=into))
    _move_hours(connection, story, into)
    first = min(gone.first_at, kept.first_at)
    sums = {"posts": kept.posts + gone.posts, "negative": kept.negative + gone.negative, "first_at": first}
    connection.execute(update(stories).where(stories.c.story == into).values(sums))
    away = {"merged_into": into, "status": "merged", "posts": 0, "negative": 0}
    connection.execute(update(stories).where(stories.c.story == story).values(away))
    connection.execute(update(stories).where(stories.c.merged_into == story).values(merged_into=into))
    _move_incidents(connection, gone.brand, story, into)
    return _log(connection, now, by, gone, Edit.MERGED, into=into, count=gone.posts, negative=gone.negative)


def split(
    connection: Connection, story: str, wanted: Sequence[int], title: str, by: str, now: datetime, retell: Retell
) -> StoryEdit:
    """Move posts, with the answers to them, into a new story; both, and those that drifted from it, are described
    anew from the posts they have then.

    Incidents and their alerts stay with `story`. Raises InputError for posts that are not in it, and unless some but
    not all of its posts would go.
    """
    row, title = _open(connection, story), _title(title) if title else ""
    ids = _with_answers(connection, story, wanted)
    if not ids or len(ids) == row.posts:
        which = "no post" if not ids else f"all {row.posts} posts"
        raise InputError(story, f"{which} would go, the answers to them included", "choose some of its posts")
    new, negative = _new_id(connection, row, ids), 0
    placeholder = {"story": new, "brand": row.brand, "title": "", "first_at": now, "last_at": now, "words": {}}
    connection.execute(insert(stories).values(**placeholder, centroid=b""))
    changes = Changes(connection)
    for part in chunks(ids, _CHUNK):
        before = facts(connection, part).values()
        connection.execute(update(posts).where(posts.c.id.in_(part)).values(story=new))
        for fact in before:
            changes.add(fact, -1)
            negative += fact.label == "negative"
        for fact in facts(connection, part).values():
            changes.add(fact)
    changes.write()
    # Words of those merged into it may be words of the posts that left; what stays is told by the remaining posts.
    blank: dict[str, Any] = {"words": {}, "centroid": b"", "heat": 0.0, "absorbed": 0, "title": "", "course": None}
    connection.execute(update(stories).where(stories.c.merged_into == story).values(blank))
    for name in (story, new, *_drifted(connection, story, blank)):
        _retell(connection, name, row.brand, retell)
    if title:
        connection.execute(update(stories).where(stories.c.story == new).values(title=title, title_by=by))
    return _log(
        connection, now, by, row, Edit.SPLIT, into=new, posts=ids, count=len(ids), negative=negative,
        title=title or None,
    )  # fmt: skip


def _drifted(connection: Connection, story: str, blank: dict[str, Any]) -> list[str]:
    """Return the stories that began with words of posts that may have left `story`; those without posts are blanked."""
    s, family = stories.c, select(stories.c.story).where(or_(stories.c.story == story, stories.c.merged_into == story))
    of_it = and_(s.drifted_from.in_(family), s.story != story)
    merged_away = and_(of_it, s.merged_into.is_not(None))
    connection.execute(update(stories).where(merged_away).values(blank | {"drifted_from": None}))
    return list(connection.execute(select(s.story).where(of_it).order_by(s.story)).scalars())


def _open(connection: Connection, story: str) -> AnyRow:
    row = connection.execute(select(stories).where(stories.c.story == story)).one_or_none()
    if row is None:
        raise InputError(story, "no such story", "`groundswell story list` shows them")
    if row.merged_into is not None:
        raise InputError(story, f"was merged into {row.merged_into}", f"name {row.merged_into} instead")
    return row


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise InputError("title", f"has 1 to {LONGEST_TITLE} characters, this one {len(title)}", "give a short name")
    return title


def _log(connection: Connection, now: datetime, by: str, row: AnyRow, what: Edit, **more: Any) -> StoryEdit:
    if not by.strip():
        raise InputError("by", "nobody is named", "say who edits the story")
    values: dict[str, Any] = {"at": now, "by": by, "brand": row.brand, "what": what.value, "story": row.story, **more}
    number = connection.execute(insert(story_edits).values(values)).lastrowid
    return StoryEdit(**values | {"id": number, "what": what, "posts": tuple(more.get("posts", ()))})


def _move_hours(connection: Connection, story: str, into: str) -> None:
    h = story_hours.c
    counts = select(h.bucket, *(h[name] for name in LABELS)).where(h.story == story)
    names = ("bucket", *LABELS)
    rows = [{"story": into, **dict(zip(names, row, strict=True))} for row in connection.execute(counts)]
    put = insert(story_hours)
    added = {name: h[name] + put.excluded[name] for name in LABELS}
    if rows:
        connection.execute(put.on_conflict_do_update(index_elements=["story", "bucket"], set_=added), rows)
    connection.execute(delete(story_hours).where(h.story == story))


def _move_incidents(connection: Connection, brand: str, story: str, into: str) -> None:
    """Let incidents and the list of their events follow; what was sent stays as it was sent."""
    i = incidents.c
    is_open = and_(i.brand == brand, i.story == into, i.state != AlertState.RESOLVED)
    is_taken = connection.scalar(select(i.incident).where(is_open)) is not None
    for row in connection.execute(select(incidents).where(i.brand == brand, i.story == story)).all():
        stays = is_taken and row.state != AlertState.RESOLVED
        moved = {"story": story if stays else into, "last_trend": dict(row.last_trend) | {"story": into}}
        connection.execute(update(incidents).where(i.incident == row.incident).values(moved))
    connection.execute(update(alerts).where(alerts.c.brand == brand, alerts.c.story == story).values(story=into))


def _with_answers(connection: Connection, story: str, wanted: Sequence[int]) -> list[int]:
    """Collect the wanted posts and whatever in the story answers or repeats them. Raises InputError."""
    p = posts.c
    rows = connection.execute(select(p.id, p.source, p.external_id, p.parent).where(p.story == story)).all()
    held = {row.id: row for row in rows}
    strange = [str(one) for one in wanted if one not in held]
    if strange:
        raise InputError(story, f"does not hold post {', '.join(strange[:5])}", "name posts of this story")
    answers: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row.parent:
            answers.setdefault((row.source, row.parent), []).append(row.id)
    found, waiting = set(wanted), list(wanted)
    while waiting:
        row = held[waiting.pop()]
        more = [one for one in answers.get((row.source, row.external_id), ()) if one not in found]
        found.update(more)
        waiting += more
    return sorted(found)


def _new_id(connection: Connection, row: AnyRow, ids: Sequence[int]) -> str:
    """Name a new story by what it is made of, so that the same acts on the same store give the same name."""
    first = connection.execute(select(posts).where(posts.c.id == ids[0])).one()
    key, number = f"{row.brand}|{row.story}|{first.source}|{first.external_id}", 0
    while True:
        name = "s" + blake2b(f"{key}|{number}".encode()).hexdigest()[:12]
        if connection.scalar(select(stories.c.story).where(stories.c.story == name)) is None:
            return name
        number += 1


def _retell(connection: Connection, name: str, brand: str, retell: Retell) -> None:
    p = posts.c
    rows = connection.execute(
        select(posts).where(p.story == name).order_by(p.created_at.desc(), p.id.desc()).limit(RETOLD)
    ).all()
    told = list(_told(connection, reversed(rows)))
    values = story_values(retell(name, brand, told, read_stories(connection, brand, None)))
    values["first_at"] = connection.scalar(select(func.min(p.created_at)).where(p.story == name))
    connection.execute(TELL, [values])


def _told(connection: Connection, rows: Iterable[AnyRow]) -> Iterable[tuple[Post, Prediction]]:
    for part in chunks(rows, _CHUNK):
        said = read_predictions(connection, [row.id for row in part])
        yield from ((post_from(row), said[row.id]) for row in part if row.id in said)
