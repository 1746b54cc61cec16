"""Counties in a folder: one Parquet partition a county and table; a writer that is killed leaves nothing half done."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import pandas as pd

LONLAT = "EPSG:4326"
RECEIPTS = "receipts"
UNFINISHED = ".unfinished"


class CountyTableError(ValueError):
    """A county's table that is missing, cannot be read, or lacks a column: `kind` with its facts."""

    def __init__(self, kind: str, facts: Mapping[str, str]) -> None:
        super().__init__(kind, dict(facts))
        self.kind = kind
        self.facts = dict(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyTable:
    """A table of a county: the columns it must have, those it may have with what stands for a missing one.

    shaped: GeoParquet with lon/lat geometry (EPSG:4326).  optional: a county may do without the file.
    """

    name: str
    needs: tuple[str, ...]
    may: Mapping[str, Any] = field(default_factory=dict)
    shaped: bool = False
    optional: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Give all columns but the geometry."""
        return (*self.needs, *self.may)


GRIDS = CountyTable(
    name="grids", needs=("code",), may={"name": "", "village": "", "town": "", "kind": "base", "households": None},
    shaped=True,
)  # fmt: skip
DISTRICTS = CountyTable(
    name="districts", needs=("layer", "code"),
    may={"name": "", "town": "", "seats": None, "population": None, "basis": "residence", "unit_name": ""}, shaped=True,
)  # fmt: skip
AREAS = CountyTable(name="areas", needs=("code", "kind"), may={"name": "", "parent": ""}, shaped=True, optional=True)
SEATS = CountyTable(
    name="seats", needs=("code", "person", "level"),
    may={"name": "", "district": "", "town": "", "village": "", "station": "", "grid": "", "decided_on": None,
         "decision": "", "from": None, "to": None, "suspended": False, "away": "", "term": ""},
)  # fmt: skip
STATIONS = CountyTable(
    name="stations", needs=("code",), may={"kind": "station", "town": ""}, shaped=True, optional=True
)
IN_FORCE = CountyTable(
    name="in_force", needs=("seat", "layer", "grid", "district"),
    may={"basis": "district", "reason_key": "", "reason_facts": "{}"}, optional=True,
)  # fmt: skip
LOCKS = CountyTable(name="locks", needs=("layer", "seat", "grid", "district"), may={"reason": ""}, optional=True)
ADDRESSES = CountyTable(name="addresses", needs=("households",), may={"grid": ""}, shaped=True, optional=True)
ACTIVITIES = CountyTable(
    name="activities", needs=("code", "kind", "on", "person", "seat", "level"),
    may={"role": "lead", "mode": "", "hours_tenths": None, "half_days": None, "served": None, "members": 1,
         "evidence": 0, "state": "verified"},
)  # fmt: skip

FOR_PLACING = (GRIDS, DISTRICTS, AREAS, SEATS, STATIONS, ADDRESSES, IN_FORCE, LOCKS)
FOR_SCORING = (SEATS, ACTIVITIES)


def counties_in(source: Path, table: CountyTable) -> tuple[str, ...]:
    """Name the counties that have a partition of a table, lowest code first."""
    return tuple(sorted(path.stem for path in (source / table.name).glob("*.parquet")))


def partition(folder: Path, table: str, county: str) -> Path:
    """Say where a county's partition of a table lies."""
    return folder / table / f"{county}.parquet"


def read_table(source: Path, table: CountyTable, county: str) -> pd.DataFrame:
    """Read a county's partition with every column of the table, a missing one filled.

    An optional table without a file is empty. Raises CountyTableError.
    """
    path = partition(source, table.name, county)
    if not path.is_file():
        if table.optional:
            return _empty(table)
        raise CountyTableError("no_table", {"table": table.name, "file": path.name})
    try:
        frame = gpd.read_parquet(path) if table.shaped else pd.read_parquet(path)
    except (ValueError, OSError) as wrong:
        raise CountyTableError("unreadable", {"table": table.name, "problem": str(wrong)[:300]}) from wrong
    missing = [name for name in table.needs if name not in frame.columns]
    if missing:
        raise CountyTableError("no_column", {"table": table.name, "columns": " ".join(missing)})
    if table.shaped and (frame.crs is None or frame.crs != LONLAT):
        raise CountyTableError("not_lonlat", {"table": table.name, "crs": str(frame.crs or "—")})
    return _filled(frame, table)


def _empty(table: CountyTable) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    return gpd.GeoDataFrame(frame, geometry=[], crs=LONLAT) if table.shaped else frame


def _filled(frame: pd.DataFrame, table: CountyTable) -> pd.DataFrame:
    """Give the table's columns in its order; empty cells of a text column are empty text."""
    filled = frame.copy()
    for name, default in table.may.items():
        if name not in filled.columns:
            filled[name] = default
        elif isinstance(default, str):
            filled[name] = filled[name].astype(object).where(filled[name].notna(), default)
    kept = [*table.columns, *(["geometry"] if table.shaped else [])]
    return filled[kept].reset_index(drop=True)


def digest_of(source: Path, tables: Iterable[CountyTable], county: str, how: str) -> str:
    """Give the SHA-256 of a county's input and of how it is worked on, as 64 hex digits."""
    whole = hashlib.sha256(how.encode())
    for table in sorted(tables, key=lambda one: one.name):
        path = partition(source, table.name, county)
        if path.is_file():
            whole.update(f"\n{table.name} ".encode())
            whole.update(file_digest(path).encode())
    return whole.hexdigest()


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_table(target: Path, table: str, county: str, frame: pd.DataFrame) -> str:
    """Write a county's partition whole or not at all; give its SHA-256."""
    path = partition(target, table, county)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{county}.{uuid4().hex}{UNFINISHED}")
    try:
        frame.to_parquet(unfinished, index=False, compression="zstd")
        digest = file_digest(unfinished)
        _put(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest


def write_receipt(target: Path, county: str, receipt: Mapping[str, Any]) -> None:
    """Write last what a county's work gave: only with it is the county done."""
    write_text(target / RECEIPTS / f"{county}.json", json.dumps(receipt, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}{UNFINISHED}")
    try:
        unfinished.write_text(text, "utf-8")
        _put(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_receipt(target: Path, county: str) -> dict[str, Any] | None:
    """Read what a county's finished work gave; None where it is not finished, or a file of it is gone or changed."""
    path = target / RECEIPTS / f"{county}.json"
    if not path.is_file():
        return None
    try:
        receipt: dict[str, Any] = json.loads(path.read_text("utf-8"))
        files: dict[str, str] = receipt["files"]
    except (ValueError, KeyError):
        return None
    whole = all(
        partition(target, table, county).is_file() and file_digest(partition(target, table, county)) == digest
        for table, digest in files.items()
    )
    return receipt if whole else None


def _put(unfinished: Path, path: Path) -> None:
    """Let the bytes reach the disk, then give the file its name."""
    with unfinished.open("rb") as stream:
        os.fsync(stream.fileno())
    unfinished.replace(path)
