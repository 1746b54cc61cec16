"""Locate: from a point to its grid, pieces and districts, and to the deputies linked there, each with a reason."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from congress.levels import LAYERS
from gridmap.datum import Datum
from gridmap.locate import MANY
from services.atlas import Atlas, Holder, Link
from services.errors import BadRequestError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A code with its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedDeputy:
    """A deputy linked to a piece or grid, and why."""

    level: str
    deputy: Named  # code is the person's id
    seat: str
    layer: str
    district: str
    first: bool
    lead: bool
    basis: str
    households: int
    station: str
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAt:
    """The piece of one layer under a point; `answers_through` names another grid where a sliver joined it."""

    layer: str
    grid: str
    district: Named
    answers_through: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNear:
    """A station with opening hours and the distance to it."""

    code: str
    name: str
    kind: str
    address: str
    hours: str
    lon: float
    lat: float
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A grid near the point, across a border."""

    code: str
    name: str
    metres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The whole answer for one point."""

    lon: float
    lat: float
    datum: str
    outside: bool
    outside_m: float
    on_border: bool
    border_m: float
    grid: Named
    village: Named | None
    town: Named | None
    pieces: tuple[PieceAt, ...]
    responsible: tuple[LinkedDeputy, ...]  # in order of first contact; the first is whom to call
    others: tuple[LinkedDeputy, ...]
    gridworkers: tuple[tuple[str, str], ...]
    station: StationNear | None
    near: tuple[Neighbour, ...]
    reason: dict[str, Any]
    versions: dict[str, Any]
    synthetic: bool


def locate(atlas: Atlas, lon: float, lat: float, datum: Datum) -> Located:
    """Answer for one point given in `datum`.

    Raises BadRequestError for a coordinate that cannot be one, NotFoundError when the nearest grid is too far.
    """
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise BadRequestError("error.coordinate_not_a_number")
    xs, ys = datum.to_lonlat(np.array([lon]), np.array([lat]))
    if not on_earth(xs, ys)[0]:
        raise BadRequestError("error.coordinate_out_of_range", datum=datum.name)
    x, y = float(xs[0]), float(ys[0])
    row = int(atlas.grid_index.locate(x, y)[0])
    outside, outside_m = row < 0, 0.0
    if outside:
        nearest, metres = atlas.grid_index.nearest(xs, ys)
        if not metres[0] <= atlas.reach_m:  # not a number: from the far side of the Earth there is no nearest
            raise NotFoundError("error.outside_reach", reach=round(atlas.reach_m))
        row, outside_m = int(nearest[0]), float(metres[0])
    from_border, near_rows, near_metres = atlas.grid_index.around(x, y, row, atlas.near_m)
    border = 0.0 if outside else from_border
    code, name, village, town = (str(atlas.columns["grids"][name][row]) for name in ("code", "name", "village", "town"))
    pieces = pieces_at(atlas, xs, ys, row, outside=outside)
    responsible, others = deputies_at(atlas, code, pieces)
    return Located(
        lon=round(float(xs[0]), 7),
        lat=round(float(ys[0]), 7),
        datum=datum.name,
        outside=outside,
        outside_m=round(outside_m, 1),
        on_border=not outside and border == 0.0,
        border_m=round(border, 1),
        grid=Named(code=code, name=name),
        village=Named(code=village, name=atlas.names.get(village, village)) if village else None,
        town=Named(code=town, name=atlas.names.get(town, town)) if town else None,
        pieces=pieces,
        responsible=responsible,
        others=others,
        gridworkers=atlas.workers.get(code, ()),
        station=station_for(atlas, responsible, float(xs[0]), float(ys[0])),
        near=neighbours_of(atlas, row, near_rows, near_metres),
        reason=reason_of(outside, outside_m, border),
        versions={"atlas": atlas.version, "generation": atlas.generation, "plan": atlas.plan, "term": atlas.term},
        synthetic=atlas.synthetic,
    )


def neighbours_of(
    atlas: Atlas, row: int, rows: np.ndarray[Any, Any], metres: np.ndarray[Any, Any]
) -> tuple[Neighbour, ...]:
    """Name the grids in `rows` but for the one in `row`, the nearest first."""
    near = sorted(
        (round(float(away), 1), int(other)) for other, away in zip(rows, metres, strict=True) if int(other) != row
    )
    grids = atlas.columns["grids"]
    return tuple(
        Neighbour(code=str(grids["code"][other]), name=str(grids["name"][other]), metres=away) for away, other in near
    )


def on_earth(xs: np.ndarray[Any, Any], ys: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Mark the points whose longitude and latitude exist; what is not finite does not."""
    return np.asarray((np.abs(xs) <= 180.0) & (np.abs(ys) <= 90.0))


