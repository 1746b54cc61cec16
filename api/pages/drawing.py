"""Drawing: the frames that the map pages hand to the pen, held for as long as the atlas stands."""

import math
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
from shapely.geometry import Point
from sqlalchemy.orm import Session

from data.messages import say
from gridmap.coverage import Scale, Tiled, draw, draw_small, scales
from services.atlas import Atlas, Holder
from services.coverage import grid_frame, piece_frame, with_activities
from services.instance import setting
from services.tiling import TileShelf

RING = 0.0012  # degrees: how far round the middle of a grid its deputies are drawn
LAYER_NAMES = ("towns", "villages", "grids", "county_districts", "town_districts", "stations", "deputies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The coverage map of one atlas with the frame its legends count."""

    map: folium.Map
    grids: gpd.GeoDataFrame
    scales: dict[str, Scale]  # empty for a plain map
    layers: tuple[str, ...]


def coverage_sheet(
    unit: Session, atlas: Atlas, lang: str, *, mode: str | None, shelf: TileShelf | None = None
) -> Sheet:
    """Draw the county; with `mode` None a plain map for locating.

    With a shelf large layers come as vector tiles and the drawing is kept as long as what it shows stands; without
    one they are left out.
    """
    if shelf is None:
        return drawn_sheet(unit, atlas, lang, grid_frame(unit, atlas), mode=mode, shelf=None)
    grids = shelf.linked_grids(atlas)
    key = ("sheet", shelf.version(unit, atlas, "grids"), lang, str(mode), str(setting(unit, "map.tiles_above")))
    return shelf.kept(
        key, lambda: drawn_sheet(unit, atlas, lang, with_activities(unit, atlas, grids), mode=mode, shelf=shelf)
    )


def drawn_sheet(
    unit: Session, atlas: Atlas, lang: str, frame: gpd.GeoDataFrame, *, mode: str | None, shelf: TileShelf | None
) -> Sheet:
    """Draw the county anew with this frame of its grids, see `coverage_sheet`."""
    grids = named_grids(frame, atlas)
    layers = atlas.layers
    deputies = deputy_points(atlas, lang) if mode is not None else None
    districts = {name: frame for name, frame in layers.districts.items() if len(frame)}
    sizes: dict[str, Any] = {
        "towns": layers.towns, "villages": layers.villages, "grids": grids, "stations": atlas.stations,
        "county_districts": layers.districts["county"], "town_districts": layers.districts["town"],
        "deputies": () if deputies is None else deputies,
    }  # fmt: skip
    large = [name for name in LAYER_NAMES[1:-1] if len(sizes[name]) > int(setting(unit, "map.tiles_above"))]
    tiled = {name: tiles_of(unit, atlas, shelf, name) for name in large} if shelf else {}
    embedded = grids[:0] if shelf is None and "grids" in large else grids
    drawn = draw(
        layers.county, layers.towns, layers.villages, embedded, districts_by_layer=districts, stations=atlas.stations,
        deputies=deputies, tiled=tiled, mode=mode, credit=credit(atlas, lang), name="coverage",
    )  # fmt: skip
    graded = scales(grids) if mode is not None else {}
    return Sheet(map=drawn, grids=grids, scales=graded, layers=tuple(name for name in LAYER_NAMES if len(sizes[name])))


def deputy_points(atlas: Atlas, lang: str) -> gpd.GeoDataFrame:
    """Give every placed deputy a point in their first grid; those of one grid stand round its middle."""
    first: dict[str, tuple[str, Holder]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat):
        links = atlas.by_seat.get(holder.seat, ())
        if links and holder.person_id not in first:
            main = max(links, key=lambda link: (link.households, link.grid))
            first[holder.person_id] = (main.grid, holder)
    wanted = sorted({grid for grid, _ in first.values()})
    middles = atlas.layers.grids.geometry.iloc[[atlas.grid_row(grid) for grid in wanted]].representative_point()
    centres = dict(zip(wanted, middles, strict=True))
    beside: dict[str, list[str]] = {}
    for person, (grid, _) in first.items():
        beside.setdefault(grid, []).append(person)
    points = []
    for person, (grid, _) in first.items():
        others = beside[grid]
        turn = 2 * math.pi * others.index(person) / len(others)
        away = RING if len(others) > 1 else 0.0
        points.append(Point(centres[grid].x + away * math.cos(turn), centres[grid].y + away * math.sin(turn)))
    return gpd.GeoDataFrame(
        {
            "code": list(first),
            "name": [holder.name for _, holder in first.values()],
            "note": [
                f"{say(f'level.{holder.level}', lang)} {atlas.names.get(holder.town, '')}"
                for _, holder in first.values()
            ],
        },
        geometry=points,
        crs="EPSG:4326",
    )


def tiles_of(unit: Session, atlas: Atlas, shelf: TileShelf, name: str) -> Tiled:
    """Say where the tiles of a layer are."""
    facts = shelf.facts(unit, atlas, name)
    return Tiled(url=f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt", least=facts.least_zoom, most=facts.most_zoom)


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


def deputy_map(unit: Session, atlas: Atlas, seats: list[Holder], lang: str) -> folium.Map | None:
    """Draw one deputy's pieces and stations; None where nothing is placed."""
    pieces = piece_frame(unit, atlas, [seat.seat for seat in seats])
    if not len(pieces):
        return None
    stations = atlas.stations[atlas.stations["code"].isin({seat.station for seat in seats})]
    return draw_small(pieces, towns=atlas.layers.towns, stations=stations, credit=credit(atlas, lang), name="pieces")


def credit(atlas: Atlas, lang: str) -> str:
    """Say in the map's corner what it is."""
    if atlas.synthetic:
        return say("map.credit.synthetic", lang, generation=atlas.generation)
    return say("map.credit", lang, generation=atlas.generation)
