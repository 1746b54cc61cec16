"""Bad files: each is read as far as it goes, and every flaw is named with its line, column and words for a person."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon, box

from data.flaws import render, where
from data.paper import Limits
from data.readers import Reading, read

Told = tuple[str, int | None, str]  # kind, line or feature, column

CITY = gpd.GeoDataFrame(
    {"code": ["G1", "G2", "G3"], "name": ["甲网格", "乙网格", "丙网格"]},
    geometry=[box(112.90 + 0.01 * x, 22.70, 112.91 + 0.01 * x, 22.71) for x in range(3)],
    crs="EPSG:4326",
)
SMALL = Limits(file_bytes=2_000_000, unpacked_bytes=5_000_000, members=50, rows=100, columns=20)


def told(reading: Reading, *, fatal: bool | None = None) -> list[Told]:
    return [
        (flaw.kind, flaw.line or flaw.feature, flaw.field)
        for flaw in reading.flaws
        if fatal is None or flaw.fatal == fatal
    ]


def sheet_of(*rows: list[Any]) -> bytes:
    """Give the bytes of a workbook with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zip_of(**members: bytes) -> bytes:
    """Give the bytes of a zip; `__` in a name stands for the dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def rewritten(archive: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Give a zip anew with some members changed, or left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = change(info.filename, old.read(info))
            if content is not None:
                new.writestr(info.filename, content)
    return buffer.getvalue()


def shapefile(folder: Path, frame: gpd.GeoDataFrame = CITY, name: str = "grids") -> bytes:
    """Give the bytes of a zipped shapefile."""
    parts = folder / f"parts_{name}"
    parts.mkdir()
    pyogrio.write_dataframe(frame, parts / f"{name}.shp", encoding="utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in sorted(parts.iterdir()):
            archive.write(part, part.name)
    return buffer.getvalue()


def geopackage(folder: Path, frame: gpd.GeoDataFrame = CITY) -> bytes:
    pyogrio.write_dataframe(frame, folder / "made.gpkg", layer="grids")
    return (folder / "made.gpkg").read_bytes()


def collection(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def feature(code: Any, shape: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code, "name": "网格"}, "geometry": shape}


SQUARE = {"type": "Polygon", "coordinates": [[[112.9, 22.7], [112.91, 22.7], [112.91, 22.71], [112.9, 22.7]]]}

# Texts of CSV files: (name, kind, datum, text, what is told)
SHEETS_OF_TROUBLE: list[tuple[str, str, str | None, str, list[Told]]] = [
    ("a missing column", "people", None,
     "代表编号,名字\n1,甲\n",
     [("missing_column", None, "name"), ("unknown_columns", None, "")]),
    ("two missing columns", "areas", None,
     "代码,户数\n1,2\n",
     [("missing_column", None, "name"), ("missing_column", None, "kind")]),
    ("a column twice", "people", None, "代表编号,姓名,名称\n1,甲,乙\n", [("duplicate_column", None, "name")]),
    ("an empty name", "people", None, "代表编号,姓名\n1,甲\n2,  \n", [("empty_required", 3, "name")]),
    ("an empty code", "people", None, "代表编号,姓名\n,甲\n2,乙\n", [("empty_required", 2, "code")]),
    ("a code twice", "people", None, "代表编号,姓名\n1,甲\n2,乙\n1,丙\n", [("code_used_twice", 4, "code")]),
    ("a code twice after folding", "people", None,
     "代表编号,姓名\nA1,甲\nＡ１,乙\n",
     [("fullwidth", 3, "code"), ("code_used_twice", 3, "code")]),
    ("a number with its unit", "areas", None, "代码,名称,类别,户数\n1,甲,镇,215户\n", [("bad_int", 2, "households")]),
    ("an estimate", "areas", None, "代码,名称,类别,人口\n1,甲,镇,约200\n", [("bad_int", 2, "population")]),
    ("a fraction of a household", "areas", None, "代码,名称,类别,户数\n1,甲,镇,2.5\n", [("bad_int", 2, "households")]),
    ("fewer than no households", "areas", None,
     "代码,名称,类别,户数\n1,甲,镇,-3\n",
     [("out_of_range", 2, "households")]),
    ("a dash for nothing", "areas", None,
     "代码,名称,类别,户数\n1,甲,镇,—\n2,乙,镇,无\n",
     [("placeholder", 2, "households")]),
    ("a day that never was", "seats", None,
     "席位编号,代表编号,层级,任职起\n1,D1,县级,2026-02-30\n",
     [("bad_date", 2, "from")]),
    ("a day without a year", "seats", None,
     "席位编号,代表编号,层级,任职起\n1,D1,县级,11月23日\n",
     [("bad_date", 2, "from")]),
    ("a level nobody knows", "seats", None, "席位编号,代表编号,层级\n1,D1,市级\n", [("bad_choice", 2, "level")]),
    ("a kind in prose", "areas", None, "代码,名称,类别\n1,甲,一个镇\n", [("bad_choice", 2, "kind")]),
    ("lost digits", "grids", None,
     "代码,名称,边界\n4.40784E+11,甲,\"POLYGON ((0 0, 1 0, 1 1, 0 0))\"\n",
     [("datum_missing", None, ""), ("digits_lost", 2, "code")]),
    ("a code with decimals", "people", None, "代表编号,姓名\n440784001.0,甲\n", [("number_code", 2, "code")]),
    ("a code with a slash", "people", None, "代表编号,姓名\n../etc,甲\n", [("bad_code", 2, "code")]),
    ("a script for a code", "people", None, "代表编号,姓名\n<script>,甲\n", [("bad_code", 2, "code")]),
    ("a formula for a code", "people", None, "代表编号,姓名\n=1+1,甲\n", [("bad_code", 2, "code")]),
    ("a name that turns the line around", "people", None,
     "代表编号,姓名\n1,甲\u202e乙\n",
     [("control_character", 2, "name")]),
    ("a bell in a name", "people", None, "代表编号,姓名\n1,甲\x07\n", [("control_character", 2, "name")]),
    ("a garbled name", "people", None, "代表编号,姓名\n1,\ufffd\ufffd\n", [("garbled", 2, "name")]),
    ("a spreadsheet's error", "people", None, "代表编号,姓名\n1,#REF!\n", [("excel_error", 2, "name")]),
    ("a name like a book", "people", None, f"代表编号,姓名\n1,{'长' * 81}\n", [("too_long", 2, "name")]),
    ("a deputy twice in one activity", "activities", None,
     "编号,类别,日期,参加代表\nL1,visit,2026-11-23,D1;D2;D1\n",
     [("repeated_code", 2, "people")]),
    ("minutes in hours", "activities", None,
     "编号,类别,日期,参加代表,小时\nL1,visit,2026-11-23,D1,1.25\n",
     [("too_fine", 2, "hours")]),
    ("hours in words", "activities", None,
     "编号,类别,日期,参加代表,小时\nL1,visit,2026-11-23,D1,两小时\n",
     [("bad_number", 2, "hours")]),
    ("no datum", "stations", None, "代码,名称,经度,纬度\n1,甲,112.9,22.7\n", [("datum_missing", None, "")]),
    ("an unknown datum", "stations", "xian80", "代码,名称,经度,纬度\n1,甲,112.9,22.7\n", [("datum_unknown", None, "")]),
    ("no coordinates at all", "stations", "wgs84", "代码,名称\n1,甲\n", [("needs_geometry", None, "")]),
    ("half a pair", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,112.9,\n",
     [("empty_required", 3, "lat")]),
    ("degrees and minutes", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,112°57′,22.7\n",
     [("bad_coordinate", 3, "lon")]),
    ("no number", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,nan,inf\n",
     [("bad_coordinate", 3, "lon"), ("bad_coordinate", 3, "lat")]),
    ("nowhere on Earth", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,200,22.7\n",
     [("outside_lonlat", 3, "geometry")]),
    ("one swapped pair", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,22.7,112.9\n",
     [("swapped_coordinates", 3, "geometry")]),
    ("all pairs swapped", "stations", "wgs84",
     "代码,名称,经度,纬度\n1,甲,22.7,112.9\n2,乙,22.7,112.9\n3,丙,22.7,113\n",
     [("swapped_coordinates", None, "geometry")]),
    ("metres for degrees", "stations", "cgcs2000",
     "代码,名称,经度,纬度\n1,甲,391000,2515000\n2,乙,391500,2515000\n3,丙,391500,2515100\n",
     [("metres_not_degrees", None, "geometry")]),
    ("degrees for metres", "stations", "EPSG:4547",
     "代码,名称,经度,纬度\n1,甲,112.9,22.7\n2,乙,112.9,22.8\n3,丙,112.8,22.7\n",
     [("degrees_not_metres", None, "geometry")]),
    ("a border that does not close", "grids", "wgs84",
     "代码,名称,边界\nG1,甲,\"POLYGON ((0 0, 1 0, 1 1))\"\n",
     [("unreadable_geometry", 2, "wkt")]),
    ("a quote that never closes", "people", None, "代表编号,姓名\n1,甲\n2,\"乙\n3,丙\n", [("open_quote", 3, "")]),
    ("a cell too many", "people", None, "代表编号,姓名\n1,甲,乙\n", [("too_many_cells", 2, "")]),
    ("only a header", "people", None, "代表编号,姓名\n", [("no_rows", None, "")]),
    ("only blanks", "people", None, " , \n\n", [("no_rows", None, "")]),
]  # fmt: skip


@pytest.mark.parametrize("trouble", SHEETS_OF_TROUBLE, ids=[trouble[0] for trouble in SHEETS_OF_TROUBLE])
def test_a_sheet_with(trouble: tuple[str, str, str | None, str, list[Told]], tmp_path: Path) -> None:
    _, kind, datum, text, expected = trouble
    path = tmp_path / "表.csv"
    path.write_text(text, encoding="utf-8")
    reading = read(kind, path, datum=datum)
    assert [flaw for flaw in told(reading) if flaw[0] != "unknown_columns" or flaw in expected] == expected
    everyone_can_read_it(reading)


def everyone_can_read_it(reading: Reading) -> None:
    for flaw in reading.flaws:
        for lang in ("zh", "en"):
            problem, remedy = render(flaw, lang)
            assert problem
            assert remedy
            assert where(flaw, lang).startswith(reading.file)


# Files of bytes: name → (file name, kind, datum, how to make it, what is told)
Maker = Callable[[Path], bytes]
FILES_OF_TROUBLE: dict[str, tuple[str, str, str | None, Maker, list[Told]]] = {
    "nothing in it": ("a.csv", "people", None, lambda _: b"", [("empty_file", None, "")]),
    "an unknown ending": ("a.docx", "people", None, lambda _: b"x", [("unknown_format", None, "")]),
    "one part of a shapefile": ("a.shp", "grids", "wgs84", lambda _: b"x", [("lone_shapefile", None, "")]),
    "an old workbook": ("a.xls", "people", None, lambda _: b"x", [("old_or_locked_excel", None, "")]),
    "a locked workbook": (
        "a.xlsx", "people", None, lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        [("old_or_locked_excel", None, "")],
    ),
    "UTF-8 and GBK in one sheet": (
        "a.csv", "people", None,
        lambda _: "代表编号,姓名\n1,示例甲\n2,示例丁\n".encode() + "3,欧阳示例\n".encode("gb18030"),
        [("mixed_encoding", 4, "")],
    ),
    "bytes that are no text": (
        "a.csv", "people", None, lambda _: "代表编号,姓名\n1,甲\n".encode() + b"2,\xff\xff\n",
        [("unknown_encoding", 3, ""), ("garbled", 3, "name")],
    ),
    "a picture named csv": ("a.csv", "people", None, lambda _: b"\x89PNG\r\n\x1a\n\x00\x00", [
        ("not_text", None, ""),
    ]),
    "text named xlsx": ("a.xlsx", "people", None, lambda _: b"code,name", [("broken_archive", None, "")]),
    "a zip named xlsx": ("a.xlsx", "people", None, lambda _: zip_of(a__txt=b"x"), [("not_xlsx", None, "")]),
    "a workbook cut short": (
        "a.xlsx", "people", None, lambda _: sheet_of(["代表编号", "姓名"], ["1", "甲"])[:-800],
        [("broken_archive", None, "")],
    ),
    "a workbook with a damaged page": (
        "a.xlsx", "people", None,
        lambda _: rewritten(
            sheet_of(["代表编号", "姓名"], ["1", "甲"]),
            lambda name, content: content[:200] if name == "xl/worksheets/sheet1.xml" else content,
        ),
        [("not_xlsx", None, "")],
    ),
    "a workbook with entities": (
        "a.xlsx", "people", None,
        lambda _: rewritten(
            sheet_of(["代表编号", "姓名"], ["1", "甲"]),
            lambda name, content: b'<!DOCTYPE x [<!ENTITY a "b">]>' + content if name == "xl/workbook.xml" else content,
        ),
        [("xml_entities", None, "")],
    ),
    "a workbook with entities in UTF-16": (
        "a.xlsx", "people", None,
        lambda _: rewritten(
            sheet_of(["代表编号", "姓名"], ["1", "甲"]),
            lambda name, content: '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><x/>'.encode("utf-16")
            if name == "xl/workbook.xml" else content,
        ),
        [("xml_entities", None, "")],
    ),
    "a formula that was never computed": (
        "a.xlsx", "areas", None,
        lambda _: sheet_of(["代码", "名称", "类别", "户数"], ["1", "甲", "镇", 5], ["2", "乙", "镇", "=D2*2"]),
        [("formula_without_value", 3, "")],
    ),
    "a code turned into a day": (
        "a.xlsx", "people", None,
        lambda _: sheet_of(["代表编号", "姓名"], ["1", "甲"], [date(2026, 1, 2), "乙"]),
        [("code_is_date", 3, "code")],
    ),
    "a code of eighteen digits as a number": (
        "a.xlsx", "people", None, lambda _: sheet_of(["代表编号", "姓名"], [440784001001001001, "甲"]),
        [("digits_lost", 2, "code")],
    ),
    "a workbook with too many columns": (
        "a.xlsx", "people", None, lambda _: sheet_of(["代表编号", "姓名", *[f"列{n}" for n in range(30)]], ["1", "甲"]),
        [("too_many_columns", None, "")],
    ),
    "too many rows": (
        "a.csv", "people", None, lambda _: ("代表编号,姓名\n" + "".join(f"{n},甲\n" for n in range(101))).encode(),
        [("too_many_rows", None, "")],
    ),
    "too many rows in a workbook": (
        "a.xlsx", "people", None, lambda _: sheet_of(["代表编号", "姓名"], *[[f"D{n}", "甲"] for n in range(150)]),
        [("too_many_rows", None, "")],
    ),
    "more bytes than allowed": ("a.csv", "people", None, lambda _: bytes(2_000_001), [("too_large", None, "")]),
    "one cell without an end": (
        "a.csv", "people", None, lambda _: b'code,name\n1,"' + b"x" * 200_000 + b'"\n', [("cell_too_large", None, "")],
    ),
    "a zip cut short": ("a.zip", "grids", "wgs84", lambda folder: shapefile(folder)[:-200], [
        ("broken_archive", None, ""),
    ]),
    "a zip with a flipped byte": (
        "a.zip", "grids", "wgs84", lambda folder: flipped(shapefile(folder)), [("broken_archive", None, "")],
    ),
    "a zip with a password": (
        "a.zip", "grids", "wgs84", lambda _: marked_encrypted(zip_of(grids__shp=b"x")),
        [("encrypted_archive", None, "")],
    ),
    "a zip bomb": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(grids__shp=bytes(6_000_000), grids__shx=b"", grids__dbf=b""),
        [("zip_bomb", None, "")],
    ),
    "a zip bomb that lies about its size": (
        "a.zip", "grids", "wgs84",
        lambda _: understated(zip_of(grids__shp=bytes(6_000_000), grids__shx=b"", grids__dbf=b"")),
        [("broken_archive", None, "")],
    ),
    "a bomb for a workbook": (
        "a.xlsx", "people", None,
        lambda _: rewritten(
            sheet_of(["代表编号", "姓名"], ["1", "甲"]),
            lambda name, content: content + b" " * 6_000_000 if name == "xl/worksheets/sheet1.xml" else content,
        ),
        [("zip_bomb", None, "")],
    ),
    "a thousand members": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(**{f"m{n}__txt": b"" for n in range(51)}),
        [("too_many_members", None, "")],
    ),
    "a name that leaves the folder": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(**{"../../evil__shp": b"x"}), [("unsafe_path", None, "")],
    ),
    "a name from the root": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(**{"/etc/evil__shp": b"x"}), [("unsafe_path", None, "")],
    ),
    "a name from a drive": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(**{"C:\\evil__shp": b"x"}), [("unsafe_path", None, "")],
    ),
    "a zip in a zip": (
        "a.zip", "grids", "wgs84", lambda folder: zip_of(inner__zip=shapefile(folder)), [("no_shapefile", None, "")],
    ),
    "a shapefile without its table": (
        "a.zip", "grids", "wgs84", lambda folder: rewritten(
            shapefile(folder), lambda name, content: None if name.endswith(".dbf") else content),
        [("missing_part", None, "")],
    ),
    "shapes cut short": (
        "a.zip", "grids", "wgs84", lambda folder: rewritten(
            shapefile(folder), lambda name, content: content[:-50] if name.endswith(".shp") else content),
        [("cut_short", None, "")],
    ),
    "rows cut short": (
        "a.zip", "grids", "wgs84", lambda folder: rewritten(
            shapefile(folder), lambda name, content: content[:-90] if name.endswith(".dbf") else content),
        [("cut_short", None, "")],
    ),
    "a table of another export": (
        "a.zip", "grids", "wgs84", lambda folder: mixed_up(folder), [("rows_differ", None, "")],
    ),
    "two layers in one zip": (
        "a.zip", "grids", "wgs84", lambda _: zip_of(
            a__shp=b"", a__shx=b"", a__dbf=b"", b__shp=b"", b__shx=b"", b__dbf=b""),
        [("which_layer", None, "")],
    ),
    "a text file named gpkg": ("a.gpkg", "grids", "wgs84", lambda _: b"<OGRVRTDataSource/>", [
        ("not_geopackage", None, ""),
    ]),
    "a GeoPackage cut short": (
        "a.gpkg", "grids", "wgs84", lambda folder: geopackage(folder)[:-5000], [("cut_short", None, "")],
    ),
    "a GeoPackage of noise": (
        "a.gpkg", "grids", "wgs84", lambda folder: geopackage(folder)[:100] + bytes(98_204), [("cut_short", None, "")],
    ),
    "a datum that the file contradicts": (
        "a.zip", "grids", "wgs84", lambda folder: shapefile(folder, CITY.to_crs("EPSG:4547")),
        [("datum_contradicts", None, "")],
    ),
    "a layer of codes that are numbers": (
        "a.gpkg", "grids", "wgs84",
        lambda folder: geopackage(folder, CITY.assign(code=[440784001, 440784002, 440784003])),
        [("number_code", 1, "code")],
    ),
    "a code twice in a layer": (
        "a.gpkg", "grids", "wgs84", lambda folder: geopackage(folder, CITY.assign(code=["G1", "G2", "G1"])),
        [("code_used_twice", 3, "code")],
    ),
    "a layer with x and y swapped": (
        "a.geojson", "grids", "wgs84", lambda _: collection(*[feature(f"G{n}", swapped(SQUARE)) for n in range(3)]),
        [("swapped_coordinates", None, "geometry")],
    ),
    "a station that is a field": (
        "a.geojson", "stations", "wgs84", lambda _: collection(feature("Z1", SQUARE)), [("not_a_point", 1, "geometry")],
    ),
    "a station that is nowhere": (
        "a.geojson", "stations", "wgs84", lambda _: collection(
            feature("Z1", {"type": "Point", "coordinates": [112.9, 22.7]}), feature("Z2", None)),
        [("missing_geometry", 2, "geometry")],
    ),
    "JSON with a comma too many": ("a.geojson", "grids", "wgs84", lambda _: b'{"type":\n"FeatureCollection",,}', [
        ("not_json", 2, ""),
    ]),
    "JSON with NaN": ("a.geojson", "grids", "wgs84", lambda _: b'{"type": NaN}', [("not_json", None, "")]),
    "JSON nested without end": ("a.json", "grids", "wgs84", lambda _: b"[" * 200_000, [("not_json", None, "")]),
    "JSON of another kind": ("a.json", "grids", "wgs84", lambda _: b'{"type": "gdal_streamed_alg"}', [
        ("not_feature_collection", None, ""),
    ]),
    "a list for features": ("a.json", "grids", "wgs84", lambda _: b'{"type": "FeatureCollection", "features": 3}', [
        ("not_feature_collection", None, ""),
    ]),
    "no features": ("a.json", "grids", "wgs84", lambda _: collection(), [("no_rows", None, "")]),
    "a ring that does not close": (
        "a.json", "grids", "wgs84",
        lambda _: collection(
            feature("G1", SQUARE),
            feature("G2", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0.5, 1]]]}),
            feature("G3", {"type": "Teapot", "coordinates": []}), feature("G4", "nonsense"),
        ),
        [("unreadable_geometry", n, "geometry") for n in (2, 3, 4)],
    ),
    "a feature that is none": (
        "a.json", "grids", "wgs84", lambda _: collection(feature("G1", SQUARE), 7),
        [("not_a_feature", 2, ""), ("empty_required", 2, "code"), ("empty_required", 2, "name")],
    ),
    "a GeoJSON that names another datum": (
        "a.json", "grids", "wgs84", lambda _: collection(
            feature("G1", SQUARE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}),
        [("datum_contradicts", None, "")],
    ),
    "a GeoJSON that names nonsense": (
        "a.json", "grids", "wgs84", lambda _: collection(
            feature("G1", SQUARE), crs={"type": "name", "properties": {"name": "my own"}}),
        [("crs_unreadable", None, "")],
    ),
}  # fmt: skip


def swapped(shape: dict[str, Any]) -> dict[str, Any]:
    return {**shape, "coordinates": [[[y, x] for x, y in ring] for ring in shape["coordinates"]]}


def flipped(archive: bytes) -> bytes:
    """Spoil one byte of the first member, which is stored as it is."""
    at = archive.index(b"\x00\x00\x27\x0a") + 120
    return archive[:at] + bytes([archive[at] ^ 0xFF]) + archive[at + 1 :]


def marked_encrypted(archive: bytes) -> bytes:
    """Set the flag of encryption in the zip's table of contents."""
    at = archive.index(b"PK\x01\x02") + 8
    return archive[:at] + b"\x01\x00" + archive[at + 2 :]