def reason_of(outside: bool, outside_m: float, border: float) -> dict[str, Any]:
    """Say by which rule the grid was chosen."""
    if outside:
        return {"key": "locate.nearest", "facts": {"metres": round(outside_m)}}
    if border == 0.0:
        return {"key": "locate.on_border", "facts": {}}
    return {"key": "locate.inside", "facts": {"metres": round(border)}}


def pieces_at(
    atlas: Atlas, xs: np.ndarray[Any, Any], ys: np.ndarray[Any, Any], row: int, *, outside: bool
) -> tuple[PieceAt, ...]:
    """Find the piece of each layer under a point: its grid, its own electoral district, lower codes first."""
    grid = str(atlas.columns["grids"]["code"][row])
    found = []
    for layer in LAYERS:
        index = atlas.district_index.get(layer)
        if index is None:
            continue
        districts = atlas.columns[layer]
        here = int(index.locate(float(xs[0]), float(ys[0]))[0])
        if here < 0 and outside:
            nearest, metres = index.nearest(xs, ys)
            here = int(nearest[0]) if float(metres[0]) <= atlas.reach_m else -1
        if here < 0:
            continue
        code = str(districts["code"][here])
        through = own_answer(atlas, layer, grid, code)
        if through is None:
            _, touching = atlas.grid_index.containing(xs, ys)
            through = border_answer(atlas, layer, grid, code, atlas.layers.grids["code"].to_numpy()[touching])
        found.append(
            PieceAt(
                layer=layer,
                grid=grid,
                district=Named(code=code, name=str(districts["name"][here])),
                answers_through=through,
            )
        )
    return tuple(found)


def own_answer(atlas: Atlas, layer: str, grid: str, district: str) -> str | None:
    """Name the grid of the piece that answers for (grid, district): its own, or the one its sliver joined."""
    return grid if (layer, grid, district) in atlas.by_piece else atlas.joined.get((layer, grid, district))


def border_answer(atlas: Atlas, layer: str, grid: str, district: str, touching: Iterable[str]) -> str:
    """Name the grid that answers where the point's own one does not reach into the district, as on a border.

    The lowest of the `touching` grids that does answers, else the lowest of the district, else the grid itself.
    """
    for code in sorted(touching):
        through = own_answer(atlas, layer, code, district)
        if through is not None:
            return through
    return min((key[1] for key in atlas.by_piece if key[0] == layer and key[2] == district), default=grid)


def deputies_at(
    atlas: Atlas, grid: str, pieces: tuple[PieceAt, ...]
) -> tuple[tuple[LinkedDeputy, ...], tuple[LinkedDeputy, ...]]:
    """Give the responsible deputy of every level, in order of first contact, and the other deputies of the grid."""
    linked: list[Link] = []
    for piece in pieces:
        linked += atlas.by_piece.get((piece.layer, piece.answers_through, piece.district.code), ())
    linked += [link for link in atlas.by_grid.get(grid, ()) if link.basis in ("decision", "proposal")]
    chosen = {(link.seat, link.grid, link.district) for link in linked}
    rest = [link for link in atlas.by_grid.get(grid, ()) if (link.seat, link.grid, link.district) not in chosen]
    order = {level: position for position, level in enumerate(atlas.first_contact)}

    def key(link: Link) -> tuple[int, int, str]:
        return (order.get(atlas.holders[link.seat].level, len(order)), link.position, link.seat)

    return (
        tuple(dress(atlas, link, grid) for link in sorted(linked, key=key)),
        tuple(dress(atlas, link, grid) for link in sorted(rest, key=key)),
    )


def dress(atlas: Atlas, link: Link, grid: str) -> LinkedDeputy:
    """Give a link its deputy's name."""
    holder: Holder = atlas.holders[link.seat]
    return LinkedDeputy(
        level=holder.level,
        deputy=Named(code=holder.person_id, name=holder.name),
        seat=holder.seat,
        layer=link.layer,
        district=link.district,
        first=link.position == 1,
        lead=atlas.leads.get((link.layer, grid), ("", {}))[0] == link.seat,
        basis=link.basis,
        households=link.households,
        station=holder.station,
        reason=link.reason,
    )


