"""The words that a story began with and those since, so that drift is told after a restart as before it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; a story stored before begins with the words it has now."""
    op.add_column("stories", sa.Column("course", sa.JSON()))
    op.add_column("stories", sa.Column("drifted_from", sa.Text()))
    op.create_index("stories_drifted", "stories", ["drifted_from"], sqlite_where=sa.text("drifted_from IS NOT NULL"))


def downgrade() -> None:
    """Take them away."""
    op.drop_index("stories_drifted", "stories")
    op.drop_column("stories", "drifted_from")
    op.drop_column("stories", "course")