def understated(archive: bytes) -> bytes:
    """Say in the zip's headers that the first member is ten bytes long."""
    small = struct.pack("<L", 10)
    entry = archive.index(b"PK\x01\x02") + 24
    return archive[:22] + small + archive[26:entry] + small + archive[entry + 4 :]


def mixed_up(folder: Path) -> bytes:
    """Give a shapefile with the table of one that has fewer rows."""
    whole, fewer = shapefile(folder), shapefile(folder, CITY.iloc[:2], "fewer")
    with zipfile.ZipFile(io.BytesIO(fewer)) as archive:
        table = archive.read("fewer.dbf")
    return rewritten(whole, lambda name, content: table if name.endswith(".dbf") else content)


@pytest.mark.parametrize("name", FILES_OF_TROUBLE)
def test_a_file_with(name: str, tmp_path: Path) -> None:
    file, kind, datum, make, expected = FILES_OF_TROUBLE[name]
    path = tmp_path / file
    path.write_bytes(make(tmp_path))
    reading = read(kind, path, datum=datum, limits=SMALL)
    assert told(reading) == expected
    assert len(reading.sha256) == 64
    assert reading.usable is (
        reading.rows > 0 and not any(f.fatal and not (f.line or f.feature) for f in reading.flaws)
    )
    everyone_can_read_it(reading)


