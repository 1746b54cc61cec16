"""The days of an instance's own holiday notices, and decisions that move a deliberation day."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_day"),
        sa.UniqueConstraint("falls_on", name="uq_calendar_day_falls_on"),
    )
    op.create_table(
        "deliberation_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(40), nullable=False),
        sa.Column("month_of", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("paper", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliberation_decision"),
        sa.UniqueConstraint("town_code", "month_of", name="uq_deliberation_decision_town_code_month_of"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("deliberation_decision")
    op.drop_table("calendar_day")
