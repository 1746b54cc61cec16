"""The readers: one file of one kind is read to its end, into a frame and every flaw that was seen."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.cells import is_empty, parse, shown
from data.flaws import Flaw
from data.headers import header_key
from data.layerfiles import read_geojson, read_geopackage, read_shapefile
from data.paper import Limits, Paper, Place, Report, UnreadablePaperError
from data.positions import LONLAT, Bounds, check_points, points, polygons, to_lonlat
from data.sheet import Column, Sheet
from data.sheets import SHEETS
from data.spreadsheets import read_csv, read_xlsx

FORMATS = (".zip", ".gpkg", ".geojson", ".json", ".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
LAYER_FORMATS = (".zip", ".gpkg", ".geojson", ".json")
NO_MAPPING: Mapping[str, str] = MappingProxyType({})
USUAL = Limits()


class UnknownKindError(ValueError):
    """Nobody asked for a file of this kind ever: the kinds are those of SHEETS."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reading:
    """What was read: the frame with every column of the sheet, and all flaws.

    Columns are always all there: codes, text and choices as str (empty: ""), whole numbers as Int64, tenths as
    Decimal or None, days as date or None, yes/no as bool, and `geometry` in WGS84 lon/lat for kinds with places.
    A cell with a fatal flaw is empty. `aside` keeps the columns that are nobody's, as they stand.
    """

    kind: str
    file: str
    frame: pd.DataFrame
    flaws: tuple[Flaw, ...]
    rows: int
    sha256: str
    datum: str
    aside: pd.DataFrame
    usable: bool  # whether the frame may be checked further: nothing is wrong with the file as a whole
    numbers: Sequence[int]  # line or feature of each row
    layered: bool  # whether rows are features of a layer, not lines of a sheet

    @property
    def fatal(self) -> bool:
        """Whether anything in the file keeps it out."""
        return any(flaw.fatal for flaw in self.flaws)

    def place(self, row: int) -> Place:
        """Say where a row of the frame is in the file, counting the frame's rows from 0."""
        number = int(self.numbers[row])
        return Place(feature=number) if self.layered else Place(line=number)


def read(
    kind: str,
    path: str | Path,
    *,
    datum: str | None,
    layer: str = "",
    mapping: Mapping[str, str] = NO_MAPPING,
    limits: Limits = USUAL,
    ground: Bounds | None = None,
) -> Reading:
    """Read a file of one kind: a zipped shapefile, GeoPackage, GeoJSON, CSV or XLSX.

    `datum` is declared by whoever brings the file and may be empty for files without coordinates; `layer` (county or
    town) helps to choose among the layers of a file of districts; `mapping` names the file's header of a column;
    `ground` is the box in which the county is known to lie. Raises UnknownKindError, and OSError when the file cannot
    be opened; what is wrong in it comes back as flaws.
    """
    if kind not in SHEETS:
        raise UnknownKindError(f"{kind}: the kinds are {', '.join(SHEETS)}")
    sheet, path = SHEETS[kind], Path(path)
    report = Report(path.name)
    sha256 = _digest(path)
    try:
        paper = _open(sheet, path, layer, mapping, limits, report)
        columns = _match(sheet, paper, mapping, report)
    except UnreadablePaperError:
        paper, columns = None, {}
    frame = _frame(sheet, paper, columns, datum, ground, report) if paper is not None else _no_rows(sheet)
    return Reading(
        kind=kind,
        file=path.name,
        frame=frame,
        flaws=report.flaws(),
        rows=len(frame),
        sha256=sha256,
        datum=(datum or "").strip(),
        aside=_aside(paper, columns),
        usable=paper is not None and len(frame) > 0 and not report.spoiled,
        numbers=paper.numbers if paper is not None else (),
        layered=paper is not None and paper.unit == "feature",
    )