def test_a_missing_column_is_told_with_what_was_found_and_what_is_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("代表编号,代表姓氏名\n1,甲\n", encoding="utf-8")
    flaw = next(flaw for flaw in read("people", path, datum=None).flaws if flaw.kind == "missing_column")
    assert flaw.facts["found"] == ["代表编号", "代表姓氏名"]
    assert flaw.facts["nearest"] == "代表姓氏名"
    assert "代表姓氏名" in render(flaw, "zh")[0]


def test_a_code_used_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n代表编号,姓名\n1,甲\n2,乙\n1,丙\n", encoding="utf-8")
    (flaw,) = read("people", path, datum=None).flaws
    assert (flaw.line, flaw.code, flaw.facts["first_number"]) == (5, "1", 3)


def test_a_wrong_map_is_told_with_the_headers_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("代表编号,姓名\n1,甲\n", encoding="utf-8")
    reading = read("people", path, datum=None, mapping={"code": "GEOID", "colour": "姓名"})
    assert ("mapped_header_missing", None, "code") in told(reading)
    assert ("mapped_column_unknown", None, "colour") in told(reading)
    everyone_can_read_it(reading)


def test_a_bad_row_does_not_hide_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("代码,名称,类别,户数\n1,,城邦,x\n2,乙,镇,y\n", encoding="utf-8")
    assert told(read("areas", path, datum=None)) == [
        ("empty_required", 2, "name"), ("bad_choice", 2, "kind"), ("bad_int", 2, "households"),
        ("bad_int", 3, "households"),
    ]  # fmt: skip


