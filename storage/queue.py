"""The post row is the queue: leases, and what was found out about the leased posts."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import StorageError
from storage.records import Classified, Lease, StoryUpdate
from storage.rollups import Changes, facts
from storage.rows import prediction_values, stored_post, to_signed
from storage.schema import embeddings, posts, predictions, stories

IN_INBOX: Any = literal_column("posts.state = 'inbox'")
"""Written out, not bound: SQLite uses its partial index only when it sees the word."""


def depth(connection: Connection) -> int:
    """Count the posts that wait or are being worked on."""
    return connection.scalar(select(func.count()).select_from(posts).where(IN_INBOX)) or 0


def lease(connection: Connection, limit: int, seconds: float, now: datetime) -> Lease:
    """Lend the oldest waiting posts; those of expired leases are taken again."""
    token, until = secrets.token_hex(8), now + timedelta(seconds=seconds)
    free = or_(posts.c.lease_until.is_(None), posts.c.lease_until <= now)
    chosen = select(posts.c.id).where(IN_INBOX, free).order_by(posts.c.id).limit(limit).scalar_subquery()
    taken = connection.execute(
        update(posts)
        .where(posts.c.id.in_(chosen))
        .values(lease_token=token, lease_until=until, attempts=posts.c.attempts + 1)
        .returning(*posts.c)
    )
    return Lease(token=token, posts=sorted(map(stored_post, taken), key=lambda post: post.id), until=until)


def release(connection: Connection, lent: Lease) -> None:
    """Give back what was not completed, so that it need not expire; not counted as an attempt."""
    mine = (posts.c.lease_token == lent.token) & IN_INBOX & posts.c.id.in_([post.id for post in lent.posts])
    connection.execute(
        update(posts).where(mine).values(lease_token=None, lease_until=None, attempts=posts.c.attempts - 1)
    )


def complete(connection: Connection, lent: Lease, results: Sequence[Classified]) -> list[int]:
    """Write predictions, stories and counts; returns the ids written.

    Posts deleted or edited while they were lent are passed over. Done again it changes nothing. Raises StorageError
    when another worker has taken any of the posts.
    """
    open_ids = _still_mine(connection, lent, [result.id for result in results])
    done = [result for result in results if result.id in open_ids]
    if not done:
        return []
    connection.execute(_PREDICT, [prediction_values(result) for result in done])
    vectors = [{"post": r.id, "vector": r.prediction.embedding} for r in done if r.prediction.embedding]
    if vectors:
        connection.execute(_EMBED, vectors)
    _write_stories(connection, done)
    connection.execute(_CLASSIFY, [_classified(result) for result in done])
    changes = Changes(connection)
    for fact in facts(connection, open_ids).values():
        changes.add(fact)
    changes.write()
    return sorted(open_ids)


def _still_mine(connection: Connection, lent: Lease, ids: Sequence[int]) -> set[int]:
    if len(set(ids)) < len(ids) or not set(ids) <= {post.id for post in lent.posts}:
        raise StorageError("results must be of leased posts, one each", "hand in what this lease lent")
    rows = connection.execute(select(posts.c.id, posts.c.state, posts.c.lease_token).where(posts.c.id.in_(ids))).all()
    for row in rows:
        was_reset = row.state == "inbox" and row.lease_token is None  # edited, or released
        if row.lease_token != lent.token and not was_reset:
            raise StorageError("the lease was lost to another worker; nothing was written", "lease again")
    return {row.id for row in rows if row.state == "inbox" and row.lease_token == lent.token}


def _classified(result: Classified) -> dict[str, Any]:
    return {
        "_id": result.id, "state": "classified", "lease_until": None, "story": result.story,
        "copy_of": to_signed(result.copy_of) or None, "alarm_words": list(result.alarm_words) or None,
    }  # fmt: skip


def _write_stories(connection: Connection, done: Sequence[Classified]) -> None:
    """Write the last update of each story. Raises StorageError for a story nobody described."""
    updates = {told.story: told for result in done for told in (result.left, result.update) if told is not None}
    if updates:
        connection.execute(TELL, [story_values(update) for update in updates.values()])
    _require_stories(connection, {r.story for r in done if r.story is not None} - updates.keys())


def _require_stories(connection: Connection, names: set[str]) -> None:
    if not names:
        return
    known = set(connection.execute(select(stories.c.story).where(stories.c.story.in_(names))).scalars())
    if names - known:
        raise StorageError(f"unknown story {min(names - known)}", "hand in its update with the post that begins it")


def story_values(told: StoryUpdate) -> dict[str, Any]:
    """Write how a story stands as columns of `stories`."""
    return {
        "story": told.story, "brand": told.brand, "title": told.title, "first_at": told.first_at,
        "last_at": told.last_at, "centroid": told.centroid, "words": dict(told.words), "heat": told.heat,
        "absorbed": told.absorbed, "course": None if told.course is None else dict(told.course),
        "drifted_from": told.drifted_from,
    }  # fmt: skip


def _replacing(statement: Any, key: str, names: Iterable[str]) -> Any:
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in names}
    )


def _telling() -> Any:
    """Upsert a story; a title given by a person stays."""
    put = insert(stories)
    title = case((stories.c.title_by.is_(None), put.excluded.title), else_=stories.c.title)
    written = ("first_at", "last_at", "centroid", "words", "heat", "absorbed", "course", "drifted_from")
    fields = {name: put.excluded[name] for name in written}
    return put.on_conflict_do_update(index_elements=["story"], set_={"title": title} | fields)


_PREDICT = _replacing(insert(predictions), "post", [c.name for c in predictions.c if c.name != "post"])
_EMBED = _replacing(insert(embeddings), "post", ["vector"])
_CLASSIFY = update(posts).where(posts.c.id == bindparam("_id"))
TELL = _telling()