STATION_COLUMNS = ("code", "name", "kind", "address", "hours")


def station_for(atlas: Atlas, responsible: tuple[LinkedDeputy, ...], lon: float, lat: float) -> StationNear | None:
    """Give the first deputy's station, else the nearest one."""
    if not len(atlas.stations):
        return None
    x, y = atlas.grid_index.on_the_ground(lon, lat)
    metres = np.hypot(atlas.station_points[:, 0] - x, atlas.station_points[:, 1] - y)
    stations = atlas.columns["stations"]
    codes = stations["code"]
    row = int(metres.argmin())
    for linked in responsible:
        at = np.flatnonzero(codes == linked.station)
        if len(at):
            row = int(at[0])
            break
    code, name, kind, address, hours = (str(stations[column][row]) for column in STATION_COLUMNS)
    place = stations["geometry"][row]
    return StationNear(
        code=code, name=name, kind=kind, address=address, hours=hours,
        lon=round(float(place.x), 6), lat=round(float(place.y), 6),
        metres=round(float(metres[row])),
    )  # fmt: skip


BATCH_COLUMNS = (
    "grid", "grid_name", "village", "town", "county_district", "town_district", "town_deputy", "county_deputy",
    "outside", "metres_outside", "on_border", "error",
)  # fmt: skip
ROW_ERRORS = (
    "坐标不是数字 / the coordinate is not a number",
    "坐标超出范围 / the coordinate is out of range",
    "距最近网格过远 / too far from the nearest grid",
)


def locate_many(atlas: Atlas, rows: pd.DataFrame, datum: Datum) -> pd.DataFrame:
    """Answer for many points at once: the input's columns, then BATCH_COLUMNS; order kept, errors per row.

    `rows` has columns of text or numbers lon and lat (or longitude/latitude, 经度/纬度). An input column that is named
    like one of the answer's gives way to it. Raises BadRequestError when the coordinates' columns are not found.
    """
    lon_name, lat_name = coordinate_columns(rows)
    lon, lat = numbers(rows[lon_name]), numbers(rows[lat_name])
    readable = np.isfinite(lon) & np.isfinite(lat)
    xs, ys = datum.to_lonlat(np.where(readable, lon, 0.0), np.where(readable, lat, 0.0))
    sound = readable & on_earth(xs, ys)
    xs, ys = np.where(sound, xs, 0.0), np.where(sound, ys, 0.0)
    found = np.where(sound, atlas.grid_index.locate(xs, ys), -1)
    outside, away = sound & (found < 0), np.zeros(len(rows))
    lost = np.flatnonzero(outside)
    if len(lost):
        nearest, metres = atlas.grid_index.nearest(xs[lost], ys[lost])
        within = (nearest >= 0) & (metres <= atlas.reach_m)
        away[lost], found[lost] = np.where(nearest >= 0, metres, 0.0), np.where(within, nearest, -1)
    answered = found >= 0
    out: dict[str, Any] = {}
    for name, column in (("grid", "code"), ("grid_name", "name"), ("village", "village"), ("town", "town")):
        out[name] = picked(atlas.layers.grids[column].to_numpy(), found)
    for layer in LAYERS:
        out[f"{layer}_district"], out[f"{layer}_deputy"] = district_answers(atlas, layer, xs, ys, found, outside)
    on_border = np.zeros(len(rows), dtype=bool)
    inside = np.flatnonzero(answered & ~outside)
    on_border[inside] = atlas.grid_index.on_border(xs[inside], ys[inside], found[inside])
    out["outside"] = np.where(answered & outside, "true", "false")
    out["metres_outside"] = np.round(away, 1)
    out["on_border"] = np.where(on_border, "true", "false")
    out["error"] = np.select([~readable, ~sound, ~answered], list(ROW_ERRORS), default="")
    return rows.assign(**{name: out[name] for name in BATCH_COLUMNS})


def numbers(cells: "pd.Series[Any]") -> np.ndarray[Any, Any]:
    """Read a column of coordinates, full-width digits too; what is no number is NaN."""
    return np.asarray(pd.to_numeric(cells.map(_plain), errors="coerce"), dtype=np.float64)


def _plain(cell: Any) -> Any:
    """Give a cell that may be a number, None for any other."""
    if isinstance(cell, str):
        return cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    return cell if isinstance(cell, (int, float)) and not isinstance(cell, bool) else None


