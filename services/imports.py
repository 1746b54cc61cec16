"""The one door for files: read, list every flaw, and keep all of a file or nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Required, TypedDict, Unpack

import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from congress.calendar import Reason
from data.flaws import Flaw
from data.positions import Bounds
from data.readers import Reading, read
from data.tables import Address, Area, District, Generation, Grid, ImportRun, Term
from services.act import Act, record, touch_atlas
from services.atlas import atlas_within
from services.calendar import workdays
from services.checks import check_references
from services.errors import ConflictError, FlawedError
from services.instance import refuse_frozen, the_generation, the_term
from services.keeping import KEEP, Incoming, flag
from services.matters_importing import check_list, take_list
from services.notices import check_notice, keep_notice
from services.references import COUNTY_KINDS, TOWN_KINDS, Ground

KINDS = (
    "areas", "districts", "grids", "addresses", "stations", "people", "seats", "gridworkers", "activities", "workdays",
    "matters",
)  # fmt: skip
CELL_KINDS = ("areas", "districts", "grids")
WHOLE_KINDS = (*CELL_KINDS, "addresses")  # what a file replaces whole
REGISTERS = ("people", "seats", "activities")  # checked beside the generation in force, if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did, or would do: rows kept, and every flaw that was seen."""

    kind: str
    file: str
    generation: str
    term: str
    rows: int
    kept: int
    new: int
    changed: int
    replaced: int
    flaws: tuple[Flaw, ...] = field(default=())
    done: bool = True
    notes: tuple[Reason, ...] = ()  # what else moved by it: a notice announces years and turns days


class Asked(TypedDict, total=False):
    """Which file is meant and how it is read: what importing and examining are told, one value for both.

    datum: None only for kinds without coordinates.  mapping: the file's own headers to ours.
    """

    kind: Required[str]
    path: Required[Path]
    datum: Required[str | None]
    layer: str
    term: str | None
    generation: str | None
    mapping: dict[str, str] | None


def bring(unit: Session, act: Act, *, source: str = "", dry_run: bool = False, **asked: Unpack[Asked]) -> Imported:
    """Import a file of one kind. Raises FlawedError, with every flaw, when one of them is fatal.

    A layer of cells (areas, districts, grids) replaces the same layer of a generation that is still loading, addresses
    those of any generation (the pieces of one in use stay as they were cut);
    people, seats, stations, grid workers and activities are matched by their code and brought up to date.
    A dry run counts what would come in, and takes everything back.
    """
    if dry_run:
        with taken_back(unit):
            done = bring(unit, act, source=source, **asked)
        return replace(done, kept=0, done=False)
    kind, path, mapping = asked["kind"], asked["path"], asked.get("mapping") or {}
    if kind == "workdays":
        return bring_notice(unit, act, path=path, mapping=mapping, source=source)
    if kind == "matters":
        return bring_matters(unit, act, path=path, datum=asked["datum"], mapping=mapping, source=source)
    layer, generation = asked.get("layer", ""), asked.get("generation")
    the = term_of(unit, act, asked.get("term"), generation)
    refuse_frozen(the, act.today)
    reading = reading_of(unit, the, asked)
    target = the_generation(unit, act, the, generation, in_force_first=kind in REGISTERS)
    if kind in CELL_KINDS and target.state != "loading":
        raise ConflictError("error.generation_in_use", generation=target.name)
    flaws = tuple(reading.flaws)
    if reading.usable:
        flaws += tuple(check_references(reading, Ground(unit=unit, term=the, generation=target), layer=layer))
    if any(flaw.fatal for flaw in flaws):
        raise FlawedError(flaws, file=reading.file, kind=kind, rows=reading.rows)
    before = count(unit, kind, target, layer)
    new, changed = KEEP[kind](unit, Incoming(act=act, reading=reading, term=the, generation=target, layer=layer))
    synthetic = bool(len(reading.frame)) and bool(flag(reading.frame, "synthetic").any())
    if kind in WHOLE_KINDS:
        target.synthetic = is_synthetic(unit, target)
    unit.add(
        ImportRun(
            generation_id=target.id,
            kind=kind,
            layer=layer,
            file_name=reading.file,
            sha256=reading.sha256,
            datum=reading.datum or "",
            rows=reading.rows,
            flaws=[flaw_facts(flaw) for flaw in flaws[:1000]],
            synthetic=synthetic,
            source=source,
            imported_at=act.at,
        )
    )
    record(
        unit, act, "import.run", kind=kind, layer=layer, file=reading.file, sha256=reading.sha256,
        generation=target.name, rows=reading.rows, new=new, changed=changed, warnings=len(flaws),
    )  # fmt: skip
    touch_atlas(unit)
    return Imported(
        kind=kind, file=reading.file, generation=target.name, term=the.name, rows=reading.rows,
        kept=new + changed, new=new, changed=changed,
        replaced=before, flaws=flaws,
    )  # fmt: skip


