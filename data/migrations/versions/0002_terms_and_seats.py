"""Events of a seat in the middle of a term, and who of a new roster is a continuing deputy."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "seat_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("fills_seat_id", sa.String(24), nullable=True),
        sa.Column("recorded_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_seat_event_seat_id_seat"),
        sa.ForeignKeyConstraint(["fills_seat_id"], ["seat.id"], name="fk_seat_event_fills_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_seat_event"),
    )
    op.create_index("ix_seat_event_seat", "seat_event", ["seat_id"])
    op.create_table(
        "person_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_match_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person_match"),
        sa.UniqueConstraint("code", name="uq_person_match_code"),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("person_match")
    op.drop_index("ix_seat_event_seat", "seat_event")
    op.drop_table("seat_event")
