"""What people said of posts, in the order in which they said it, so that a running monitor can follow."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the log; what was said before it is known to every process that starts."""
    op.create_table(
        "label_edits",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("label_edits_post", "label_edits", ["post"])


def downgrade() -> None:
    """Forget the order; the labels stay."""
    op.drop_table("label_edits")
