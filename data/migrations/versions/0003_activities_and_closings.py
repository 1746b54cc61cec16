"""The steps and evidence of activities, closed periods with their balances, and objections."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what older rows get are columns that may be empty, so no table is copied."""
    op.add_column("activity", sa.Column("starts_minute", sa.Integer(), nullable=True))
    op.add_column("activity", sa.Column("witnesses", sa.String(400), nullable=True))
    op.create_index("ix_activity_state", "activity", ["state", "held_on"])
    op.add_column("activity_person", sa.Column("confirmed_at", Instant(), nullable=True))
    op.add_column("rule_book", sa.Column("decision", sa.String(120), nullable=True))
    make_activity_move()
    make_evidence()
    make_closing()
    make_closing_balance()
    make_objection()


def downgrade() -> None:
    """Drop what the upgrade made, the newest first."""
    for table in ("objection", "closing_balance", "closing", "evidence", "activity_move"):
        op.drop_table(table)
    op.drop_column("rule_book", "decision")
    op.drop_column("activity_person", "confirmed_at")
    op.drop_index("ix_activity_state", "activity")
    op.drop_column("activity", "witnesses")
    op.drop_column("activity", "starts_minute")


def make_activity_move() -> None:
    """One step of an activity from hand to hand."""
    op.create_table(
        "activity_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_activity_move_activity_id_activity"),
        sa.PrimaryKeyConstraint("id", name="pk_activity_move"),
    )
    op.create_index("ix_activity_move_activity", "activity_move", ["activity_id"])


def make_evidence() -> None:
    """A file that somebody chose to add to an activity."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_evidence_activity_id_activity"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("activity_id", "sha256", name="uq_evidence_activity_id_sha256"),
    )


def make_closing() -> None:
    """A closed period."""
    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.String(80), nullable=False),
        sa.Column("objections_until", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_entry", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=True),
        sa.Column("frozen_by", sa.String(80), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_closing_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_closing"),
        sa.UniqueConstraint("term_id", "period", name="uq_closing_term_id_period"),
    )


def make_closing_balance() -> None:
    """What one seat had when a period was closed."""
    op.create_table(
        "closing_balance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name="fk_closing_balance_closing_id_closing"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_closing_balance_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_closing_balance"),
        sa.UniqueConstraint("closing_id", "seat_id", name="uq_closing_balance_closing_id_seat_id"),
    )


def make_objection() -> None:
    """A deputy's objection to a closed period."""
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("activity_code", sa.String(40), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("raised_by", sa.String(80), nullable=False),
        sa.Column("answer", sa.String(400), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.String(80), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name="fk_objection_closing_id_closing"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name="fk_objection_entry_id_ledger_entry"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_objection_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_objection"),
    )
    op.create_index("ix_objection_closing", "objection", ["closing_id", "state"])
    op.create_index("ix_objection_person", "objection", ["person_id"])
