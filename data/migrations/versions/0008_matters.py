"""Residents' matters: the process books they run under, their events, and the tickets by which they are followed."""

import sqlalchemy as sa
from alembic import op

from data.columns import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    make_process_book()
    make_matter()
    make_matter_event()
    make_matter_follower()


def downgrade() -> None:
    """Drop them, the newest first."""
    for table in ("matter_follower", "matter_event", "matter", "process_book"):
        op.drop_table(table)


def make_process_book() -> None:
    """A process book as text."""
    op.create_table(
        "process_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_process_book"),
        sa.UniqueConstraint("sha256", name="uq_process_book_sha256"),
    )


def make_matter() -> None:
    """A matter and where it stands."""
    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("village_code", sa.String(40), nullable=False),
        sa.Column("town_code", sa.String(40), nullable=False),
        sa.Column("station_code", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=True),
        sa.Column("seat_id", sa.String(24), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("unit", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(16), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("due_clock", sa.String(40), nullable=False),
        sa.Column("due_against", sa.String(16), nullable=False),
        sa.Column("rating", sa.String(40), nullable=False),
        sa.Column("activity_code", sa.String(40), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["process_book.id"], name="fk_matter_book_id_process_book"),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_matter_generation_id_generation"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["matter.id"], name="fk_matter_merged_into_id_matter"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_matter_person_id_person"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_matter_plan_id_plan"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_matter_seat_id_seat"),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_matter_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_matter"),
        sa.UniqueConstraint("code", name="uq_matter_code"),
    )
    op.create_index("ix_matter_due", "matter", ["ended_at", "due_at"])
    op.create_index("ix_matter_merged", "matter", ["merged_into_id"])
    op.create_index("ix_matter_person", "matter", ["person_id"])
    op.create_index("ix_matter_received", "matter", ["received_at"])
    op.create_index("ix_matter_station", "matter", ["station_code"])


def make_matter_event() -> None:
    """A move or a note, never changed."""
    op.create_table(
        "matter_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("before", sa.String(40), nullable=False),
        sa.Column("after", sa.String(40), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name="fk_matter_event_matter_id_matter"),
        sa.PrimaryKeyConstraint("id", name="pk_matter_event"),
        sa.UniqueConstraint("matter_id", "seq", name="uq_matter_event_matter_id_seq"),
    )


def make_matter_follower() -> None:
    """A ticket."""
    op.create_table(
        "matter_follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("followed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name="fk_matter_follower_matter_id_matter"),
        sa.PrimaryKeyConstraint("id", name="pk_matter_follower"),
        sa.UniqueConstraint("ticket", name="uq_matter_follower_ticket"),
    )
    op.create_index("ix_matter_follower_matter", "matter_follower", ["matter_id"])
