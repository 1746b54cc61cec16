"""Good files of every format are read whole, into the same columns, with places in WGS84."""

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely import Point, Polygon, box

from data.flaws import render
from data.readers import Reading, UnknownKindError, read
from data.sheets import SHEETS
from gridmap.datum import wgs84_to_gcj02

CITY = gpd.GeoDataFrame(
    {
        "code": ["007001", "007002", "007003"], "name": ["龙口第一网格", "龙口第二网格", "龙口第三网格"],
        "village": ["007"] * 3, "households": [120, 80, 95],
    },
    geometry=[box(112.90 + 0.01 * x, 22.70, 112.91 + 0.01 * x, 22.71) for x in range(3)],
    crs="EPSG:4326",
)  # fmt: skip


def zipped(folder: Path, frame: gpd.GeoDataFrame, *, encoding: str, cpg: str | None, name: str = "grids") -> Path:
    """Write a zipped shapefile with the text encoding and the .cpg that are asked for."""
    parts = folder / "parts"
    parts.mkdir()
    pyogrio.write_dataframe(frame, parts / f"{name}.shp", encoding=encoding)
    (parts / f"{name}.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (parts / f"{name}.cpg").write_text(cpg)
    with zipfile.ZipFile(folder / "layer.zip", "w") as archive:
        for part in sorted(parts.iterdir()):
            archive.write(part, f"图层/{part.name}")
    return folder / "layer.zip"


def as_shapefile(folder: Path) -> Path:
    return zipped(folder, CITY, encoding="utf-8", cpg="UTF-8")


def as_gbk_shapefile(folder: Path) -> Path:
    return zipped(folder, CITY, encoding="gb18030", cpg=None)


def as_geopackage(folder: Path) -> Path:
    pyogrio.write_dataframe(CITY, folder / "layer.gpkg", layer="grids")
    return folder / "layer.gpkg"


def as_geojson(folder: Path) -> Path:
    (folder / "layer.geojson").write_text(CITY.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    return folder / "layer.geojson"


def as_csv(folder: Path) -> Path:
    CITY.assign(边界=CITY.geometry.to_wkt(rounding_precision=-1)).drop(columns="geometry").to_csv(
        folder / "grids.csv", index=False
    )
    return folder / "grids.csv"


def as_xlsx(folder: Path) -> Path:
    CITY.assign(边界=CITY.geometry.to_wkt(rounding_precision=-1)).drop(columns="geometry").to_excel(
        folder / "grids.xlsx", index=False
    )
    return folder / "grids.xlsx"


def csv_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def kinds(reading: Reading) -> list[str]:
    return [flaw.kind for flaw in reading.flaws]


@pytest.mark.parametrize("make", [as_shapefile, as_gbk_shapefile, as_geopackage, as_geojson, as_csv, as_xlsx])
def test_the_same_city_is_read_from_every_format(make: Callable[[Path], Path], tmp_path: Path) -> None:
    reading = read("grids", make(tmp_path), datum="wgs84")
    assert reading.flaws == ()
    assert reading.usable
    assert reading.frame["code"].tolist() == ["007001", "007002", "007003"]
    assert reading.frame["name"].tolist() == CITY["name"].tolist()
    assert reading.frame["households"].tolist() == [120, 80, 95]
    assert reading.frame["kind"].tolist() == ["base"] * 3
    assert [len(column) for column in (reading.numbers, reading.frame)] == [3, 3]
    assert all(a.equals(b) for a, b in zip(reading.frame.geometry, CITY.geometry, strict=True))
    assert reading.frame.crs == "EPSG:4326"


@pytest.mark.parametrize("kind", SHEETS)
def test_every_reading_has_every_column_even_of_a_file_that_cannot_be_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.touch()
    reading = read(kind, path, datum="wgs84")
    wanted = [column.name for column in SHEETS[kind].columns if column.name not in ("lon", "lat", "wkt")]
    assert [name for name in reading.frame.columns if name != "geometry"] == wanted
    assert ("geometry" in reading.frame) == (SHEETS[kind].geometry != "none")
    assert (reading.rows, reading.usable, reading.fatal) == (0, False, True)


def test_columns_have_the_types_that_are_promised(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "履职编号,履职类别,日期,参加代表,小时,半天数,示例\nL1,visit,2026-11-23,D1;D2,1.5,,是\nL2,visit,2026/1/2,D1,,3,\n",
    )
    frame = read("activities", path, datum=None).frame
    assert frame["on"].tolist() == [date(2026, 11, 23), date(2026, 1, 2)]
    assert frame["hours"].tolist() == [Decimal("1.5"), None]
    assert frame["half_days"].dtype == "Int64"
    assert frame["half_days"].isna().tolist() == [True, False]
    assert frame["synthetic"].tolist() == [True, False]
    assert frame["synthetic"].dtype == bool
    assert frame["title"].tolist() == ["", ""]
    assert frame["state"].tolist() == ["reported", "reported"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_every_usual_encoding_and_delimiter(encoding: str, delimiter: str, tmp_path: Path) -> None:
    text = "代表编号,姓名,性别\n001,欧阳示例,女\n002,示例乙,男\n".replace(",", delimiter)
    reading = read("people", csv_file(tmp_path, text, encoding), datum=None)
    assert reading.flaws == ()
    assert reading.frame["name"].tolist() == ["欧阳示例", "示例乙"]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23",
        "2026/11/23",
        "2026年11月23日",
        "2026.11.23",
        "20261123",
        "２０２６－１１－２３",
        "2026-11-23 00:00:00",
    ],
)
def test_a_day_is_read_as_offices_write_it(written: str, tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"席位编号,代表编号,层级,任职起\nS1,D1,县级,{written}\n")
    reading = read("seats", path, datum=None)
    assert reading.flaws == ()
    assert reading.frame["from"].tolist() == [date(2026, 11, 23)]


def test_a_title_line_blank_lines_and_a_second_header_are_not_data(tmp_path: Path) -> None:
    text = "鹤山市代表名册（示例）,,\n\n代表编号*,姓名*,性别\ncode,name,sex\n\n001,示例甲,女\n,,\n002,示例乙,男\n"
    reading = read("people", csv_file(tmp_path, text), datum=None)
    assert reading.flaws == ()
    assert reading.frame["code"].tolist() == ["001", "002"]
    assert [reading.place(row).line for row in range(2)] == [6, 8]


def test_a_line_number_is_where_a_row_begins_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '代表编号,姓名\n001,"示例\n甲"\n002,\n')
    reading = read("people", path, datum=None)
    assert reading.frame["name"].tolist()[0] == "示例 甲"
    assert [(flaw.kind, flaw.line, flaw.code) for flaw in reading.flaws] == [("empty_required", 4, "002")]


