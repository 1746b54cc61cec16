"""Draws electoral districts as another office would: by where people live, regardless of grids, never across towns."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from data.synthetic.ground import HOUSEHOLDS, LONLAT, TOWN_SIZES, Cells, portions
from data.synthetic.known import COUNTY, STREET, Known, short_town
from data.synthetic.plane import Floats, rounded, squared_distances, voronoi_ridges
from data.synthetic.sites import Rows, relaxed
from data.synthetic.tessellation import Shapes, merged, pinned, whole

COUNTY_SEATS = 246
TOWN_SEATS = 542
SEATS_BEFORE_SIZE = 45  # of a town's congress, however small the town
SEATS_PER_DISTRICT = 1.95
MOST_SEATS = 3
SAMPLE = 12_000
TRIALS = 12

FLAVOURS = (
    "松涛",
    "竹韵",
    "荷风",
    "梅岭",
    "桂香",
    "兰亭",
    "菊径",
    "榕荫",
    "棉红",
    "茶烟",
    "稻浪",
    "桑田",
    "柳岸",
    "莲塘",
    "枫桥",
    "杉岭",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnit:
    """An invented employer that elects as a district of its own, and has a point instead of a polygon."""

    name: str
    town: str
    seats: int
    households: int


WORK_UNITS = (
    WorkUnit(name="示例职业技术学校", town=STREET, seats=2, households=1_400),
    WorkUnit(name="示例综合医院", town=STREET, seats=1, households=700),
    WorkUnit(name="示例产业园", town="440784106", seats=2, households=1_300),
    WorkUnit(name="示例供电公司", town="440784105", seats=1, households=600),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The two layers of districts over the cells, and the cells with the districts' ends among their corners.

    county, town: code, name, town, seats, population, basis, unit_name, geometry
    """

    county: gpd.GeoDataFrame
    town: gpd.GeoDataFrame
    shapes: Shapes


def draw_districts(cells: Cells, households: Rows, known: Known, rng: Generator) -> Drawn:
    """Both layers; households: (n,) per cell. Every layer tiles its towns exactly, corner by corner."""
    town_shapes = dict(zip(TOWN_SIZES.index, merged(cells.shapes, cells.towns, list(TOWN_SIZES.index)), strict=True))
    people = _residents(cells, households, rng)
    county_seats = _county_seats()
    town_seats = _town_seats()
    county = {t: _ridges(people[t], _wanted(n), cells, town_shapes[t], rng) for t, n in county_seats.items()}
    town = {t: _ridges(people[t], _wanted(n), cells, town_shapes[t], rng) for t, n in town_seats.items()}
    borders = shapely.multilinestrings([shape.exterior for shape in town_shapes.values()])
    pins = [_ends_on(borders, ridges.lines) for layer in (county, town) for ridges in layer.values()]
    shapes = pinned(cells.shapes, np.unique(np.concatenate(pins), axis=0))
    town_shapes = dict(zip(TOWN_SIZES.index, merged(shapes, cells.towns, list(TOWN_SIZES.index)), strict=True))
    county_parts = [_tile(t, county[t], town_shapes[t], cells, people[t], n) for t, n in county_seats.items()]
    town_parts = [_tile(t, town[t], town_shapes[t], cells, people[t], n) for t, n in town_seats.items()]
    return Drawn(
        county=_described_county(pd.concat(county_parts), cells, shapes, known),
        town=_described_town(pd.concat(town_parts), known),
        shapes=shapes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ridges:
    """Centres of a town's districts (metres) and the borders between them (degrees), clipped to the town."""

    centres: Floats
    lines: list[shapely.LineString]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Residents:
    """A sample of where a town's people live: (n, 2) metres, each standing for so many households."""

    at: Floats
    weight: float


def _wanted(seats: int) -> int:
    return max(1, round(seats / SEATS_PER_DISTRICT))


def _county_seats() -> dict[str, int]:
    """Seats of the county's residence districts by town; what the work units elect is taken off first."""
    seats = COUNTY_SEATS - sum(unit.seats for unit in WORK_UNITS)
    return dict(zip(TOWN_SIZES.index, portions(seats, TOWN_SIZES["households"]).tolist(), strict=True))


def _town_seats() -> dict[str, int]:
    """Seats of the nine towns' congresses: a fixed number each, the rest by size; the street has no congress."""
    towns = TOWN_SIZES.drop(index=STREET)
    extra = portions(TOWN_SEATS - SEATS_BEFORE_SIZE * len(towns), towns["households"])
    return dict(zip(towns.index, (extra + SEATS_BEFORE_SIZE).tolist(), strict=True))


def _residents(cells: Cells, households: Rows, rng: Generator) -> dict[str, _Residents]:
    """Points spread evenly inside every cell, as many as its households deserve."""
    each = np.maximum(1, np.round(households / HOUSEHOLDS * SAMPLE)).astype(int)
    at = [_inside(shape, count, rng) for shape, count in zip(cells.shapes, each.tolist(), strict=True)]
    result = {}
    for town in TOWN_SIZES.index:
        own = np.flatnonzero(cells.towns == town)
        sample = cells.plane.metres(np.concatenate([at[cell] for cell in own]))
        result[str(town)] = _Residents(at=sample, weight=float(households[own].sum()) / len(sample))
    return result


def _inside(shape: shapely.Polygon, count: int, rng: Generator) -> Floats:
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), size=(4 * count + 8, 2))
        found = np.concatenate([found, tried[shapely.contains_xy(shape, tried)]])
    return found[:count]