def _digest(path: Path) -> str:
    """Give the file's SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _open(sheet: Sheet, path: Path, layer: str, mapping: Mapping[str, str], limits: Limits, report: Report) -> Paper:
    """Read the paper in the way its name asks for."""
    size = path.stat().st_size
    if size == 0:
        raise report.stop("empty_file")
    if size > limits.file_bytes:
        raise report.stop("too_large", most=limits.file_bytes // 1_000_000)
    match path.suffix.lower():
        case ".zip":
            paper = read_shapefile(path, sheet, layer, limits, report)
        case ".gpkg":
            paper = read_geopackage(path, sheet, layer, limits, report)
        case ".geojson" | ".json":
            paper = read_geojson(path, limits, report)
        case ".csv" | ".txt" | ".tsv":
            paper = read_csv(path, sheet, mapping, limits, report)
        case ".xlsx" | ".xlsm":
            paper = read_xlsx(path, sheet, mapping, limits, report)
        case ".shp" | ".dbf" | ".shx":
            raise report.stop("lone_shapefile")
        case ".xls":
            raise report.stop("old_or_locked_excel")
        case suffix:
            raise report.stop("unknown_format", suffix=suffix or "-", accepted=list(FORMATS))
    if not paper.numbers:
        raise report.stop("no_rows")
    if len(paper.numbers) > limits.rows:
        raise report.stop("too_many_rows", most=limits.rows)
    return paper


def _match(sheet: Sheet, paper: Paper, mapping: Mapping[str, str], report: Report) -> dict[str, int]:
    """Find each column of the sheet among the headers; give English name → position."""
    found = _mapped(sheet, paper, mapping, report)
    taken = set(found.values())
    for position, header in enumerate(paper.headers):
        column = sheet.column_for(header) if position not in taken else None
        if column is None or column.name in mapping:
            continue
        if column.name in found:
            report.fatal("duplicate_column", field=column.name, header=header, first=paper.headers[found[column.name]])
            continue
        found[column.name] = position
    known = set(found.values())
    strangers = [header for position, header in enumerate(paper.headers) if position not in known and header]
    for column in sheet.required:
        if column.name not in found and column.name not in mapping:
            report.fatal(
                "missing_column",
                field=column.name,
                header=column.zh,
                found=[header for header in paper.headers if header][:30],
                nearest=_nearest(column, strangers) or "-",
            )
    if strangers:
        report.warn("unknown_columns", headers=strangers[:30])
    return found


def _mapped(sheet: Sheet, paper: Paper, mapping: Mapping[str, str], report: Report) -> dict[str, int]:
    """Take the columns that the user named."""
    by_key = {header_key(header): position for position, header in reversed(list(enumerate(paper.headers)))}
    names = {column.name for column in sheet.columns}
    found = {}
    for name, header in mapping.items():
        if name not in names:
            report.fatal("mapped_column_unknown", field=name, known=sorted(names))
        elif header_key(header) not in by_key:
            report.fatal(
                "mapped_header_missing", field=name, header=header, found=[name for name in paper.headers if name][:30]
            )
        else:
            found[name] = by_key[header_key(header)]
    return found


def _nearest(column: Column, headers: Sequence[str]) -> str:
    """Name the header that looks most like one of the column's names; empty when none does."""
    names = [header_key(name) for name in column.names]
    scores = {
        header: max(difflib.SequenceMatcher(None, header_key(header), name).ratio() for name in names)
        for header in headers
    }
    best = min(scores, key=lambda header: (-scores[header], header), default="")
    return best if best and scores[best] >= 0.5 else ""


def _frame(
    sheet: Sheet, paper: Paper, columns: Mapping[str, int], datum: str | None, ground: Bounds | None, report: Report
) -> pd.DataFrame:
    """Read every cell and place every row."""
    first = sheet.key[0]
    codes = _parse_column(sheet.column(first), paper, columns, report, ())
    values = {first: codes} | {
        column.name: _parse_column(column, paper, columns, report, codes)
        for column in sheet.columns
        if column.name != first
    }
    _find_duplicates(sheet, values, paper, report)
    frame = pd.DataFrame(
        {column.name: _series(column, values[column.name]) for column in sheet.columns if _is_kept(column)}
    )
    if sheet.geometry == "none":
        return frame
    shapes = _shapes(sheet, paper, columns, values, report)
    places = check_points(sheet, to_lonlat(shapes, datum, paper, report, ground=ground), paper, report)
    placed: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=places, crs=LONLAT)
    return placed


def _is_kept(column: Column) -> bool:
    """Tell the columns of the frame: coordinates and borders become its geometry."""
    return column.type not in ("number", "wkt")


def _parse_column(
    column: Column, paper: Paper, columns: Mapping[str, int], report: Report, codes: Sequence[Any]
) -> list[Any]:
    """Read one column; equal cells are read once. Warnings are told once, with how many rows they concern."""
    if column.name not in columns:
        return [None] * len(paper.numbers)
    header = paper.headers[columns[column.name]]
    seen: dict[Any, tuple[Any, Any]] = {}
    warned: dict[str, list[int]] = {}
    values = []
    for row, cell in enumerate(paper.columns[columns[column.name]]):
        known = (type(cell), cell)
        if known not in seen:
            seen[known] = (None, None) if is_empty(cell) else parse(column, cell)
        value, problem = seen[known]
        if problem is not None:
            if problem.fatal:
                report.fatal(
                    problem.kind, place=paper.place(row), field=column.name, code=_code(codes, row),
                    header=header, value=shown(cell), **problem.facts,
                )  # fmt: skip
            else:
                warned.setdefault(problem.kind, []).append(row)
        elif value is None and column.required:
            report.fatal(
                "empty_required", place=paper.place(row), field=column.name, code=_code(codes, row), header=header
            )
        values.append(value)
    for kind, rows in warned.items():
        cell = paper.columns[columns[column.name]][rows[0]]
        report.warn(
            kind, place=paper.place(rows[0]), field=column.name, code=_code(codes, rows[0]), header=header,
            value=shown(cell), count=len(rows),
        )  # fmt: skip
    return values