def picked(values: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Take each point's value from its row, empty text where the row is -1."""
    return np.asarray(np.append(values.astype(object), "")[rows])


def district_answers(
    atlas: Atlas,
    layer: str,
    xs: np.ndarray[Any, Any],
    ys: np.ndarray[Any, Any],
    found: np.ndarray[Any, Any],
    outside: np.ndarray[Any, Any],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give each point's district code of a layer and the name of the first deputy linked there, empty where none."""
    index = atlas.district_index.get(layer)
    if index is None:
        return np.full(len(found), "", dtype=object), np.full(len(found), "", dtype=object)
    rows = np.full(len(found), -1, dtype=np.intp)
    answered = np.flatnonzero(found >= 0)
    rows[answered] = index.locate(xs[answered], ys[answered])
    lost = np.flatnonzero((found >= 0) & outside & (rows < 0))
    if len(lost):
        nearest, metres = index.nearest(xs[lost], ys[lost])
        rows[lost] = np.where(metres <= atlas.reach_m, nearest, -1)
    known = np.flatnonzero(rows >= 0)
    deputies = np.full(len(found), "", dtype=object)
    deputies[known] = first_deputies(atlas, layer, xs[known], ys[known], found[known], rows[known])
    return picked(atlas.layers.districts[layer]["code"].to_numpy(), rows), deputies


def first_deputies(
    atlas: Atlas,
    layer: str,
    xs: np.ndarray[Any, Any],
    ys: np.ndarray[Any, Any],
    found: np.ndarray[Any, Any],
    rows: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """Name the first deputy of each point's piece; each pair of grid and district is looked up once."""
    grids = atlas.layers.grids["code"].to_numpy()
    districts = atlas.layers.districts[layer]["code"].to_numpy()
    pairs, of_pair = np.unique(found * len(districts) + rows, return_inverse=True)
    through = [own_answer(atlas, layer, grids[p // len(districts)], districts[p % len(districts)]) for p in pairs]
    names = [
        "" if grid is None else first_deputy(atlas, layer, grid, districts[pair % len(districts)])
        for pair, grid in zip(pairs, through, strict=True)
    ]
    deputies = np.array([*names, ""], dtype=object)[of_pair]
    loose = np.flatnonzero(np.array([grid is None for grid in through], dtype=bool)[of_pair])
    point, touching = atlas.grid_index.containing(xs[loose], ys[loose])
    around: dict[int, list[str]] = {}
    for one, row in zip(point.tolist(), touching.tolist(), strict=True):
        around.setdefault(one, []).append(grids[row])
    met: dict[tuple[int, tuple[str, ...]], str] = {}
    for position, one in enumerate(loose.tolist()):
        case = (int(of_pair[one]), tuple(around.get(position, ())))
        if case not in met:
            district = districts[rows[one]]
            grid = border_answer(atlas, layer, grids[found[one]], district, case[1])
            met[case] = first_deputy(atlas, layer, grid, district)
        deputies[one] = met[case]
    return deputies


def first_deputy(atlas: Atlas, layer: str, grid: str, district: str) -> str:
    """Name the first deputy linked to a piece, empty where none is."""
    links = atlas.by_piece.get((layer, grid, district), ())
    return atlas.holders[links[0].seat].name if links else ""


def coordinate_columns(rows: pd.DataFrame) -> tuple[str, str]:
    """Find the coordinate columns of a table of points. Raises BadRequestError naming the headers it has."""
    pairs = (("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"), ("经度", "纬度"), ("x", "y"))
    by_fold = {str(name).strip().casefold(): str(name) for name in rows.columns}
    for lon, lat in pairs:
        if lon in by_fold and lat in by_fold:
            return by_fold[lon], by_fold[lat]
    raise BadRequestError("error.no_coordinate_columns", headers=" ".join(map(str, rows.columns)))


def expect(atlas: Atlas, rows: int) -> None:
    """Get ready for many points: a large table is worth the rasters being drawn first."""
    if rows >= MANY:
        for index in (atlas.grid_index, *atlas.district_index.values()):
            index.warm()


def batches(rows: pd.DataFrame, size: int = 50_000) -> Iterator[pd.DataFrame]:
    """Cut a table into parts that fit in memory, in order."""
    for start in range(0, len(rows), size):
        yield rows.iloc[start : start + size]
