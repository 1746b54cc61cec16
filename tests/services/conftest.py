"""A drawn county of two towns: its files, the store they make on both databases, and what stands in every table."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import settings
from sqlalchemy import select

from data.store import Store
from data.tables import Base
from services.act import Act
from services.activation import activate_plan, approve_plan
from services.imports import Imported, bring
from services.instance import change_setting, open_term
from services.placing import propose_plan

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

CELL = 1 / 256  # degrees, some 400 m; a power of two, so that borders and middles are exact numbers
WEST, SOUTH = 113.0, 22.5
TERM, STARTS, ENDS = "第一届", dt.date(2026, 1, 1), dt.date(2031, 1, 1)
GENERATION = "第一届·图层"


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Draw a rectangle counted in cells from the south-west corner of the county."""
    return shapely.box(WEST + west * CELL, SOUTH + south * CELL, WEST + east * CELL, SOUTH + north * CELL)


def layer(rows: Mapping[str, tuple[shapely.Geometry | None, dict[str, Any]]]) -> gpd.GeoDataFrame:
    """Make a layer of code → (shape, the other columns)."""
    table = pd.DataFrame([{"code": code, **values} for code, (_, values) in rows.items()])
    return gpd.GeoDataFrame(table, geometry=[shape for shape, _ in rows.values()], crs="EPSG:4326")


def table(columns: str, *lines: str) -> pd.DataFrame:
    """Make a table of text from lines with `|` between the cells."""
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return pd.DataFrame(cells, columns=[name.strip() for name in columns.split("|")])


