"""The tables: every row that Sanlian remembers, with its generation, its term and its row version."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from data.columns import Geometry, Instant


class Base(DeclarativeBase):
    """All tables share one metadata; Alembic compares against it, and every constraint has a name to be dropped by."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Setting(Base):
    """One declared setting of the instance, such as the stored datum or whether rankings are on."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    assumed: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)


class AtlasVersion(Base):
    """The single row that workers watch: it grows whenever something the atlas shows has changed."""

    __tablename__ = "atlas_version"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Term(Base):
    """A term (届): seats, districts, placements and points belong to one."""

    __tablename__ = "term"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)  # half-open: the first day after
    state: Mapped[str] = mapped_column(String(16), default="open")  # open | frozen
    row_version: Mapped[int] = mapped_column(default=1)


class Generation(Base):
    """A coherent set of all layers; loaded inactive, activated together with a plan."""

    __tablename__ = "generation"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    name: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="loading")  # loading | active | retired
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(default=1)


class ImportRun(Base):
    """One file that came in through the door: what, from where, under which datum, with which flaws."""

    __tablename__ = "import_run"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int | None] = mapped_column(ForeignKey("generation.id"))
    kind: Mapped[str] = mapped_column(String(24))
    layer: Mapped[str] = mapped_column(String(16), default="")
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    datum: Mapped[str] = mapped_column(String(32), default="")
    rows: Mapped[int] = mapped_column(default=0)
    flaws: Mapped[Any] = mapped_column(JSON, default=list)
    synthetic: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(Text, default="")
    imported_at: Mapped[datetime] = mapped_column(Instant)


class Area(Base):
    """A county, town, street, village, community, or a unit without a congress."""

    __tablename__ = "area"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))  # county | town | street | village | community | unit
    parent_code: Mapped[str] = mapped_column(String(40), default="")
    households: Mapped[int | None] = mapped_column()
    population: Mapped[int | None] = mapped_column()
    geometry: Mapped[Any | None] = mapped_column(Geometry)
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "code"),)


class District(Base):
    """An electoral district (选区) of the county or the town layer; a work-unit district has a point, not a polygon."""

    __tablename__ = "district"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    layer: Mapped[str] = mapped_column(String(16))  # county | town
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    town_code: Mapped[str] = mapped_column(String(40), default="")
    seats: Mapped[int] = mapped_column()
    population: Mapped[int | None] = mapped_column()
    basis: Mapped[str] = mapped_column(String(16), default="residence")  # residence | work_unit
    unit_name: Mapped[str] = mapped_column(String(120), default="")
    geometry: Mapped[Any | None] = mapped_column(Geometry)  # polygon, or the work unit's point
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "layer", "code"),)


class Grid(Base):
    """A grid (网格): the smallest cell that has grid workers."""

    __tablename__ = "grid"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    village_code: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(16), default="base")  # base | dedicated (专属)
    households: Mapped[int | None] = mapped_column()
    population: Mapped[int | None] = mapped_column()
    geometry: Mapped[Any] = mapped_column(Geometry)
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "code"),)


class Piece(Base):
    """A piece: the part of a grid inside one electoral district, the unit of placement."""

    __tablename__ = "piece"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    layer: Mapped[str] = mapped_column(String(16))
    grid_code: Mapped[str] = mapped_column(String(40))
    district_code: Mapped[str] = mapped_column(String(40))
    households: Mapped[int] = mapped_column()
    weight: Mapped[str] = mapped_column(String(16))  # addresses | households | area
    share: Mapped[float] = mapped_column()  # of the grid's weight
    joined_grid_code: Mapped[str | None] = mapped_column(String(40))  # a sliver answers through this grid's piece
    geometry: Mapped[Any] = mapped_column(Geometry)
    __table_args__ = (UniqueConstraint("generation_id", "layer", "grid_code", "district_code"),)


class Station(Base):
    """A station (联络站), contact point, deputies' home or practice base: a place where deputies can be met."""

    __tablename__ = "station"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    # central | station | industry | contact_point | home | practice_base
    kind: Mapped[str] = mapped_column(String(24), default="station")
    town_code: Mapped[str] = mapped_column(String(40), default="")
    village_code: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    hours: Mapped[str] = mapped_column(String(200), default="")
    geometry: Mapped[Any] = mapped_column(Geometry)
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "code"),)


