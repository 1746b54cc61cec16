"""Repairing: a layer file is read, made to fit, and written anew with the list of moves for somebody to sign."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data.readers import read
from gridmap.repair import repair
from services.errors import BadRequestError, FlawedError

CELL_KINDS = ("areas", "districts", "grids")
MENDED = ("invalid_ring",)  # what reading alone may complain of and repair is there to mend


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairDone:
    """What a repair wrote, and what it moved."""

    file: str
    rows: int
    moves: pd.DataFrame


def repair_file(
    *, kind: str, path: Path, datum: str | None, layer: str, mapping: dict[str, str], output: Path, gap_width: float
) -> RepairDone:
    """Write a GeoPackage whose cells fit edge to edge; the file itself is not touched and nothing is imported.

    Areas are repaired rank by rank (towns among towns). Raises FlawedError for a file that cannot be read to its end.
    """
    if kind not in CELL_KINDS:
        raise BadRequestError("error.repair_kind", kind=kind, known=" ".join(CELL_KINDS))
    if output.suffix.lower() != ".gpkg":
        raise BadRequestError("error.repair_output", file=output.name)
    reading = read(kind, path, datum=datum, layer=layer, mapping=mapping)
    fatal = tuple(flaw for flaw in reading.flaws if flaw.fatal and flaw.kind not in MENDED)
    if not reading.usable or fatal:
        raise FlawedError(reading.flaws, file=reading.file, kind=kind, rows=reading.rows)
    frame = gpd.GeoDataFrame(reading.frame, geometry="geometry", crs="EPSG:4326")
    ranks = frame["kind"] if kind == "areas" else pd.Series("", index=frame.index)
    ranks = ranks.replace({"street": "town", "community": "village"})
    done = [repair(frame[ranks == rank], gap_width=gap_width) for rank in sorted(ranks.unique())]
    fitted = pd.concat([part.frame for part in done]).loc[frame.index]
    output.unlink(missing_ok=True)
    gpd.GeoDataFrame(fitted, geometry="geometry", crs="EPSG:4326").to_file(output, driver="GPKG", layer=kind)
    moves = pd.concat([part.moves for part in done], ignore_index=True)
    return RepairDone(file=reading.file, rows=len(frame), moves=moves)
