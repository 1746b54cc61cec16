"""Another continent: real borders with other codes, names and laws, no areas, and nothing that must be Chinese."""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from gridmap.datum import Datum
from services.activation import activate_generation, activate_plan, approve_plan
from services.atlas import Atlas, Atlases
from services.coverage import coverage
from services.errors import FlawedError
from services.finding import Gazetteers
from services.imports import bring
from services.instance import change_setting
from services.locating import locate, locate_many
from services.placing import propose_plan
from services.plans import plan_table
from services.verify import verify

County = Any
NATURAL_EARTH = Path(pyogrio.__file__).parent / "tests" / "fixtures" / "naturalearth_lowres" / "naturalearth_lowres.shp"
WGS84 = Datum.parse("wgs84")
KNOWN = {  # longitude, latitude → the country it is in
    (36.82, -1.29): "Kenya", (3.38, 6.52): "Nigeria", (15.31, -4.33): "Dem. Rep. Congo", (38.75, 9.02): "Ethiopia",
    (31.24, 30.04): "Egypt", (28.05, -26.2): "South Africa", (27.48, -29.31): "Lesotho", (-4.03, 5.35): "Côte d'Ivoire",
    (17.08, -22.57): "Namibia", (47.51, -18.91): "Madagascar", (-7.99, 12.65): "Mali", (30.06, -1.94): "Rwanda",
}  # fmt: skip
PLACES = {"Kenya": "KEN", "Nigeria": "NGA", "Dem. Rep. Congo": "COD", "Ethiopia": "ETH", "Côte d'Ivoire": "CIV"}


def africa() -> gpd.GeoDataFrame:
    frame = pyogrio.read_dataframe(NATURAL_EARTH)
    frame = frame[frame["continent"] == "Africa"].reset_index(drop=True)
    return frame.assign(band=[0 if y > 12 else 1 if y > -5 else 2 for y in frame.geometry.representative_point().y])


def bands(frame: gpd.GeoDataFrame, codes: list[str]) -> gpd.GeoDataFrame:
    """Make districts of the countries of one band of latitude."""
    found = frame.dissolve("band", as_index=False)[["band", "geometry"]]
    return found.assign(
        ref=[codes[band] for band in found["band"]], label=[f"Band {b}" for b in found["band"]], members=5
    )


MAPPING = {"code": "iso_a3", "name": "name", "population": "pop_est"}


def load(county: County, codes: list[str] | None = None) -> None:
    """Bring in countries as grids and bands as districts, through a mapping of their own headers."""
    frame = africa()
    frame.loc[frame["iso_a3"] == "-99", "iso_a3"] = "SOL"
    district_codes = codes or ["north", "middle", "south"]
    files = [
        ("grids", "", MAPPING, frame.drop(columns="band")),
        ("districts", "county", {"code": "ref", "name": "label", "seats": "members"}, bands(frame, district_codes)),
    ]
    people = county.table("id | label", *(f"mp-{n} | Ọlọ́runfẹ́mi ዘውዴ {n}" for n in range(1, 16)))
    seats = county.table(
        "seat no | who | rank | ward", *(f"s-{n} | mp-{n} | county | {district_codes[n % 3]}" for n in range(1, 16))
    )
    files += [
        ("people", "", {"code": "id", "name": "label"}, people),
        ("seats", "", {"code": "seat no", "person": "who", "level": "rank", "district": "ward"}, seats),
    ]
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "law.seats_most", 0)
        for kind, layer, mapping, table in files:
            path = county.write(f"{kind}{layer}", table)
            done = bring(unit, county.act(), kind=kind, path=path, datum="wgs84", layer=layer, mapping=mapping)
            assert not [flaw for flaw in done.flaws if flaw.fatal or flaw.kind == "seats_outside_law"]


def atlas_of(county: County) -> Atlas:
    return Atlases(county.store).on(dt.date(2026, 3, 1))


def test_the_file_as_published_is_refused_for_the_one_code_that_is_none(empty: County) -> None:
    path = empty.write("africa", africa().drop(columns="band"))
    with empty.store.unit() as unit, pytest.raises(FlawedError) as refused:
        bring(unit, empty.act(), kind="grids", path=path, datum="wgs84", mapping=MAPPING)
    fatal = [flaw for flaw in refused.value.flaws if flaw.fatal]
    somaliland = africa()["name"].tolist().index("Somaliland") + 1
    assert {(flaw.kind, flaw.feature, flaw.field) for flaw in fatal} >= {("bad_code", somaliland, "code")}
    assert {flaw.feature for flaw in fatal} == {somaliland}


