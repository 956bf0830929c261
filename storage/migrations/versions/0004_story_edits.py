"""What people merge, split and rename; how many posts shaped a story's words, wherever they are counted now."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the log; nothing was edited before, so every story was shaped by its own posts."""
    op.add_column("stories", sa.Column("absorbed", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE stories SET absorbed = posts")
    op.create_index("stories_merged", "stories", ["merged_into"], sqlite_where=sa.text("merged_into IS NOT NULL"))
    op.create_table(
        "story_edits",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("by", "brand", "what", "story")),
        sa.Column("into", sa.Text()),
        sa.Column("posts", sa.JSON()),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("count", "negative")),
        sa.Column("title", sa.Text()),
        sqlite_autoincrement=True,
    )
    op.create_index("story_edits_story", "story_edits", ["story"])


def downgrade() -> None:
    """Forget who edited what; posts stay where people put them."""
    op.drop_table("story_edits")
    op.drop_index("stories_merged", "stories")
    op.drop_column("stories", "absorbed")