AREAS = layer(
    {
        "440784": (box(0, 0, 16, 8), {"name": "画县", "kind": "county", "parent": "4407"}),
        "440784001": (box(0, 0, 8, 8), {"name": "西镇", "kind": "town", "parent": "440784"}),
        "440784002": (box(8, 0, 16, 8), {"name": "东镇", "kind": "town", "parent": "440784"}),
        "440784001001": (box(0, 0, 8, 4), {"name": "西南村", "kind": "village", "parent": "440784001"}),
        "440784001002": (box(0, 4, 8, 8), {"name": "西北村", "kind": "village", "parent": "440784001"}),
        "440784002001": (box(8, 0, 16, 4), {"name": "东南村", "kind": "village", "parent": "440784002"}),
        "440784002002": (box(8, 4, 16, 8), {"name": "东北村", "kind": "village", "parent": "440784002"}),
        "440784401": (None, {"name": "画农场", "kind": "unit", "parent": "440784"}),
    }
)
GRIDS = layer(
    {
        f"G{number}": (
            box(x, y, x + 4, y + 4),
            {"name": f"第{number}网格", "village": f"44078400{1 + x // 8}00{1 + y // 4}", "households": 100 * number},
        )
        for number, (y, x) in enumerate([(y, x) for y in (0, 4) for x in (0, 4, 8, 12)], start=1)
    }
)
COUNTY_DISTRICTS = layer(
    {
        "X1": (box(0, 0, 5, 8), {"name": "第一选区", "seats": 2, "basis": "residence"}),
        "X2": (box(5, 0, 8, 8), {"name": "第二选区", "seats": 1, "basis": "residence"}),
        "X3": (box(8, 0, 16, 8), {"name": "第三选区", "seats": 2, "basis": "residence"}),
        "X9": (shapely.Point(WEST + 13 * CELL, SOUTH + 6 * CELL), {"name": "厂选区", "seats": 1, "basis": "work_unit"}),
    }
)  # fmt: skip
TOWN_DISTRICTS = layer(
    {
        "A1": (box(0, 0, 8, 3), {"name": "西一", "seats": 1, "town": "440784001"}),
        "A2": (box(0, 3, 8, 8), {"name": "西二", "seats": 2, "town": "440784001"}),
        "B1": (box(8, 0, 12.0625, 8), {"name": "东一", "seats": 1, "town": "440784002"}),  # 1/64 of G4 and of G8
        "B2": (box(12.0625, 0, 16, 8), {"name": "东二", "seats": 2, "town": "440784002"}),
    }
)
STATIONS = table(
    "code | name | kind | town | hours | lon | lat",
    f"S1 | 西镇中心站 | central | 440784001 | 周四 | {WEST + CELL} | {SOUTH + CELL}",
    f"S2 | 西北站 | station | 440784001 | 周五 | {WEST + CELL} | {SOUTH + 7 * CELL}",
    f"S3 | 东南站 | station | 440784002 | 周三 | {WEST + 15 * CELL} | {SOUTH + CELL}",
    f"S4 | 东北站 | station | 440784002 | 周二 | {WEST + 15 * CELL} | {SOUTH + 7 * CELL}",
)
PEOPLE = table(
    "code | name | sex | birth_year",
    *(f"P{n:02} | 甲{n:02} | {'female' if n % 2 else 'male'} | {1950 + n}" for n in range(1, 15)),
)
SEATS = table(
    "code | person | level | district | town | village | station | grid | decided_on | decision",
    "C1 | P01 | county | X1 | 440784001 | 440784001001 | | | |",
    "C2 | P02 | county | X1 | 440784001 | 440784001002 | S2 | | |",
    "C3 | P03 | county | X2 | 440784001 | | | | |",
    "C4 | P04 | county | X3 | 440784002 | | | | |",
    "C5 | P05 | county | X3 | 440784002 | | | | |",
    "C6 | P06 | county | X9 | 440784002 | | | | |",
    "T1 | P01 | town | A1 | 440784001 | | | | |",
    "T2 | P07 | town | A2 | 440784001 | 440784001001 | | | |",
    "T3 | P08 | town | A2 | 440784001 | 440784001002 | | | |",
    "T4 | P09 | town | B1 | 440784002 | | | | |",
    "T5 | P10 | town | B2 | 440784002 | | | | |",
    "T6 | P11 | town | B2 | 440784002 | | | | |",
    "V1 | P12 | province | | 440784001 | | | G2 | 2026-01-05 | 第1号决定",
    "V2 | P13 | province | | 440784002 | | | | |",
    "V3 | P14 | prefecture | | 440784002 | | | | |",
)
GRIDWORKERS = table(
    "code | name | grid | role", "W1 | 乙一 | G1 | chief", "W2 | 乙二 | G1 | worker", "W1 | 乙一 | G2 | chief"
)
ACTIVITIES = table(
    "code | kind | on | people | level | grid | station | hours | served | state",
    "L1 | station.reception | 2026-03-02 | P07;P08 | | | S1 | 2 | 6 | verified",
    "L2 | station.reception | 2026-03-09 | P01 | | | S1 | 1.5 | 3 | verified",
    "L3 | station.reception | 2026-03-16 | P01 | county | G1 | | 1 | 2 | verified",
    "L4 | station.reception | 2026-04-13 | P09 | | G3 | | | | reported",
)

Files = Mapping[str, tuple[str, str, pd.DataFrame]]
FILES: Files = {
    "areas": ("areas", "", AREAS), "grids": ("grids", "", GRIDS),
    "county": ("districts", "county", COUNTY_DISTRICTS), "town": ("districts", "town", TOWN_DISTRICTS),
    "stations": ("stations", "", STATIONS), "people": ("people", "", PEOPLE), "seats": ("seats", "", SEATS),
    "gridworkers": ("gridworkers", "", GRIDWORKERS), "activities": ("activities", "", ACTIVITIES),
}  # fmt: skip


