"""Sets up stations: a central one in every town and street, and seventy in villages and industries."""

from collections.abc import Hashable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import Generator

from data.synthetic.ground import LONLAT, portions
from data.synthetic.known import STREET, Known, spoken_village
from data.synthetic.plane import rounded

VILLAGE_STATIONS = 62
INDUSTRIES = (
    (STREET, "鞋业"),
    (STREET, "印刷"),
    ("440784101", "水暖卫浴"),
    ("440784102", "五金"),
    ("440784103", "水乡旅游"),
    ("440784106", "电子信息"),
    ("440784107", "铝型材"),
    ("440784108", "茶叶"),
)
CENTRAL_HOURS = "每周三 9:00–11:30"
INDUSTRY_HOURS = "每月20日 14:30–17:00"
VILLAGE_HOURS = ("每月15日 9:00–11:30", "每月15日 14:30–17:00", "单月15日 9:00–11:00")


def set_up_stations(grids: gpd.GeoDataFrame, known: Known, rng: Generator) -> gpd.GeoDataFrame:
    """80 stations: code, name, kind, town, village, address, hours and a point inside one of the village's grids."""
    towns = known.towns.set_index("code")["name"]
    central = [_central(code, grids, known) for code in towns.index]
    villages = _villages_with_station(known, rng)
    village = [_village_station(row, number) for number, row in enumerate(villages.to_dict("records"))]
    industry = [_industry_station(town, trade, known, villages, rng) for town, trade in INDUSTRIES]
    stations = pd.DataFrame([*central, *village, *industry])
    number = stations.groupby("town").cumcount() + 1
    stations["code"] = [f"LZ-{town[6:]}-{n:02d}" for town, n in zip(stations["town"], number, strict=True)]
    stations["name"] = [f"{towns[town]}{name}" for town, name in zip(stations["town"], stations["name"], strict=True)]
    stations["address"] = [
        f"示例地址：{towns[town]}示例路{10 * n + 8}号" for town, n in zip(stations["town"], number, strict=True)
    ]
    at = [_point_in(grids, village, rng) for village in stations["village"]]
    columns = ["code", "name", "kind", "town", "village", "address", "hours"]
    return gpd.GeoDataFrame(stations[columns], geometry=at, crs=LONLAT)


def _central(town: str, grids: gpd.GeoDataFrame, known: Known) -> dict[str, str]:
    at = known.points.loc[known.points["code"] == town, ["lon", "lat"]].iloc[0]
    home = grids.geometry.contains(shapely.Point(at["lon"], at["lat"]))
    village = str(grids.loc[home, "village"].iloc[0])
    return {"name": "中心联络站（示例）", "kind": "central", "town": town, "village": village, "hours": CENTRAL_HOURS}


def _villages_with_station(known: Known, rng: Generator) -> pd.DataFrame:
    """Villages and communities that get a station, every town in proportion to how many it has."""
    per_town = known.villages.groupby("town").size()
    share = dict(zip(per_town.index, portions(VILLAGE_STATIONS, per_town), strict=True))
    chosen = [
        villages.iloc[np.sort(rng.choice(len(villages), size=int(share[town]), replace=False))]
        for town, villages in known.villages.groupby("town")
    ]
    return pd.concat(chosen, ignore_index=True)


def _village_station(village: dict[Hashable, str], number: int) -> dict[str, str]:
    return {
        "name": f"{spoken_village(village['name'])}联络站（示例）",
        "kind": "station",
        "town": village["town"],
        "village": village["code"],
        "hours": VILLAGE_HOURS[number % len(VILLAGE_HOURS)],
    }


def _industry_station(town: str, trade: str, known: Known, taken: pd.DataFrame, rng: Generator) -> dict[str, str]:
    """A station of a trade, in a village of the town that has no station of its own."""
    free = known.villages[(known.villages["town"] == town) & ~known.villages["code"].isin(taken["code"])]
    village = str(free["code"].iloc[int(rng.integers(len(free)))])
    return {
        "name": f"{trade}产业联络站（示例）",
        "kind": "industry",
        "town": town,
        "village": village,
        "hours": INDUSTRY_HOURS,
    }


def _point_in(grids: gpd.GeoDataFrame, village: str, rng: Generator) -> shapely.Point:
    """A point well inside one of the village's grids: between its middle and a corner, nearer the middle."""
    own = grids.loc[grids["village"] == village].geometry
    shape = own.iloc[int(rng.integers(len(own)))]
    middle = shapely.point_on_surface(shape)
    corners = shapely.get_coordinates(shape)
    corner = corners[int(rng.integers(len(corners)))]
    at = shapely.get_coordinates(middle)[0] + 0.35 * float(rng.uniform()) * (
        corner - shapely.get_coordinates(middle)[0]
    )
    point = shapely.Point(rounded(at))
    return point if shape.contains(point) else shapely.transform(middle, rounded)