class Address(Base):
    """An address (门牌): a house number, its village group or estate, its households and its place; nobody's name."""

    __tablename__ = "address"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    code: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))
    group_name: Mapped[str] = mapped_column(String(80), default="")  # the village group (村民小组)
    estate: Mapped[str] = mapped_column(String(80), default="")  # the housing estate (小区)
    grid_code: Mapped[str] = mapped_column(String(40), default="")
    village_code: Mapped[str] = mapped_column(String(40), default="")
    households: Mapped[int | None] = mapped_column()
    geometry: Mapped[Any] = mapped_column(Geometry)
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "code"),)


class Person(Base):
    """A person who holds or held a seat; the deputy's id is the person's, seats hang below it."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # the roster's own number
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    sex: Mapped[str] = mapped_column(String(8), default="")
    birth_year: Mapped[int | None] = mapped_column()
    synthetic: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)


class Seat(Base):
    """A seat (席位) in one term: level, electing district or unit, and the dates it counts."""

    __tablename__ = "seat"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    level: Mapped[str] = mapped_column(String(16))  # national | province | prefecture | county | town
    district_code: Mapped[str] = mapped_column(String(40), default="")  # of the layer of that level
    electing_unit: Mapped[str] = mapped_column(String(120), default="")
    town_code: Mapped[str] = mapped_column(String(40), default="")
    village_code: Mapped[str] = mapped_column(String(40), default="")
    station_code: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(40), default="")
    group_name: Mapped[str] = mapped_column(String(80), default="")
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    decided_grid_code: Mapped[str] = mapped_column(String(40), default="")  # a recorded decision places this seat
    decided_on: Mapped[date | None] = mapped_column(Date)
    decision: Mapped[str] = mapped_column(String(200), default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("term_id", "code"), Index("ix_seat_person", "person_id"))


class SeatEvent(Base):
    """Something that happened to a seat in the middle of a term: it begins, stops or ends counting on a day.

    The decision and its reason are kept for the congress and never shown to the public.
    """

    __tablename__ = "seat_event"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    kind: Mapped[str] = mapped_column(String(16))  # by_election | suspended | resigned | recalled | died | …
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)  # of a suspension; half-open
    decision: Mapped[str] = mapped_column(String(200))
    fills_seat_id: Mapped[str | None] = mapped_column(ForeignKey("seat.id"))  # of a by-election: the vacancy
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_seat_event_seat", "seat_id"),)


class PersonMatch(Base):
    """What was decided about a person whom a new roster lists under a new number: the same person as before, or not."""

    __tablename__ = "person_match"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)  # the number in the new roster
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))  # whom it was compared with
    same: Mapped[bool] = mapped_column()
    reason: Mapped[Any] = mapped_column(JSON)  # {"key": message key, "facts": {...}}
    decided_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class GridWorker(Base):
    """A grid worker (网格员) or grid chief of one grid."""

    __tablename__ = "grid_worker"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    grid_code: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(16), default="worker")  # chief | worker
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("generation_id", "code", "grid_code"),)


class PlanRow(Base):
    """A placement plan: proposed, approved, in force, or set aside."""

    __tablename__ = "plan"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    state: Mapped[str] = mapped_column(String(16), default="proposed")  # proposed | approved | in_force | retired
    settings: Mapped[Any] = mapped_column(JSON, default=dict)
    summary: Mapped[Any] = mapped_column(JSON, default=dict)  # districts' objective, bound, gap; what is unmet
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    approval_reason: Mapped[str] = mapped_column(String(200), default="")
    row_version: Mapped[int] = mapped_column(default=1)


class LinkRow(Base):
    """One link of a plan: this seat answers for this piece, or for a grid by decision, with its reason."""

    __tablename__ = "link"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    layer: Mapped[str] = mapped_column(String(16))  # county | town for pieces; the seat's level for decisions
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    grid_code: Mapped[str] = mapped_column(String(40))
    district_code: Mapped[str] = mapped_column(String(40), default="")  # empty when placed by decision
    households: Mapped[int] = mapped_column(default=0)  # this seat's share of the piece's households
    position: Mapped[int] = mapped_column(default=1)  # 1 = first of those who share the piece
    basis: Mapped[str] = mapped_column(String(16))  # district | work_unit | decision | proposal
    reason: Mapped[Any] = mapped_column(JSON)  # {"key": message key, "facts": {...}}
    __table_args__ = (Index("ix_link_plan", "plan_id", "layer", "grid_code"),)


class LeadRow(Base):
    """The lead deputy of a grid in one layer: who answers for most of its households."""

    __tablename__ = "lead"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    layer: Mapped[str] = mapped_column(String(16))
    grid_code: Mapped[str] = mapped_column(String(40))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    households: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Any] = mapped_column(JSON)
    __table_args__ = (UniqueConstraint("plan_id", "layer", "grid_code"),)


class StationLinkRow(Base):
    """The station at which a seat receives electors, with its reason."""

    __tablename__ = "station_link"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    station_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[Any] = mapped_column(JSON)
    __table_args__ = (UniqueConstraint("plan_id", "seat_id"),)


class LockRow(Base):
    """A lock of a term: this seat keeps this piece in every proposal until the lock is lifted, with its reason."""

    __tablename__ = "placement_lock"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    layer: Mapped[str] = mapped_column(String(16))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    grid_code: Mapped[str] = mapped_column(String(40))
    district_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str] = mapped_column(String(80), default="")
    lift_reason: Mapped[str] = mapped_column(String(200), default="")
    __table_args__ = (Index("ix_placement_lock_term", "term_id"),)


class SeatDecision(Base):
    """A recorded decision that places a deputy elected by a congress: number, day, grid, and the paper itself."""

    __tablename__ = "seat_decision"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    grid_code: Mapped[str] = mapped_column(String(40))  # empty: the decision is withdrawn
    decided_on: Mapped[date] = mapped_column(Date)
    number: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of the paper, empty without one
    media: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(120), default="")
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_seat_decision_seat", "seat_id"),)


class JobRow(Base):
    """A piece of long work in the background: how far it is, and what came of it, for whoever asks again later."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16), default="running")  # running | done | failed
    asked: Mapped[Any] = mapped_column(JSON, default=dict)
    step: Mapped[str] = mapped_column(String(40), default="")
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_all: Mapped[int] = mapped_column(default=0)
    result: Mapped[Any] = mapped_column(JSON, default=dict)
    problem: Mapped[Any] = mapped_column(JSON, default=dict)  # {"key": message key, "facts": {...}}
    started_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Instant)
    heard_at: Mapped[datetime] = mapped_column(Instant)  # the last sign of life
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class InForce(Base):
    """Which generation and plan answer for which days: half-open valid time, and when it was recorded."""

    __tablename__ = "in_force"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))  # None only when activated --unplaced
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class ActivityRow(Base):
    """An activity of one or more deputies; it counts only once verified."""

    __tablename__ = "activity"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    generation_id: Mapped[int | None] = mapped_column(ForeignKey("generation.id"))  # the map it happened under
    kind: Mapped[str] = mapped_column(String(60))
    mode: Mapped[str] = mapped_column(String(40), default="")
    on: Mapped[date] = mapped_column("held_on", Date)
    title: Mapped[str] = mapped_column(String(200), default="")
    grid_code: Mapped[str] = mapped_column(String(40), default="")
    station_code: Mapped[str] = mapped_column(String(40), default="")
    hours_tenths: Mapped[int | None] = mapped_column()
    half_days: Mapped[int | None] = mapped_column()
    served: Mapped[int | None] = mapped_column()  # people received or helped; counted, never named
    starts_minute: Mapped[int | None] = mapped_column()  # after midnight, where somebody wrote a time
    witnesses: Mapped[str | None] = mapped_column(String(400))
    # entered | reported | returned | town_verified | verified | refused | withdrawn
    state: Mapped[str] = mapped_column(String(16), default="reported")
    source: Mapped[str] = mapped_column(String(24), default="file")  # file | form | roll_call | matter | meeting
    entered_by: Mapped[str] = mapped_column(String(80), default="")
    verified_by: Mapped[str] = mapped_column(String(80), default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    synthetic: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_activity_on", "held_on"), Index("ix_activity_state", "state", "held_on"))


class ActivityPerson(Base):
    """Who took part in an activity, in which role, credited to which one seat."""

    __tablename__ = "activity_person"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    role: Mapped[str] = mapped_column(String(16), default="lead")  # lead | member | present (a roll-call)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)  # where somebody else entered it for them
    __table_args__ = (UniqueConstraint("activity_id", "person_id"), Index("ix_activity_person", "person_id"),
                      Index("ix_activity_person_seat", "seat_id"))  # fmt: skip


class ActivityMove(Base):
    """One step of an activity from hand to hand: entered, confirmed, verified, refused, withdrawn, and why."""

    __tablename__ = "activity_move"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    move: Mapped[str] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(400), default="")
    changes: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))  # of a correction: field -> [before, after]
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_activity_move_activity", "activity_id"),)