def _code(codes: Sequence[Any], row: int) -> str:
    """Give the row's code, where it could be read."""
    return str(codes[row]) if row < len(codes) and codes[row] is not None else ""


def _find_duplicates(sheet: Sheet, values: Mapping[str, list[Any]], paper: Paper, report: Report) -> None:
    """Note every row whose key stood in an earlier row."""
    first: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(zip(*(values[name] for name in sheet.key), strict=True)):
        if None in key:
            continue
        if key in first:
            earlier = paper.place(first[key])
            report.fatal(
                "code_used_twice", place=paper.place(row), field=sheet.key[0], code=str(key[0]),
                first_number=earlier.line or earlier.feature or 0,
            )  # fmt: skip
        first.setdefault(key, row)


def _series(column: Column, values: list[Any]) -> Any:
    """Give a column the type that all readings have."""
    match column.type:
        case "int":
            return pd.array(values, dtype="Int64")
        case "bool":
            return np.array([bool(value) for value in values], dtype=bool)
        case "date" | "tenths":
            return pd.Series(values, dtype=object)
        case _:
            return pd.Series([column.default if value is None else value for value in values], dtype=object)


def _shapes(
    sheet: Sheet, paper: Paper, columns: Mapping[str, int], values: Mapping[str, list[Any]], report: Report
) -> Any:
    """Collect what says where a row is: the layer's shapes, else borders as WKT, else pairs of coordinates."""
    nothing = np.full(len(paper.numbers), None, dtype=object)
    shapes = nothing if paper.geometry is None else paper.geometry.copy()
    if paper.geometry is None and "wkt" in columns:
        shapes = polygons(values["wkt"], paper, report, paper.headers[columns["wkt"]])
    names = {column.name for column in sheet.columns}
    if {"lon", "lat"} <= names:
        lon, lat = (np.array([np.nan if x is None else x for x in values[name]]) for name in ("lon", "lat"))
        _half_pairs(sheet, lon, lat, paper, columns, values, shapes, report)
        pairs = points(lon, lat)
        shapes = np.where([shape is None for shape in shapes], pairs, shapes)
    if sheet.geometry == "required" and not _says_where(paper, columns):
        report.fatal("needs_geometry", shape=sheet.shape)
    return shapes


def _says_where(paper: Paper, columns: Mapping[str, int]) -> bool:
    """Tell whether the file says where anything is, readable or not."""
    if paper.geometry is not None:
        return True
    carriers = [paper.columns[columns[name]] for name in ("wkt", "lon", "lat") if name in columns]
    return any(not is_empty(cell) for cells in carriers for cell in cells)


def _half_pairs(
    sheet: Sheet, lon: Any, lat: Any, paper: Paper, columns: Mapping[str, int], values: Mapping[str, list[Any]],
    shapes: Any, report: Report,
) -> None:  # fmt: skip
    """Note rows that have one coordinate without the other, and stations that have neither."""
    if not {"lon", "lat"} & set(columns):
        return
    bare = np.array([shape is None for shape in shapes])
    wanted = np.isfinite(lon) ^ np.isfinite(lat)
    if sheet.shape == "point" and sheet.geometry == "required" and paper.geometry is None:
        wanted |= ~np.isfinite(lon) & ~np.isfinite(lat)
    for row in np.flatnonzero(wanted & bare).tolist():
        for name, coordinate in (("lon", lon), ("lat", lat)):
            position = columns.get(name)
            if np.isfinite(coordinate[row]) or (position is not None and not is_empty(paper.columns[position][row])):
                continue
            header = paper.headers[position] if position is not None else sheet.column(name).zh
            report.fatal(
                "empty_required", place=paper.place(row), field=name, code=_code(values[sheet.key[0]], row),
                header=header,
            )  # fmt: skip


def _no_rows(sheet: Sheet) -> pd.DataFrame:
    """Give the frame of a file that could not be read: every column, no row."""
    frame = pd.DataFrame({column.name: _series(column, []) for column in sheet.columns if _is_kept(column)})
    return frame if sheet.geometry == "none" else gpd.GeoDataFrame(frame, geometry=[], crs=LONLAT)


def _aside(paper: Paper | None, columns: Mapping[str, int]) -> pd.DataFrame:
    """Keep the columns that are nobody's, as they stand, by their headers."""
    if paper is None:
        return pd.DataFrame()
    known = set(columns.values())
    return pd.DataFrame(
        {
            header: pd.Series(list(paper.columns[position]), dtype=object)
            for position, header in enumerate(paper.headers)
            if position not in known and header
        }
    )
