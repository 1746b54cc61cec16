"""Calls the roll: 806 invented deputies on 832 seats of four levels, and a chief and workers for the grids."""

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from data.synthetic.known import COUNTY_NAME, Known
from data.synthetic.tessellation import Shapes

PEOPLE = 806
PREFECTURE_SEATS = 40
PROVINCE_SEATS = 4
UNDECIDED_SEATS = 5  # of those elected by a congress: no decision yet, so that the planner proposes
BY_ELECTED = 6
TERM_STARTS = date(2021, 12, 1)
GROUP_SIZE = 22

PREFECTURE_UNIT = f"{COUNTY_NAME}人民代表大会"
PROVINCE_UNIT = "江门市人民代表大会"
SEAT_COLUMNS = (
    *("code", "person", "level", "district", "electing_unit", "town", "village", "station", "role", "group"),
    *("from", "to", "grid", "decided_on", "decision"),
)


def call_people(names: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """806 people: code, name, name_en, sex, birth_year; the first rows of the shuffled names."""
    people = names.iloc[:PEOPLE].reset_index(drop=True)
    people.insert(0, "code", [f"D-{n:04d}" for n in range(1, PEOPLE + 1)])
    people["sex"] = np.where(rng.random(PEOPLE) < 0.36, "female", "male")
    people["birth_year"] = np.clip(np.round(rng.normal(1975, 8.5, PEOPLE)), 1955, 1998).astype(int)
    return people


def fill_seats(
    people: pd.DataFrame,
    districts: dict[str, gpd.GeoDataFrame],
    grids: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    known: Known,
    rng: Generator,
) -> pd.DataFrame:
    """832 seats in the columns of the file; districts by layer. Every elected seat is filled, nobody has three.

    The people are dealt out in order: county, prefecture and province seats get one each, the rest go to town seats;
    the town seats left over go to county deputies of the same town, who then hold two.
    """
    county = _elected(districts["county"], "county", grids)
    town = _elected(districts["town"], "town", grids)
    above = pd.concat(
        [
            _sent(PREFECTURE_SEATS, "prefecture", known, grids, rng),
            _sent(PROVINCE_SEATS, "province", known, grids, rng),
        ],
        ignore_index=True,
    )
    alone = len(county) + len(above)
    county["person"] = people["code"].iloc[: len(county)].to_numpy()
    above["person"] = people["code"].iloc[len(county) : alone].to_numpy()
    town["person"] = _town_people(town, county, people["code"].iloc[alone:].to_numpy(), rng)
    seats = pd.concat([county, town, above], ignore_index=True)
    seats["station"] = _stations_of(seats, stations)
    seats["group"] = _groups(seats, known)
    seats["role"] = np.where(seats["group"].duplicated(), "", "小组召集人")
    seats["from"] = _first_days(seats, rng)
    return seats.reindex(columns=list(SEAT_COLUMNS)).fillna("")


def appoint_workers(grids: gpd.GeoDataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """One chief per village, listed for each of its grids, and one worker per grid: code, name, grid, role."""
    free = iter(names["name"].iloc[PEOPLE:])
    chiefs = {village: (f"WZ-{village}", next(free)) for village in sorted(grids["village"].unique())}
    rows = [
        {"code": code, "name": name, "grid": grid, "role": role}
        for grid, village in zip(grids["code"], grids["village"], strict=True)
        for role, (code, name) in (("chief", chiefs[village]), ("worker", (f"WY-{grid}", next(free))))
    ]
    return pd.DataFrame(rows)


def grids_of_districts(districts: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> pd.DataFrame:
    """district, grid, village, households: what a district has of each grid; a work unit has its point's grid."""
    shapes: Shapes = districts.geometry.to_numpy()
    cells: Shapes = grids.geometry.to_numpy()
    rows, others = shapely.STRtree(cells).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[rows], cells[others]))
    is_point = shapely.get_dimensions(shapes[rows]) == 0
    share = np.where(is_point, 1.0, common / shapely.area(cells[others]))
    frame = pd.DataFrame(
        {
            "district": districts["code"].to_numpy()[rows],
            "grid": grids["code"].to_numpy()[others],
            "village": grids["village"].to_numpy()[others],
            "households": share * grids["households"].to_numpy()[others],
        }
    )
    return frame[share > 0.01].sort_values(["district", "grid"], ignore_index=True)


def _elected(districts: gpd.GeoDataFrame, level: str, grids: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row per seat of these districts; a seat's village is the one most of its district's households live in."""
    seats = pd.DataFrame(districts.drop(columns="geometry")).rename(columns={"code": "district"})
    seats = seats.loc[seats.index.repeat(seats["seats"]), ["district", "town"]].reset_index(drop=True)
    lives = grids_of_districts(districts, grids).groupby(["district", "village"])["households"].sum().reset_index()
    lives = lives.sort_values(["district", "households", "village"], ascending=[True, False, True])
    seats["village"] = seats["district"].map(lives.drop_duplicates("district").set_index("district")["village"])
    seats["level"] = level
    if level == "county":
        seats["code"] = [f"C-{n:04d}" for n in range(1, len(seats) + 1)]
    else:
        number = seats.groupby("town").cumcount() + 1
        seats["code"] = [f"T-{town[6:]}-{n:03d}" for town, n in zip(seats["town"], number, strict=True)]
    return seats


def _sent(count: int, level: str, known: Known, grids: gpd.GeoDataFrame, rng: Generator) -> pd.DataFrame:
    """Seats elected by a congress: spread over the towns, most of them with a decision on the grid they go to."""
    letter, unit = {"prefecture": ("P", PREFECTURE_UNIT), "province": ("S", PROVINCE_UNIT)}[level]
    towns = [known.towns["code"].iloc[number % len(known.towns)] for number in range(count)]
    undecided = UNDECIDED_SEATS - 1 if level == "prefecture" else 1
    rows: list[dict[str, object]] = []
    for number, town in enumerate(towns, start=1):
        row: dict[str, object] = {"code": f"{letter}-{number:03d}", "level": level, "electing_unit": unit, "town": town}
        if number <= count - undecided:
            own = grids[grids["town"] == town]
            grid = own.iloc[int(rng.integers(len(own)))]
            row |= {"grid": grid["code"], "village": grid["village"]}
            row |= {
                "decided_on": date(2022, 3, 1) + timedelta(days=7 * number),
                "decision": f"示例决定〔2022〕第{number}号",
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _town_people(town: pd.DataFrame, county: pd.DataFrame, fresh: Shapes, rng: Generator) -> list[str]:
    """Somebody new on every town seat, as far as they go; the others are county deputies of that town, once each."""
    at_home = {home: rng.permutation(part["person"].to_numpy()).tolist() for home, part in county.groupby("town")}
    second: dict[int, str] = {}
    for row in rng.permutation(len(town)).tolist():
        if len(second) < len(town) - len(fresh) and at_home[town["town"].iloc[row]]:
            second[row] = at_home[town["town"].iloc[row]].pop()
    new = iter(fresh)
    return [second[row] if row in second else str(next(new)) for row in range(len(town))]


def _stations_of(seats: pd.DataFrame, stations: gpd.GeoDataFrame) -> list[str]:
    """The village's own station, else the town's central one."""
    in_village = stations[stations["kind"] != "central"].drop_duplicates("village").set_index("village")["code"]
    central = stations[stations["kind"] == "central"].set_index("town")["code"]
    near = seats["village"].map(in_village)
    return near.fillna(seats["town"].map(central)).tolist()


def _groups(seats: pd.DataFrame, known: Known) -> list[str]:
    """Deputy groups by town and level, of about twenty seats each."""
    towns = known.towns.set_index("code")["name"]
    number = seats.groupby(["town", "level"]).cumcount() // GROUP_SIZE + 1
    words = {"county": "市代表", "town": "镇代表", "prefecture": "上级代表", "province": "上级代表"}
    return [
        f"{towns[town]}{words[level]}第{n}小组（示例）"
        for town, level, n in zip(seats["town"], seats["level"], number, strict=True)
    ]


def _first_days(seats: pd.DataFrame, rng: Generator) -> list[date]:
    """The first day of the term; a few came in by a by-election later."""
    days = [TERM_STARTS] * len(seats)
    directly = np.flatnonzero(seats["level"].isin(["county", "town"]))
    for number, row in enumerate(sorted(rng.choice(directly, size=BY_ELECTED, replace=False).tolist())):
        days[row] = date(2024, 3 + number, 15)
    return days
