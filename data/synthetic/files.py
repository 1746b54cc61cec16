"""Writes the invented Heshan as an office would send it: ten files in different formats, datums and tongues."""

import csv
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xlsxwriter

from data.sheets import SHEETS
from data.synthetic.addresses import number_houses
from data.synthetic.districts import draw_districts
from data.synthetic.ground import describe_areas, describe_grids, draw_cells, settle
from data.synthetic.known import Known, read_known
from data.synthetic.names import invent_names
from data.synthetic.places import set_up_stations
from data.synthetic.roster import appoint_workers, call_people, fill_seats
from data.synthetic.year import live_a_year
from gridmap.datum import wgs84_to_gcj02

SEED = 440784
CGCS2000 = "EPSG:4490"
WGS84 = "EPSG:4326"
MARK = "示例数据 synthetic · 示意分区,非行政区划界线 schematic, not administrative boundaries"
WRITTEN_ON = "2026-11-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """One file as the door wants it: its kind, its place, its declared datum (empty without coordinates), its layer."""

    kind: str
    path: Path
    datum: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heshan:
    """Everything the generator invents around the known facts; every frame has the English columns of its file."""

    areas: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    county_districts: gpd.GeoDataFrame
    town_districts: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    people: pd.DataFrame
    seats: pd.DataFrame
    gridworkers: pd.DataFrame
    activities: pd.DataFrame


def invent(seed: int = SEED, known: Known | None = None) -> Heshan:
    """The whole of it from one seed; each part draws from its own stream, so that a change in one leaves the others."""
    known = read_known() if known is None else known
    draw = [np.random.default_rng([seed, part]) for part in range(9)]
    cells = draw_cells(known, draw[0])
    households, people_living = settle(cells, known, draw[1])
    drawn = draw_districts(cells, households, known, draw[2])
    grids = describe_grids(cells, drawn.shapes, households, people_living, known)
    stations = set_up_stations(grids, known, draw[3])
    names = invent_names(draw[4])
    people = call_people(names, draw[5])
    layers = {"county": drawn.county, "town": drawn.town}
    seats = fill_seats(people, layers, grids, stations, known, draw[6])
    return Heshan(
        areas=describe_areas(grids, known),
        grids=grids.drop(columns="town"),
        county_districts=drawn.county,
        town_districts=drawn.town,
        addresses=number_houses(grids, layers, known, draw[8]),
        stations=stations,
        people=people,
        seats=seats,
        gridworkers=appoint_workers(grids, names),
        activities=live_a_year(people, seats, layers, grids, draw[7]),
    )


def write_files(folder: Path, seed: int = SEED) -> list[ImportFile]:
    """Write the ten files into the folder (made if missing) and list them in the order they must come in."""
    folder.mkdir(parents=True, exist_ok=True)
    heshan = invent(seed)
    return [
        _write_geopackage("areas", heshan.areas, folder / "areas-示例.gpkg"),
        _write_shapefile("grids", heshan.grids, folder / "grids-示例.zip"),
        _write_geojson("districts", heshan.county_districts, folder / "districts-county-示例.geojson", layer="county"),
        _write_geopackage("districts", heshan.town_districts, folder / "districts-town-示例.gpkg", layer="town"),
        _write_gcj02_table("addresses", heshan.addresses, folder / "addresses-示例.csv"),
        _write_gcj02_table("stations", heshan.stations, folder / "stations-示例.csv"),
        _write_workbook("people", heshan.people, folder / "people-示例.xlsx"),
        _write_workbook("seats", heshan.seats, folder / "seats-示例.xlsx"),
        _write_table("gridworkers", heshan.gridworkers, folder / "gridworkers-示例.csv"),
        _write_table("activities", heshan.activities, folder / "activities-示例.csv"),
    ]


def _write_geopackage(kind: str, frame: gpd.GeoDataFrame, path: Path, layer: str = "") -> ImportFile:
    """Chinese fields in CGCS2000; at this scale its coordinates are those of WGS84."""
    chinese = gpd.GeoDataFrame(_in_chinese(kind, frame), geometry=frame.geometry.to_numpy(), crs=CGCS2000)
    path.unlink(missing_ok=True)
    chinese.to_file(path, driver="GPKG", layer=kind, DESCRIPTION=MARK)
    return ImportFile(kind=kind, path=path, datum="cgcs2000", layer=layer)


def _write_shapefile(kind: str, frame: gpd.GeoDataFrame, path: Path) -> ImportFile:
    """English fields, UTF-8 with its .cpg beside it, zipped."""
    with tempfile.TemporaryDirectory() as name:
        frame.assign(synthetic="true").to_file(Path(name) / f"{kind}.shp", driver="ESRI Shapefile", encoding="UTF-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(name).iterdir()):
                archive.writestr(zipfile.ZipInfo(part.name, (2026, 11, 1, 0, 0, 0)), part.read_bytes())
    return ImportFile(kind=kind, path=path, datum="wgs84")


def _write_geojson(kind: str, frame: gpd.GeoDataFrame, path: Path, layer: str) -> ImportFile:
    path.unlink(missing_ok=True)
    frame.assign(synthetic=True).to_file(path, driver="GeoJSON", COORDINATE_PRECISION=7, DESCRIPTION=MARK)
    return ImportFile(kind=kind, path=path, datum="wgs84", layer=layer)


def _write_gcj02_table(kind: str, frame: gpd.GeoDataFrame, path: Path) -> ImportFile:
    """A spreadsheet in the coordinates of the common web maps, opened by double-click thanks to its byte-order mark."""
    lon, lat = wgs84_to_gcj02(shapely.get_x(frame.geometry.to_numpy()), shapely.get_y(frame.geometry.to_numpy()))
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(lon=np.round(lon, 7), lat=np.round(lat, 7))
    _in_chinese(kind, table).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return ImportFile(kind=kind, path=path, datum="gcj02")


def _write_table(kind: str, frame: pd.DataFrame, path: Path) -> ImportFile:
    frame.assign(synthetic="true").to_csv(path, index=False, encoding="utf-8", quoting=csv.QUOTE_MINIMAL)
    return ImportFile(kind=kind, path=path)


def _write_workbook(kind: str, frame: pd.DataFrame, path: Path) -> ImportFile:
    """A workbook with Chinese headers; all but numbers is text: no code turns into a formula or a number."""
    chinese = _in_chinese(kind, frame)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_numbers": False})
    book.set_properties({"title": MARK, "created": pd.Timestamp(WRITTEN_ON).to_pydatetime()})
    sheet = book.add_worksheet(SHEETS[kind].zh)
    sheet.write_row(0, 0, chinese.columns.tolist(), book.add_format({"bold": True}))
    for number, row in enumerate(chinese.astype(object).to_numpy().tolist(), start=1):
        sheet.write_row(number, 0, [value if isinstance(value, int) else str(value) for value in row])
    sheet.freeze_panes(1, 0)
    book.close()
    return ImportFile(kind=kind, path=path)


def _in_chinese(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the sheet's Chinese headers and words; rows that do not say otherwise are marked 示例."""
    sheet = SHEETS[kind]
    told = pd.DataFrame(frame) if "synthetic" in frame else frame.assign(synthetic=True)
    columns = {name: sheet.column(str(name)) for name in told.columns if name != "geometry"}
    for name, column in columns.items():
        words = {choice.value: choice.zh for choice in column.choices}
        if words:
            told[name] = [words.get(str(value).lower(), value) for value in told[name]]
    return told.rename(columns={name: column.zh for name, column in columns.items()})
