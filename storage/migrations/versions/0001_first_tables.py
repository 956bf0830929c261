"""The first tables. Written out, not taken from storage/schema.py, which moves on."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXT, _INT, _BIG = sa.Text(), sa.Integer(), sa.BigInteger()
_REAL, _JSON, _BLOB = sa.Float(), sa.JSON(), sa.LargeBinary()
_LABELS = ("negative", "neutral", "positive", "unscored")
_SEARCH = (
    "CREATE VIRTUAL TABLE search USING fts5(tokens, content='', tokenize='unicode61 remove_diacritics 0')",
    "INSERT INTO search(search, rank) VALUES ('secure-delete', 1)",  # a deleted post leaves the index at once
)


def upgrade() -> None:
    """Create everything."""
    _sources()
    _posts()
    _readings()
    _stories()
    _counts()
    _alerts()
    for statement in _SEARCH:
        op.execute(statement)


def _key(kind: Any, *names: str) -> list["sa.Column[Any]"]:
    return [sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False) for name in names]


def _filled(kind: Any, *names: str) -> list["sa.Column[Any]"]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _open(kind: Any, *names: str) -> list["sa.Column[Any]"]:
    return [sa.Column(name, kind, nullable=True) for name in names]


def _zero(*names: str) -> list["sa.Column[Any]"]:
    return [sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in names]


def _row_id() -> "sa.Column[Any]":
    return sa.Column("id", sa.Integer(), primary_key=True, nullable=False)


def _sources() -> None:
    op.create_table(
        "sources",
        *_key(_TEXT, "source"),
        *_open(_JSON, "cursor"),
        *_open(_BIG, "last_page_at", "last_new_at", "last_post_at", "last_error_at", "retry_at"),
        *_open(_TEXT, "last_error"),
        *_zero("failures"),
        *_open(_REAL, "expected_s"),
    )
    op.create_table(
        "outages", _row_id(), *_filled(_TEXT, "source", "error"), *_filled(_BIG, "start"), *_open(_BIG, "end")
    )
    op.create_index("outages_start", "outages", ["source", "start"])
    op.create_table("gaps", _row_id(), *_filled(_TEXT, "source", "note"), *_filled(_BIG, "at"))
    op.create_index("gaps_at", "gaps", ["source", "at"])


def _posts() -> None:
    op.create_table(
        "posts",
        _row_id(),
        *_filled(_TEXT, "brand", "source", "external_id", "collector", "kind", "text", "state"),
        *_filled(_BIG, "created_at", "arrived_at"),
        *_open(_TEXT, "lang", "author", "parent", "url", "lease_token", "story"),
        *_open(_INT, "audience", "likes", "replies", "shares", "views"),
        *_open(_BIG, "lease_until", "copy_of"),
        *_open(_REAL, "rating"),
        *_open(_JSON, "alarm_words"),
        *_zero("attempts"),
        sa.UniqueConstraint("external_id", "source", "brand", name="posts_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("posts_inbox", "posts", ["id"], sqlite_where=sa.text("state = 'inbox'"))
    op.create_index("posts_brand", "posts", ["brand", "created_at"])
    op.create_index("posts_created", "posts", ["created_at"])
    op.create_index("posts_arrived", "posts", ["collector", "arrived_at"])
    op.create_index("posts_story", "posts", ["story", "created_at"], sqlite_where=sa.text("story IS NOT NULL"))
    op.create_index("posts_author", "posts", ["author"], sqlite_where=sa.text("author IS NOT NULL"))


def _readings() -> None:
    op.create_table(
        "predictions",
        *_key(_INT, "post"),
        *_filled(_TEXT, "model"),
        *_open(_TEXT, "label", "reason", "lang"),
        *_open(_REAL, "negative", "neutral", "positive"),
        *_open(_JSON, "topics", "service", "signals", "topics_on", "service_on", "signals_on"),
    )
    op.create_table("embeddings", *_key(_INT, "post"), *_filled(_BLOB, "vector"))
    op.create_table("corrections", *_key(_INT, "post"), *_filled(_TEXT, "label"), *_filled(_BIG, "at"))


def _stories() -> None:
    op.create_table(
        "stories",
        *_key(_TEXT, "story"),
        *_filled(_TEXT, "brand", "title"),
        *_filled(_BIG, "first_at", "last_at"),
        *_zero("posts", "negative"),
        *_filled(_BLOB, "centroid"),
        *_filled(_JSON, "words"),
        *_open(_TEXT, "title_by", "merged_into"),
        sa.Column("status", sa.Text(), nullable=False, server_default="open"),
    )
    op.create_index("stories_brand", "stories", ["brand", "last_at"])
    op.create_index("stories_last", "stories", ["last_at"])
    op.create_table(
        "story_hours", *_key(_TEXT, "story"), *_key(_BIG, "bucket"), *_zero(*_LABELS), sqlite_with_rowid=False
    )
    op.create_index("story_hours_bucket", "story_hours", ["bucket"])


def _counts() -> None:
    for name in ("quarters", "days"):
        op.create_table(
            name,
            *_key(_TEXT, "brand"),
            *_key(_BIG, "bucket"),
            *_key(_TEXT, "source", "lang"),
            *_zero(*_LABELS),
            sqlite_with_rowid=False,
        )
    for name in ("topic_quarters", "topic_days"):
        op.create_table(
            name,
            *_key(_TEXT, "brand", "topic"),
            *_key(_BIG, "bucket"),
            *_key(_TEXT, "source", "lang"),
            *_zero("posts", "negative"),
            sqlite_with_rowid=False,
        )
    op.create_table("watermarks", *_key(_TEXT, "name"), *_filled(_BIG, "at"))


def _alerts() -> None:
    op.create_table(
        "incidents",
        *_key(_TEXT, "incident"),
        *_filled(_TEXT, "brand", "story", "state", "severity"),
        *_filled(_BIG, "fired_at", "last_event_at"),
        *_filled(_INT, "number", "posts_at_last_event"),
        *_filled(_JSON, "last_trend"),
    )
    one_open = sa.text("state != 'resolved'")
    op.create_index("incidents_open", "incidents", ["brand", "story"], unique=True, sqlite_where=one_open)
    op.create_table(
        "alerts",
        *_key(_TEXT, "incident"),
        *_key(_INT, "number"),
        *_filled(_BIG, "at"),
        *_filled(_TEXT, "brand", "story", "state", "severity"),
        *_filled(_JSON, "payload"),
    )
    op.create_index("alerts_at", "alerts", ["at"])
    op.create_index("alerts_story", "alerts", ["story"])
    op.create_table(
        "quotes",
        *_key(_INT, "post"),
        *_key(_TEXT, "incident"),
        *_key(_INT, "number", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("quotes_alert", "quotes", ["incident", "number"])
    op.create_table(
        "outbox",
        *_key(_TEXT, "key"),
        *_filled(_TEXT, "incident", "receiver", "state"),
        *_filled(_INT, "number"),
        *_zero("attempts"),
        *_filled(_BIG, "next_at"),
        *_open(_BIG, "lease_until", "delivered_at"),
        *_open(_TEXT, "last_error"),
    )
    op.create_index("outbox_waiting", "outbox", ["next_at"], sqlite_where=sa.text("state = 'waiting'"))