def _ridges(people: _Residents, count: int, cells: Cells, town: shapely.Polygon, rng: Generator) -> _Ridges:
    """The most even of a few k-means drawings."""
    trials = [_relax(people.at, count, rng) for _ in range(TRIALS)]
    centres = min(trials, key=lambda trial: _unevenness(people.at, trial))
    if count == 1:
        return _Ridges(centres=centres, lines=[])
    lines = shapely.transform(
        voronoi_ridges(centres, cells.plane.flat(town)), lambda at: rounded(cells.plane.degrees(at))
    )
    clipped = shapely.get_parts(shapely.intersection(lines, town))
    clipped = shapely.transform(clipped[shapely.get_dimensions(clipped) == 1], rounded)
    return _Ridges(centres=centres, lines=list(clipped[shapely.length(clipped) > 0]))


def _relax(people: Floats, count: int, rng: Generator) -> Floats:
    centres = people[rng.choice(len(people), size=count, replace=False)]
    for _ in range(12):
        centres = relaxed(people, np.argmin(squared_distances(people, centres), axis=1), centres)
    return centres


def _unevenness(people: Floats, centres: Floats) -> float:
    """Largest over smallest share of people; infinite when a centre has nobody."""
    shares = np.bincount(np.argmin(squared_distances(people, centres), axis=1), minlength=len(centres))
    return float(shares.max() / shares.min()) if shares.min() else float("inf")


def _ends_on(borders: shapely.MultiLineString, lines: Sequence[shapely.LineString]) -> Floats:
    """The ends of these lines that lie on a town's border, (n, 2) degrees."""
    ends = np.array([corner for line in lines for corner in (line.coords[0], line.coords[-1])]).reshape(-1, 2)
    return ends[shapely.dwithin(shapely.points(ends), borders, 2e-7)]


