"""The wall map as a drawing: everything it must say stands on it, inside the paper, the same every time."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.coverage import HATCH
from gridmap.poster import PAPERS, Section, UnknownPaper, Wording, poster, written

City = Callable[..., gpd.GeoDataFrame]
SVG = "{http://www.w3.org/2000/svg}"
WORDING = Wording(
    title="鹤山市人大代表联系网格一张图",
    subtitle="代表 3 人",
    ribbon="示例数据",
    watermark="示例数据",
    legend_title="联系的代表",
    legend=((HATCH, "无代表联系"), ("#f3e9b5", "1")),
    central="中心联络站",
    station="联络站",
    north="北",
    sections=(Section(title="各镇街", lines=("甲镇 网格 2/2", "乙镇 网格 1/2")),),
    rest="……其余见方案表",
    footer=("2026年11月23日 · 图层 1 · 方案 1", "审图号：GS(2026)0001号"),
)


def drawn(city: City, wording: Wording = WORDING, paper: str = "A3", labels: bool = False) -> str:
    grids = city("a b\nc d").assign(fill=["#f3e9b5", HATCH, "#d6c78b", "#f3e9b5"])
    towns = city("x x\ny y")
    towns["name"] = towns["code"].map({"x": "甲镇", "y": "乙镇"})
    county = city("z z\nz z")
    spots = [shapely.Point(113.002, 22.502), shapely.Point(113.012, 22.512)]
    stations = gpd.GeoDataFrame({"kind": ["central", "station"]}, geometry=spots, crs="EPSG:4326")
    if labels:
        grids = grids.assign(label=["1", "2", "3", "4"])
    return poster(county, towns, grids, stations, wording, paper=paper)


def texts(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))


def test_everything_that_must_be_said_is_on_the_paper(city: City) -> None:
    words = {element.text for element in texts(drawn(city))}
    assert {WORDING.title, WORDING.subtitle, WORDING.ribbon, "无代表联系", "甲镇", "乙镇", "北", "中心联络站"} <= words
    assert set(WORDING.footer) <= words
    assert any(re.fullmatch(r"\d+ k?m", str(word)) for word in words)


@pytest.mark.parametrize("paper", ["A3", "A4"])
def test_nothing_is_written_beyond_the_paper(city: City, paper: str) -> None:
    width, height = PAPERS[paper]
    for element in texts(drawn(city, paper=paper)):
        assert 0 <= float(element.get("x", "")) <= width
        assert 0 < float(element.get("y", "")) <= height


def test_the_map_lies_within_its_paper_and_north_is_up(city: City) -> None:
    root = ElementTree.fromstring(drawn(city))
    width, height = PAPERS["A3"]
    numbers = [
        [float(number) for number in pair.split()]
        for path in root.iter(f"{SVG}path")
        for pair in re.findall(r"[-\d.]+ [-\d.]+", path.get("d", ""))
    ]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in numbers)
    towns = {element.text: float(element.get("y", "")) for element in texts(drawn(city))}
    assert towns["甲镇"] < towns["乙镇"]


def test_a_grid_that_nobody_is_linked_to_is_hatched(city: City) -> None:
    fills = [path.get("fill") for path in ElementTree.fromstring(drawn(city)).iter(f"{SVG}path")]
    assert "url(#hatch)" in fills


def test_numbers_of_grids_stand_inside_their_cells(city: City) -> None:
    words = [element.text for element in texts(drawn(city, labels=True))]
    assert {"1", "2", "3", "4"} <= set(words)


def test_the_same_map_is_the_same_drawing(city: City) -> None:
    assert drawn(city) == drawn(city)


def test_a_list_that_does_not_fit_ends_with_saying_so(city: City) -> None:
    lines = tuple(f"示例·陈某某第{number}人" * 20 for number in range(2_000))
    long = Wording(title="长", sections=(Section(title="名单", lines=lines),), rest="……其余见方案表")
    svg = drawn(city, long)
    assert "……其余见方案表" in svg
    height = PAPERS["A3"][1]
    assert max(float(element.get("y", "")) for element in texts(svg)) < height


def test_markup_in_a_name_is_only_text(city: City) -> None:
    svg = drawn(city, Wording(title="<script>&\x07</script>"))
    assert next(element.text for element in texts(svg)) == "<script>&</script>"


def test_an_unknown_paper_is_refused_with_those_there_are(city: City) -> None:
    with pytest.raises(UnknownPaper, match="A3, A4"):
        drawn(city, paper="A0")


@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=60), max_size=30
    )
)
def test_every_letter_of_a_list_is_written_unless_it_was_cut(names: list[str]) -> None:
    square = gpd.GeoDataFrame({"code": ["a"]}, geometry=[shapely.box(113, 22.5, 113.1, 22.6)], crs="EPSG:4326")
    wording = Wording(title="图", sections=(Section(title="名单", lines=tuple(names)),), rest="其余")
    none = gpd.GeoDataFrame({"kind": []}, geometry=[], crs="EPSG:4326")
    svg = poster(square, square.assign(name="甲"), square.assign(fill="#ffffff"), none, wording)
    shown = "".join(str(element.text) for element in texts(svg)).replace("\u3000", "")
    for name in names:
        assert name.replace("\u3000", "") in shown or not name.isprintable()
    assert set(shown) <= set(written(wording, square.assign(name="甲"), square)) | {"N"}
