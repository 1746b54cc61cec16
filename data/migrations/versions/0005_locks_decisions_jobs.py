"""Locks of a placement, recorded decisions that place a seat, and long work in the background."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "placement_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("district_code", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", sa.String(80), nullable=False),
        sa.Column("lift_reason", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_placement_lock_term_id_term"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_placement_lock_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_placement_lock"),
    )
    op.create_index("ix_placement_lock_term", "placement_lock", ["term_id"])
    op.create_table(
        "seat_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("recorded_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_seat_decision_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_seat_decision"),
    )
    op.create_index("ix_seat_decision_seat", "seat_decision", ["seat_id"])
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("steps_all", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.String(80), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )


def downgrade() -> None:
    """Drop the three tables."""
    op.drop_table("job")
    op.drop_index("ix_seat_decision_seat", "seat_decision")
    op.drop_table("seat_decision")
    op.drop_index("ix_placement_lock_term", "placement_lock")
    op.drop_table("placement_lock")
