"""The demo of Heshan on both databases: everybody placed, the known totals, and answers that agree with geopandas."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select

from data.store import Store
from data.tables import Account, Area, District, Grid, ImportRun, LedgerEntry, Person, Seat
from gridmap.datum import Datum, wgs84_to_gcj02
from services.act import Act
from services.atlas import Atlas, Atlases
from services.coverage import coverage
from services.demo import build_demo, is_demo
from services.locating import locate_many
from services.points import score
from services.verify import verify

POINTS = 100_000
TODAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def build(store: Store, folder: Path) -> None:
    build_demo(store, Act(actor="demo", at=AT), folder=folder, step=lambda _: None)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def demo(request: pytest.FixtureRequest, copies: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give the built demo, once on each database; nothing here may change it."""
    with copies("demo", build, request.param, tmp_path_factory.mktemp("demo")) as store:
        yield store


@pytest.fixture(scope="module")
def atlas(demo: Store) -> Atlas:
    return Atlases(demo).on(TODAY)


def test_the_demo_places_806_of_806_people_in_832_seats_and_401_grids(atlas: Atlas) -> None:
    found = coverage(atlas)
    assert (found.people, found.people_placed) == (806, 806)
    assert (found.seats, found.seats_placed) == (832, 832)
    assert (found.grids, found.grids_linked, found.dual) == (401, 401, 26)
    assert (found.towns, found.villages) == (10, 139)
    assert found.unplaced == found.uncovered == ()


def test_the_totals_are_those_that_were_published(demo: Store) -> None:
    with demo.reading() as unit:
        sizes = {
            model.__tablename__: unit.scalar(select(func.count()).select_from(model)) for model in (Person, Seat, Grid)
        }
        levels = dict(unit.execute(select(Seat.level, func.count()).group_by(Seat.level)).all())
        kinds = dict(unit.execute(select(Area.kind, func.count()).group_by(Area.kind)).all())
        seats = dict(unit.execute(select(District.layer, func.sum(District.seats)).group_by(District.layer)).all())
        households = unit.scalar(select(func.sum(Grid.households)))
        of_villages = unit.scalar(select(func.sum(Area.households)).where(Area.kind.in_(["village", "community"])))
    assert sizes == {"person": 806, "seat": 832, "grid": 401}
    assert sum(levels.values()) == 832
    assert (kinds["county"], kinds["town"] + kinds["street"], kinds["village"] + kinds["community"]) == (1, 10, 139)
    assert {layer: int(count) for layer, count in seats.items()} == {
        layer: levels[layer] for layer in ("county", "town")
    }
    assert households == of_villages


def test_the_demo_says_that_it_is_one_and_that_its_data_are_invented(demo: Store, atlas: Atlas) -> None:
    assert atlas.synthetic
    with demo.reading() as unit:
        assert is_demo(unit)
        assert unit.scalar(select(func.count()).select_from(Grid).where(Grid.synthetic.is_(False))) == 0
        assert unit.scalar(select(func.count()).select_from(Person).where(Person.synthetic.is_(False))) == 0
        assert all("synthetic" in source for source in unit.scalars(select(ImportRun.source)))


def test_nothing_is_wrong_with_the_demo(demo: Store) -> None:
    with demo.reading() as unit:
        found = verify(unit)
    assert found.faults == ()
    assert min(found.audit_rows, found.ledger_entries, found.pieces, found.links) > 10


def test_no_file_of_the_demo_has_a_fatal_flaw(demo: Store) -> None:
    with demo.reading() as unit:
        flaws = [flaw for run in unit.scalars(select(ImportRun.flaws)) for flaw in run]
    assert not [flaw for flaw in flaws if flaw["fatal"]]


def test_the_demo_has_one_log_in_for_every_role(demo: Store) -> None:
    with demo.reading() as unit:
        roles = sorted(unit.scalars(select(Account.role)))
    assert roles == ["admin", "auditor", "congress", "department", "deputy", "grid_worker", "station", "town"]


