"""Linking: which seats go to which grids without being divided: work units, recorded decisions, proposals, stations."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LAYER_OF
from data.frames import each
from data.tables import Generation, Station
from gridmap.datum import metric_crs
from gridmap.locate import CellIndex
from gridmap.proposal import propose
from services.ground import Layers, frame_of, grid_weights


def work_unit_links(
    layers: Layers, seats: pd.DataFrame, index: CellIndex, unmet: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Link the deputies of work-unit districts to the grid in which their unit stands."""
    links = []
    for layer, units in layers.work_units.items():
        if not len(units):
            continue
        points = units.geometry.representative_point()
        rows = index.locate(points.x.to_numpy(), points.y.to_numpy())
        for unit_row, row in zip(each(units), rows, strict=True):
            here = seats[(seats["district"] == unit_row.code) & (seats["level"].map(LAYER_OF) == layer)]
            if row < 0:
                unmet.append({"layer": layer, "kind": "work_unit_outside_grids", "district": unit_row.code})
                continue
            for position, seat in enumerate(here["seat"], start=1):
                links.append(
                    {
                        "layer": layer, "seat": seat, "grid_code": str(layers.grids["code"].iloc[row]),
                        "district_code": unit_row.code, "households": 0, "position": position, "basis": "work_unit",
                        "reason": {
                            "key": "placement.work_unit",
                            "facts": {"unit": unit_row.unit_name or unit_row.name, "district": unit_row.code},
                        },
                    }
                )  # fmt: skip
    return links


def decided_links(
    layers: Layers,
    seats: pd.DataFrame,
    unmet: list[dict[str, Any]],
    standing: Mapping[str, tuple[str, dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Link deputies elected by a congress: by recorded decision, else by a proposal that says it is one.

    `standing` holds the proposals that stay as they are: the grid and the reason of each seat.
    """
    grids = set(layers.grids["code"])
    elected = seats[~seats["level"].isin(LAYER_OF)]
    decided = elected[elected["decided_grid"].isin(grids)]
    for row in each(elected[~elected["decided_grid"].isin(grids | {""})]):
        unmet.append({"layer": row.level, "kind": "decided_grid_unknown", "seat": row.seat, "grid": row.decided_grid})
    links = [
        {
            "layer": row.level, "seat": row.seat, "grid_code": row.decided_grid, "district_code": "", "households": 0,
            "position": 1, "basis": "decision",
            "reason": {
                "key": "placement.decided",
                "facts": {"decision": row.decision, "on": str(row.decided_on or ""), "grid": row.decided_grid},
            },
        }
        for row in each(decided)
    ]  # fmt: skip
    kept = elected[elected["seat"].isin(standing) & ~elected["seat"].isin(decided["seat"])]
    links += [
        {
            "layer": row.level, "seat": row.seat, "grid_code": standing[row.seat][0], "district_code": "",
            "households": 0, "position": 1, "basis": "proposal", "reason": standing[row.seat][1],
        }
        for row in each(kept)
    ]  # fmt: skip
    open_seats = elected[~elected["seat"].isin(decided["seat"]) & ~elected["seat"].isin(standing)]
    loads = pd.Series([link["grid_code"] for link in links], dtype=object).value_counts()
    weighed = grid_weights(layers.grids)
    frame = pd.DataFrame(
        {
            "grid": layers.grids["code"], "town": layers.grids["town"],
            "households": weighed["households"] if "households" in weighed.columns else 0,
        }
    )  # fmt: skip
    levels = dict(zip(open_seats["seat"], open_seats["level"], strict=True))
    for row in each(propose(frame, loads, open_seats[["seat", "town"]])):
        level = levels[row.seat]
        links.append(
            {
                "layer": level, "seat": row.seat, "grid_code": row.grid, "district_code": "", "households": 0,
                "position": 1, "basis": "proposal",
                "reason": {"key": row.reason_key, "facts": dict(row.reason_facts)},
            }
        )  # fmt: skip
    return links


def station_links(
    unit: Session, generation: Generation, layers: Layers, seats: pd.DataFrame, links: list[dict[str, Any]]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Give every placed seat a station: the roster's, else the town's central one, else the nearest."""
    stations = frame_of(
        unit.execute(
            select(Station.code, Station.kind, Station.town_code, Station.geometry)
            .where(Station.generation_id == generation.id)
            .order_by(Station.code)
        ),
        ("code", "kind", "town"),
    )
    return nearest_stations(stations, layers, seats, links)


def nearest_stations(
    stations: gpd.GeoDataFrame, layers: Layers, seats: pd.DataFrame, links: list[dict[str, Any]]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Choose among stations (code, kind, town, point): the roster's, else the town's central one, else the nearest."""
    if not len(stations):
        return []
    known = set(stations["code"])
    central = {row.town: row.code for row in each(stations[stations["kind"] == "central"])}
    first_grid: dict[str, str] = {}
    for link in links:
        first_grid.setdefault(link["seat"], link["grid_code"])
    metres = metric_crs(layers.grids)
    centres = dict(zip(layers.grids["code"], layers.grids.geometry.representative_point().to_crs(metres), strict=True))
    points = stations.geometry.to_crs(metres)
    given = []
    for row in each(seats):
        if row.seat not in first_grid:
            continue
        if row.station in known:
            given.append((row.seat, row.station, {"key": "station.of_roster", "facts": {}}))
        elif row.town in central:
            given.append((row.seat, central[row.town], {"key": "station.of_town", "facts": {"town": row.town}}))
        else:
            away = points.distance(centres[first_grid[row.seat]]).to_numpy()
            nearest = int(away.argmin())
            facts = {"metres": round(float(away[nearest]))}
            given.append((row.seat, str(stations["code"].iloc[nearest]), {"key": "station.nearest", "facts": facts}))
    return given
