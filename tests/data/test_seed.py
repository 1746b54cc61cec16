"""What the seed files of Heshan promise about themselves, and what is read from them."""

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from data.synthetic.known import COUNTY, SEED_FOLDER, Known, read_known, short_town, spoken_village

REPOSITORY = Path(__file__).resolve().parents[2]
MANIFEST = json.loads((SEED_FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def known() -> Known:
    return read_known()


@pytest.mark.parametrize("entry", MANIFEST["files"], ids=lambda entry: str(entry["file"]))
def test_every_seed_file_is_the_one_the_manifest_vouches_for(entry: dict[str, object]) -> None:
    content = (SEED_FOLDER / str(entry["file"])).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert len(content) == entry["bytes"]
    assert all(str(entry[field]) for field in ("source", "licence", "attribution", "note"))


def test_no_seed_file_is_without_an_entry_in_the_manifest() -> None:
    listed = {entry["file"] for entry in MANIFEST["files"]}
    assert {path.name for path in SEED_FOLDER.iterdir()} == listed | {"MANIFEST.json"}


def test_every_file_with_coordinates_declares_its_datum_and_the_others_have_none() -> None:
    for entry in MANIFEST["files"]:
        assert entry["datum"] == ("wgs84" if entry["file"].endswith(".geojson") else "")


def test_the_notice_names_every_seed_file() -> None:
    notice = (REPOSITORY / "NOTICE").read_text(encoding="utf-8")
    assert all(f"data/seed/heshan/{entry['file']}" in notice for entry in MANIFEST["files"])


def test_heshan_has_ten_towns_and_streets_and_139_villages_and_communities(known: Known) -> None:
    assert known.towns["kind"].value_counts().to_dict() == {"town": 9, "street": 1}
    assert known.villages["kind"].value_counts().to_dict() == {"village": 112, "community": 27}
    assert set(known.villages["town"]) == set(known.towns["code"])


def test_the_prison_and_the_forest_farm_are_units_with_one_unit_each(known: Known) -> None:
    assert known.units["code"].tolist() == ["440784401", "440784402", "440784401498", "440784402598"]
    assert known.units["parent"].tolist() == [COUNTY, COUNTY, "440784401", "440784402"]


def test_the_point_that_stands_on_another_towns_village_is_left_out_and_nothing_else(known: Known) -> None:
    assert known.left_out["code"].tolist() == ["440784112202"]
    assert known.left_out["listed_name"].tolist() == ["双桥都村委会"]
    assert [flaw["code"] for flaw in MANIFEST["known_flaws"] if not flaw["used"]] == ["440784112202"]


def test_forty_one_points_remain_and_no_two_share_a_place(known: Known) -> None:
    assert known.points["code"].str.len().value_counts().to_dict() == {12: 31, 9: 10}
    assert not known.points.duplicated(["lon", "lat"]).any()
    assert gpd.points_from_xy(known.points["lon"], known.points["lat"]).within(known.county).all()


def test_a_village_on_the_same_spot_as_a_namesake_of_its_own_town_is_not_left_out(tmp_path: Path, known: Known) -> None:
    for path in SEED_FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for path in SEED_FOLDER.glob("heshan_440784*.geojson"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    name = "heshan_town_village_points_wgs84.geojson"
    points = gpd.read_file(SEED_FOLDER / name)
    points.loc[points["code"] == "440784112202", "code"] = "440784103211"  # 上升村 of the same town, named otherwise
    points.loc[points["code"] == "440784103211", "town_code"] = "440784103000"
    points.to_file(tmp_path / name, driver="GeoJSON")
    assert read_known(tmp_path).left_out.empty
    assert len(known.left_out) == 1


def test_the_county_is_the_same_polygon_as_among_its_neighbours(known: Known) -> None:
    neighbours = gpd.read_file(SEED_FOLDER / "jiangmen_tianditu_wgs84.geojson")
    own = neighbours.loc[neighbours["district_adcode"] == COUNTY].geometry.iloc[0]
    assert own.equals(known.county)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [("大埠村委会", "大埠村"), ("靖村村委会", "靖村村"), ("和平社区居民委员会", "和平社区")],
)
def test_a_village_is_called_without_its_committee(written: str, spoken: str) -> None:
    assert spoken_village(written) == spoken


def test_a_town_is_called_without_its_class() -> None:
    assert [short_town(name) for name in ("古劳镇", "沙坪街道")] == ["古劳", "沙坪"]


def test_every_code_is_read_as_text(known: Known) -> None:
    for frame in (known.towns, known.villages, known.units, known.points):
        assert pd.api.types.is_string_dtype(frame["code"])
        assert frame["code"].str.startswith(COUNTY).all()
