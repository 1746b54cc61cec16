"""A person's points are found by the person: their page then costs the same in a province as in a county."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_ledger_person_on", "ledger_entry", ["person_id", "counts_on"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_ledger_person_on", "ledger_entry")