class Evidence(Base):
    """A file that somebody chose to add to an activity; its bytes lie under its SHA-256 beside the store."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    sha256: Mapped[str] = mapped_column(String(64))  # of what is kept: pictures without their camera's notes
    media: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column()  # bytes
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("activity_id", "sha256"),)


class RuleBookRow(Base):
    """An adopted rule book: its text as adopted, from which day."""

    __tablename__ = "rule_book"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    adopted_from: Mapped[date] = mapped_column(Date)
    adopted_at: Mapped[datetime] = mapped_column(Instant)
    decision: Mapped[str | None] = mapped_column(String(120))  # the number of the congress's decision


class LedgerEntry(Base):
    """One entry of the points ledger; the ledger only grows, a mistake is reversed by another entry."""

    __tablename__ = "ledger_entry"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    activity_code: Mapped[str] = mapped_column(String(40), default="")  # empty for base points
    rule_book_id: Mapped[int] = mapped_column(ForeignKey("rule_book.id"))
    rule: Mapped[str] = mapped_column(String(60))
    on: Mapped[date] = mapped_column("counts_on", Date)
    tenths: Mapped[int] = mapped_column()  # tenths of a point
    reason: Mapped[Any] = mapped_column(JSON)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_ledger_seat_on", "seat_id", "counts_on"),
                      Index("ix_ledger_person_on", "person_id", "counts_on"))  # fmt: skip


class Closing(Base):
    """A closed period (履职情况公示): what every seat had then; the ledger writes nothing into its days any more."""

    __tablename__ = "closing"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    period: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)  # half-open
    state: Mapped[str] = mapped_column(String(16), default="closed")  # closed | frozen
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(80))
    objections_until: Mapped[date] = mapped_column(Date)  # the last day on which an objection is taken
    entries: Mapped[int] = mapped_column()  # of the ledger in this period
    last_entry: Mapped[int] = mapped_column()  # the newest of them, 0 for none
    digest: Mapped[str] = mapped_column(String(64))  # of the balances, also in the audit chain
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    frozen_by: Mapped[str] = mapped_column(String(80), default="")
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("term_id", "period"),)


class ClosingBalance(Base):
    """What one seat had when a period was closed, in tenths of a point: an assertion that every replay checks."""

    __tablename__ = "closing_balance"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"))
    seat_id: Mapped[str] = mapped_column(ForeignKey("seat.id"))
    tenths: Mapped[int] = mapped_column()
    __table_args__ = (UniqueConstraint("closing_id", "seat_id"),)


class Objection(Base):
    """A deputy's objection to a closed period: wrong (错), double (重) or missing (漏), with its answer."""

    __tablename__ = "objection"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(16))  # wrong | double | missing
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))  # wrong and double: the entry meant
    activity_code: Mapped[str] = mapped_column(String(40), default="")  # missing: the act, once it is entered
    text: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(16), default="raised")  # raised | upheld | rejected
    raised_at: Mapped[datetime] = mapped_column(Instant)
    raised_by: Mapped[str] = mapped_column(String(80))
    answer: Mapped[str] = mapped_column(String(400), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index("ix_objection_closing", "closing_id", "state"), Index("ix_objection_person", "person_id"))


