"""Service failures per day, counted again from the posts held, and when the mix of complaints changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TEXT, _BIG, _REAL = sa.Text(), sa.BigInteger(), sa.Float()
_DAY = 86_400_000_000  # microseconds
_FILL = f"""
    INSERT INTO service_days (brand, service, bucket, source, lang, posts, negative)
    SELECT posts.brand, failure.value, posts.created_at - (posts.created_at % {_DAY} + {_DAY}) % {_DAY}, posts.source,
        coalesce(predictions.lang, posts.lang, ''), count(*),
        sum(coalesce(corrections.label, predictions.label, '') = 'negative')
    FROM posts
    JOIN predictions ON predictions.post = posts.id
    LEFT JOIN corrections ON corrections.post = posts.id
    JOIN json_each(predictions.service_on) AS failure
    WHERE posts.state = 'classified'
    GROUP BY 1, 2, 3, 4, 5
"""


def upgrade() -> None:
    """Add both tables and fill the counts; days whose posts retention deleted before have none."""
    op.create_table(
        "service_days",
        *_key(_TEXT, "brand", "service"),
        *_key(_BIG, "bucket"),
        *_key(_TEXT, "source", "lang"),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("posts", "negative")),
        sqlite_with_rowid=False,
    )
    op.execute(_FILL)
    op.create_table(
        "mix_shifts",
        *_key(_TEXT, "brand", "kind"),
        *_key(_BIG, "day"),
        sa.Column("found", _BIG, nullable=False),
        *(sa.Column(name, _REAL, nullable=False) for name in ("before", "after", "lo", "hi", "z")),
        sa.Column("examples", sa.JSON(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("mix_shifts")
    op.drop_table("service_days")


def _key(kind: Any, *names: str) -> list["sa.Column[Any]"]:
    return [sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False) for name in names]
