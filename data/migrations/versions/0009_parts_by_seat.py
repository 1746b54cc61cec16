"""A seat's part in activities is found by the seat: one more act costs the same in a large store and a small one."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_activity_person_seat", "activity_person", ["seat_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_activity_person_seat", "activity_person")