def test_a_cell_with_a_fatal_flaw_is_empty_in_the_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("代码,名称,类别,户数\n1,甲,城邦,x\n", encoding="utf-8")
    row = read("areas", path, datum=None).frame.iloc[0]
    assert (row["kind"], row["households"] is not None and row["households"] == row["households"]) != ("城邦", True)
    assert row["kind"] == ""


def test_a_point_in_a_collection_of_one_is_that_point(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["Z1"], "name": ["站"]}, geometry=[MultiPoint([(112.9, 22.7)])], crs=4326)
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame, path)
    reading = read("stations", path, datum="wgs84")
    assert reading.flaws == ()
    assert reading.frame.geometry.iloc[0] == Point(112.9, 22.7)


def test_an_infinite_coordinate_in_a_layer_is_a_flaw_of_its_feature(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    good = Polygon([(112.9, 22.7), (112.91, 22.7), (112.91, 22.71)])
    bad = Polygon([(112.9, 22.7), (112.91, float("inf")), (112.91, 22.71)])
    frame = gpd.GeoDataFrame({"code": ["G1", "G2"], "name": ["甲", "乙"]}, geometry=[good, bad], crs=4326)
    pyogrio.write_dataframe(frame, path)
    assert told(read("grids", path, datum="wgs84")) == [("bad_coordinate", 2, "geometry")]


SUFFIXES = ("csv", "xlsx", "zip", "gpkg", "geojson")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(min_size=1, max_size=400), suffix=st.sampled_from(SUFFIXES))
def test_no_bytes_whatever_break_the_reader(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"any.{suffix}"
    path.write_bytes(content)
    everyone_can_read_it(read("grids", path, datum="wgs84", limits=SMALL))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cells=st.lists(st.lists(st.text(max_size=12), min_size=4, max_size=4), min_size=1, max_size=4))
def test_no_cells_whatever_break_the_reader(cells: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    text = "代码,名称,类别,户数\n" + "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in cells
    )
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    everyone_can_read_it(read("areas", path, datum=None, limits=SMALL))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(min_value=0, max_value=10_000), bits=st.integers(min_value=1, max_value=255))
def test_a_spoilt_workbook_never_breaks_the_reader(at: int, bits: int, tmp_path: Path) -> None:
    content = bytearray(WORKBOOK)
    content[at % len(content)] ^= bits
    path = tmp_path / "any.xlsx"
    path.write_bytes(bytes(content))
    everyone_can_read_it(read("people", path, datum=None, limits=SMALL))


WORKBOOK = sheet_of(["代表编号", "姓名", "出生年"], ["1", "示例甲", 1980], ["2", "示例乙", 1975])
