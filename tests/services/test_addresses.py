"""Addresses: what their file may not hold, and households counted where people live instead of shared out by area."""

from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select

from data.flaws import Flaw, render
from data.tables import Address, Piece
from services.errors import BadRequestError, FlawedError
from services.ground import load_layers, pieces_for
from services.imports import Imported, bring
from services.instance import change_setting, the_generation, the_term
from services.plans import plan_table, show_plan

County = Any
PLACES: tuple[tuple[str, str, float, float, int | None], ...] = (
    ("M1", "示例路1号", 1, 1, 40),
    ("M2", "示例路2号", 2, 1, 50),
    ("M3", "第一组3号", 4.5, 1, 5),  # in X1, in the quarter of grid G2 that X1 reaches
    ("M4", "第一组4号", 6, 1, 195),
)


def sheet(county: County, rows: tuple[tuple[str, str, float, float, int | None], ...] = PLACES) -> pd.DataFrame:
    places = [county.at(x, y) for _, _, x, y, _ in rows]
    return pd.DataFrame(
        {
            "code": [row[0] for row in rows], "address": [row[1] for row in rows], "estate": "东苑", "grid": "",
            "households": pd.array([row[4] for row in rows], dtype="Int64"),
            "lon": [lon for lon, _ in places], "lat": [lat for _, lat in places],
        }
    )  # fmt: skip


def take(county: County, frame: pd.DataFrame, **options: Any) -> Imported:
    with county.store.unit() as unit:
        return bring(
            unit, county.act(), kind="addresses", path=county.write("addresses", frame), datum="wgs84", **options
        )


def households(county: County) -> dict[tuple[str, str, str], tuple[int, str]]:
    with county.store.reading() as unit:
        rows = unit.execute(select(Piece.layer, Piece.grid_code, Piece.district_code, Piece.households, Piece.weight))
        return {(layer, grid, district): (number, weight) for layer, grid, district, number, weight in rows}


def drawn(empty: County) -> None:
    empty.load("areas", "grids", "county", "town", "stations", "people", "seats")


def kinds(flaws: tuple[Flaw, ...]) -> set[str]:
    for flaw in flaws:
        assert all(part for lang in ("zh", "en") for part in render(flaw, lang))
    return {flaw.kind for flaw in flaws}


def test_addresses_come_in_whole_and_replace_those_that_stood(empty: County) -> None:
    drawn(empty)
    assert take(empty, sheet(empty)).new == 4
    again = take(empty, sheet(empty, PLACES[:3]))
    assert (again.new, again.replaced) == (3, 4)
    with empty.store.reading() as unit:
        kept = unit.scalars(select(Address).order_by(Address.code)).all()
    assert [(row.code, row.address, row.estate, row.households) for row in kept][:1] == [
        ("M1", "示例路1号", "东苑", 40)
    ]
    assert shapely.equals(kept[0].geometry, shapely.Point(empty.at(1, 1)))


def test_households_of_a_piece_are_those_of_the_addresses_in_it_and_the_rest_stays_by_area(empty: County) -> None:
    drawn(empty)
    empty.place()
    by_area = households(empty)
    assert by_area["county", "G2", "X1"] == (50, "households")
    with empty.store.unit() as unit:
        generation = the_generation(unit, empty.act(), the_term(unit), empty.generation)
        generation.state = "loading"
    take(empty, sheet(empty))
    empty.place("2026-03-02")
    counted = households(empty)
    assert counted["county", "G2", "X1"] == (5, "addresses")
    assert counted["county", "G2", "X2"] == (195, "addresses")
    assert counted["county", "G1", "X1"] == (90, "addresses")
    assert counted["county", "G3", "X3"] == by_area["county", "G3", "X3"]


def test_a_plan_says_on_paper_how_the_households_of_its_pieces_are_known(empty: County) -> None:
    drawn(empty)
    take(empty, sheet(empty))
    plan = empty.place()
    with empty.store.reading() as unit:
        weights = show_plan(unit, plan)["weights"]
        table, _ = plan_table(unit, plan, "zh")
    assert weights == {"addresses": 7, "households": 15}
    told = dict(zip(zip(table["layer"], table["grid"], table["district"], strict=True), table["counted"], strict=True))
    assert told["county", "G2", "X1"] == "按门牌"
    assert told["county", "G4", "X3"] == "网格户数按面积分摊"


def test_the_setting_keeps_the_grids_own_households(empty: County) -> None:
    drawn(empty)
    take(empty, sheet(empty))
    with empty.store.unit() as unit:
        change_setting(unit, empty.act(), "placement.households", "grids")
        with pytest.raises(BadRequestError):
            change_setting(unit, empty.act(), "placement.households", "stars")
    empty.place()
    assert households(empty)["county", "G2", "X1"] == (50, "households")


def test_an_address_without_households_leaves_all_of_them_uncounted_and_says_so(empty: County) -> None:
    drawn(empty)
    done = take(empty, sheet(empty, (*PLACES, ("M5", "示例路9号", 2, 2, None))))
    assert "address_households_partial" in kinds(done.flaws)
    empty.place()
    assert {weight for _, weight in households(empty).values()} == {"households"}


def test_addresses_of_a_generation_in_use_leave_its_pieces_as_they_were_cut(county: County) -> None:
    before = households(county)
    take(county, sheet(county))
    assert households(county) == before
    with county.store.reading() as unit:
        generation = the_generation(unit, county.act(), the_term(unit), county.generation)
        assert unit.scalar(select(func.count()).select_from(Address)) == 4
        assert pieces_for(unit, generation, load_layers(unit, generation))[1] is False


def test_what_is_odd_about_addresses_is_told_once_with_how_many_rows_it_concerns(empty: County) -> None:
    drawn(empty)
    rows = (*PLACES, ("M5", "示例路1号", 1, 1.5, 70), ("M6", "海上1号", 200, 200, 1), ("M7", "界外1号", -0.5, 1, 1))
    frame = sheet(empty, rows)
    frame.loc[1, "grid"] = "G5"
    done = take(empty, frame)
    assert kinds(done.flaws) == {
        "address_twice", "address_households_differ", "address_far_away", "address_outside_grids",
        "address_in_other_grid",
    }  # fmt: skip


def test_nobodys_number_comes_in_with_an_address_and_columns_about_persons_are_not_kept(empty: County) -> None:
    drawn(empty)
    with pytest.raises(FlawedError) as refused:
        take(empty, sheet(empty, (("M1", "示例路1号 13800001234", 1, 1, 4),)))
    assert {flaw.kind for flaw in refused.value.flaws if flaw.fatal} == {"personal_in_address"}
    assert "13800001234" not in str([render(flaw, "zh") for flaw in refused.value.flaws])
    done = take(empty, sheet(empty).assign(户主姓名="示例甲", 联系电话="0"))
    assert "personal_columns" in kinds(done.flaws)
    assert "示例甲" not in str(empty.everything())


def test_an_address_names_a_grid_that_is_known(empty: County) -> None:
    drawn(empty)
    with pytest.raises(FlawedError) as refused:
        take(empty, sheet(empty).assign(grid="G99"))
    assert "unknown_reference" in kinds(refused.value.flaws)