class Publication(Base):
    """What a congress chose to show the public of a closed period; the newest row of a period is in force."""

    __tablename__ = "publication"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"))
    shows: Mapped[str] = mapped_column(String(8))  # list | bands | none
    reason: Mapped[str] = mapped_column(String(400))
    decided_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_publication_closing", "closing_id"),)


class CalendarDay(Base):
    """A day off, or a weekend day worked, by a notice that this instance loaded; it goes over the shipped calendar."""

    __tablename__ = "calendar_day"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    on: Mapped[date] = mapped_column("falls_on", Date, unique=True)
    working: Mapped[bool] = mapped_column()
    name: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(default=1)


class DeliberationDecision(Base):
    """A recorded decision to hold one month's deliberation day on another day, in one town or (empty) everywhere."""

    __tablename__ = "deliberation_decision"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    town_code: Mapped[str] = mapped_column(String(40), default="")
    month: Mapped[date] = mapped_column("month_of", Date)  # the first of the month
    on: Mapped[date] = mapped_column("held_on", Date)
    reason: Mapped[str] = mapped_column(String(200))
    paper: Mapped[str] = mapped_column(String(200), default="")
    decided_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("town_code", "month_of"),)


class ProcessBookRow(Base):
    """A process book as it was when the first matter came in under it; a later text is another row."""

    __tablename__ = "process_book"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    kept_at: Mapped[datetime] = mapped_column(Instant)


