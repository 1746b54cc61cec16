"""Addresses: what is checked of a file of house numbers beside the ground that it lies on."""

import re
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select

from data.flaws import Flaw
from data.readers import Reading
from data.tables import Area, Grid
from gridmap.locate import CellIndex
from services.ground import frame_of
from services.references import VILLAGE_KINDS, Ground, row_flaw, unknown

FAR_DEGREES = 0.05  # about five kilometres: as far as a station may stand outside the county
NOTICED = 0.10  # of a grid's households: a smaller difference between two counts needs no words
NAMED_AT_MOST = 5
PERSONAL_HEADER = re.compile(
    r"姓名|户主|联系人|电话|手机|身份证|证件|name|phone|tel|mobile|owner|identity", re.IGNORECASE
)
PERSONAL_TEXT = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")  # a mobile number, an identity card


def check_addresses(reading: Reading, ground: Ground, layer: str) -> list[Flaw]:  # noqa: ARG001
    """Check addresses: known grids and villages, places in the grids they name, nobody's name or number."""
    flaws = unknown(reading, "grid", ground.codes(Grid), of="grids")
    villages = ground.codes(Area, Area.kind.in_(VILLAGE_KINDS))
    if villages:
        flaws += unknown(reading, "village", villages, of="areas")
    flaws += personal(reading)
    flaws += twice(reading)
    flaws += counts(reading, ground)
    return flaws + places(reading, ground)


def personal(reading: Reading) -> list[Flaw]:
    """Refuse a telephone or document number in an address; say that columns about people are not read."""
    headers = [str(header) for header in reading.aside.columns if PERSONAL_HEADER.search(str(header))]
    flaws = [
        row_flaw(reading, int(row), "address", "personal_in_address", fatal=True, facts={"value": ""})
        for row in np.flatnonzero([PERSONAL_TEXT.search(text) is not None for text in reading.frame["address"]])
    ]
    if headers:
        flaws.append(Flaw(file=reading.file, kind="personal_columns", fatal=False, facts={"headers": headers}))
    return flaws


def twice(reading: Reading) -> list[Flaw]:
    """Note addresses that are written twice in one village group or estate, once for the file."""
    frame = reading.frame
    keys = list(zip(frame["village"], frame["group"], frame["estate"], frame["address"], strict=True))
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    again = [row for row, key in enumerate(keys) if first[key] != row]
    return told(reading, again, "address", "address_twice")


def counts(reading: Reading, ground: Ground) -> list[Flaw]:
    """Note where addresses cannot be counted by, or count otherwise than the grids do."""
    frame = reading.frame
    known = frame["households"].notna().to_numpy(dtype=bool)
    if not known.any():
        return []
    if not known.all():
        return told(reading, np.flatnonzero(~known).tolist(), "households", "address_households_partial")
    query = select(Grid.code, Grid.households).where(Grid.generation_id == ground.generation.id)
    own = {code: households for code, households in ground.unit.execute(query) if households is not None}
    sums = frame.assign(grid=grids_of(frame, ground)).groupby("grid")["households"].sum()
    off = sorted(
        code for code, here in sums.items() if code in own and abs(int(here) - own[code]) > NOTICED * max(own[code], 1)
    )
    if not off:
        return []
    facts = {"count": len(off), "grids": off[:NAMED_AT_MOST], "here": int(sums[off[0]]), "there": own[off[0]]}
    return [Flaw(file=reading.file, field="households", kind="address_households_differ", fatal=False, facts=facts)]


def grids_of(frame: pd.DataFrame, ground: Ground) -> "pd.Series[Any]":
    """Give each address the grid that it lies in, else the one that it names."""
    found, grids = placed(frame, ground)
    lies_in = np.append(grids["code"].to_numpy(dtype=object), "")[found]
    return pd.Series(np.where(found >= 0, lies_in, frame["grid"].to_numpy(dtype=object)), index=frame.index)


def placed(frame: pd.DataFrame, ground: Ground) -> tuple[Any, gpd.GeoDataFrame]:
    """Locate every address: the row of its grid (-1 for none), and the grids."""
    grids = frame_of(
        ground.unit.execute(
            select(Grid.code, Grid.geometry).where(Grid.generation_id == ground.generation.id).order_by(Grid.code)
        ),
        ("code",),
    )
    lon, lat = lonlat(frame)
    nowhere = np.full(len(frame), -1, dtype=np.intp)
    return (CellIndex(grids).locate(lon, lat) if len(grids) else nowhere), grids


def lonlat(frame: pd.DataFrame) -> tuple[Any, Any]:
    """Give the coordinates of a frame of points; NaN for a missing one."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return shapely.get_x(shapes), shapely.get_y(shapes)


def places(reading: Reading, ground: Ground) -> list[Flaw]:
    """Note addresses far outside the county, outside every grid, or in another grid than the one they name."""
    frame = reading.frame
    found, grids = placed(frame, ground)
    if not len(grids):
        return []
    lon, lat = lonlat(frame)
    covering = ground.covering()
    there = np.isfinite(lon)
    far = np.zeros(len(frame), dtype=bool)
    if covering is not None:
        reach = covering.buffer(FAR_DEGREES)
        shapely.prepare(reach)
        far = there & ~shapely.intersects_xy(reach, lon, lat)
    lies_in = np.append(grids["code"].to_numpy(dtype=object), "")[found]
    named = frame["grid"].to_numpy(dtype=object)
    other = (found >= 0) & (named != "") & (named != lies_in)
    flaws = told(reading, np.flatnonzero(far).tolist(), "lon", "address_far_away")
    flaws += told(reading, np.flatnonzero(there & ~far & (found < 0)).tolist(), "lon", "address_outside_grids")
    for row in np.flatnonzero(other)[:1]:
        facts = {"lies_in": str(lies_in[row]), "count": int(other.sum())}
        flaws.append(row_flaw(reading, int(row), "grid", "address_in_other_grid", fatal=False, facts=facts))
    return flaws


def told(reading: Reading, rows: Iterable[int], field: str, kind: str) -> list[Flaw]:
    """Tell one warning of many rows: the first of them, and how many there are."""
    rows = list(rows)
    return [row_flaw(reading, rows[0], field, kind, fatal=False, facts={"count": len(rows)})] if rows else []
