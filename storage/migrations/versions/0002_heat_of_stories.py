"""How many complaints a story has lately: what draws the next one to it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; stories stored before begin cold."""
    op.add_column("stories", sa.Column("heat", sa.Float(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("stories", "heat")