def bring_notice(unit: Session, act: Act, *, path: Path, mapping: dict[str, str], source: str) -> Imported:
    """Import a holiday notice, which belongs to no term and no generation. Raises FlawedError."""
    reading = read("workdays", path, datum=None, mapping=mapping)
    flaws = flaws_of_notice(unit, reading)
    if any(flaw.fatal for flaw in flaws):
        raise FlawedError(flaws, file=reading.file, kind=reading.kind, rows=reading.rows)
    noticed = keep_notice(unit, act, reading)
    unit.add(
        ImportRun(
            kind=reading.kind, file_name=reading.file, sha256=reading.sha256, rows=reading.rows,
            flaws=[flaw_facts(flaw) for flaw in flaws[:1000]], source=source, imported_at=act.at,
        )
    )  # fmt: skip
    record(
        unit, act, "import.run", kind=reading.kind, layer="", file=reading.file, sha256=reading.sha256, generation="",
        rows=reading.rows, new=noticed.new, changed=noticed.changed, warnings=len(flaws),
        announced=list(noticed.announced),
    )  # fmt: skip
    return Imported(
        kind=reading.kind, file=reading.file, generation="", term="", rows=reading.rows,
        kept=noticed.new + noticed.changed, new=noticed.new, changed=noticed.changed, replaced=0, flaws=flaws,
        notes=noticed.notes,
    )  # fmt: skip


def bring_matters(
    unit: Session, act: Act, *, path: Path, datum: str | None, mapping: dict[str, str], source: str
) -> Imported:
    """Import a list of matters: each is received and routed under the atlas in force. Raises FlawedError."""
    reading = read("matters", path, datum=datum, mapping=mapping)
    atlas = atlas_within(unit, act.today)
    flaws = tuple(reading.flaws)
    if any(flaw.fatal for flaw in flaws):
        raise FlawedError(flaws, file=reading.file, kind=reading.kind, rows=reading.rows)
    flaws += check_list(unit, reading, act, atlas=atlas)
    new, known = take_list(unit, act, reading, atlas=atlas)
    synthetic = bool(len(reading.frame)) and bool(flag(reading.frame, "synthetic").any())
    unit.add(
        ImportRun(
            kind=reading.kind, file_name=reading.file, sha256=reading.sha256, datum=reading.datum or "",
            rows=reading.rows, flaws=[flaw_facts(flaw) for flaw in flaws[:1000]], synthetic=synthetic, source=source,
            imported_at=act.at,
        )
    )  # fmt: skip
    record(
        unit, act, "import.run", kind=reading.kind, layer="", file=reading.file, sha256=reading.sha256, generation="",
        rows=reading.rows, new=new, changed=0, warnings=len(flaws),
    )  # fmt: skip
    return Imported(
        kind=reading.kind, file=reading.file, generation="", term="", rows=reading.rows, kept=new, new=new, changed=0,
        replaced=0, flaws=flaws, notes=(Reason(key="matter.imported", facts={"new": new, "known": known}),),
    )  # fmt: skip


def flaws_of_notice(unit: Session, reading: Reading) -> tuple[Flaw, ...]:
    """List every flaw of a holiday notice, also beside the calendar."""
    return reading.flaws + (check_notice(reading, workdays(unit)) if reading.usable else ())


