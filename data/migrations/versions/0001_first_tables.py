"""The first tables: everything that Sanlian remembers in its first version."""

import sqlalchemy as sa
from alembic import op

from data.columns import Geometry, Instant
from data.migrations.scope import spatial_index

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "setting",
    "atlas_version",
    "term",
    "generation",
    "import_run",
    "area",
    "district",
    "grid",
    "piece",
    "station",
    "person",
    "seat",
    "grid_worker",
    "plan",
    "link",
    "lead",
    "station_link",
    "in_force",
    "activity",
    "activity_person",
    "rule_book",
    "ledger_entry",
    "account",
    "session",
    "audit",
    "idempotency",
)
SPATIAL_THEN = ("area", "district", "grid", "piece", "station")


def upgrade() -> None:
    """Make every table; on PostgreSQL also PostGIS and one GiST index for each geometry."""
    if on_postgresql():
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    make_setting()
    make_atlas_version()
    make_term()
    make_generation()
    make_import_run()
    make_area()
    make_district()
    make_grid()
    make_piece()
    make_station()
    make_person()
    make_seat()
    make_grid_worker()
    make_plan()
    make_link()
    make_lead()
    make_station_link()
    make_in_force()
    make_activity()
    make_activity_person()
    make_rule_book()
    make_ledger_entry()
    make_account()
    make_session()
    make_audit()
    make_idempotency()
    if on_postgresql():
        for table in SPATIAL_THEN:
            op.create_index(spatial_index(table), table, ["geometry"], postgresql_using="gist")


def downgrade() -> None:
    """Take every table away again, the dependent ones first; PostGIS stays, it may be shared."""
    for table in reversed(TABLES):
        op.drop_table(table)


def on_postgresql() -> bool:
    """Tell which of the two databases this is."""
    return op.get_bind().dialect.name == "postgresql"


def make_setting() -> None:
    """One declared setting of the instance, such as the stored datum or whether rankings are on."""
    op.create_table(
        "setting",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )


def make_atlas_version() -> None:
    """The single row that workers watch: it grows whenever something the atlas shows has changed."""
    op.create_table(
        "atlas_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_atlas_version"),
    )


def make_term() -> None:
    """A term (届): seats, districts, placements and points belong to one."""
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_term"),
        sa.UniqueConstraint("name", name="uq_term_name"),
    )


def make_generation() -> None:
    """A coherent set of all layers; loaded inactive, activated together with a plan."""
    op.create_table(
        "generation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_generation_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_generation"),
        sa.UniqueConstraint("name", name="uq_generation_name"),
    )


