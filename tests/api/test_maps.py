"""The further maps: wall maps as files, stations, months, one person's map, and the rule of the review number."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

if TYPE_CHECKING:
    from services.atlas import Atlas
    from tests.conftest import Serve, Served


def sanlian(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.command", "--home", str(home), *words], capture_output=True, text=True, check=False
    )


def test_the_wall_map_is_one_sheet_of_a3_with_its_words_in_it(heshan: "Served") -> None:
    answer = heshan.client("congress").get("/maps/coverage.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    (page,) = PdfReader(BytesIO(answer.content)).pages
    assert (round(page.mediabox.width / 72 * 25.4), round(page.mediabox.height / 72 * 25.4)) == (420, 297)
    text = page.extract_text()
    assert "人大代表联系网格一张图" in text
    assert "示例数据 · 示意分区，非行政区划界线" in text
    assert "北" in text
    assert "古劳镇" in text


def test_a_town_s_map_lists_its_grids_by_number(heshan: "Served") -> None:
    svg = heshan.client("town").get("/maps/wall/deputies.svg?town=440784103").text
    assert ">1 " in svg
    assert "示例·" in svg


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/maps/wall/rivers.pdf", 400),
        ("/maps/coverage.pdf?paper=A0", 400),
        ("/maps/coverage.pdf?town=1", 404),
        ("/maps/gridworkers/nobody", 404),
        ("/maps/deputies/nobody", 404),
    ],
)
def test_what_cannot_be_drawn_is_refused(heshan: "Served", path: str, status: int) -> None:
    assert heshan.client("congress").get(path).status_code == status


def test_the_stations_bands_count_every_grid_once(heshan: "Served") -> None:
    page = heshan.client("congress").get("/maps/stations").text
    counts = [
        int(part.split(" 个网格")[0].rsplit(">", 1)[-1].replace(",", ""))
        for part in page.split("<small>")[1:]
        if " 个网格" in part
    ]
    assert sum(counts) == 401


def test_the_months_add_up(heshan: "Served") -> None:
    page = heshan.client("congress").get("/maps/activities").text
    data = json.loads(page.split('id="by-month">')[1].split("</script>")[0])
    assert data["months"] == sorted(data["months"])
    for position in range(len(data["months"])):
        assert data["totals"][position] == sum(row[position] for row in data["counts"].values())
    assert sum(data["totals"]) > 100


def test_one_deputy_s_map_has_their_pieces(heshan: "Served", atlas: "Atlas") -> None:
    holder = atlas.holders[min(atlas.by_seat)]
    page = heshan.client().get(f"/maps/deputies/{holder.person_id}").text
    assert holder.name in page
    assert all(f"/locate?grid={link.grid}" in page for link in atlas.by_seat[holder.seat])


def test_the_command_prints_the_wall_map(demo_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "map.png"
    done = sanlian(demo_home, "map", str(file), "--what", "deputies", "--paper", "A4", "--town", "440784103")
    assert done.returncode == 0, done.stderr
    assert file.read_bytes().startswith(b"\x89PNG")
    assert sanlian(demo_home, "map", str(tmp_path / "map.gif")).returncode == 2
    assert sanlian(demo_home, "map", str(file), "--town", "1").returncode == 1


def test_public_maps_need_a_review_number(demo_home: Path) -> None:
    refused = sanlian(demo_home, "setting", "map.public", "true")
    assert refused.returncode == 1
    assert "审图号" in refused.stderr
    assert sanlian(demo_home, "setting", "map.review_number", "粤S(2026)01-001号").returncode == 0
    assert sanlian(demo_home, "setting", "map.public", "true").returncode == 0
    assert sanlian(demo_home, "setting", "map.review_number", "").returncode == 0
    assert json.loads(sanlian(demo_home, "--json", "setting", "map.public").stdout) == {"map.public": True}


def test_without_its_number_a_public_instance_is_not_served(demo_home: Path) -> None:
    sanlian(demo_home, "setting", "map.review_number", "粤S(2026)01-001号")
    sanlian(demo_home, "setting", "map.public", "true")
    sanlian(demo_home, "setting", "map.review_number", '""')
    served = sanlian(demo_home, "serve", "--port", "1")
    assert served.returncode == 1
    assert "sanlian setting map.review_number" in served.stderr


def test_the_number_is_printed_on_every_public_map(demo_home: Path, serve: "Serve") -> None:
    sanlian(demo_home, "setting", "map.review_number", "粤S(2026)01-001号")
    with serve(demo_home) as served:
        assert "粤S(2026)01-001号" in served.client().get("/locate").text
        assert "粤S(2026)01-001号" in served.client("congress").get("/maps/stations").text
        assert "粤S(2026)01-001号" in served.client("congress").get("/maps/coverage.svg").text
        assert "粤S(2026)01-001号" in served.client().get("/tiles/towns.json").json()["attribution"]
