"""The words that a story began with and those since, so that drift is told after a restart as before it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; a story stored before begins with the words it has now."""
    op.add_column("stories", sa.Column("course", sa.JSON()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("stories", "course")
