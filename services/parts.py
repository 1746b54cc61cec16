"""Parts: an instance's survey split by county where nothing crosses, each part laid out by itself, and put together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from congress.levels import LAYER_OF, LAYERS
from data.tables import Generation, Term
from services.ground import Layers
from services.placing import Draft, Survey, lay_out

REST = ""  # the part of the seats that no district places: work units, decisions, proposals
Parts = Sequence[tuple[str, Survey]]
Frame = TypeVar("Frame", bound=pd.DataFrame)
Spreading = Callable[[Callable[[Survey], Draft], Parts], Mapping[str, Draft]]


def lay_out_in_parts(found: Survey, spreading: Spreading) -> Draft:
    """Lay a survey out county by county, wherever `spreading` does it; the same draft as `lay_out` gives."""
    parts = parts_of(found)
    drafts = spreading(lay_out, parts)
    return joined([*(drafts[name] for name, _ in parts), lay_out(rest_of(found))])


def parts_of(found: Survey) -> list[tuple[str, Survey]]:
    """Split a survey by county: (the county's code, its survey), lowest code first.

    Counties that a piece joins, because a district of one has ground in a grid of the other, are one part, named after
    the lower; so is a county without districts of a layer that others have. A seat whose district has no piece, or
    that names none, goes with the first part, where it is named.
    """
    of_grid = counties_of(found.layers)
    of_district = _counties_of_districts(found, of_grid)
    groups = _together([*of_grid.values(), *of_district.values()], _crossings(found, of_grid, of_district))
    names = sorted(set(groups.values()))
    parts = [(name, _part(found, name, groups, of_grid, of_district, first=name == names[0])) for name in names]
    whole = _shape_of(found)
    unlike = [name for name, part in parts if _shape_of(part) != whole]
    if not unlike or len(names) == 1:
        return parts
    merged = {county: names[0] if name in unlike else name for county, name in groups.items()}
    left = sorted(set(merged.values()))
    return [(name, _part(found, name, merged, of_grid, of_district, first=name == left[0])) for name in left]


def counties_of(layers: Layers) -> dict[str, str]:
    """Give the county of every grid: what its town lies in, empty where that is not known."""
    county_of = dict(zip(layers.towns["code"], layers.towns["parent"], strict=True))
    return {
        grid: county_of.get(town, "") for grid, town in zip(layers.grids["code"], layers.grids["town"], strict=True)
    }


def _counties_of_districts(found: Survey, of_grid: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Give the county of every (layer, district): that of the grid of its largest piece (equal: the lower grid)."""
    given: dict[tuple[str, str], str] = {}
    for layer, pieces in found.pieces.items():
        largest = pieces.sort_values(["households", "grid"], ascending=[False, True]).drop_duplicates("district")
        for district, grid in zip(largest["district"], largest["grid"], strict=True):
            given[layer, district] = of_grid.get(grid, "")
    return given


def _crossings(
    found: Survey, of_grid: Mapping[str, str], of_district: Mapping[tuple[str, str], str]
) -> Iterable[tuple[str, str]]:
    """Give the pairs of counties that a piece, or the town that a district names, holds together."""
    for layer, pieces in found.pieces.items():
        yield from {
            (of_grid.get(grid, ""), of_district[layer, district])
            for grid, district in zip(pieces["grid"], pieces["district"], strict=True)
        }
    county_of = dict(zip(found.layers.towns["code"], found.layers.towns["parent"], strict=True))
    for layer, districts in found.layers.districts.items():
        for code, town in zip(districts["code"], districts["town"], strict=True):
            if town in county_of and (layer, code) in of_district:
                yield county_of[town], of_district[layer, code]


def _together(counties: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name each county's group by its lowest county."""
    lowest = {county: county for county in counties}

    def of(county: str) -> str:
        while lowest[county] != county:
            county = lowest[county]
        return county

    for one, other in pairs:
        low, high = sorted((of(one), of(other)))
        lowest[high] = low
    return {county: of(county) for county in lowest}


def _shape_of(found: Survey) -> tuple[tuple[bool, bool], ...]:
    """Say of each layer whether it has pieces, and whether its districts name towns: parts must agree in both."""
    return tuple((layer in found.pieces, bool(set(found.layers.districts[layer]["town"]) - {""})) for layer in LAYERS)


def _part(
    found: Survey, name: str, groups: Mapping[str, str], of_grid: Mapping[str, str],
    of_district: Mapping[tuple[str, str], str], *, first: bool,
) -> Survey:  # fmt: skip
    """Take from a survey what lies in one group of counties."""
    layers = found.layers
    mine = {pair for pair, county in of_district.items() if groups[county] == name}
    grids = _where(layers.grids, (groups[of_grid[grid]] == name for grid in layers.grids["code"]))
    seats = _seats_of_districts(found)
    known = [(LAYER_OF[level], district) for level, district in zip(seats["level"], seats["district"], strict=True)]
    here = (pair in mine or (first and pair not in of_district) for pair in known)
    standing = found.standing
    kept = (pair in mine for pair in zip(standing["layer"], standing["district"], strict=True))
    pieces = {
        layer: _where(frame, ((layer, district) in mine for district in frame["district"]))
        for layer, frame in found.pieces.items()
    }
    return replace(
        found,
        term=Term(name=found.term.name, starts_on=found.term.starts_on),
        generation=Generation(name=found.generation.name, state=found.generation.state),
        layers=replace(
            layers,
            grids=grids,
            districts={
                layer: _where(frame, ((layer, code) in mine for code in frame["code"]))
                for layer, frame in layers.districts.items()
            },
            work_units={layer: frame.iloc[:0] for layer, frame in layers.work_units.items()},
            villages=layers.villages.iloc[:0], towns=layers.towns.iloc[:0], county=layers.county.iloc[:0],
        ),
        pieces={layer: frame for layer, frame in pieces.items() if len(frame)},
        seats=_where(seats, here),
        standing=_where(standing, kept),
        proposals={},
        locks=tuple(
            (layer, lock) for layer, lock in found.locks
            if (layer, lock.district) in mine or (first and (layer, lock.district) not in of_district)
        ),
    )  # fmt: skip


def _where(frame: Frame, chosen: Iterable[bool]) -> Frame:
    """Take the chosen rows; of a frame without rows all columns stay."""
    return frame[np.fromiter(chosen, dtype=bool, count=len(frame))].reset_index(drop=True)


def _seats_of_districts(found: Survey) -> pd.DataFrame:
    """Give the seats that a residence district places."""
    seats = found.seats
    units = {(layer, code) for layer, frame in found.layers.work_units.items() for code in frame["code"]}
    placed = [
        level in LAYER_OF and (LAYER_OF[level], district) not in units
        for level, district in zip(seats["level"], seats["district"], strict=True)
    ]
    return seats[np.array(placed, dtype=bool)]


def rest_of(found: Survey) -> Survey:
    """Take from a survey what no district places; the ground stays whole."""
    return replace(found, pieces={}, seats=found.seats.drop(index=_seats_of_districts(found).index), locks=())


def joined(drafts: Iterable[Draft]) -> Draft:
    """Put drafts together in the order in which one draft of the whole has its rows."""
    whole = Draft()
    for draft in drafts:
        whole.links += draft.links
        whole.leads += draft.leads
        whole.districts += draft.districts
        whole.unmet += draft.unmet
    by_district = [row for row in whole.links if row["basis"] == "district"]
    others = [row for row in whole.links if row["basis"] != "district"]
    by_district.sort(key=lambda row: (_place(row), row["district_code"], row["grid_code"], row["position"]))
    whole.links = [*by_district, *others]
    whole.leads.sort(key=lambda row: (_place(row), row["grid_code"]))
    whole.districts.sort(key=lambda row: (_place(row), row["district"]))
    whole.unmet.sort(key=_order_of_unmet)
    return whole


LATER = {"grid_outside_districts": 1, "work_unit_outside_grids": 2, "decided_grid_unknown": 3}


def _order_of_unmet(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Order what is unmet: layer by layer the districts', then the grids'; last what is placed otherwise."""
    later = LATER.get(row["kind"], 0)
    facts = {name: value for name, value in row.items() if name not in ("layer", "kind", "district")}
    place = _place(row) if later < 2 else len(LAYERS)
    if later == 1:
        return (place, later, row["grid"])
    return (place, later, row.get("district", ""), row["kind"], str(sorted(facts.items())))


def _place(row: Mapping[str, Any]) -> int:
    return LAYERS.index(row["layer"])
