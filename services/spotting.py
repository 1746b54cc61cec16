"""Spotting: what of an answer hangs on the point itself, where everything else is the same for all points around."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from congress.levels import LAYERS
from gridmap.datum import Datum
from services.atlas import Atlas
from services.locating import Located, Neighbour, neighbours_of, own_answer, reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point inside a grid: points of one `place` get one answer but for what is written here."""

    x: float  # WGS84 degrees, not rounded
    y: float
    place: tuple[int, ...]  # the row of its grid, then the row of its district in each layer, -1 where there is none
    border: float  # metres, not rounded
    near: tuple[Neighbour, ...]

    @property
    def reason(self) -> dict[str, Any]:
        """Say by which rule the grid was chosen."""
        return reason_of(False, 0.0, self.border)


def is_drawn(atlas: Atlas) -> bool:
    """Tell whether every layer has drawn what lets it answer for a single point without a long wait."""
    return atlas.grid_index.is_warm and all(index.is_warm for index in atlas.district_index.values())


def spot(atlas: Atlas, lon: float, lat: float, datum: Datum) -> Spot | None:
    """Find where a point given in `datum` lies; None when it lies in no grid or nowhere on Earth."""
    xs, ys = datum.to_lonlat(np.array([lon]), np.array([lat]))
    x, y = float(xs[0]), float(ys[0])
    if not (abs(x) <= 180.0 and abs(y) <= 90.0):
        return None
    row = int(atlas.grid_index.locate(x, y)[0])
    if row < 0:
        return None
    indexes = [atlas.district_index.get(layer) for layer in LAYERS]
    border, near_rows, near_metres = atlas.grid_index.around(x, y, row, atlas.near_m)
    return Spot(
        x=x,
        y=y,
        place=(row, *(-1 if index is None else int(index.locate(x, y)[0]) for index in indexes)),
        border=border,
        near=neighbours_of(atlas, row, near_rows, near_metres) if len(near_rows) else (),
    )


def is_shared(atlas: Atlas, answer: Located) -> bool:
    """Tell whether every point of this answer's place gets its pieces, deputies and station.

    It does not where a piece is found by the grids that touch the point, or the station by its distance.
    """
    own = all(own_answer(atlas, piece.layer, piece.grid, piece.district.code) is not None for piece in answer.pieces)
    given = {linked.station for linked in answer.responsible}
    return own and not answer.outside and (answer.station is None or answer.station.code in given)


def station_place(atlas: Atlas, code: str) -> tuple[float, float]:
    """Give the metres east and north of the first station of this code."""
    row = int(np.flatnonzero(atlas.columns["stations"]["code"] == code)[0])
    return float(atlas.station_points[row, 0]), float(atlas.station_points[row, 1])


def metres_to(atlas: Atlas, there: Spot, place: tuple[float, float]) -> int:
    """Measure from a spot to a place on the ground, in whole metres."""
    east, north = atlas.grid_index.on_the_ground(there.x, there.y)
    return round(float(np.hypot(place[0] - east, place[1] - north)))
