"""Reads what is really known of Heshan: its outline, the list of towns and villages, and a few of their points."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely import Polygon

SEED_FOLDER = Path(__file__).resolve().parents[1] / "seed" / "heshan"
COUNTY = "440784"
COUNTY_NAME = "鹤山市"
STREET = "440784001"
UNITS = ("440784401", "440784402")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The real facts the drawing is built around; everything else below the county is invented.

    towns: code (9 digits), name, kind (``town`` or ``street``) — 10 rows
    villages: code (12 digits), name, kind (``village`` or ``community``), town — 139 rows
    units: code, name, parent — the prison, the forest farm and their two statistical units
    points: code, name, town, lon, lat (WGS84) — town points have a 9-digit code, village points a 12-digit one
    left_out: the points that are not used, with the reason
    """

    county: Polygon
    towns: pd.DataFrame
    villages: pd.DataFrame
    units: pd.DataFrame
    points: pd.DataFrame
    left_out: pd.DataFrame


def read_known(folder: Path = SEED_FOLDER) -> Known:
    """Read the seed files of one folder; raises OSError or KeyError where a file or a column is missing."""
    towns = _codes(folder / "nbs2023_440784_towns.csv")
    villages = _codes(folder / "nbs2023_440784_villages.csv")
    villages["town"] = villages["code"].str[:9]
    in_unit = villages["town"].isin(UNITS)
    units = pd.concat(
        [
            towns[towns["code"].isin(UNITS)].assign(parent=COUNTY),
            villages[in_unit].rename(columns={"town": "parent"}),
        ],
        ignore_index=True,
    )
    towns = towns[~towns["code"].isin(UNITS)].reset_index(drop=True)
    towns["kind"] = towns["code"].map(lambda code: "street" if code == STREET else "town")
    villages = villages[~in_unit].reset_index(drop=True)
    villages["kind"] = villages["name"].map(lambda name: "community" if "社区" in name else "village")
    points, left_out = _points(folder / "heshan_town_village_points_wgs84.geojson", villages)
    county = gpd.read_file(folder / "heshan_440784_tianditu_wgs84.geojson").geometry.iloc[0]
    return Known(county=county, towns=towns, villages=villages, units=units, points=points, left_out=left_out)


def short_town(name: str) -> str:
    """The town's name without its class: 古劳镇 → 古劳, 沙坪街道 → 沙坪."""
    return name.removesuffix("街道").removesuffix("镇")


def spoken_village(name: str) -> str:
    """The village's name as people say it: 大埠村委会 → 大埠村, 和平社区居民委员会 → 和平社区."""
    return name.removesuffix("居民委员会").removesuffix("委会")


def _codes(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, usecols=["code", "name"])


def _points(path: Path, villages: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points that can be trusted, and those that cannot: at one place in two towns, the one named as listed stays."""
    frame = gpd.read_file(path)
    points = pd.DataFrame(
        {
            "code": frame["code"].where(frame["level"] == "village", frame["code"].str[:9]),
            "name": frame["name"],
            "town": frame["code"].str[:9],
            "lon": frame.geometry.x,
            "lat": frame.geometry.y,
        }
    )
    listed = points["code"].map(villages.set_index("code")["name"])
    named_otherwise = listed.notna() & (listed != points["name"])
    shared = points.groupby(["lon", "lat"])["town"].transform("nunique") > 1
    wrong = shared & named_otherwise
    left_out = points[wrong].assign(listed_name=listed[wrong], reason="same position as a point of another town")
    return points[~wrong].reset_index(drop=True), left_out.reset_index(drop=True)
