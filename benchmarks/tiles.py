"""Cutting vector tiles: ours beside GDAL, mapbox-vector-tile and, where there is one, tippecanoe; answers compared."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pyogrio
import shapely

from benchmarks.ground import grids, size_of
from benchmarks.stopwatch import REPEATS, timed
from gridmap.tiles import Cutter, Sheet, Tile
from gridmap.vectortile import BUFFER, EXTENT

FIELDS = ("code", "name", "linked", "load", "acts", "lead")
NAMES = ("name", "lead")
LAST_ZOOM = 14
LOADING = 1_100  # cells that are enough to have the compiled code loaded
COMPARED = 60  # tiles that the slow peer cuts too, spread over all zooms
FAR = 3.0  # units: corners of the same cell may differ by the two libraries' rounding


def run(size: str, *, compared: int = COMPARED, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Cut every tile of a county's, province's or nation's grids from cold, down to zoom 14; one row per peer.

    Ours counts everything from the frame on: projecting, simplifying, cutting, writing, on one thread and with its
    code loaded; the median of the runs. GDAL's MVT driver gets the frame projected, and one thread, once.
    mapbox-vector-tile gets its features clipped and projected and only encodes them, on a sample of the same tiles.
    Rates are tiles a second. A mismatch is a tile in which a peer finds other cells, or a cell of another area.
    """
    cells = dressed(size_of(size).grids)
    _cold(cells[:LOADING])
    seconds, (cutter, cut) = timed(lambda: _cold(cells), repeats)
    tiles = sum(len(found) for _, found in cut)
    ours = tiles / seconds
    work = f"cut {tiles:,} tiles of {len(cells):,} grids, zooms {cutter.least_zoom}–{LAST_ZOOM}"

    sample = [(sheet, *one) for sheet, found in cut for one in found[:: max(1, tiles // compared)]]
    theirs, mismatches = encoded(sample, cells, repeats)
    with tempfile.TemporaryDirectory() as folder:
        rate = by_gdal(cells, cutter.least_zoom, tiles, Path(folder) / "tiles")
        apart = sum(unlike(Path(folder) / "tiles", tile, content) for _, tile, content in sample)
    rows = [
        line(work, "GDAL MVT driver", ours=ours, theirs=rate, mismatches=apart),
        line(work, "mapbox-vector-tile (encoding only)", ours=ours, theirs=theirs, mismatches=mismatches),
    ]
    if shutil.which("tippecanoe"):
        rows.append(
            line(work, "tippecanoe", ours=ours, theirs=tippecanoe(cells, cutter.least_zoom, tiles), mismatches=0)
        )
    return rows


def _cold(cells: gpd.GeoDataFrame) -> tuple[Cutter, list[tuple[Sheet, list[tuple[Tile, bytes]]]]]:
    """Cut every tile from the frame on."""
    cutter = Cutter("grids", cells, FIELDS, NAMES)
    return cutter, [(sheet, list(sheet.tiles())) for sheet in sheets(cutter)]


def by_gdal(cells: gpd.GeoDataFrame, least: int, tiles: int, folder: Path) -> float:
    """Let GDAL cut the same zooms into a folder, and give its rate of the same tiles."""
    options = {
        "MINZOOM": str(least), "MAXZOOM": str(LAST_ZOOM), "FORMAT": "DIRECTORY", "COMPRESS": "NO",
        "BUFFER": str(BUFFER), "EXTENT": str(EXTENT), "MAX_SIZE": "100000000", "MAX_FEATURES": "10000000",
    }  # fmt: skip
    threads = pyogrio.get_gdal_config_option("GDAL_NUM_THREADS")
    pyogrio.set_gdal_config_options({"GDAL_NUM_THREADS": "1"})
    shown = cells[[*FIELDS, "geometry"]].to_crs(epsg=3857)
    seconds = clocked(
        lambda: pyogrio.write_dataframe(shown, folder, layer="grids", driver="MVT", dataset_options=options)
    )
    pyogrio.set_gdal_config_options({"GDAL_NUM_THREADS": threads})
    return tiles / seconds


def unlike(folder: Path, tile: Tile, content: bytes) -> bool:
    """Tell whether GDAL's tile of this address has other cells, by their codes, or cells of another area."""
    path = folder / f"{tile.z}/{tile.x}/{tile.y}.pbf"
    return not path.exists() or different(decoded(content), decoded(path.read_bytes()), fields=("code",))


def decoded(content: bytes) -> dict[str, Any]:
    """Read a tile with y down."""
    read: dict[str, Any] = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return read


def line(work: str, peer: str, *, ours: float, theirs: float, mismatches: int) -> dict[str, Any]:
    """Write one row: rates in tiles a second."""
    return {
        "work": work,
        "peer": peer,
        "tiles_per_second": ours,
        "peer_tiles_per_second": theirs,
        "ratio": ours / theirs,
        "mismatches": mismatches,
        "same": mismatches == 0,
    }


def dressed(count: int) -> gpd.GeoDataFrame:
    """Draw grids with the attributes that the coverage map's tiles carry."""
    cells = grids(count)
    chance = np.random.default_rng(count)
    return cells.assign(
        name=[f"第{code}网格" for code in cells["code"]],
        linked=chance.random(count) < 0.97,
        load=chance.integers(100, 900, count),
        acts=chance.integers(0, 12, count),
        lead=[f"示例·第{number}人" for number in chance.integers(0, max(1, count // 2), count)],
    )


def sheets(cutter: Cutter) -> Iterator[Sheet]:
    """Give the layer at every zoom that has tiles."""
    for zoom in range(cutter.least_zoom, LAST_ZOOM + 1):
        yield cutter.sheet(zoom)


def encoded(sample: list[tuple[Sheet, Tile, bytes]], cells: gpd.GeoDataFrame, repeats: int) -> tuple[float, int]:
    """Let mapbox-vector-tile encode the sample; give its rate and how many tiles decode differently."""
    ready = [features(sheet, tile, content, cells) for sheet, tile, content in sample]
    seconds = min(clocked(lambda: [encode(one) for one in ready]) for _ in range(max(1, min(repeats, 3))))
    theirs = [decoded(encode(one)) for one in ready]
    mismatches = sum(different(decoded(content), other) for (_, _, content), other in zip(sample, theirs, strict=True))
    return len(sample) / seconds, mismatches


def clocked(work: Callable[[], Any]) -> float:
    """Do a piece of work once and give its seconds."""
    start = perf_counter()
    work()
    return perf_counter() - start


def features(sheet: Sheet, tile: Tile, content: bytes, cells: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Clip a tile's cells with shapely, as the peer wants them."""
    box = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    corner = np.array([tile.x, tile.y]) * EXTENT
    hits = np.sort(sheet.tree.query(shapely.transform(shapely.box(*box), lambda xy: xy + corner)))
    shapes = shapely.clip_by_rect(shapely.transform(sheet.shapes[hits], lambda xy: xy - corner), *box)
    named = b"name" in content
    chosen = cells.iloc[hits]
    columns = [name for name in FIELDS if named or name not in NAMES]
    rows = chosen[columns].to_dict("records")
    return [
        {"geometry": shape, "properties": row}
        for shape, row in zip(shapes, rows, strict=True)
        if not shapely.is_empty(shape)
    ]


def encode(ready: list[dict[str, Any]]) -> bytes:
    """Encode one tile with the peer."""
    written: bytes = mapbox_vector_tile.encode(
        [{"name": "grids", "features": ready}], default_options={"y_coord_down": True, "extents": EXTENT}
    )
    return written


def different(ours: dict[str, Any], theirs: dict[str, Any], *, fields: Sequence[str] | None = None) -> bool:
    """Tell whether two decoded tiles have other cells, or cells of another area.

    Cells are told apart by these fields, or by all. A crossing with a tile's rim may be rounded to another half unit,
    so an area may differ by its outline times half a unit; slivers of a few units do not count.
    """
    one, other = grounds(ours, fields), grounds(theirs, fields)
    nothing = (0.0, 0.0)
    return any(
        abs(one.get(cell, nothing)[0] - other.get(cell, nothing)[0])
        > 0.5 * max(one.get(cell, nothing)[1], other.get(cell, nothing)[1]) + FAR
        for cell in one.keys() | other.keys()
    )


def grounds(tile: dict[str, Any], fields: Sequence[str] | None) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Give the area and the outline, in units, of each cell of a decoded tile."""
    found = {}
    for one in tile["grids"]["features"]:
        shape, own = shapely.geometry.shape(one["geometry"]), one["properties"]
        cell = tuple(sorted((name, own[name]) for name in fields or own))
        found[cell] = float(shape.area), float(shape.length)
    return found


def tippecanoe(cells: gpd.GeoDataFrame, least: int, tiles: int) -> float:
    """Let tippecanoe cut the same zooms on one core, and give its rate of the same tiles."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "grids.geojson"
        cells.to_file(source, driver="GeoJSON")
        command = ["tippecanoe", "-q", "-f", "-o", f"{folder}/grids.mbtiles", "-Z", str(least), "-z", str(LAST_ZOOM),
                   "--no-feature-limit", "--no-tile-size-limit", "-l", "grids", str(source)]  # fmt: skip
        seconds = clocked(lambda: subprocess.run(command, check=True, env={"TIPPECANOE_MAX_THREADS": "1"}))
    return tiles / seconds