def _tile(
    town: str, ridges: _Ridges, shape: shapely.Polygon, cells: Cells, people: _Residents, seats: int
) -> gpd.GeoDataFrame:
    """The town cut along its ridges: town, seats, population and polygon of every district, from west to east."""
    lines = shapely.union_all([*ridges.lines, shape.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    faces = faces[shapely.contains(shape, shapely.point_on_surface(faces))]
    middle = cells.plane.metres(shapely.get_coordinates(shapely.point_on_surface(faces)))
    labels = whole(faces, np.argmin(squared_distances(middle, ridges.centres), axis=1))
    shapes = merged(faces, labels, range(len(ridges.centres)))
    if abs(shapely.area(shapes).sum() / shape.area - 1) > 1e-9:
        raise ValueError(f"the districts of {town} do not tile it")
    at = cells.plane.degrees(people.at)
    residents = np.array([shapely.contains_xy(one, at).sum() for one in shapes]) * people.weight
    frame = gpd.GeoDataFrame({"town": town, "residents": residents}, geometry=shapes, crs=LONLAT)
    frame["seats"] = fair_seats(seats, residents)
    frame["west"] = shapely.get_x(shapely.centroid(shapes))
    return frame.sort_values("west", ignore_index=True)


def fair_seats(total: int, residents: Floats) -> Rows:
    """One to three seats each, adding up to the total: always to the district with most people per seat, plus a half.

    Raises ValueError when the total does not fit between one and three per district.
    """
    if not len(residents) <= total <= MOST_SEATS * len(residents):
        raise ValueError(f"{total} seats do not fit {len(residents)} districts")
    seats = np.ones(len(residents), dtype=np.int64)
    for _ in range(total - len(residents)):
        claim = np.where(seats < MOST_SEATS, residents / (seats + 0.5), -1.0)
        seats[int(np.argmax(claim))] += 1
    return seats


def _described_county(frame: pd.DataFrame, cells: Cells, shapes: Shapes, known: Known) -> gpd.GeoDataFrame:
    """Residence districts 001… and, after them, the work units, each with a point inside a real grid."""
    names = known.towns.set_index("code")["name"].map(short_town)
    homes = frame.assign(basis="residence", unit_name="")
    units = pd.DataFrame(
        {
            "town": unit.town,
            "seats": unit.seats,
            "residents": float(unit.households),
            "basis": "work_unit",
            "unit_name": unit.name,
            "geometry": _unit_point(unit, number, cells, shapes),
        }
        for number, unit in enumerate(WORK_UNITS)
    )
    frame = pd.concat([homes, units], ignore_index=True)
    number = range(1, len(frame) + 1)
    frame["code"] = [f"{COUNTY}-X{n:03d}" for n in number]
    frame["name"] = [
        f"第{n:03d}选区（{unit}）" if unit else f"第{n:03d}选区（示例·{names[town]}{FLAVOURS[n % len(FLAVOURS)]}）"
        for n, unit, town in zip(number, frame["unit_name"], frame["town"], strict=True)
    ]
    return _district_frame(frame)


def _described_town(frame: pd.DataFrame, known: Known) -> gpd.GeoDataFrame:
    names = known.towns.set_index("code")["name"]
    frame = frame.assign(basis="residence", unit_name="").reset_index(drop=True)
    number = frame.groupby("town").cumcount() + 1
    frame["code"] = [f"{town}-Z{n:02d}" for town, n in zip(frame["town"], number, strict=True)]
    frame["name"] = [
        f"{names[town]}第{n:02d}选区（示例·{FLAVOURS[n % len(FLAVOURS)]}）"
        for town, n in zip(frame["town"], number, strict=True)
    ]
    return _district_frame(frame)


def _district_frame(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    frame = frame.assign(population=(frame["residents"] * 3.1).round().astype("int64"))
    columns = ["code", "name", "town", "seats", "population", "basis", "unit_name", "geometry"]
    return gpd.GeoDataFrame(frame[columns], geometry="geometry", crs=LONLAT)


def _unit_point(unit: WorkUnit, number: int, cells: Cells, shapes: Shapes) -> shapely.Point:
    """A point inside one of the more central grids of the unit's town."""
    own = np.flatnonzero(cells.towns == unit.town)
    central = own[np.argsort(shapely.area(shapes[own]), kind="stable")]
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes[central[3 + 2 * number]]))
    return shapely.Point(rounded(inside[0]))
