"""The journal of fingerprints, what is published of closed periods, and what a correction of an activity changed."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the new column may be empty, so no table is copied."""
    op.add_column("activity_move", sa.Column("changes", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("shows", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name="fk_publication_closing_id_closing"),
    )
    op.create_index("ix_publication_closing", "publication", ["closing_id"])
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("of_table", sa.String(32), nullable=False),
        sa.Column("of_row", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_index("ix_journal_row", "journal", ["of_table", "of_row"])


def downgrade() -> None:
    """Drop what the upgrade made, the newest first."""
    op.drop_table("journal")
    op.drop_table("publication")
    op.drop_column("activity_move", "changes")