def test_scoring_the_demo_again_adds_nothing(demo: Store) -> None:
    with demo.reading() as unit:
        before = unit.scalar(select(func.count()).select_from(LedgerEntry))
    with demo.unit() as unit:
        again = score(unit, Act(actor="demo", at=AT))
        assert (again.added, again.reversed, again.kept) == (0, 0, before)
        unit.rollback()


# --- a differential test: our answers beside geopandas' -------------------------------------------------------------


def joined(points: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> "pd.Series[Any]":
    """Give each point's lowest cell by geopandas, empty text where there is none."""
    hits = gpd.sjoin(points, cells[["code", "geometry"]], predicate="intersects", how="inner")
    lowest = hits.groupby(level=0)["code"].min()
    return lowest.reindex(points.index, fill_value="")


def random_points(atlas: Atlas) -> gpd.GeoDataFrame:
    """Scatter points over the county and put the corners of its grids among them."""
    chance = np.random.default_rng(20261123)
    west, south, east, north = atlas.layers.grids.total_bounds
    corners = np.unique(shapely.get_coordinates(atlas.layers.grids.geometry.to_numpy()), axis=0)
    corners = corners[chance.permutation(len(corners))[:5_000]]
    spots = chance.uniform((west, south), (east, north), (POINTS - len(corners), 2))
    both = np.concatenate((spots, corners))
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(both[:, 0], both[:, 1]), crs="EPSG:4326")


def test_a_hundred_thousand_points_are_where_geopandas_finds_them_in_either_datum(atlas: Atlas) -> None:
    points = random_points(atlas)
    rows = pd.DataFrame({"lon": points.geometry.x, "lat": points.geometry.y})
    ours = locate_many(atlas, rows, Datum.parse("wgs84"))
    inside = ours["grid"].where((ours["outside"] == "false") & (ours["error"] == ""), "")
    grids = joined(points, atlas.layers.grids)
    assert (grids != "").sum() > POINTS // 3
    assert (inside == grids).all()
    here = grids != ""
    for layer in ("county", "town"):
        wanted = joined(points, atlas.layers.districts[layer])
        assert (wanted[here] != "").any()
        assert (ours[f"{layer}_district"][here] == wanted[here]).all()

    lon, lat = wgs84_to_gcj02(rows["lon"], rows["lat"])
    shifted = locate_many(atlas, pd.DataFrame({"lon": lon, "lat": lat}), Datum.parse("gcj02"))
    lines = [
        *atlas.layers.grids.boundary,
        *(line for frame in atlas.layers.districts.values() for line in frame.boundary),
    ]
    tree = shapely.STRtree(np.concatenate([shapely.get_parts(line) for line in lines]))
    on_a_border = np.zeros(POINTS, dtype=bool)
    on_a_border[np.unique(tree.query(points.geometry.to_numpy(), predicate="dwithin", distance=2e-9)[0])] = True
    assert 0 < on_a_border.sum() <= 5_000
    columns = [
        "grid",
        "village",
        "county_district",
        "town_district",
        "county_deputy",
        "town_deputy",
        "outside",
        "error",
    ]
    differing = (shifted[columns] != ours[columns]).any(axis=1).to_numpy()
    assert not (differing & ~on_a_border).any()


def test_every_located_point_inside_has_a_deputy_of_its_own_districts(atlas: Atlas) -> None:
    points = random_points(atlas).iloc[:20_000]
    ours = locate_many(atlas, pd.DataFrame({"lon": points.geometry.x, "lat": points.geometry.y}), Datum.parse("wgs84"))
    here = ours[(ours["outside"] == "false") & (ours["error"] == "")]
    assert (here["county_deputy"] != "").all()
    of_town = {holder.name: holder.district for holder in atlas.holders.values() if holder.level == "town"}
    covered = here[here["town_district"] != ""]
    assert len(covered) > 5_000
    assert (covered["town_deputy"].map(of_town) == covered["town_district"]).all()
