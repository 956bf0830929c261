"""Why each post was taken for its brand, and by which version of the brand's query."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; of posts stored before nobody knows."""
    for name in ("rule", "rule_version"):
        op.add_column("posts", sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for name in ("rule_version", "rule"):
        op.drop_column("posts", name)
