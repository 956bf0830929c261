"""What each source spent on which day; before, it stood in the source's cursor and is counted anew from this day on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "spending",
        sa.Column("source", sa.Text(), primary_key=True, nullable=False),
        sa.Column("day", sa.Text(), primary_key=True, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("spending")
