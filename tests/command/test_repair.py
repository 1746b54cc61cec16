"""The repair as a user sees it: moves on the screen, in a table and on a paper to sign."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pypdf
import shapely


def bad_layer(folder: Path) -> Path:
    shapes = [
        shapely.box(113.0, 22.5, 113.01, 22.51),
        shapely.box(113.00998, 22.5, 113.02, 22.51),
        shapely.Polygon([(113.02, 22.5), (113.03, 22.51), (113.03, 22.5), (113.02, 22.51)]),
    ]
    path = folder / "grids.gpkg"
    frame = gpd.GeoDataFrame({"code": ["G1", "G2", "G3"], "name": ["一", "二", "三"]}, geometry=shapes, crs=4326)
    frame.to_file(path)
    return path


def test_what_a_repair_moved_can_be_signed(sanlian: Any, tmp_path: Path) -> None:
    source, paper = bad_layer(tmp_path), tmp_path / "moves.pdf"
    done = sanlian("repair", "grids", str(source), "--datum", "wgs84", "-o", str(tmp_path / "out.gpkg"),
                   "--moves", str(paper), "--json")  # fmt: skip
    assert done.code == 0, done.err
    told = done.json
    assert {row["code"]: row["kind"] for row in told["moves"]} == {"G2": "border", "G3": "ring"}
    text = "".join(page.extract_text() for page in pypdf.PdfReader(paper).pages).replace("\n", "")
    assert told["sha256"] in text
    assert told["output_sha256"] in text
    for words in ("图层修复移动表", "边界移动", "边界环修正", "核对人", "批准人", "G2", "G3"):
        assert words in text
    lost = next(row["lost_m2"] for row in told["moves"] if row["code"] == "G2")
    assert str(lost) in text


def test_the_moves_also_come_as_a_table_and_in_no_other_form(sanlian: Any, tmp_path: Path) -> None:
    source = bad_layer(tmp_path)
    for name, code in (("moves.xlsx", 0), ("moves.csv", 0), ("moves.doc", 1)):
        done = sanlian("repair", "grids", str(source), "--datum", "wgs84", "-o", str(tmp_path / "out.gpkg"),
                       "--moves", str(tmp_path / name))  # fmt: skip
        assert done.code == code, done.err
    assert "移动" in (tmp_path / "moves.csv").read_text("utf-8-sig")
