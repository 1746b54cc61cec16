"""The one door for files: read, list every flaw, and keep all of a file or nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from congress.calendar import Reason
from data.flaws import Flaw
from data.readers import Reading, read
from data.tables import Area, District, Generation, Grid, ImportRun, Term
from services.act import Act, record, touch_atlas
from services.calendar import workdays
from services.errors import ConflictError, FlawedError
from services.instance import refuse_frozen, the_generation, the_term
from services.keeping import KEEP, Incoming, flag
from services.notices import check_notice, keep_notice
from services.references import Ground, check_references

KINDS = ("areas", "districts", "grids", "stations", "people", "seats", "gridworkers", "activities", "workdays")
CELL_KINDS = ("areas", "districts", "grids")
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


def bring(
    unit: Session,
    act: Act,
    *,
    kind: str,
    path: Path,
    datum: str | None,
    layer: str = "",
    term: str | None = None,
    generation: str | None = None,
    mapping: dict[str, str] | None = None,
    source: str = "",
    dry_run: bool = False,
) -> Imported:
    """Import a file of one kind. Raises FlawedError, with every flaw, when one of them is fatal.

    A layer of cells (areas, districts, grids) replaces the same layer of a generation that is still loading;
    people, seats, stations, grid workers and activities are matched by their code and brought up to date.
    A dry run counts what would come in, and takes everything back.
    """
    if dry_run:
        with taken_back(unit):
            done = bring(
                unit, act, kind=kind, path=path, datum=datum, layer=layer, term=term, generation=generation,
                mapping=mapping, source=source,
            )  # fmt: skip
        return replace(done, kept=0, done=False)
    if kind == "workdays":
        return bring_notice(unit, act, path=path, mapping=mapping or {}, source=source)
    the = term_of(unit, act, term, generation)
    refuse_frozen(the, act.today)
    reading = read(kind, path, datum=datum, layer=layer, mapping=mapping or {})
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
    if kind in CELL_KINDS:
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
        replaced=before if kind in CELL_KINDS else 0, flaws=flaws,
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


def flaws_of_notice(unit: Session, reading: Reading) -> tuple[Flaw, ...]:
    """List every flaw of a holiday notice, also beside the calendar."""
    return reading.flaws + (check_notice(reading, workdays(unit)) if reading.usable else ())


def term_of(unit: Session, act: Act, term: str | None, generation: str | None) -> Term:
    """Find the term a file belongs to: the named one, else the named generation's, else the one that answers now."""
    known = unit.scalar(select(Generation).where(Generation.name == generation)) if generation else None
    if term is None and known is not None:
        return unit.get_one(Term, known.term_id)
    return the_term(unit, term, on=act.today)


def examine(
    unit: Session,
    act: Act,
    *,
    kind: str,
    path: Path,
    datum: str | None,
    layer: str = "",
    term: str | None = None,
    generation: str | None = None,
    mapping: dict[str, str] | None = None,
) -> tuple[int, tuple[Flaw, ...]]:
    """List every flaw of a file beside what is loaded, and change nothing; give (rows, flaws)."""
    if kind == "workdays":
        notice = read(kind, path, datum=None, mapping=mapping or {})
        return notice.rows, flaws_of_notice(unit, notice)
    the = term_of(unit, act, term, generation)
    reading = read(kind, path, datum=datum, layer=layer, mapping=mapping or {})
    flaws = tuple(reading.flaws)
    if reading.usable:
        with taken_back(unit):
            target = the_generation(unit, act, the, generation, in_force_first=kind in REGISTERS)
            flaws += tuple(check_references(reading, Ground(unit=unit, term=the, generation=target), layer=layer))
    return reading.rows, flaws


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
    models: tuple[Any, ...] = (Area, District, Grid)
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
    """Count the rows that a layer of cells has now."""
    if kind not in CELL_KINDS:
        return 0
    model: Any = {"areas": Area, "districts": District, "grids": Grid}[kind]
    query = select(func.count()).select_from(model).where(model.generation_id == generation.id)
    if kind == "districts":
        query = query.where(District.layer == layer)
    return int(unit.scalar(query) or 0)
