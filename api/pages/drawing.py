"""Drawing: the frames that the map pages hand to the pen, held for as long as the atlas stands."""

from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
from sqlalchemy.orm import Session

from data.messages import say
from gridmap.coverage import draw, draw_small
from services.atlas import Atlas, Holder
from services.coverage import grid_frame

LAYER_NAMES = ("towns", "villages", "grids", "county_districts", "town_districts", "stations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The coverage map of one atlas with the frame its legends count."""

    map: folium.Map
    grids: gpd.GeoDataFrame
    layers: tuple[str, ...]


def coverage_sheet(unit: Session, atlas: Atlas, lang: str, *, mode: str | None) -> Sheet:
    """Draw the county; with `mode` None a plain map for locating."""
    grids = named_grids(grid_frame(unit, atlas), atlas)
    layers = atlas.layers
    districts = {name: frame for name, frame in layers.districts.items() if len(frame)}
    drawn = draw(
        layers.county, layers.towns, layers.villages, grids, districts_by_layer=districts, stations=atlas.stations,
        mode=mode, credit=credit(atlas, lang), name="coverage",
    )  # fmt: skip
    sizes: dict[str, Any] = {
        "towns": layers.towns, "villages": layers.villages, "grids": grids, "stations": atlas.stations,
        "county_districts": layers.districts["county"], "town_districts": layers.districts["town"],
    }  # fmt: skip
    return Sheet(map=drawn, grids=grids, layers=tuple(name for name in LAYER_NAMES if len(sizes[name])))


def named_grids(frame: gpd.GeoDataFrame, atlas: Atlas) -> gpd.GeoDataFrame:
    """Give the grids' frame with names where the pen writes names."""
    leads = [
        [name for name in (town, county) if name]
        for town, county in zip(frame["lead_town"], frame["lead_county"], strict=True)
    ]
    linked = [
        leads[row] or sorted({atlas.holders[link.seat].name for link in atlas.by_grid.get(code, ())})
        for row, code in enumerate(frame["code"])
    ]
    return frame.assign(village=frame["village_name"], town=frame["town_name"], leads=linked)


def deputy_map(atlas: Atlas, seats: list[Holder], lang: str) -> folium.Map | None:
    """Draw one deputy's grids and stations; None where nothing is placed."""
    grids = atlas.layers.grids
    rows = [(link.grid, link.layer) for seat in seats for link in atlas.by_seat.get(seat.seat, ())]
    if not rows:
        return None
    shapes = dict(zip(grids["code"], grids.geometry, strict=True))
    names = dict(zip(grids["code"], grids["name"], strict=True))
    known = [(code, layer) for code, layer in rows if code in shapes]
    pieces = gpd.GeoDataFrame(
        {"code": [code for code, _ in known], "name": [names[code] for code, _ in known],
         "layer": [layer for _, layer in known]},
        geometry=[shapes[code] for code, _ in known],
        crs="EPSG:4326",
    )  # fmt: skip
    mine = {seat.station for seat in seats}
    stations = atlas.stations[atlas.stations["code"].isin(mine)]
    return draw_small(pieces, towns=atlas.layers.towns, stations=stations, credit=credit(atlas, lang), name="pieces")


def credit(atlas: Atlas, lang: str) -> str:
    """Say in the map's corner what it is."""
    if atlas.synthetic:
        return say("map.credit.synthetic", lang, generation=atlas.generation)
    return say("map.credit", lang, generation=atlas.generation)
