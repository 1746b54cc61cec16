"""Imports: every kind comes in and back, a layer is replaced whole, a bad file is explained and changes nothing."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select

from data.flaws import Flaw, render, where
from data.tables import Area, AtlasVersion, AuditRow, District, Generation, Grid, ImportRun, Person, PlanRow, Seat
from gridmap.datum import Datum, gcj02_to_bd09, wgs84_to_gcj02
from gridmap.metres import moved
from services.activation import activate_plan, approve_plan
from services.errors import ConflictError, FlawedError, NotFoundError
from services.imports import examine
from services.instance import change_setting, open_term
from services.placing import propose_plan

County = Any
GROUND = ("areas", "grids", "county", "town", "stations")


def count(county: County, model: Any, *conditions: Any) -> int:
    with county.store.reading() as unit:
        return int(unit.scalar(select(func.count()).select_from(model).where(*conditions)))


def flaws_of(county: County, name: str, frame: pd.DataFrame | Path, **options: Any) -> list[Flaw]:
    """Bring in a bad file: it is refused, nothing has changed, and every flaw can be said in both languages."""
    before = county.everything()
    with pytest.raises(FlawedError) as refused:
        county.bring(name, frame, **options)
    assert county.everything() == before
    assert any(flaw.fatal for flaw in refused.value.flaws)
    for flaw in refused.value.flaws:
        for lang in ("zh", "en"):
            problem, remedy = render(flaw, lang)
            assert problem
            assert remedy
            assert where(flaw, lang).startswith(flaw.file)
    return list(refused.value.flaws)


def fatal(flaws: list[Flaw]) -> list[tuple[str, int | None, int | None, str]]:
    return [(flaw.kind, flaw.line, flaw.feature, flaw.field) for flaw in flaws if flaw.fatal]


def changed(frame: pd.DataFrame, row: int, **cells: Any) -> pd.DataFrame:
    """Copy a frame with some cells of one row written over."""
    copy = frame.copy()
    for name, value in cells.items():
        if name not in copy.columns:
            copy[name] = None
        copy.iloc[row, copy.columns.get_loc(name)] = value
    return copy


def shifted(frame: gpd.GeoDataFrame, way: Any) -> gpd.GeoDataFrame:
    shapes = moved(frame.geometry.to_numpy(), way)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs="EPSG:4326"))


def to_bd09(lon: Any, lat: Any) -> Any:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def test_every_kind_comes_in_as_it_was_drawn_and_is_counted(empty: County) -> None:
    for name, (kind, of_layer, frame) in empty.files.items():
        done = empty.bring(name)
        assert (done.kind, done.rows, done.kept, done.new, done.changed) == (
            kind,
            len(frame),
            len(frame),
            len(frame),
            0,
        )
        assert done.done
        assert not [flaw for flaw in done.flaws if flaw.fatal]
        with empty.store.reading() as unit:
            run = unit.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
            last = unit.scalars(select(AuditRow).order_by(AuditRow.seq.desc())).first()
        assert (run.kind, run.layer, run.rows, run.sha256 == last.facts["sha256"]) == (kind, of_layer, len(frame), True)
        assert (last.act, last.actor, last.facts["new"]) == ("import.run", "tester", len(frame))


def test_shapes_come_back_from_the_database_vertex_by_vertex(empty: County) -> None:
    empty.load(*GROUND)
    with empty.store.reading() as unit:
        for model, frame in ((Area, empty.files["areas"][2]), (Grid, empty.files["grids"][2])):
            stored = dict(unit.execute(select(model.code, model.geometry)).all())
            for code, shape in zip(frame["code"], frame.geometry, strict=True):
                assert (stored[code] is None) == (shape is None)
                assert shape is None or stored[code].equals_exact(shape, 0.0)


def test_a_place_in_gcj02_is_kept_in_wgs84(empty: County) -> None:
    empty.load("areas")
    empty.bring("grids", shifted(empty.files["grids"][2], wgs84_to_gcj02), datum="gcj02")
    with empty.store.reading() as unit:
        stored = dict(unit.execute(select(Grid.code, Grid.geometry)).all())
    for code, shape in zip(empty.files["grids"][2]["code"], empty.files["grids"][2].geometry, strict=True):
        assert shapely.hausdorff_distance(stored[code], shape) < 1e-9


def test_a_layer_is_replaced_whole_while_the_generation_is_loading(empty: County) -> None:
    empty.load("areas", "grids", "county", "town")
    grids = empty.files["grids"][2]
    done = empty.bring("grids", changed(grids, 0, name="新名"))
    assert (done.new, done.replaced) == (8, 8)
    assert count(empty, Grid) == 8
    assert count(empty, Grid, Grid.name == "新名") == 1
    assert empty.bring("county").replaced == 4
    assert count(empty, District) == 8


def test_a_layer_of_a_generation_in_force_is_not_replaced(county: County) -> None:
    before = county.everything()
    for name in ("areas", "grids", "county", "town"):
        with pytest.raises(ConflictError, match="generation_in_use"):
            county.bring(name)
    assert county.everything() == before


def test_a_new_generation_is_loaded_beside_the_one_in_force(county: County) -> None:
    for name in ("areas", "grids", "county", "town", "stations", "gridworkers"):
        county.bring(name, generation="第二代")
    assert count(county, Generation, Generation.state == "loading") == 1
    assert count(county, Grid) == 16


def test_registers_without_a_named_generation_are_checked_beside_the_one_in_force(county: County) -> None:
    county.bring("areas", generation="第二代")
    assert county.bring("activities", generation=None).generation == county.generation
    assert county.bring("seats", generation=None).generation == county.generation
    assert county.bring("stations", generation=None).generation == "第二代"


def test_a_generation_of_another_term_is_refused(empty: County) -> None:
    empty.load("areas")
    with empty.store.unit() as unit:
        open_term(unit, empty.act("2031-01-01"), name="第二届", starts_on=empty.starts.replace(year=2031))
    with pytest.raises(ConflictError):
        empty.bring("areas", term="第二届")


def test_a_plan_for_pieces_that_are_gone_cannot_be_put_in_force(empty: County) -> None:
    empty.load()
    with empty.store.unit() as unit:
        plan = propose_plan(unit, empty.act()).plan
        approve_plan(unit, empty.act(), plan=plan, reason="会议通过")
    empty.bring("grids")
    with empty.store.unit() as unit, pytest.raises(ConflictError, match="plan_not_approved"):
        activate_plan(unit, empty.act(), plan=plan)
    assert count(empty, PlanRow, PlanRow.state == "set_aside") == 1


def test_people_are_matched_by_their_code(county: County) -> None:
    people = county.files["people"][2]
    again = county.bring("people")
    assert (again.new, again.changed) == (0, 0)
    with county.store.reading() as unit:
        before = dict(unit.execute(select(Person.code, Person.id)).all())
    married = changed(changed(people, 2, name="新姓名"), 4, birth_year="1999")
    newcomer = pd.concat([married, county.table("code | name", "P99 | 新人")], ignore_index=True)
    done = county.bring("people", newcomer)
    assert (done.new, done.changed, done.kept) == (1, 2, 3)
    with county.store.reading() as unit:
        after = dict(unit.execute(select(Person.code, Person.id)).all())
        assert unit.scalar(select(Person.row_version).where(Person.code == "P03")) == 2
    assert before.items() <= after.items()


def test_seats_stations_and_grid_workers_are_matched_by_their_code(county: County) -> None:
    for name, cells in (
        ("seats", {"town": "440784002"}),
        ("stations", {"hours": "周六"}),
        ("gridworkers", {"name": "丙"}),
    ):
        assert county.bring(name).kept == 0
        done = county.bring(name, changed(county.files[name][2], 0, **cells))
        assert (done.new, done.changed) == (0, 1)


def test_an_activity_that_comes_again_is_brought_up_to_date_with_its_people(county: County) -> None:
    activities = county.files["activities"][2]
    assert county.bring("activities").kept == 0
    done = county.bring("activities", changed(activities, 3, state="verified", people="P09;P10"))
    assert (done.new, done.changed) == (0, 1)
    assert len(county.everything()["activity_person"]) == 6


def test_a_dry_run_counts_what_would_come_in_and_changes_nothing(county: County) -> None:
    before = county.everything()
    newcomer = pd.concat([county.files["people"][2], county.table("code | name", "P99 | 新人")], ignore_index=True)
    done = county.bring("people", changed(newcomer, 0, name="改"), dry_run=True)
    assert (done.done, done.rows, done.new, done.changed, done.kept) == (False, 15, 1, 1, 0)
    layer = county.bring("grids", generation="第二代", dry_run=True)
    assert (layer.done, layer.generation, layer.new) == (False, "第二代", 8)
    assert county.everything() == before


def test_a_dry_run_of_a_bad_file_is_refused_like_the_file_itself(empty: County) -> None:
    empty.load("areas")
    flaws_of(empty, "grids", changed(empty.files["grids"][2], 1, code="G1"), dry_run=True)


def test_examining_lists_every_flaw_and_changes_nothing_though_it_is_committed(empty: County) -> None:
    empty.load("areas")
    before = empty.everything()
    path = empty.write("bad", changed(empty.files["grids"][2], 1, code="G1"))
    with empty.store.unit() as unit:
        rows, flaws = examine(unit, empty.act(), kind="grids", path=path, datum="wgs84", generation="另一代")
    assert rows == 8
    assert "code_used_twice" in {flaw.kind for flaw in flaws}
    assert empty.everything() == before


def test_an_import_moves_the_atlas_version_and_a_refused_one_does_not(empty: County) -> None:
    def version() -> int:
        with empty.store.reading() as unit:
            return int(unit.scalar(select(AtlasVersion.version)) or 0)

    first = version()
    empty.load("areas")
    assert version() > first
    second = version()
    flaws_of(empty, "grids", changed(empty.files["grids"][2], 1, code="G1"))
    assert version() == second


def test_a_generation_is_synthetic_only_while_a_layer_of_it_is(empty: County) -> None:
    grids = empty.files["grids"][2]
    for frame, expected in ((grids.assign(synthetic=True), True), (grids, False)):
        empty.bring("grids", frame)
        assert count(empty, Generation, Generation.synthetic.is_(True)) == expected


def test_a_term_that_does_not_exist_is_not_found(empty: County) -> None:
    with pytest.raises(NotFoundError):
        empty.bring("areas", term="第九届")


def test_a_bow_tie_is_refused_with_the_number_of_its_feature(empty: County) -> None:
    empty.load("areas")
    west, south = empty.at(8, 0)
    bow = shapely.Polygon(
        [(west, south), (west + 4 * empty.cell, south + 4 * empty.cell), (west + 4 * empty.cell, south),
         (west, south + 4 * empty.cell)]
    )  # fmt: skip
    grids = empty.files["grids"][2]
    found = flaws_of(
        empty,
        "grids",
        grids.set_geometry([bow if code == "G3" else s for code, s in zip(grids["code"], grids.geometry, strict=True)]),
    )
    assert fatal(found) == [("invalid_ring", None, 3, "geometry")]


def test_a_gbk_table_comes_in_and_its_names_are_read(county: County) -> None:
    path = county.folder / "people.csv"
    renamed = changed(county.files["people"][2], 0, name="欧阳示例")
    path.write_bytes(renamed.to_csv(index=False).encode("gb18030"))
    assert county.bring("people", path).changed == 1
    assert count(county, Person, Person.name == "欧阳示例") == 1


def test_a_table_of_mojibake_is_refused(county: County) -> None:
    good = county.files["people"][2].to_csv(index=False).encode()
    path = county.folder / "people.csv"
    path.write_bytes(good + "P98,欧阳示例,male,1980\n".encode("gb18030"))
    assert "mixed_encoding" in {flaw.kind for flaw in flaws_of(county, "people", path)}
    path.write_bytes(good.decode().replace("甲05", "\ufffd\ufffd").encode())
    assert ("garbled", 6, None, "name") in fatal(flaws_of(county, "people", path))


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("declared", ["wgs84", "cgcs2000", "gcj02", "bd09"])
@pytest.mark.parametrize("name", ["grids", "county", "town"])
def test_a_layer_under_the_wrong_datum_is_refused_and_the_right_one_is_named(
    swift: County, name: str, true: str, declared: str
) -> None:
    swift.bring("areas", generation="新")
    ways = {"wgs84": Datum.parse("wgs84").to_lonlat, "gcj02": wgs84_to_gcj02, "bd09": to_bd09}
    frame = shifted(swift.files[name][2], ways[true])
    if {"wgs84": "wgs84", "cgcs2000": "wgs84"}.get(declared, declared) == true:
        assert swift.bring(name, frame, datum=declared, generation="新").done
        return
    flaws = flaws_of(swift, name, frame, datum=declared, generation="新")
    assert fatal(flaws) == [("datum_is_another", None, None, "geometry")]
    named = next(flaw for flaw in flaws if flaw.fatal)
    for lang in ("zh", "en"):
        assert f"--datum {true}" in render(named, lang)[1]


def test_a_datum_must_be_declared_for_what_has_places(empty: County) -> None:
    assert "datum_missing" in {flaw.kind for flaw in flaws_of(empty, "areas", empty.files["areas"][2], datum=None)}


def test_a_code_that_stands_twice_is_refused_at_its_second_place(empty: County) -> None:
    empty.load("areas")
    found = flaws_of(empty, "grids", changed(empty.files["grids"][2], 4, code="G2"))
    assert {("code_used_twice", None, 5, "code")} <= set(fatal(found))
    assert all("G2" in render(flaw, "en")[0] or flaw.code == "G2" for flaw in found if flaw.fatal)


def test_a_code_whose_parent_is_unknown_is_refused(empty: County) -> None:
    found = flaws_of(empty, "areas", changed(empty.files["areas"][2], 4, parent="440784009"))
    assert fatal(found) == [("orphan_code", None, 5, "parent")]
    empty.load("areas")
    found = flaws_of(empty, "grids", changed(empty.files["grids"][2], 6, village="440784009001"))
    assert fatal(found) == [("orphan_code", None, 7, "village")]


def test_the_county_may_name_the_prefecture_above_it(empty: County) -> None:
    assert empty.files["areas"][2]["parent"].iloc[0] == "4407"
    assert empty.bring("areas").new == 8


def test_a_seat_of_unknown_people_places_and_districts_is_refused_line_by_line(county: County) -> None:
    seats = county.files["seats"][2]
    wrong = changed(changed(changed(seats, 0, person="P77"), 1, district="X7"), 2, station="S7")
    wrong = changed(changed(changed(wrong, 6, district=""), 12, grid="G7777"), 3, town="440784777")
    assert fatal(flaws_of(county, "seats", wrong)) == [
        ("unknown_reference", line, None, field)
        for line, field in ((2, "person"), (5, "town"), (4, "station"), (14, "grid"), (3, "district"))
    ] + [("seat_without_district", 8, None, "district")]


def test_a_seat_that_ends_before_it_begins_is_refused(county: County) -> None:
    wrong = changed(
        county.files["seats"][2].assign(**{"from": "", "to": ""}), 4, **{"from": "2026-05-01", "to": "2026-05-01"}
    )
    assert fatal(flaws_of(county, "seats", wrong)) == [("ends_before_it_begins", 6, None, "to")]


def test_a_grid_worker_of_an_unknown_grid_is_refused(county: County) -> None:
    wrong = changed(county.files["gridworkers"][2], 1, grid="G77")
    assert fatal(flaws_of(county, "gridworkers", wrong)) == [("unknown_reference", 3, None, "grid")]


def test_an_activity_of_somebody_without_a_seat_is_refused(county: County) -> None:
    county.bring("people", county.table("code | name", "P99 | 无席位"))
    activities = county.files["activities"][2]
    assert fatal(flaws_of(county, "activities", changed(activities, 1, people="P99"))) == [
        ("unknown_reference", 3, None, "people")
    ]
    seats = county.files["seats"][2].assign(to=["2026-03-10"] + [""] * 14)
    county.bring("seats", seats.iloc[:1])
    county.bring("seats", seats.iloc[6:7].assign(to="2026-03-10"))
    assert fatal(flaws_of(county, "activities", activities)) == [("no_seat_that_day", 4, None, "people")]


@pytest.mark.parametrize("day", ["2025-12-31", "2031-01-01"])
def test_an_activity_outside_the_term_is_refused_its_last_day_being_half_open(county: County, day: str) -> None:
    wrong = changed(county.files["activities"][2], 2, on=day)
    assert fatal(flaws_of(county, "activities", wrong)) == [("outside_term", 4, None, "on")]
    assert county.bring("activities", changed(county.files["activities"][2], 2, on="2030-12-31")).changed == 1


def test_a_work_unit_district_needs_a_place_and_a_layer_needs_a_name(empty: County) -> None:
    empty.load("areas")
    districts = empty.files["county"][2]
    nowhere = districts.set_geometry([*districts.geometry[:3], None])
    assert fatal(flaws_of(empty, "county", nowhere)) == [("work_unit_without_place", None, 4, "lon")]
    assert ("layer_missing", None, None, "layer") in fatal(flaws_of(empty, "county", districts, layer=""))


def test_more_seats_than_the_law_allows_are_a_warning_that_another_law_can_lift(empty: County) -> None:
    empty.load("areas")
    many = changed(empty.files["county"][2], 0, seats=5)
    assert [flaw.kind for flaw in empty.bring("county", many).flaws if "seats" in flaw.field] == ["seats_outside_law"]
    with empty.store.unit() as unit:
        change_setting(unit, empty.act(), "law.seats_most", 0)
    assert not [flaw for flaw in empty.bring("county", many).flaws if "seats" in flaw.field]


def test_a_file_that_fails_in_its_last_row_leaves_nothing_of_the_first(county: County) -> None:
    seats = county.files["seats"][2]
    strangers = pd.concat([seats.assign(code="N" + seats["code"]), seats.iloc[:1].assign(code="N", person="P0")])
    flaws_of(county, "seats", strangers)
    assert count(county, Seat) == len(seats)
