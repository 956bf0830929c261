"""When an outage was noticed, and which outages people were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("outages", sa.Column("noticed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "data_alarms",
        sa.Column("incident", sa.Text(), primary_key=True, nullable=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("data_alarms")
    op.drop_column("outages", "noticed_at")
