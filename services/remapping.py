"""Remapping: two generations on one map: which cells came, went, or have another shape or name."""

from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames import each
from data.tables import Generation, ImportRun, InForce, PlanRow, Term
from services.lineage import cells
from services.plans import list_generations

ROOM = 0.6  # of the extent of what changed: how much of the unchanged is drawn around it
CAME, WENT, RESHAPED, SAME = "came", "went", "reshaped", "same"


def changed_cells(unit: Session, *, before: str, after: str, of: str, side: str) -> gpd.GeoDataFrame:
    """Give the cells of one side of a comparison: GeoDataFrame[code, name, layer (the change), geometry], by code.

    `side` is "old" (went, reshaped, same as the older generation drew them) or "new" (came, reshaped, same).
    """
    old, new = cells(unit, before, of), cells(unit, after, of)
    shown, other, alone = (old, new, WENT) if side == "old" else (new, old, CAME)
    shapes = dict(zip(other["code"], other.geometry, strict=True))
    return gpd.GeoDataFrame(
        {
            "code": list(shown["code"]),
            "name": list(shown["code"]),
            "layer": [
                alone if code not in shapes else SAME if shapely.equals(shape, shapes[code]) else RESHAPED
                for code, shape in zip(shown["code"], shown.geometry, strict=True)
            ],
        },
        geometry=list(shown.geometry),
        crs="EPSG:4326",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A file that came into a generation."""

    kind: str
    layer: str
    file: str
    rows: int
    flaws: int
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A generation in the list: its size, the files it was made from, its plans, and the days it answered."""

    name: str
    term: str
    state: str  # loading | active | retired
    synthetic: bool
    sizes: dict[str, int]
    files: tuple[Came, ...]
    plans: tuple[tuple[int, str], ...]  # number and state
    spans: tuple[tuple[date, date | None, int | None], ...]  # half-open, with the plan


def chapters(unit: Session) -> tuple[Chapter, ...]:
    """List the generations, the newest first."""
    ids = dict(unit.execute(select(Generation.name, Generation.id)).all())
    files: dict[int | None, list[Came]] = {}
    for run in unit.scalars(select(ImportRun).order_by(ImportRun.id.desc())):
        files.setdefault(run.generation_id, []).append(
            Came(kind=run.kind, layer=run.layer, file=run.file_name, rows=run.rows, flaws=len(run.flaws),
                 source=run.source, at=run.imported_at)
        )  # fmt: skip
    plans: dict[int, list[tuple[int, str]]] = {}
    for number, generation, state in unit.execute(
        select(PlanRow.id, PlanRow.generation_id, PlanRow.state).order_by(PlanRow.id.desc())
    ):
        plans.setdefault(generation, []).append((number, state))
    spans: dict[int, list[tuple[date, date | None, int | None]]] = {}
    for row in unit.scalars(select(InForce).order_by(InForce.valid_from, InForce.id)):
        if row.valid_from != row.valid_to:
            spans.setdefault(row.generation_id, []).append((row.valid_from, row.valid_to, row.plan_id))
    layers = ("areas", "county", "town", "grids", "stations")
    return tuple(
        Chapter(
            name=row["name"], term=row["term"], state=row["state"], synthetic=row["synthetic"],
            sizes={name: row[name] for name in layers}, files=tuple(files.get(ids[row["name"]], ())),
            plans=tuple(plans.get(ids[row["name"]], ())), spans=tuple(spans.get(ids[row["name"]], ())),
        )
        for row in reversed(list_generations(unit))
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A span of days and what answered for them; an empty span was switched away from on the day it began."""

    starts: date
    ends: date | None
    generation: str
    term: str
    plan: int | None
    recorded_at: datetime
    latest: bool  # recorded last


def history(unit: Session) -> tuple[Answered, ...]:
    """List what was put in force, the newest record first."""
    newest = unit.scalar(select(func.max(InForce.id)))
    query = (
        select(InForce, Generation.name, Term.name)
        .join(Generation, Generation.id == InForce.generation_id)
        .join(Term, Term.id == Generation.term_id)
        .order_by(InForce.id.desc())
    )
    return tuple(
        Answered(
            starts=row.valid_from, ends=row.valid_to, generation=generation, term=term, plan=row.plan_id,
            recorded_at=row.recorded_at, latest=row.id == newest,
        )
        for row, generation, term in unit.execute(query)
    )  # fmt: skip


def around_changes(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out the cells far from every change, so that a map of the rest shows it; all where nothing changed."""
    changed = frame[frame["layer"] != SAME]
    if not len(changed):
        return frame
    west, south, east, north = changed.total_bounds
    room = ROOM * max(east - west, north - south)
    near = frame.cx[west - room : east + room, south - room : north + room]
    return near.reset_index(drop=True)


def counted_changes(frame: gpd.GeoDataFrame) -> dict[str, int]:
    """Count the cells by what happened to them."""
    found: dict[str, int] = {}
    for row in each(frame[["layer"]]):
        found[row.layer] = found.get(row.layer, 0) + 1
    return found
