"""The command as people type it, and a drawn city with one file of every kind and format."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from api.command import app, in_front


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command left behind: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Sanlian = Callable[..., Said]


def type_in(*words: str | Path) -> Said:
    """Run `sanlian` with some words, as a shell would."""
    done = CliRunner(env={"SANLIAN_HOME": None, "SANLIAN_LANG": None}).invoke(app, in_front(list(map(str, words))))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(code=done.exit_code, out=done.stdout, err=done.stderr)


@pytest.fixture
def sanlian(tmp_path: Path) -> Sanlian:
    """Give the command for the instance in the test's own folder."""
    return lambda *words: type_in("--home", tmp_path / "home", *words)


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def draw(path: Path, features: list[tuple[dict[str, Any], dict[str, Any]]]) -> Path:
    rows = [{"type": "Feature", "properties": facts, "geometry": shape} for facts, shape in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False), "utf-8")
    return path


def write(path: Path, header: str, *rows: str, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target).writerows([line.split(",") for line in (header, *rows)])
    return path


def fill(template: Path, *rows: tuple[str, ...]) -> Path:
    """Fill an empty sheet that `sanlian template` wrote: its example row goes, the rows stand below the headers."""
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    sheet.delete_rows(3)
    names = [cell.value for cell in sheet[2]]
    for number, row in enumerate(rows, start=3):
        for name, value in zip(("code", "name"), row, strict=True):
            sheet.cell(row=number, column=names.index(name) + 1, value=value)
    book.save(template)
    return template


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a county of one town and one village: four grids in a square, one county district, two town districts.

    c d      north: grids c and d, town district Z2
    a b      south: grids a and b, town district Z1
    """
    folder = tmp_path_factory.mktemp("city")
    west, middle, east = 113.00, 113.02, 113.04
    south, centre, north = 22.70, 22.72, 22.74
    whole = square(west, south, east, north)
    draw(folder / "areas.geojson", [
        ({"code": "440799", "name": "试验县", "kind": "county", "parent": ""}, whole),
        ({"code": "440799101", "name": "试验镇", "kind": "town", "parent": "440799"}, whole),
        ({"code": "440799101201", "name": "试验村", "kind": "village", "parent": "440799101"}, whole),
    ])  # fmt: skip
    draw(folder / "grids.geojson", [
        ({"code": f"44079910120100{n}", "name": f"{n}号网格", "village": "440799101201", "households": n * 100}, shape)
        for n, shape in enumerate([
            square(west, south, middle, centre), square(middle, south, east, centre),
            square(west, centre, middle, north), square(middle, centre, east, north),
        ], start=1)
    ])  # fmt: skip
    draw(folder / "county.geojson", [({"code": "X1", "name": "第1选区", "seats": 1}, whole)])
    draw(folder / "town.geojson", [
        ({"code": "Z1", "name": "南选区", "seats": 1, "town": "440799101"}, square(west, south, east, centre)),
        ({"code": "Z2", "name": "北选区", "seats": 1, "town": "440799101"}, square(west, centre, east, north)),
    ])  # fmt: skip
    write(folder / "stations.csv", "代码,名称,镇代码,接待时间,经度,纬度",
          "S1,试验站,440799101,每周三,113.03,22.71", encoding="gbk")  # fmt: skip
    assert type_in("template", "people", "-o", folder / "people.xlsx").code == 0
    fill(folder / "people.xlsx", ("D1", "县代表甲"), ("D2", "南代表乙"), ("D3", "北代表丙"))
    write(folder / "seats.csv", "code,person,level,district,town,from",
          "C-1,D1,county,X1,,2021-11-01", "T-1,D2,town,Z1,440799101,2021-11-01",
          "T-2,D3,town,Z2,440799101,2021-11-01")  # fmt: skip
    write(folder / "gridworkers.csv", "code,name,grid,role", "W1,网格长丁,440799101201001,chief")
    write(folder / "activities.csv", "code,kind,on,people,mode,level,grid,station,hours,state",
          "A-1,grid.visit,2026-03-02,D2,door,,440799101201001,,,verified",
          "A-2,station.reception,2026-03-04,D2;D3,station,,,S1,2.0,verified",
          "A-3,grid.visit,2026-03-05,D3,door,,440799101201003,,,reported")  # fmt: skip
    return folder


LAYERS: tuple[tuple[str, ...], ...] = (
    ("areas", "areas.geojson"), ("grids", "grids.geojson"), ("districts", "county.geojson", "--layer", "county"),
    ("districts", "town.geojson", "--layer", "town"), ("stations", "stations.csv"),
)  # fmt: skip
ROSTER = (("people", "people.xlsx"), ("seats", "seats.csv"), ("gridworkers", "gridworkers.csv"))


@pytest.fixture(scope="session")
def filled(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an instance with the city's files imported, nothing placed yet."""
    home = tmp_path_factory.mktemp("filled") / "home"
    assert type_in("--home", home, "init", "--term", "第一届", "--starts", "2021-11-01").code == 0
    for kind, file, *more in (*LAYERS, *ROSTER):
        datum = ("--datum", "wgs84") if (kind, file, *more) in LAYERS else ()
        said = type_in("--home", home, "import", kind, city / file, *datum, *more)
        assert said.code == 0, said.err
    return home


@pytest.fixture(scope="session")
def placed(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an instance of the city whose plan is in force."""
    home = Path(shutil.copytree(filled, tmp_path_factory.mktemp("placed") / "home"))
    for words in (("place",), ("plan", "approve", "--reason", "常委会决定"),
                  ("plan", "activate", "--from", "2021-11-01")):  # fmt: skip
        said = type_in("--home", home, *words)
        assert said.code == 0, said.err
    return home


@pytest.fixture
def before(filled: Path, tmp_path: Path) -> Path:
    """Put the imported city into the test's own instance."""
    return Path(shutil.copytree(filled, tmp_path / "home"))


@pytest.fixture
def after(placed: Path, tmp_path: Path) -> Path:
    """Put the placed city into the test's own instance."""
    return Path(shutil.copytree(placed, tmp_path / "home"))