def term_of(unit: Session, act: Act, term: str | None, generation: str | None) -> Term:
    """Find the term a file belongs to: the named one, else the named generation's, else the one that answers now."""
    known = unit.scalar(select(Generation).where(Generation.name == generation)) if generation else None
    if term is None and known is not None:
        return unit.get_one(Term, known.term_id)
    return the_term(unit, term, on=act.today)


def examine(unit: Session, act: Act, **asked: Unpack[Asked]) -> tuple[int, tuple[Flaw, ...]]:
    """List every flaw of a file beside what is loaded, and change nothing; give (rows, flaws)."""
    kind, path, mapping = asked["kind"], asked["path"], asked.get("mapping") or {}
    if kind == "workdays":
        notice = read(kind, path, datum=None, mapping=mapping)
        return notice.rows, flaws_of_notice(unit, notice)
    if kind == "matters":
        listed = read(kind, path, datum=asked["datum"], mapping=mapping)
        doubts = check_list(unit, listed, act, atlas=atlas_within(unit, act.today)) if listed.usable else ()
        return listed.rows, (*listed.flaws, *doubts)
    layer, generation = asked.get("layer", ""), asked.get("generation")
    the = term_of(unit, act, asked.get("term"), generation)
    reading = reading_of(unit, the, asked)
    flaws = tuple(reading.flaws)
    if reading.usable:
        with taken_back(unit):
            target = the_generation(unit, act, the, generation, in_force_first=kind in REGISTERS)
            flaws += tuple(check_references(reading, Ground(unit=unit, term=the, generation=target), layer=layer))
    return reading.rows, flaws


def reading_of(unit: Session, term: Term, asked: Asked) -> Reading:
    """Read a file that belongs to a term, beside the ground that is known already."""
    return read(
        asked["kind"], asked["path"], datum=asked["datum"], layer=asked.get("layer", ""),
        mapping=asked.get("mapping") or {}, ground=known_ground(unit, term, asked.get("generation")),
    )  # fmt: skip


def known_ground(unit: Session, term: Term, generation: str | None) -> Bounds | None:
    """Give the box in which the county is known to lie before a file is read: its own polygon's, else its towns'."""
    newest = select(Generation.id).where(Generation.term_id == term.id).order_by(Generation.id.desc()).limit(1)
    if generation:
        newest = select(Generation.id).where(Generation.name == generation)
    here = Area.generation_id == unit.scalar(newest)
    for kinds in (COUNTY_KINDS, TOWN_KINDS):
        shapes = unit.scalars(select(Area.geometry).where(here, Area.kind.in_(kinds), Area.geometry.is_not(None))).all()
        if shapes:
            west, south, east, north = map(float, shapely.total_bounds(list(shapes)))
            return west, south, east, north
    return None


@contextmanager
def taken_back(unit: Session) -> Iterator[None]:
    """Let something be done on trial: whatever it writes is taken back at the end."""
    trial = unit.begin_nested()
    try:
        yield
    finally:
        trial.rollback()


def is_synthetic(unit: Session, generation: Generation) -> bool:
    """Tell whether anything invented stands in the layers of a generation."""
    models: tuple[Any, ...] = (Area, District, Grid, Address)
    found = (
        select(model.id).where(model.generation_id == generation.id, model.synthetic.is_(True)).exists()
        for model in models
    )
    return bool(unit.scalar(select(or_(*found))))


def flaw_facts(flaw: Flaw) -> dict[str, Any]:
    """Give a flaw as plain data for the import's record."""
    return {
        "file": flaw.file, "line": flaw.line, "feature": flaw.feature, "field": flaw.field, "code": flaw.code,
        "kind": flaw.kind, "facts": {key: str(value) for key, value in flaw.facts.items()}, "fatal": flaw.fatal,
    }  # fmt: skip


def count(unit: Session, kind: str, generation: Generation, layer: str) -> int:
    """Count the rows that a file of this kind replaces."""
    if kind not in WHOLE_KINDS:
        return 0
    model: Any = {"areas": Area, "districts": District, "grids": Grid, "addresses": Address}[kind]
    query = select(func.count()).select_from(model).where(model.generation_id == generation.id)
    if kind == "districts":
        query = query.where(District.layer == layer)
    return int(unit.scalar(query) or 0)
