"""Repairing: a layer file is read, made to fit, and written anew with the list of moves for somebody to sign."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.messages import say
from data.readers import read
from gridmap.repair import repair
from services.cards import set_paper
from services.errors import BadRequestError, FlawedError

CELL_KINDS = ("areas", "districts", "grids")
MENDED = ("invalid_ring",)  # what reading alone may complain of and repair is there to mend


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairDone:
    """What a repair wrote, and what it moved."""

    file: str
    sha256: str
    output: str
    output_sha256: str
    datum: str
    gap_width: float  # metres
    rows: int
    moves: pd.DataFrame  # code, kind, gained_m2, lost_m2, farthest_m


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
    return RepairDone(
        file=reading.file, sha256=reading.sha256, output=output.name, output_sha256=digest(output),
        datum=reading.datum, gap_width=gap_width, rows=len(frame), moves=moves,
    )  # fmt: skip


def digest(path: Path) -> str:
    """Give a file's SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def moves_table(done: RepairDone, lang: str) -> pd.DataFrame:
    """Give the moves as the table that is signed, with headers and kinds in words."""
    names = ("code", "kind", "gained_m2", "lost_m2", "farthest_m")
    told = done.moves.assign(kind=[say(f"repair.kind.{kind}", lang) for kind in done.moves["kind"]])
    return told[list(names)].rename(columns={name: say(f"repair.column.{name}", lang) for name in names})


def repair_paper(done: RepairDone, lang: str, folders: Sequence[Path]) -> bytes:
    """Print the list of moves as a PDF to sign. Raises ConflictError where no font can draw it."""
    table = moves_table(done, lang)
    facts: dict[str, Any] = {
        "title": say("repair.paper.title", lang),
        "source": done.file,
        "rows": [
            {"label": say(f"repair.paper.{name}", lang), "text": text}
            for name, text in (
                ("file", done.file), ("sha256", done.sha256), ("output", done.output),
                ("output_sha256", done.output_sha256), ("datum", f"{done.datum} → wgs84"),
                ("rule", say("repair.paper.rule_text", lang, metres=f"{done.gap_width:g}")),
                ("count", say("repair.paper.count_text", lang, rows=done.rows, moved=len(done.moves))),
            )
        ],
        "headers": list(table.columns),
        "moves": [[str(cell) for cell in row] for row in table.itertuples(index=False)],
        "nothing": say("repair.paper.nothing", lang),
        "ask": say("repair.paper.ask", lang),
        "signed": [say(f"repair.paper.signed.{name}", lang) for name in ("checked", "office", "approved", "day")],
    }  # fmt: skip
    return set_paper("repair", facts, "pdf", lang, folders)