def make_import_run() -> None:
    """One file that came in through the door: what, from where, under which datum, with which flaws."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("datum", sa.String(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("flaws", sa.JSON(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_import_run_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )


def make_area() -> None:
    """A county, town, street, village, community, or a unit without a congress."""
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("parent_code", sa.String(40), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("geometry", Geometry(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_area_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
        sa.UniqueConstraint("generation_id", "code", name="uq_area_generation_id_code"),
    )


def make_district() -> None:
    """An electoral district (选区) of the county or the town layer; a work-unit district has a point, not a polygon."""
    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("town_code", sa.String(40), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("unit_name", sa.String(120), nullable=False),
        sa.Column("geometry", Geometry(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_district_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_district"),
        sa.UniqueConstraint("generation_id", "layer", "code", name="uq_district_generation_id_layer_code"),
    )


def make_grid() -> None:
    """A grid (网格): the smallest cell that has grid workers."""
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("village_code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("geometry", Geometry(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_grid_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_grid"),
        sa.UniqueConstraint("generation_id", "code", name="uq_grid_generation_id_code"),
    )


def make_piece() -> None:
    """A piece: the part of a grid inside one electoral district, the unit of placement."""
    op.create_table(
        "piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("district_code", sa.String(40), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("weight", sa.String(16), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("joined_grid_code", sa.String(40), nullable=True),
        sa.Column("geometry", Geometry(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_piece_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_piece"),
        sa.UniqueConstraint(
            "generation_id",
            "layer",
            "grid_code",
            "district_code",
            name="uq_piece_generation_id_layer_grid_code_district_code",
        ),
    )


def make_station() -> None:
    """A station (联络站), contact point, deputies' home or practice base: a place where deputies can be met."""
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("town_code", sa.String(40), nullable=False),
        sa.Column("village_code", sa.String(40), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("hours", sa.String(200), nullable=False),
        sa.Column("geometry", Geometry(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_station_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_station"),
        sa.UniqueConstraint("generation_id", "code", name="uq_station_generation_id_code"),
    )


def make_person() -> None:
    """A person who holds or held a seat; the deputy's id is the person's, seats hang below it."""
    op.create_table(
        "person",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("sex", sa.String(8), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("code", name="uq_person_code"),
    )


def make_seat() -> None:
    """A seat (席位) in one term: level, electing district or unit, and the dates it counts."""
    op.create_table(
        "seat",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("district_code", sa.String(40), nullable=False),
        sa.Column("electing_unit", sa.String(120), nullable=False),
        sa.Column("town_code", sa.String(40), nullable=False),
        sa.Column("village_code", sa.String(40), nullable=False),
        sa.Column("station_code", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("group_name", sa.String(80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("decided_grid_code", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seat_person_id_person"),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_seat_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_seat"),
        sa.UniqueConstraint("term_id", "code", name="uq_seat_term_id_code"),
    )
    op.create_index("ix_seat_person", "seat", ["person_id"])


def make_grid_worker() -> None:
    """A grid worker (网格员) or grid chief of one grid."""
    op.create_table(
        "grid_worker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_grid_worker_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_grid_worker"),
        sa.UniqueConstraint("generation_id", "code", "grid_code", name="uq_grid_worker_generation_id_code_grid_code"),
    )


def make_plan() -> None:
    """A placement plan: proposed, approved, in force, or set aside."""
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.String(80), nullable=False),
        sa.Column("approval_reason", sa.String(200), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_plan_generation_id_generation"),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_plan_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
    )


def make_link() -> None:
    """One link of a plan: this seat answers for this piece, or for a grid by decision, with its reason."""
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("district_code", sa.String(40), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_link_plan_id_plan"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_link_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
    )
    op.create_index("ix_link_plan", "link", ["plan_id", "layer", "grid_code"])


def make_lead() -> None:
    """The lead deputy of a grid in one layer: who answers for most of its households."""
    op.create_table(
        "lead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_lead_plan_id_plan"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_lead_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_lead"),
        sa.UniqueConstraint("plan_id", "layer", "grid_code", name="uq_lead_plan_id_layer_grid_code"),
    )


def make_station_link() -> None:
    """The station at which a seat receives electors, with its reason."""
    op.create_table(
        "station_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("station_code", sa.String(40), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_station_link_plan_id_plan"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_station_link_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_station_link"),
        sa.UniqueConstraint("plan_id", "seat_id", name="uq_station_link_plan_id_seat_id"),
    )
    # ### end Alembic commands ###


def make_in_force() -> None:
    """Which generation and plan answer for which days: half-open valid time, and when it was recorded."""
    op.create_table(
        "in_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_in_force_generation_id_generation"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_in_force_plan_id_plan"),
        sa.PrimaryKeyConstraint("id", name="pk_in_force"),
    )


def make_activity() -> None:
    """An activity of one or more deputies; it counts only once verified."""
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("station_code", sa.String(40), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=True),
        sa.Column("half_days", sa.Integer(), nullable=True),
        sa.Column("served", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.String(24), nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("verified_by", sa.String(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_activity_generation_id_generation"),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_activity_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.UniqueConstraint("code", name="uq_activity_code"),
    )
    op.create_index("ix_activity_on", "activity", ["held_on"])


def make_activity_person() -> None:
    """Who took part in an activity, in which role, credited to which one seat."""
    op.create_table(
        "activity_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_activity_person_activity_id_activity"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_activity_person_person_id_person"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_activity_person_seat_id_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_activity_person"),
        sa.UniqueConstraint("activity_id", "person_id", name="uq_activity_person_activity_id_person_id"),
    )
    op.create_index("ix_activity_person", "activity_person", ["person_id"])


def make_rule_book() -> None:
    """An adopted rule book: its text as adopted, from which day."""
    op.create_table(
        "rule_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("adopted_from", sa.Date(), nullable=False),
        sa.Column("adopted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_book"),
        sa.UniqueConstraint("sha256", name="uq_rule_book_sha256"),
    )


def make_ledger_entry() -> None:
    """One entry of the points ledger; the ledger only grows, a mistake is reversed by another entry."""
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("seat_id", sa.String(24), nullable=False),
        sa.Column("activity_code", sa.String(40), nullable=False),
        sa.Column("rule_book_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("counts_on", sa.Date(), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ledger_entry_person_id_person"),
        sa.ForeignKeyConstraint(["reverses_id"], ["ledger_entry.id"], name="fk_ledger_entry_reverses_id_ledger_entry"),
        sa.ForeignKeyConstraint(["rule_book_id"], ["rule_book.id"], name="fk_ledger_entry_rule_book_id_rule_book"),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name="fk_ledger_entry_seat_id_seat"),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name="fk_ledger_entry_term_id_term"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entry"),
    )
    op.create_index("ix_ledger_seat_on", "ledger_entry", ["seat_id", "counts_on"])


def make_account() -> None:
    """Somebody who may log in: one role, one scope."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scope_code", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("token_hash", name="uq_account_token_hash"),
        sa.UniqueConstraint("user_name", name="uq_account_user_name"),
    )


def make_session() -> None:
    """A log-in that has not ended: only the hash of its cookie is kept."""
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_session_account_id_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_session"),
    )


def make_audit() -> None:
    """One act: who, what, when, with which result; each row carries the hash of the one before."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )


def make_idempotency() -> None:
    """A request that was done: asked again with the same key, it answers the same and does nothing."""
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
