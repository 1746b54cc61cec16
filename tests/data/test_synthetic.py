"""What the invented Heshan must hold: exact tilings, the published totals, and a mark on everything invented."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.readers import read
from data.sheets import SHEETS
from data.synthetic import Heshan, ImportFile, invent, write_files
from data.synthetic.customs import CUSTOMS
from data.synthetic.districts import fair_seats
from data.synthetic.ground import HOUSEHOLDS, POPULATION, TOWN_SIZES, draw_cells, portions
from data.synthetic.growth import is_connected, race, share_out, shortest_path
from data.synthetic.known import COUNTY, STREET, Known, read_known
from data.synthetic.names import invent_names
from data.synthetic.tessellation import merged, pinned
from data.synthetic.year import FIRST_DAY, LAST_DAY
from gridmap.datum import Datum
from gridmap.layers import check_cells

FRAMES = (
    *("areas", "grids", "county_districts", "town_districts", "addresses", "stations"),
    *("people", "seats", "gridworkers", "activities"),
)


@pytest.fixture(scope="module")
def known() -> Known:
    return read_known()


@pytest.fixture(scope="module")
def heshan() -> Heshan:
    return invent()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], ImportFile]:
    written = write_files(tmp_path_factory.mktemp("heshan"))
    return {(file.kind, file.layer): file for file in written}


def of_kind(areas: gpd.GeoDataFrame, *kinds: str) -> gpd.GeoDataFrame:
    return areas[areas["kind"].isin(kinds)].reset_index(drop=True)


def residence(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return districts[districts["basis"] == "residence"].reset_index(drop=True)


def corners(shape: shapely.Geometry) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(shape).tolist()}


def union(frame: gpd.GeoDataFrame) -> shapely.Geometry:
    return shapely.normalize(shapely.coverage_union_all(frame.geometry.to_numpy()))


# the ground


def test_grids_share_their_corners_exactly_without_gap_or_overlap(heshan: Heshan) -> None:
    shapes = heshan.grids.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert union(heshan.grids).geom_type == "Polygon"


def test_every_corner_lies_on_the_lattice_of_a_ten_millionth_of_a_degree(heshan: Heshan) -> None:
    at = shapely.get_coordinates(heshan.grids.geometry.to_numpy())
    assert (at == np.round(at, 7)).all()


def test_no_layer_has_a_flaw_that_the_door_would_report(heshan: Heshan) -> None:
    towns, villages = of_kind(heshan.areas, "town", "street"), of_kind(heshan.areas, "village", "community")
    county = of_kind(heshan.areas, "county").geometry.iloc[0]
    assert check_cells(heshan.grids, covering=county, parents=villages, parent_field="village") == []
    assert check_cells(villages, covering=county, parents=towns) == []
    assert check_cells(towns, covering=county, parents=of_kind(heshan.areas, "county")) == []
    assert check_cells(residence(heshan.county_districts), covering=county, parents=towns, parent_field="town") == []
    assert check_cells(heshan.town_districts, parents=towns, parent_field="town") == []


def test_the_county_keeps_every_real_corner_and_stays_within_a_few_centimetres_of_the_real_line(
    heshan: Heshan, known: Known
) -> None:
    county = of_kind(heshan.areas, "county").geometry.iloc[0]
    assert corners(known.county) <= corners(county)
    assert shapely.hausdorff_distance(county, known.county) < 5e-7


def test_villages_are_unions_of_two_to_five_grids_and_towns_of_villages(heshan: Heshan) -> None:
    sizes = heshan.grids.groupby("village").size()
    assert len(sizes) == 139
    assert sizes.between(2, 5).all()
    for village in of_kind(heshan.areas, "village", "community").itertuples():
        assert union(heshan.grids[heshan.grids["village"] == village.code]) == village.geometry
    for town in of_kind(heshan.areas, "town", "street").itertuples():
        assert union(heshan.areas[heshan.areas["parent"] == town.code]) == town.geometry


def test_every_known_point_lies_in_the_area_drawn_for_it(heshan: Heshan, known: Known) -> None:
    shapes = heshan.areas.set_index("code").geometry
    for point in known.points.itertuples():
        assert shapes[point.code].contains(shapely.Point(point.lon, point.lat)), point.name
        assert shapes[point.town].contains(shapely.Point(point.lon, point.lat)), point.name


def test_every_area_drawn_is_in_one_piece(heshan: Heshan) -> None:
    drawn = heshan.areas[heshan.areas.geometry.notna()]
    assert (drawn.geom_type == "Polygon").all()
    assert len(drawn) == 1 + 10 + 139


def test_units_have_no_polygon_and_nothing_real_says_anything_invented(heshan: Heshan) -> None:
    units = of_kind(heshan.areas, "unit")
    real = heshan.areas[~heshan.areas["synthetic"]]
    assert units.geometry.isna().all()
    assert sorted(real["kind"]) == ["county", "unit", "unit", "unit", "unit"]
    assert real[["households", "population"]].isna().all(axis=None)


def test_households_and_people_add_up_and_sha_ping_is_the_largest_with_45_percent(heshan: Heshan) -> None:
    towns = of_kind(heshan.areas, "town", "street").set_index("code")
    assert heshan.grids["households"].sum() == towns["households"].sum() == HOUSEHOLDS
    assert heshan.grids["population"].sum() == towns["population"].sum() == POPULATION
    assert towns["households"].idxmax() == STREET
    assert towns["households"][STREET] == 0.45 * HOUSEHOLDS
    assert heshan.grids["households"].min() > 0


def test_grids_are_smaller_near_their_towns_centre(heshan: Heshan, known: Known) -> None:
    grids = heshan.grids.to_crs("EPSG:32649")
    for town in known.points[known.points["code"].str.len() == 9].itertuples():
        own = grids[grids["village"].str[:9] == town.code]
        centre = gpd.GeoSeries([shapely.Point(town.lon, town.lat)], crs="EPSG:4326").to_crs(grids.crs).iloc[0]
        order = own.area.to_numpy()[np.argsort(own.centroid.distance(centre).to_numpy())]
        half = len(order) // 2
        assert np.median(order[:half]) < np.median(order[half:]), town.name


def test_a_grid_is_numbered_within_its_village_and_named_after_it(heshan: Heshan) -> None:
    assert (heshan.grids["code"].str[:12] == heshan.grids["village"]).all()
    for _, own in heshan.grids.groupby("village"):
        assert own["code"].str[12:].tolist() == [f"{n:03d}" for n in range(1, len(own) + 1)]
    first = heshan.grids.set_index("code")["name"]
    assert first["440784103209001"] == "古劳镇大埠村第001网格"
    assert first["440784001006001"] == "沙坪街道和平社区第001网格"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_seed_draws_another_ground_that_holds_as_well(seed: int, known: Known) -> None:
    cells = draw_cells(known, np.random.default_rng(seed))
    sizes = pd.Series(cells.villages).value_counts()
    assert shapely.coverage_is_valid(cells.shapes)
    assert sizes.between(2, 5).all()
    assert set(sizes.index) == set(known.villages["code"])
    assert shapely.get_type_id(merged(cells.shapes, cells.towns, list(TOWN_SIZES.index))).tolist() == [3] * 10


# electoral districts


@pytest.mark.parametrize("layer", ["county_districts", "town_districts"])
def test_districts_tile_every_town_of_their_layer_corner_by_corner(heshan: Heshan, layer: str) -> None:
    districts = residence(getattr(heshan, layer))
    towns = of_kind(heshan.areas, "town", "street").set_index("code").geometry
    assert shapely.coverage_is_valid(districts.geometry.to_numpy())
    for town, own in districts.groupby("town"):
        assert corners(union(own)) == corners(towns[town])
        assert union(own).equals(towns[town])


def test_the_county_layer_covers_all_towns_and_the_town_layer_all_but_the_street(heshan: Heshan) -> None:
    assert set(residence(heshan.county_districts)["town"]) == set(TOWN_SIZES.index)
    assert set(heshan.town_districts["town"]) == set(TOWN_SIZES.index) - {STREET}


def test_the_county_elects_246_deputies_and_every_district_one_to_three(heshan: Heshan) -> None:
    assert heshan.county_districts["seats"].sum() == 246
    assert heshan.town_districts["seats"].sum() == 542
    assert heshan.town_districts.groupby("town")["seats"].sum().between(45, 75).all()
    for layer in (heshan.county_districts, heshan.town_districts):
        assert layer["seats"].between(1, 3).all()
        assert layer["code"].is_unique


def test_four_work_units_elect_with_a_point_inside_a_real_grid_of_their_town(heshan: Heshan) -> None:
    units = heshan.county_districts[heshan.county_districts["basis"] == "work_unit"]
    assert len(units) == 4
    assert units["unit_name"].str.startswith("示例").all()
    for unit in units.itertuples():
        home = heshan.grids[heshan.grids.contains(unit.geometry)]
        assert home["village"].str[:9].tolist() == [unit.town]


def test_districts_cross_the_grids_and_some_are_smaller_than_one(heshan: Heshan) -> None:
    grids = heshan.grids.geometry.to_numpy()
    for layer in (residence(heshan.county_districts), heshan.town_districts):
        shapes = layer.geometry.to_numpy()
        of_grid, of_district = shapely.STRtree(shapes).query(grids, predicate="overlaps")
        assert len(np.unique(of_grid)) > len(grids) / 3
        assert len(np.unique(of_district)) > len(shapes) / 2
    inside, _ = shapely.STRtree(grids).query(heshan.town_districts.geometry.to_numpy(), predicate="within")
    assert len(inside)


def test_seats_follow_the_people_within_a_factor_of_two_and_a_half(heshan: Heshan) -> None:
    for _, own in residence(heshan.county_districts).groupby("town"):
        per_seat = own["population"] / own["seats"]
        assert per_seat.max() < 2.5 * per_seat.min()


# deputies, stations, grid workers


def test_806_people_sit_on_832_seats_of_four_levels(heshan: Heshan) -> None:
    held = heshan.seats["person"].value_counts()
    assert len(heshan.people) == 806
    assert set(held.index) == set(heshan.people["code"])
    assert held.value_counts().to_dict() == {1: 780, 2: 26}
    assert heshan.seats["level"].value_counts().to_dict() == {
        "town": 542,
        "county": 246,
        "prefecture": 40,
        "province": 4,
    }


def test_who_holds_two_seats_holds_one_in_the_county_and_one_in_a_town_of_the_same_name(heshan: Heshan) -> None:
    for _, seats in heshan.seats.groupby("person"):
        if len(seats) > 1:
            assert sorted(seats["level"]) == ["county", "town"]
            assert seats["town"].nunique() == 1


def test_every_district_has_as_many_deputies_as_seats(heshan: Heshan) -> None:
    for level, districts in (("county", heshan.county_districts), ("town", heshan.town_districts)):
        sitting = heshan.seats[heshan.seats["level"] == level].groupby("district").size()
        assert sitting.to_dict() == districts.set_index("code")["seats"].to_dict()


def test_deputies_sent_by_a_congress_have_an_electing_unit_and_all_but_five_a_decision(heshan: Heshan) -> None:
    sent = heshan.seats[heshan.seats["level"].isin(["prefecture", "province"])]
    units = {"prefecture": "鹤山市人民代表大会", "province": "江门市人民代表大会"}
    assert (sent["electing_unit"] == sent["level"].map(units)).all()
    assert (sent["district"] == "").all()
    decided = sent[sent["grid"] != ""]
    assert len(sent) - len(decided) == 5
    assert decided["decision"].str.startswith("示例决定〔2022〕第").all()
    assert (decided["grid"].str[:9] == decided["town"]).all()
    assert (sent.loc[sent["grid"] == "", ["decision", "decided_on"]] == "").all(axis=None)


def test_nobody_can_be_mistaken_for_a_real_person(heshan: Heshan) -> None:
    names = pd.concat([heshan.people["name"], heshan.gridworkers.drop_duplicates("code")["name"]])
    assert names.str.startswith("示例·").all()
    assert names.is_unique
    assert heshan.people["name_en"].str.startswith("Sample ").all()


def test_every_seat_has_a_town_a_station_in_it_and_a_village_of_it_when_elected_directly(heshan: Heshan) -> None:
    stations = heshan.stations.set_index("code")["town"]
    assert (heshan.seats["station"].map(stations) == heshan.seats["town"]).all()
    direct = heshan.seats[heshan.seats["district"] != ""]
    assert (direct["village"].str[:9] == direct["town"]).all()


def test_there_are_ten_central_and_seventy_other_stations_each_inside_its_village(heshan: Heshan) -> None:
    kinds = heshan.stations["kind"].value_counts()
    assert kinds.to_dict() == {"central": 10, "station": 62, "industry": 8}
    assert heshan.stations[heshan.stations["kind"] == "central"]["town"].nunique() == 10
    shapes = heshan.areas.set_index("code").geometry
    for station in heshan.stations.itertuples():
        assert shapes[station.village].contains(station.geometry)
        assert "示例" in station.name


def test_every_grid_has_one_chief_and_one_worker_and_a_village_one_chief(heshan: Heshan) -> None:
    workers = heshan.gridworkers
    per_grid = workers.groupby(["grid", "role"]).size().unstack()
    assert set(per_grid.index) == set(heshan.grids["code"])
    assert (per_grid == 1).all(axis=None)
    chiefs = workers[workers["role"] == "chief"]
    assert (chiefs.groupby(chiefs["grid"].str[:12])["code"].nunique() == 1).all()


# the year


def people_in(activities: pd.DataFrame) -> "pd.Series[int]":
    return activities["people"].str.split(";").map(len)


def test_the_years_totals_are_the_published_ones(heshan: Heshan) -> None:
    year = heshan.activities.set_index("kind", drop=False)
    assert people_in(year.loc[["grid.visit", "station.reception"]]).sum() == 7_258
    assert year.loc[["station.reception", "electors.meeting"], "served"].sum() == 8_532
    assert len(year.loc[["opinion.gathered"]]) == 824
    assert len(year.loc[["livelihood.project"]]) == 91


def test_every_act_falls_in_the_year_names_known_people_once_and_happens_at_one_known_place(heshan: Heshan) -> None:
    year = heshan.activities
    assert year["on"].between(FIRST_DAY, LAST_DAY).all()
    assert dt.date(2025, 11, 1) == FIRST_DAY
    assert dt.date(2026, 10, 31) == LAST_DAY
    assert set(year["kind"]) == set(CUSTOMS)
    for people in year["people"]:
        codes = people.split(";")
        assert len(codes) == len(set(codes))
    assert set(";".join(year["people"]).split(";")) <= set(heshan.people["code"])
    assert ((year["grid"] == "") != (year["station"] == "")).all()
    assert set(year["grid"]) - {""} <= set(heshan.grids["code"])
    assert set(year["station"]) - {""} <= set(heshan.stations["code"])
    assert year["code"].is_unique
    assert len(year) < 12_000


def test_some_act_all_the_time_and_some_never(heshan: Heshan) -> None:
    acts = pd.Series(";".join(heshan.activities["people"]).split(";")).value_counts()
    acts = acts.reindex(heshan.people["code"], fill_value=0)
    assert (acts == 0).sum() >= 20
    assert acts.max() > 4 * acts.median()
    assert acts.mean() > acts.median()


def test_two_acts_in_a_hundred_are_not_yet_verified(heshan: Heshan) -> None:
    share = (heshan.activities["state"] == "reported").mean()
    assert round(share, 2) == 0.02
    assert set(heshan.activities["state"]) == {"reported", "verified"}


def test_an_act_names_a_level_only_for_a_lead_who_holds_two_seats(heshan: Heshan) -> None:
    held = heshan.seats["person"].value_counts()
    levelled = heshan.activities[heshan.activities["level"] != ""]
    assert len(levelled)
    assert (levelled["people"].str.split(";").str[0].map(held) == 2).all()


# one seed, and the files


def test_the_same_seed_invents_the_same_in_every_cell_and_corner(heshan: Heshan) -> None:
    again = invent()
    for name in FRAMES:
        one, other = getattr(heshan, name), getattr(again, name)
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
        if "geometry" in one:
            assert one.geometry.to_wkb().equals(other.geometry.to_wkb())


def test_every_address_lies_in_its_grid_and_their_households_add_up_to_the_grids(heshan: Heshan) -> None:
    addresses, grids = heshan.addresses, heshan.grids.set_index("code")
    shapes = grids.geometry.loc[addresses["grid"]].to_numpy()
    assert shapely.covers(shapes, addresses.geometry.to_numpy()).all()
    assert addresses.groupby("grid")["households"].sum().to_dict() == grids["households"].to_dict()
    assert addresses["code"].is_unique
    assert addresses["address"].is_unique


def test_the_files_come_in_the_order_the_door_needs(tmp_path: Path) -> None:
    files = write_files(tmp_path / "new")
    assert [(file.kind, file.layer, file.datum) for file in files] == [
        ("areas", "", "cgcs2000"),
        ("grids", "", "wgs84"),
        ("districts", "county", "wgs84"),
        ("districts", "town", "cgcs2000"),
        ("addresses", "", "gcj02"),
        ("stations", "", "gcj02"),
        ("people", "", ""),
        ("seats", "", ""),
        ("gridworkers", "", ""),
        ("activities", "", ""),
    ]
    assert all("示例" in file.path.name and file.path.is_file() for file in files)
    assert [file.path for file in write_files(tmp_path / "new")] == [file.path for file in files]


def test_grids_read_back_from_the_shapefile_still_share_their_corners(
    files: dict[tuple[str, str], ImportFile], heshan: Heshan
) -> None:
    grids = gpd.read_file(files["grids", ""].path)
    assert grids.columns.tolist() == [*heshan.grids.columns.drop("geometry"), "synthetic", "geometry"]
    assert max(map(len, grids.columns)) <= 10
    assert (grids["name"] == heshan.grids["name"]).all()
    assert (grids["synthetic"] == "true").all()
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())


def test_districts_read_back_from_both_formats_still_tile_the_same_towns(
    files: dict[tuple[str, str], ImportFile],
) -> None:
    county = gpd.read_file(files["districts", "county"].path)
    town = gpd.read_file(files["districts", "town"].path)
    areas = gpd.read_file(files["areas", ""].path).set_index("代码").geometry
    assert county.geom_type.value_counts().to_dict() == {"Polygon": 124, "Point": 4}
    for code in TOWN_SIZES.index.drop(STREET):
        for own in (
            county[(county["town"] == code) & (county["basis"] == "residence")],
            town[town["选区所在镇"] == code],
        ):
            assert shapely.equals(union(own), areas[code])


def test_every_header_is_one_the_door_knows_and_every_row_invented_says_so(
    files: dict[tuple[str, str], ImportFile],
) -> None:
    for (kind, _), file in files.items():
        if file.path.suffix == ".csv":
            frame = pd.read_csv(file.path, dtype=str, encoding="utf-8-sig")
        elif file.path.suffix == ".xlsx":
            frame = pd.read_excel(file.path, dtype=str)
        else:
            frame = pd.DataFrame(gpd.read_file(file.path).drop(columns="geometry").astype(str))
        columns = {header: SHEETS[kind].column_for(str(header)) for header in frame.columns}
        assert None not in columns.values(), kind
        names = {column.name: str(header) for header, column in columns.items() if column is not None}
        assert {column.name for column in SHEETS[kind].required} <= set(names) | {"lon", "lat"}
        marks = frame[names["synthetic"]].str.lower()
        assert set(marks) <= {"true", "是"} or kind == "areas"
    areas = gpd.read_file(files["areas", ""].path)
    assert areas.loc[areas["示例"] != "是", "代码"].tolist() == [
        COUNTY, "440784401", "440784402", "440784401498", "440784402598"
    ]  # fmt: skip


def test_the_door_reads_every_file_to_its_end_without_a_flaw(
    files: dict[tuple[str, str], ImportFile], heshan: Heshan
) -> None:
    expected = dict(zip(files, (len(getattr(heshan, name)) for name in FRAMES), strict=True))
    for (kind, layer), file in files.items():
        reading = read(kind, file.path, datum=file.datum, layer=file.layer)
        assert not reading.flaws, kind
        assert reading.rows == len(reading.frame) == expected[kind, layer]


def test_stations_declared_as_gcj02_come_back_to_their_places(
    files: dict[tuple[str, str], ImportFile], heshan: Heshan
) -> None:
    file = files["stations", ""]
    table = pd.read_csv(file.path, encoding="utf-8-sig")
    lon, lat = Datum.parse(file.datum).to_lonlat(table["经度"], table["纬度"])
    assert np.allclose(lon, heshan.stations.geometry.x, atol=2e-7)
    assert np.allclose(lat, heshan.stations.geometry.y, atol=2e-7)
    assert not np.allclose(table["经度"], heshan.stations.geometry.x, atol=1e-3)
    assert file.path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_seats_in_the_workbook_say_in_chinese_what_they_are(
    files: dict[tuple[str, str], ImportFile], heshan: Heshan
) -> None:
    table = pd.read_excel(files["seats", ""].path, dtype=str, keep_default_na=False)
    assert set(table["层级"]) == {"县级", "乡镇级", "设区的市级", "省级"}
    assert (table["镇代码"] == heshan.seats["town"]).all()
    assert pd.to_datetime(table["任职起"], format="%Y-%m-%d").notna().all()


# the tools, in tiny cities


def lattice(width: int, height: int) -> dict[int, dict[int, float]]:
    """Square cells numbered row by row, a metre apart."""
    at = {(x, y): y * width + x for x in range(width) for y in range(height)}
    steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
    return {cell: {at[x + i, y + j]: 1.0 for i, j in steps if (x + i, y + j) in at} for (x, y), cell in at.items()}


def test_in_a_race_from_both_ends_of_a_street_the_middle_goes_to_the_lower_runner() -> None:
    assert race(lattice(5, 1), {0: 0, 4: 1}) == {0: 0, 1: 0, 2: 0, 3: 1, 4: 1}


def test_ground_meant_for_another_runner_is_slow() -> None:
    assert race(lattice(5, 1), {0: 0, 4: 1}, [0, 1, 1, 1, 1]) == {0: 0, 1: 1, 2: 1, 3: 1, 4: 1}


def test_a_way_goes_round_what_is_blocked_and_a_walled_cell_is_told() -> None:
    assert shortest_path(lattice(3, 2), [0], 2, {1}) == [0, 3, 4, 5, 2]
    with pytest.raises(ValueError, match="no way to cell 2"):
        shortest_path(lattice(3, 1), [0], 2, {1})


@given(width=st.integers(2, 6), height=st.integers(2, 6), data=st.data())
def test_what_is_shared_out_is_connected_holds_its_roots_and_keeps_the_sizes(
    width: int, height: int, data: st.DataObject
) -> None:
    cells = list(range(width * height))
    count = data.draw(st.integers(max(1, -(-len(cells) // 5)), max(1, len(cells) // 3)))
    roots = data.draw(st.permutations(cells))[:count]
    try:
        owner = share_out(lattice(width, height), roots, cells, least=2, most=5, rooted=1)
    except ValueError:
        reject()
    groups = [{cell for cell, index in owner.items() if index == group} for group in range(count)]
    assert set(owner) == set(cells)
    assert roots[0] in groups[0]
    assert all(2 <= len(group) <= 5 and is_connected(lattice(width, height), group) for group in groups)


def test_more_groups_than_cells_cannot_be_shared_out() -> None:
    with pytest.raises(ValueError, match="cannot be shared out"):
        share_out(lattice(3, 1), [0, 1], range(3), least=2, most=5, rooted=2)


@given(
    total=st.integers(0, 10_000),
    weights=arrays(np.float64, st.integers(1, 30), elements=st.floats(0.01, 1_000.0)),
)
def test_portions_add_up_and_miss_their_exact_share_by_less_than_one(total: int, weights: np.ndarray) -> None:
    parts = portions(total, weights)
    assert parts.sum() == total
    assert np.abs(parts - weights / weights.sum() * total).max() < 1 + 1e-9


@given(residents=arrays(np.float64, st.integers(1, 12), elements=st.floats(1.0, 9_000.0)), data=st.data())
def test_fair_seats_add_up_and_more_people_never_get_fewer_seats(residents: np.ndarray, data: st.DataObject) -> None:
    total = data.draw(st.integers(len(residents), 3 * len(residents)))
    seats = fair_seats(total, residents)
    assert seats.sum() == total
    assert set(seats.tolist()) <= {1, 2, 3}
    for one in range(len(seats)):
        assert (seats[one] >= seats[residents < residents[one]]).all()


def test_seats_that_do_not_fit_the_districts_are_refused() -> None:
    with pytest.raises(ValueError, match="7 seats do not fit 2 districts"):
        fair_seats(7, np.array([10.0, 20.0]))


def test_a_pin_becomes_a_corner_of_both_neighbours_and_of_nobody_else() -> None:
    cells = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 3, 1)], dtype=object)
    with_pin = pinned(cells, np.array([[1.0, 0.25]]))
    assert [(1.0, 0.25) in corners(cell) for cell in with_pin] == [True, True, False]
    assert shapely.coverage_is_valid(with_pin)
    assert shapely.area(with_pin).tolist() == [1.0, 1.0, 1.0]


def test_a_pin_on_a_corner_changes_nothing() -> None:
    cells = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    assert shapely.equals_exact(pinned(cells, np.array([[1.0, 0.0]])), cells).all()


def test_all_1800_names_differ_in_both_scripts() -> None:
    names = invent_names(np.random.default_rng(0))
    assert len(names) == 1_800
    assert names["name"].is_unique
    assert names["name_en"].is_unique
