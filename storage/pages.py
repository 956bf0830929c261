"""The way in: a page of posts, its deletions and its cursor, written together or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, update

from groundswell.errors import StorageError
from groundswell.gate import GIVEN, LEFT
from groundswell.types import Page, Post
from storage import erase, search
from storage.health import page_arrived
from storage.records import PageResult
from storage.rollups import Changes, facts
from storage.rows import AnyRow, among, post_values
from storage.schema import EPOCH, MICROSECOND, corrections, embeddings, posts, predictions

_KEY = ("brand", "source", "external_id")
_QUEUED: Mapping[str, Any] = {
    "state": "inbox", "lease_token": None, "lease_until": None, "attempts": 0,
    "story": None, "copy_of": None, "alarm_words": None,
}  # fmt: skip
_UPDATE = update(posts).where(posts.c.id == bindparam("_id"))


@dataclass(slots=True)
class _Seen:
    """What became of the posts that were stored before."""

    updated: int = 0
    edited: int = 0
    left: list[int] = field(default_factory=list)
    lost: dict[str, list[str]] = field(default_factory=dict)


def require_gated(page: Page) -> None:
    """Refuse posts that did not pass the privacy gate. Raises StorageError; nothing was written."""
    for post in page.posts:
        if not post.gated or not post.brand:
            name = f"{post.source}:{post.external_id}"
            raise StorageError(f"{name} did not pass the privacy gate", "store only what privacy.gate returns")


def commit_page(connection: Connection, source: str, page: Page, now: datetime) -> PageResult:
    """Write a page. Of equal posts the last counts; a deletion counts more than a post of the same page.

    A stored post whose new words are about its brand no more (rule LEFT) is deleted as if its source had deleted it:
    its author took the old words back, and the new ones are nobody's business here.
    """
    wanted = {(p.brand, p.source, p.external_id): p for p in page.posts}
    stored = _stored(connection, {key[2] for key in wanted})
    changes = Changes(connection)
    new = [p for key, p in wanted.items() if key not in stored and p.rule != LEFT]
    _insert(connection, source, sorted(new, key=lambda p: p.created_at), now)
    seen = _update(connection, [(stored[key], p) for key, p in wanted.items() if key in stored], changes)
    gone = sorted({*_gone(connection, source, page.gone), *seen.left})
    for story, texts in erase.lost_words(connection, gone).items():
        seen.lost.setdefault(story, []).extend(texts)
    purged = erase.delete_posts(connection, gone, changes).posts if gone else 0
    changes.write()
    erase.clean_stories(connection, seen.lost)
    page_arrived(connection, source, page, bool(new), now)
    return PageResult(
        new=len(new), updated=seen.updated, unchanged=len(wanted) - len(new) - seen.updated - len(seen.left),
        purged=purged, edited=seen.edited, stories=tuple(sorted(seen.lost)),
    )  # fmt: skip


def _stored(connection: Connection, external_ids: Iterable[str]) -> dict[tuple[str, str, str], AnyRow]:
    found = select(posts).where(posts.c.external_id.in_(among(external_ids)))
    return {(row.brand, row.source, row.external_id): row for row in connection.execute(found)}


def _insert(connection: Connection, source: str, new: Sequence[Post], now: datetime) -> None:
    """Insert in event order, so that the queue, which goes by id, is close to it.

    Written by the driver, with the ids that SQLite would give: the tables' layer would take as long as the file does.
    """
    if not new:
        return
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").scalar() or 0
    common = {"collector": source, "arrived_at": _stamp(now), "state": "inbox"}
    rows = [
        post_values(post) | common | {"created_at": _stamp(post.created_at), "id": id_}
        for id_, post in enumerate(new, last + 1)
    ]
    names = tuple(rows[0])
    wanted = f"INSERT INTO posts ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.exec_driver_sql(wanted, [tuple(row.values()) for row in rows])
    search.add(connection, ((row["id"], row["text"]) for row in rows))


def _stamp(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _update(connection: Connection, pairs: Sequence[tuple[AnyRow, Post]], changes: Changes) -> _Seen:
    """Follow what sources say now: growing engagement stays put, other words go back to the inbox."""
    left, kept = _parted(pairs)
    changed = [(row, values) for row, post in kept if (values := _difference(row, post))]
    if not changed:
        return _Seen(left=left)
    ids = [row.id for row, _ in changed]
    edited = [(row.id, row.text, values["text"]) for row, values in changed if values["text"] != row.text]
    before = facts(connection, ids)
    lost = erase.lost_words(connection, [id_ for id_, _, _ in edited])
    connection.execute(_UPDATE, [{"_id": row.id} | values for row, values in changed])
    _requeue(connection, edited)
    for fact in before.values():
        changes.add(fact, -1)
    for fact in facts(connection, ids).values():
        changes.add(fact)
    return _Seen(len(changed), len(edited), left, lost)


def _parted(pairs: Sequence[tuple[AnyRow, Post]]) -> tuple[list[int], list[tuple[AnyRow, Post]]]:
    """Ids of the posts that left their brand by an edit, and the pairs that stay, with the rule they were taken by.

    A post without other words stays: it was the query that changed. So does one that was given to the brand.
    """
    left, kept = list[int](), list[tuple[AnyRow, Post]]()
    for row, post in pairs:
        if post.rule == LEFT and row.rule != GIVEN and row.text != post_values(post)["text"]:
            left.append(row.id)
        else:
            kept.append((row, replace(post, rule=None, rule_version=None) if post.rule == LEFT else post))
    return left, kept


def _difference(row: AnyRow, post: Post) -> dict[str, Any]:
    """Columns as they should be now, or nothing when all are so already; what a source stopped saying is kept."""
    said = {name: value for name, value in post_values(post).items() if name not in _KEY}
    stored = {name: getattr(row, name) for name in said}
    merged = {name: stored[name] if value is None else value for name, value in said.items()}
    return merged if merged != stored else {}


def _requeue(connection: Connection, edited: Sequence[tuple[int, str, str]]) -> None:
    """Put edited posts (id, old text, new text) back: whatever was said of them was said of other words."""
    if not edited:
        return
    ids = [id_ for id_, _, _ in edited]
    search.remove(connection, ((id_, old) for id_, old, _ in edited))
    search.add(connection, ((id_, new) for id_, _, new in edited))
    for table in (predictions, embeddings, corrections):
        connection.execute(delete(table).where(table.c.post.in_(ids)))
    connection.execute(update(posts).where(posts.c.id.in_(ids)).values(_QUEUED))


def _gone(connection: Connection, source: str, external_ids: Sequence[str]) -> list[int]:
    """Find what a source deleted, under the source's own name or that of the collector that brought it.

    An id that ends in "/" is an account or a folder: everything whose id begins with it is gone.
    """
    if not external_ids:
        return []
    below = [_below(prefix) for prefix in external_ids if prefix.endswith("/")]
    its_own = or_(posts.c.source == source, posts.c.collector == source)
    found = select(posts.c.id).where(or_(posts.c.external_id.in_(list(external_ids)), *below), its_own)
    return list(connection.execute(found).scalars())


def _below(prefix: str) -> ColumnElement[bool]:
    """A range, not LIKE: the key's index serves it, and % and _ are characters like others ("0" follows "/")."""
    return and_(posts.c.external_id >= prefix, posts.c.external_id < prefix[:-1] + "0")
