"""The one door for files: read, list every flaw, and keep all of a file or nothing of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.flaws import Flaw
from data.readers import read
from data.tables import Area, District, Generation, Grid, ImportRun
from services.act import Act, record, touch_atlas
from services.errors import ConflictError, FlawedError
from services.instance import the_generation, the_term
from services.keeping import KEEP, Incoming, flag
from services.references import Ground, check_references

KINDS = ("areas", "districts", "grids", "stations", "people", "seats", "gridworkers", "activities")
CELL_KINDS = ("areas", "districts", "grids")


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
    """
    the = the_term(unit, term)
    reading = read(kind, path, datum=datum, layer=layer, mapping=mapping or {})
    target = the_generation(unit, act, the, generation)
    if kind in CELL_KINDS and target.state != "loading":
        raise ConflictError("error.generation_in_use", generation=target.name)
    flaws = tuple(reading.flaws)
    if reading.usable:
        flaws += tuple(check_references(reading, Ground(unit=unit, term=the, generation=target), layer=layer))
    if any(flaw.fatal for flaw in flaws):
        raise FlawedError(flaws, file=reading.file, kind=kind, rows=reading.rows)
    before = count(unit, kind, target, layer)
    if dry_run:
        return Imported(
            kind=kind, file=reading.file, generation=target.name, term=the.name, rows=reading.rows,
            kept=0, new=0, changed=0, replaced=before, flaws=flaws, done=False,
        )  # fmt: skip
    new, changed = KEEP[kind](unit, Incoming(act=act, reading=reading, term=the, generation=target, layer=layer))
    synthetic = bool(len(reading.frame)) and bool(flag(reading.frame, "synthetic").any())
    if synthetic and kind in CELL_KINDS:
        target.synthetic = True
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
    """List every flaw of a file beside what is loaded; give (rows, flaws). The caller rolls back."""
    the = the_term(unit, term)
    reading = read(kind, path, datum=datum, layer=layer, mapping=mapping or {})
    flaws = tuple(reading.flaws)
    if reading.usable:
        target = the_generation(unit, act, the, generation)
        flaws += tuple(check_references(reading, Ground(unit=unit, term=the, generation=target), layer=layer))
    return reading.rows, flaws


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
