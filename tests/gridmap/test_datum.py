"""Datums: published vectors, round trips, what is refused and what a file's own reference system contradicts."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.datum import (
    MAINLAND,
    Datum,
    UnknownDatum,
    bd09_to_gcj02,
    conflict,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    metric_crs,
    wgs84_to_gcj02,
)

METRE = 1 / 111_320
mainland_lon = st.floats(MAINLAND[0] + 0.1, MAINLAND[2] - 0.1)
mainland_lat = st.floats(MAINLAND[1] + 0.1, MAINLAND[3] - 0.1)

ESRI_ZONE = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_111E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


def test_gcj02_of_the_published_point_is_right_to_two_decimetres() -> None:
    lon, lat = wgs84_to_gcj02(116.404, 39.915)
    assert abs(float(lon) - 116.41024450) < 0.2 * METRE
    assert abs(float(lat) - 39.91640428) < 0.2 * METRE


@given(mainland_lon, mainland_lat)
def test_gcj02_there_and_back_is_where_it_was(lon: float, lat: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert np.allclose(back, (lon, lat), rtol=0, atol=1e-9)


@given(mainland_lon, mainland_lat)
def test_gcj02_moves_by_more_than_nothing_and_less_than_two_kilometres(lon: float, lat: float) -> None:
    east, north = np.subtract(wgs84_to_gcj02(lon, lat), (lon, lat))
    metres = np.hypot(east * np.cos(np.radians(lat)), north) / METRE
    assert 1.0 < metres < 2000.0


@given(mainland_lon, mainland_lat)
def test_bd09_there_and_back_is_where_it_was(lon: float, lat: float) -> None:
    assert np.allclose(bd09_to_gcj02(*gcj02_to_bd09(lon, lat)), (lon, lat), rtol=0, atol=1e-9)
    seen_on_baidu = gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
    assert np.allclose(Datum.parse("bd09").to_lonlat(*seen_on_baidu), (lon, lat), rtol=0, atol=2e-9)


@given(st.floats(-180.0, 180.0), st.floats(-90.0, 90.0))
def test_gcj02_outside_the_mainlands_rectangle_is_the_identity(lon: float, lat: float) -> None:
    west, south, east, north = MAINLAND
    if not (west <= lon <= east and south <= lat <= north):
        assert wgs84_to_gcj02(lon, lat) == (lon, lat)
        assert gcj02_to_wgs84(lon, lat) == (lon, lat)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4546"])
def test_what_is_not_finite_does_not_become_a_place(datum: str) -> None:
    lon, lat = Datum.parse(datum).to_lonlat([np.nan, np.inf, 113.0], [22.0, 22.0, -np.inf])
    assert not (np.isfinite(lon) & np.isfinite(lat)).any()


def test_a_three_degree_zone_of_cgcs2000_finds_its_middle_meridian() -> None:
    lon, lat = Datum.parse("EPSG:4546").to_lonlat([500000.0], [2500000.0])
    assert lon[0] == pytest.approx(111.0, abs=1e-9)
    assert lat[0] == pytest.approx(22.5978229, abs=1e-7)


def test_a_zone_with_its_number_in_front_wants_the_system_that_says_so() -> None:
    lon, lat = Datum.parse("EPSG:4525").to_lonlat([37500000.0], [2500000.0])
    assert (lon[0], lat[0]) == (pytest.approx(111.0), pytest.approx(22.5978229))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" WGS84 ", "wgs84"),
        ("Gcj02", "gcj02"),
        ("epsg:4326", "wgs84"),
        ("EPSG:4490", "cgcs2000"),
        ("epsg:04546", "EPSG:4546"),
    ],
)
def test_a_declaration_has_one_name_however_it_is_written(text: str, name: str) -> None:
    assert Datum.parse(text) == Datum(name=name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unknown"),
        ("北京", "unknown"),
        ("EPSG:", "unknown"),
        ("EPSG:９", "unknown"),
        ("EPSG:9", "unknown"),
        ("EPSG:4978", "not_flat"),
        ("EPSG:2365", "no_transformation"),  # Xi'an 1980 has no published way to WGS84: it would be off by 100 m
    ],
)
def test_an_unknown_datum_is_refused_with_what_is_accepted(text: str, why: str) -> None:
    with pytest.raises(UnknownDatum, match="wgs84, cgcs2000, gcj02, bd09, EPSG:n") as refusal:
        Datum.parse(text)
    assert (refusal.value.given, refusal.value.why) == (text, why)


def test_a_frame_moves_with_its_columns_and_its_gaps() -> None:
    shapes = [shapely.Point(*map(float, wgs84_to_gcj02(113.0, 22.5)), 7.0), None, shapely.Polygon()]
    frame = gpd.GeoDataFrame({"code": ["a", "b", "c"]}, geometry=shapes, index=[5, 6, 7])
    moved = Datum.parse("gcj02").frame_to_lonlat(frame)
    assert list(moved["code"]) == ["a", "b", "c"]
    assert list(moved.index) == [5, 6, 7]
    assert moved.crs == "EPSG:4326"
    assert moved.geometry.iloc[0].equals_exact(shapely.Point(113.0, 22.5), 1e-9)
    assert not moved.geometry.iloc[0].has_z
    assert moved.geometry.iloc[1] is None
    assert moved.geometry.iloc[2].is_empty
    assert frame.geometry.iloc[0].has_z


def test_a_vertex_without_a_place_is_kept_as_a_flaw_to_find() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(1e30, 0.0, 2e30, 1.0)])
    coordinates = shapely.get_coordinates(Datum.parse("EPSG:4546").frame_to_lonlat(frame).geometry.array)
    assert np.isinf(coordinates).all()


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02"])
@pytest.mark.parametrize("own", [None, 4326, 4490, "OGC:CRS84"])
def test_longitude_and_latitude_agree_with_the_named_datums(datum: str, own: object) -> None:
    assert conflict(Datum.parse(datum), own) is None


@pytest.mark.parametrize(
    ("datum", "own", "named"),
    [
        ("wgs84", ESRI_ZONE, "EPSG:4546"),
        ("gcj02", 32649, "EPSG:32649"),
        ("wgs84", 4610, "EPSG:4610"),
        ("EPSG:4546", 4326, "EPSG:4326"),
        ("EPSG:4547", ESRI_ZONE, "EPSG:4546"),
    ],
)
def test_a_file_that_says_otherwise_is_named(datum: str, own: object, named: str) -> None:
    assert conflict(Datum.parse(datum), own) == named


def test_a_shapefiles_zone_agrees_with_its_epsg_number() -> None:
    assert conflict(Datum.parse("EPSG:4546"), ESRI_ZONE) is None


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(113.0, 22.5, 32649), (-70.0, -33.0, 32719), (180.0, 10.0, 32660), (-180.0, 10.0, 32601), (0.0, 88.0, 32661)],
)
def test_metres_come_from_the_zone_of_the_centre(lon: float, lat: float, epsg: int) -> None:
    assert metric_crs(gpd.GeoSeries([shapely.Point(lon, lat)])) == pyproj.CRS.from_epsg(epsg)


def test_nothing_has_no_centre() -> None:
    with pytest.raises(ValueError, match="no centre"):
        metric_crs(gpd.GeoSeries([], crs="EPSG:4326"))