class MatterRow(Base):
    """A resident's matter (群众意见) and where it stands; the events below it are the truth, this row follows them.

    It keeps the generation and the plan under which it was routed. No phone number and no contact is stored.
    """

    __tablename__ = "matter"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("process_book.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    generation_id: Mapped[int | None] = mapped_column(ForeignKey("generation.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    channel: Mapped[str] = mapped_column(String(16))  # station | office | card | grid_worker | kiosk | hotline | online
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200), default="")  # in words
    lon: Mapped[float | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    grid_code: Mapped[str] = mapped_column(String(40), default="")
    village_code: Mapped[str] = mapped_column(String(40), default="")
    town_code: Mapped[str] = mapped_column(String(40), default="")
    station_code: Mapped[str] = mapped_column(String(40), default="")
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # the linked deputy
    seat_id: Mapped[str | None] = mapped_column(ForeignKey("seat.id"))
    reason: Mapped[Any] = mapped_column(JSON)  # why it went there: {"key": message key, "facts": {...}}
    unit: Mapped[str] = mapped_column(String(80), default="")  # the handling unit
    kind: Mapped[str] = mapped_column(String(40), default="")  # a class of the book
    state: Mapped[str] = mapped_column(String(40))
    holder: Mapped[str] = mapped_column(String(16), default="")  # whose turn it is
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # of the running clock that ends first
    due_clock: Mapped[str] = mapped_column(String(40), default="")
    due_against: Mapped[str] = mapped_column(String(16), default="")  # the role whose delay it would be
    rating: Mapped[str] = mapped_column(String(40), default="")
    activity_code: Mapped[str] = mapped_column(String(40), default="")  # what came out of it for the deputy
    received_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    events: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")  # the hash of its last event
    seal: Mapped[str] = mapped_column(String(64), default="")  # of a sealed archive, over all its events
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    entered_by: Mapped[str] = mapped_column(String(80), default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_matter_due", "ended_at", "due_at"),
        Index("ix_matter_received", "received_at"),
        Index("ix_matter_person", "person_id"),
        Index("ix_matter_station", "station_code"),
        Index("ix_matter_merged", "merged_into_id"),
    )


class MatterEvent(Base):
    """One move of a matter, or a note about it; rows are only added, each carries the hash of the one before."""

    __tablename__ = "matter_event"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    seq: Mapped[int] = mapped_column()
    move: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    facts: Mapped[Any] = mapped_column(JSON)
    before: Mapped[str] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("matter_id", "seq"),)


class MatterFollower(Base):
    """Somebody who follows a matter by a ticket; who they are is not kept."""

    __tablename__ = "matter_follower"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    ticket: Mapped[str] = mapped_column(String(16), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    followed_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_matter_follower_matter", "matter_id"),)


class Account(Base):
    """Somebody who may log in: one role, one scope."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[str] = mapped_column("user_name", String(60), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    scope_code: Mapped[str] = mapped_column(String(40), default="")  # a town, station or grid; empty = the county
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)


class Session(Base):
    """A log-in that has not ended: only the hash of its cookie is kept."""

    __tablename__ = "session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class AuditRow(Base):
    """One act: who, what, when, with which result; each row carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[str] = mapped_column(String(64))
    facts: Mapped[Any] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class JournalRow(Base):
    """The fingerprint of one row of a listed table after an act changed it; each carries the hash of the one before."""

    __tablename__ = "journal"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    of_table: Mapped[str] = mapped_column(String(32))
    of_row: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))  # of the row as it stood then; empty: it was taken out
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (Index("ix_journal_row", "of_table", "of_row"),)


class Idempotency(Base):
    """A request that was done: asked again with the same key, it answers the same and does nothing."""

    __tablename__ = "idempotency"
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(60))
    asked: Mapped[str] = mapped_column(String(64))  # hash of what was asked
    answer: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant)
