"""Finding: a place is found on the map in force, with the deputy of its own district; what is not public stays out."""

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event

from services.atlas import Atlas, Atlases
from services.finding import Gazetteers, Page, find
from services.imports import bring

County = Any
ROWS = (
    ("M1", "东街1号", "", "东苑", 1.0, 1.0),
    ("M2", "东街3号", "", "东苑", 1.5, 1.0),
    ("M3", "第一村民小组7号", "第一村民小组", "", 4.5, 1.0),
    ("M4", "第一村民小组8号", "第一村民小组", "", 6.0, 1.0),
    ("M5", "海岛1号", "", "", 90.0, 90.0),
)


@pytest.fixture
def lived_in(swift: County) -> County:
    places = [swift.at(row[4], row[5]) for row in ROWS]
    frame = pd.DataFrame([row[:4] for row in ROWS], columns=["code", "address", "group", "estate"]).assign(
        households=77, lon=[lon for lon, _ in places], lat=[lat for _, lat in places]
    )
    path = swift.write("addresses", frame)
    with swift.store.unit() as unit:
        bring(unit, swift.act(), kind="addresses", path=path, datum="wgs84")
    return swift


def ask(county: County, question: str, **options: int) -> Page:
    atlas = atlas_of(county)
    return find(atlas, Gazetteers(county.store).of(atlas), question, **options)


def atlas_of(county: County) -> Atlas:
    return Atlases(county.store).on(county.act().today)


@pytest.mark.parametrize(
    ("question", "kind", "name", "grid"),
    [
        ("西镇东街３號", "house", "东街3号", "G1"),
        ("第一小组七号", "house", "第一村民小组7号", "G2"),
        ("第一村民小组", "group", "第一村民小组", "G2"),
        ("东苑", "estate", "东苑", "G1"),
        ("第3网格", "grid", "第3网格", "G3"),
        ("西北站", "station", "西北站", "G5"),
        ("厂选区", "district", "厂选区", "G8"),
    ],
)
def test_a_place_leads_to_its_grid_and_the_deputy_of_its_own_district(
    lived_in: County, question: str, kind: str, name: str, grid: str
) -> None:
    first = ask(lived_in, question).places[0]
    assert (first.hit.entry.kind, first.hit.entry.name) == (kind, name)
    assert first.grid is not None
    assert first.grid.code == grid
    assert first.deputy is not None
    holder = atlas_of(lived_in).holders[first.deputy.seat]
    assert holder.district == first.deputy.district


def test_a_deputy_is_one_entry_whatever_the_number_of_seats(lived_in: County) -> None:
    found = [place for place in ask(lived_in, "甲01").places if place.hit.entry.kind == "deputy"]
    assert [place.hit.entry.name for place in found][:1] == ["甲01"]
    assert found[0].hit.entry.levels == ("county", "town")
    assert sum(place.hit.entry.name == "甲01" for place in found) == 1


def test_a_place_beyond_reach_is_found_but_names_nobody(lived_in: County) -> None:
    island = ask(lived_in, "海岛1号").places[0]
    assert island.hit.entry.code == "M5"
    assert (island.grid, island.deputy) == (None, None)


def test_pages_follow_each_other_without_a_gap(lived_in: County) -> None:
    whole = ask(lived_in, "网格", most=50)
    pages, after = [], 0
    while True:
        page = ask(lived_in, "网格", first=after, most=3)
        pages += page.places
        if page.following is None:
            break
        after = page.following
    assert tuple(pages) == whole.places
    assert whole.total == len(whole.places) == 8


def test_nothing_of_a_household_is_read_for_the_search(lived_in: County) -> None:
    statements: list[str] = []
    atlas = atlas_of(lived_in)
    event.listen(lived_in.store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    Gazetteers(lived_in.store).of(atlas)
    assert any("address" in statement for statement in statements)
    assert not any("households" in statement for statement in statements)


def test_a_gazetteer_is_built_once_for_an_atlas_and_anew_for_the_next(lived_in: County) -> None:
    shelf = Gazetteers(lived_in.store)
    first = shelf.of(atlas_of(lived_in))
    assert shelf.of(atlas_of(lived_in)) is first
    lived_in.bring("stations")
    assert shelf.of(atlas_of(lived_in)) is not first