def test_a_sum_at_the_end_is_left_out_and_named(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代码,名称,类别,户数\n1,甲镇,镇,10\n2,乙镇,镇,20\n合计,,,30\n")
    reading = read("areas", path, datum=None)
    assert [(flaw.kind, flaw.line, flaw.fatal) for flaw in reading.flaws] == [("total_row", 4, False)]
    assert reading.rows == 2


def test_a_column_can_be_named_by_hand(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "自编号,姓名,代表编号\nA1,示例甲,旧1\n")
    reading = read("people", path, datum=None, mapping={"code": "自编号"})
    assert reading.frame["code"].tolist() == ["A1"]
    assert kinds(reading) == ["unknown_columns"]


def test_columns_that_are_nobodys_are_kept_aside(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代表编号,姓名,党派,备注\nA1,示例甲,某党,=1+1\n")
    reading = read("people", path, datum=None)
    assert [(flaw.kind, flaw.fatal, flaw.facts["headers"]) for flaw in reading.flaws] == [
        ("unknown_columns", False, ["党派", "备注"])
    ]
    assert reading.aside.to_dict("list") == {"党派": ["某党"], "备注": ["=1+1"]}


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["代表编号", "姓名"])
    page.append(["001", "甲"])
    page["B2"].value = "=cmd|' /C calc'!A0"
    page["B2"].data_type = "s"
    book.save(tmp_path / "a.xlsx")
    from_csv = read("people", csv_file(tmp_path, "代表编号,姓名\n001,=1+1\n"), datum=None)
    from_xlsx = read("people", tmp_path / "a.xlsx", datum=None)
    assert from_csv.frame["name"].tolist() == ["=1+1"]
    assert from_xlsx.frame["name"].tolist() == ["=cmd|' /C calc'!A0"]
    assert from_csv.flaws == from_xlsx.flaws == ()


def test_a_workbook_of_numbers_and_dates_is_read_with_a_warning_for_its_codes(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["席位编号", "代表编号", "层级", "任职起"],
        [440784001, 1001.0, "县级", datetime(2026, 11, 1)],  # noqa: DTZ001
        [440784002, 1002, "乡镇级", "2026年11月1日"],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(tmp_path / "seats.xlsx")
    reading = read("seats", tmp_path / "seats.xlsx", datum=None)
    assert reading.frame["code"].tolist() == ["440784001", "440784002"]
    assert reading.frame["person"].tolist() == ["1001", "1002"]
    assert reading.frame["from"].tolist() == [date(2026, 11, 1)] * 2
    assert [(flaw.kind, flaw.field, flaw.line, flaw.facts["count"], flaw.fatal) for flaw in reading.flaws] == [
        ("number_code", "code", 2, 2, False), ("number_code", "person", 2, 2, False),
    ]  # fmt: skip


def test_the_sheet_named_after_the_kind_is_read_not_the_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["填表说明"])
    page = book.create_sheet("代表人员")
    page.append(["代表编号", "姓名"])
    page.append(["001", "示例甲"])
    book.save(tmp_path / "a.xlsx")
    assert read("people", tmp_path / "a.xlsx", datum=None).frame["name"].tolist() == ["示例甲"]


def test_a_formula_counts_by_its_last_value(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["代码", "名称", "类别", "户数"], ["1", "甲镇", "镇", "=100+20"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "uncomputed.xlsx")
    with zipfile.ZipFile(tmp_path / "uncomputed.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"<v></v>", b"<v>120</v>").replace(b"<v />", b"<v>120</v>")
            new.writestr(info.filename, content)
    reading = read("areas", path, datum=None)
    assert reading.flaws == ()
    assert reading.frame["households"].tolist() == [120]


def test_full_width_digits_become_plain_with_one_warning(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代码,名称,类别,户数\n４４０,甲镇,镇,１２\n４４１,乙镇,镇,13\n")
    reading = read("areas", path, datum=None)
    assert reading.frame["code"].tolist() == ["440", "441"]
    assert reading.frame["households"].tolist() == [12, 13]
    assert [(flaw.kind, flaw.line, flaw.facts["count"]) for flaw in reading.flaws] == [("fullwidth", 2, 2)]


def test_a_shapefile_that_lies_about_its_encoding_is_read_by_what_it_says(tmp_path: Path) -> None:
    reading = read("grids", zipped(tmp_path, CITY, encoding="gb18030", cpg="UTF-8"), datum="wgs84")
    assert reading.frame["name"].tolist() == CITY["name"].tolist()
    assert [(flaw.kind, flaw.fatal) for flaw in reading.flaws] == [("encoding_differs", False)]


def test_a_name_cut_off_in_the_middle_of_a_character_does_not_change_the_encoding(tmp_path: Path) -> None:
    path = zipped(tmp_path, CITY.assign(name="a" * 80), encoding="utf-8", cpg=None)
    cut = tmp_path / "cut.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(cut, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info).replace(b"a" * 80, ("鹤" * 27).encode()[:80]))
    reading = read("grids", cut, datum="wgs84")
    assert reading.flaws == ()
    assert reading.frame["name"].tolist() == ["鹤" * 26] * 3


def test_a_zip_whose_names_are_gbk_without_saying_so_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path, CITY, encoding="gb18030", cpg=None, name="AAAA")
    flat = tmp_path / "flat.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(flat, "w") as new:
        for info in old.infolist():
            new.writestr(Path(info.filename).name, old.read(info))
    flat.write_bytes(flat.read_bytes().replace(b"AAAA.", "网格".encode("gb18030") + b"."))
    reading = read("grids", flat, datum="wgs84")
    assert reading.flaws == ()
    assert reading.rows == 3


def test_rings_that_cross_are_passed_on_as_they_are(tmp_path: Path) -> None:
    bow = CITY.copy()
    bow.loc[1, "geometry"] = Polygon([(112.91, 22.70), (112.92, 22.71), (112.92, 22.70), (112.91, 22.71)])
    reading = read("grids", zipped(tmp_path, bow, encoding="utf-8", cpg="UTF-8"), datum="wgs84")
    assert reading.flaws == ()
    assert reading.frame.geometry.is_valid.tolist() == [True, False, True]


@pytest.mark.parametrize("datum", ["gcj02", "GCJ02", " gcj02 "])
def test_places_come_in_wgs84_whatever_the_declared_datum(datum: str, tmp_path: Path) -> None:
    lon, lat = wgs84_to_gcj02(np.array([112.9644]), np.array([22.7653]))
    path = csv_file(tmp_path, f"代码,名称,经度,纬度\nZ1,示例站,{lon[0]:.8f},{lat[0]:.8f}\n")
    reading = read("stations", path, datum=datum)
    assert reading.flaws == ()
    assert reading.frame.geometry.iloc[0].distance(Point(112.9644, 22.7653)) < 1e-7


def test_projected_metres_are_read_under_their_epsg_number(tmp_path: Path) -> None:
    projected = CITY.to_crs("EPSG:4547")
    reading = read("grids", zipped(tmp_path, projected, encoding="utf-8", cpg="UTF-8"), datum="EPSG:4547")
    assert reading.flaws == ()
    assert reading.frame.geometry.iloc[0].distance(CITY.geometry.iloc[0]) == 0.0
    assert abs(reading.frame.geometry.iloc[0].centroid.x - 112.905) < 1e-6


def test_a_layer_declared_as_gcj02_may_say_wgs84_of_itself(tmp_path: Path) -> None:
    reading = read("grids", zipped(tmp_path, CITY, encoding="utf-8", cpg="UTF-8"), datum="gcj02")
    assert reading.flaws == ()
    assert 100e-5 < CITY.geometry.iloc[0].centroid.distance(reading.frame.geometry.iloc[0].centroid) < 1e-2


def test_a_file_without_any_place_needs_no_datum(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代码,名称,类别\n1,甲镇,镇\n")
    reading = read("areas", path, datum=None)
    assert reading.flaws == ()
    assert reading.frame.geometry.isna().all()


def test_a_work_unit_district_has_a_point_and_the_others_a_border(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        "选区编号,名称,席位数,依据,单位名称,经度,纬度,边界\n"
        'X1,一选区,2,居住地,,,,"POLYGON ((112.9 22.7, 113 22.7, 113 22.8, 112.9 22.7))"\n'
        "X2,二选区,1,单位,示例厂,112.95,22.75,\n",
    )
    reading = read("districts", path, datum="wgs84", layer="county")
    assert reading.flaws == ()
    assert reading.frame.geometry.geom_type.tolist() == ["Polygon", "Point"]


def test_heights_are_dropped(tmp_path: Path) -> None:
    feature = {
        "type": "Feature", "properties": {"code": "Z1", "name": "站"},
        "geometry": {"type": "Point", "coordinates": [112.9, 22.7, 15.0]},
    }  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert not read("stations", path, datum="wgs84").frame.geometry.has_z.any()


def test_the_layer_named_after_kind_and_level_is_chosen_among_several(tmp_path: Path) -> None:
    path = tmp_path / "all.gpkg"
    for layer, name in (("county", "县选区"), ("town", "镇选区")):
        frame = gpd.GeoDataFrame({"code": ["X1"], "name": [name], "seats": [1]}, geometry=[box(0, 0, 1, 1)], crs=4326)
        pyogrio.write_dataframe(frame, path, layer=f"districts_{layer}", append=path.exists())
    assert read("districts", path, datum="wgs84", layer="town").frame["name"].tolist() == ["镇选区"]
    assert kinds(read("districts", path, datum="wgs84")) == ["which_layer"]


def test_several_deputies_are_read_however_they_are_separated(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '编号,履职类别,日期,参加代表\nL1,visit,2026-11-23,"D1； D2、D3,D4"\n')
    assert read("activities", path, datum=None).frame["people"].tolist() == ["D1;D2;D3;D4"]


def test_rare_characters_in_names_are_kept(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代表编号,姓名\n1,𠮷示例\n2,㛃示例·买买提\n3,\U00031350示例\n")
    reading = read("people", path, datum=None)
    assert reading.flaws == ()
    assert reading.frame["name"].tolist() == ["𠮷示例", "㛃示例·买买提", "\U00031350示例"]


def test_one_grid_worker_may_have_several_grids(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "网格员编号,姓名,网格代码\nW1,示例,G1\nW1,示例,G2\nW1,示例,G1\n")
    assert [(flaw.kind, flaw.line) for flaw in read("gridworkers", path, datum=None).flaws] == [("code_used_twice", 4)]


def test_an_unknown_kind_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError, match="areas"):
        read("horses", csv_file(tmp_path, "a\n1\n"), datum=None)


def test_a_missing_file_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read("areas", tmp_path / "none.csv", datum=None)


def test_a_large_sheet_is_read_to_its_end(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"网格代码": [f"440784001{n:06d}" for n in range(12_000)], "网格名称": [f"第{n}网格" for n in range(12_000)],
         "户数": range(12_000), "类别": "基础网格", "边界": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}
    )  # fmt: skip
    rows.loc[11_999, "户数"] = -1
    rows.to_csv(tmp_path / "grids.csv", index=False)
    reading = read("grids", tmp_path / "grids.csv", datum="wgs84")
    assert reading.rows == 12_000
    assert [(flaw.kind, flaw.line) for flaw in reading.flaws] == [("out_of_range", 12_001)]


def test_a_thousand_equal_flaws_are_counted_not_all_listed(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "代码,名称,类别\n" + "".join(f"{n},镇,城邦\n" for n in range(1000)))
    flaws = read("areas", path, datum=None).flaws
    assert len(flaws) == 501
    more = next(flaw for flaw in flaws if flaw.kind == "more_of_the_same")
    assert more.facts["count"] == 500
    assert "500" in render(more, "zh")[0]
