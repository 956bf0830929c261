"""What a person says of a post outranks the model, and the counts follow at once."""

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from groundswell.errors import StorageError
from groundswell.types import Sentiment
from storage.rollups import Changes, facts
from storage.schema import corrections, posts


def correct(connection: Connection, post_id: int, label: Sentiment | None, now: datetime) -> None:
    """Keep a person's label beside the prediction, or drop it; an edit of the post's words drops it too."""
    if connection.scalar(select(posts.c.id).where(posts.c.id == post_id)) is None:
        raise StorageError(f"no post {post_id} is held")
    changes = Changes(connection)
    for fact in facts(connection, [post_id]).values():
        changes.add(fact, -1)
    if label is None:
        connection.execute(delete(corrections).where(corrections.c.post == post_id))
    else:
        put = insert(corrections).values(post=post_id, label=label.value, at=now)
        replace = {"label": put.excluded.label, "at": put.excluded.at}
        connection.execute(put.on_conflict_do_update(index_elements=["post"], set_=replace))
    for fact in facts(connection, [post_id]).values():
        changes.add(fact)
    changes.write()