def act_on(day: str = "2026-03-01", actor: str = "tester", request: str = "") -> Act:
    """Make an act of nine o'clock in the morning, Chinese time."""
    return Act(actor=actor, at=dt.datetime.fromisoformat(f"{day}T09:00:00+08:00"), request_id=request)


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write a frame the way an office would: a layer as GeoJSON, a table as CSV."""
    if isinstance(frame, gpd.GeoDataFrame):
        path = folder / f"{name}.geojson"
        path.write_text(frame.to_json(drop_id=True), "utf-8")
    else:
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False, encoding="utf-8")
    return path


@dataclass(frozen=True, kw_only=True)
class County:
    """A store, the folder its files are written to, and the drawn files themselves."""

    store: Store
    folder: Path
    files: Files = field(default_factory=lambda: FILES)
    term: str = TERM
    starts: dt.date = STARTS
    generation: str = GENERATION
    cell: float = CELL
    west: float = WEST
    south: float = SOUTH

    act = staticmethod(act_on)
    box = staticmethod(box)
    layer = staticmethod(layer)
    table = staticmethod(table)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Give the longitude and latitude of a spot counted in cells from the south-west corner."""
        return self.west + x * self.cell, self.south + y * self.cell

    def write(self, name: str, frame: pd.DataFrame) -> Path:
        return write(self.folder, name, frame)

    def bring(self, name: str, frame: pd.DataFrame | Path | None = None, **options: Any) -> Imported:
        """Import one of the drawn files, or another frame or file in its place, as one act."""
        kind, of_layer, drawn = self.files[name]
        path = frame if isinstance(frame, Path) else self.write(name, drawn if frame is None else frame)
        given = {"datum": "wgs84", "layer": of_layer, "generation": self.generation, **options}
        act = given.pop("act", act_on())
        with self.store.unit() as unit:
            return bring(unit, act, kind=kind, path=path, **given)

    def load(self, *names: str) -> None:
        for name in names or tuple(self.files):
            self.bring(name)

    def place(self, day: str = "2026-03-01", **options: Any) -> int:
        """Propose, approve and activate a plan; give its number."""
        with self.store.unit() as unit:
            placed = propose_plan(unit, act_on(day), **options)
            approve_plan(unit, act_on(day), plan=placed.plan, reason="会议通过")
            activate_plan(unit, act_on(day), plan=placed.plan)
        return placed.plan

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give every row of every table, geometry as bytes."""
        with self.store.reading() as unit:
            return {
                name: sorted((tuple(map(plain, row)) for row in unit.execute(select(sql))), key=repr)
                for name, sql in Base.metadata.tables.items()
            }


def plain(value: Any) -> Any:
    return value.wkb if isinstance(value, shapely.Geometry) else value


def begin(store: Store, folder: Path) -> County:
    """Open the term in an empty store."""
    with store.unit() as unit:
        open_term(unit, act_on("2026-01-01"), name=TERM, starts_on=STARTS, ends_on=ENDS)
    return County(store=store, folder=folder)


def build(store: Store, folder: Path) -> None:
    """Bring in the whole drawn county and put its plan in force."""
    county = begin(store, folder)
    county.load()
    county.place("2026-02-01")
    with store.unit() as unit:
        change_setting(unit, act_on("2026-02-01"), "rankings", "internal")


Copies = Callable[[str, Callable[[Store, Path], None], str, Path], AbstractContextManager[Store]]


@pytest.fixture(scope="session")
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Give a way to open a fresh copy of a store that is built once for each database."""
    built: dict[tuple[str, str], str] = {}

    @contextmanager
    def copy(name: str, make: Callable[[Store, Path], None], database: str, folder: Path) -> Iterator[Store]:
        server = request.getfixturevalue("postgis_server") if database == "postgis" else None
        if (name, database) not in built:
            first = tmp_path_factory.mktemp(name)
            built[name, database] = str(first / "built") if server is None else server.fresh(template="sanlian_ready")
            store = Store.open(address(server, built[name, database]))
            make(store, first)
            store.close()
        if server is None:
            ours = shutil.copy(built[name, database], folder / f"{name}.sqlite")
        else:
            ours = server.fresh(template=built[name, database])
        store = Store.open(address(server, str(ours)))
        yield store
        store.close()
        if server is not None:
            server.drop(ours)

    return copy


def address(server: Any, name: str) -> str:
    return name if server is None else server.url(name)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def county(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> Iterator[County]:
    """Give the whole drawn county with its plan in force, once on each database."""
    with copies("county", build, request.param, tmp_path) as store:
        yield County(store=store, folder=tmp_path)


@pytest.fixture
def swift(copies: Copies, tmp_path: Path) -> Iterator[County]:
    """Give the drawn county on SQLite alone, for what no database can answer otherwise."""
    with copies("county", build, "sqlite", tmp_path) as store:
        yield County(store=store, folder=tmp_path)


@pytest.fixture
def empty(store: Store, tmp_path: Path) -> County:
    """Give an empty store with an open term, once on each database."""
    return begin(store, tmp_path)