def test_a_continent_is_placed_without_any_area_loaded(empty: County) -> None:
    load(empty)
    with empty.store.unit() as unit:
        placed = propose_plan(unit, empty.act())
        assert (placed.people, placed.people_placed, placed.seats_placed) == (15, 15, 15)
        assert (placed.grids, placed.grids_linked) == (51, 51)
        approve_plan(unit, empty.act(), plan=placed.plan, reason="Resolution 7")
        activate_plan(unit, empty.act(), plan=placed.plan)
    atlas = atlas_of(empty)
    for (lon, lat), name in KNOWN.items():
        answer = locate(atlas, lon, lat, WGS84)
        assert (answer.grid.name, answer.outside) == (name, False)
        assert (answer.village, answer.town, answer.station) == (None, None, None)
        assert answer.responsible[0].district == answer.pieces[0].district.code
        assert answer.responsible[0].deputy.name.startswith("Ọlọ́runfẹ́mi ዘውዴ")
    found = coverage(atlas)
    assert (found.unplaced, found.uncovered, found.towns, found.villages) == ((), (), 0, 0)
    with empty.store.reading() as unit:
        assert verify(unit).faults == ()
        table, _ = plan_table(unit, None, "en")
    assert set(PLACES.values()) <= set(table["grid"])
    assert Gazetteers(empty.store).of(atlas).find("cote")[0].entry.code == "CIV"


def test_many_places_of_a_continent_are_located_at_once(empty: County) -> None:
    load(empty)
    with empty.store.unit() as unit:
        activate_generation(unit, empty.act(), name=f"{empty.term}·第1代图层", unplaced=True)
    atlas = atlas_of(empty)
    rows = pd.DataFrame([(lon, lat, name) for (lon, lat), name in KNOWN.items()], columns=["lon", "lat", "name"])
    answers = locate_many(atlas, rows, WGS84)
    assert list(answers["grid_name"]) == list(rows["name"])
    assert set(answers["county_district"]) == {"north", "middle", "south"}
    assert set(answers["county_deputy"]) == set(answers["town_district"]) == set(answers["village"]) == {""}
    for datum in ("gcj02", "cgcs2000"):
        assert list(locate_many(atlas, rows, Datum.parse(datum))["grid_name"]) == list(rows["name"])


def test_the_other_continents_are_out_of_reach(empty: County) -> None:
    load(empty)
    with empty.store.unit() as unit:
        activate_generation(unit, empty.act(), name=f"{empty.term}·第1代图层", unplaced=True)
    rows = pd.DataFrame({"lon": [2.35, -74.0, 151.2, 112.96, -150.0], "lat": [48.85, 40.7, -33.9, 22.77, 0.0]})
    answers = locate_many(atlas_of(empty), rows, WGS84)
    assert set(answers["grid"]) == {""}
    assert not (answers["error"] == "").any()


def test_codes_with_blanks_lower_case_and_other_letters_are_kept_as_they_are(empty: County) -> None:
    codes = ["ward 7 b", "Περιφέρεια-1", "ክልል.2"]
    load(empty, codes)
    with empty.store.unit() as unit:
        plan = propose_plan(unit, empty.act()).plan
        approve_plan(unit, empty.act(), plan=plan, reason="Resolution 7")
        activate_plan(unit, empty.act(), plan=plan)
    atlas = atlas_of(empty)
    assert {locate(atlas, *spot, WGS84).pieces[0].district.code for spot in KNOWN} == set(codes)
    assert {link.district for link in atlas.links} == set(codes)
    with empty.store.reading() as unit:
        assert verify(unit).faults == ()


def test_a_shapefile_in_another_projection_lies_where_it_belongs(empty: County) -> None:
    frame = africa()[["iso_a3", "name", "geometry"]]
    frame = frame[frame["iso_a3"].isin(["KEN", "UGA", "TZA"])].to_crs("EPSG:32737")
    path = empty.folder / "east.gpkg"
    pyogrio.write_dataframe(frame, path)
    with empty.store.unit() as unit:
        done = bring(unit, empty.act(), kind="grids", path=path, datum="EPSG:32737", mapping={"code": "iso_a3"})
        activate_generation(unit, empty.act(), name=done.generation, unplaced=True)
    assert locate(atlas_of(empty), 36.82, -1.29, WGS84).grid.code == "KEN"
