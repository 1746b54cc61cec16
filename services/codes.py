"""Codes: two sources that write the same codes differently, and cells that lie elsewhere than their code says."""

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from data.flaws import Flaw
from data.readers import Reading
from gridmap.code_shapes import mismatch, shape_of
from gridmap.codes import level_of, lies_within
from gridmap.overlay import shares

A_PATTERN = 3  # different codes that one rule joins
MAPPED_AT_MOST = 200  # pairs of a proposed mapping that a report carries
TOLD_ONE_BY_ONE = 20  # rows with the same trouble; more are told once
POLYGONS = ("Polygon", "MultiPolygon")
CLEARLY = 0.5  # of a cell: so much of it in another parent is more than a border drawn twice
COMPARED_AT_MOST = 20_000  # cells; more are not laid over their parents row by row


def gathered(
    reading: Reading, flaws: Sequence[Flaw], *, field: str, known: set[str], of: str, kinds: Iterable[str]
) -> list[Flaw]:
    """Put one flaw that names the pattern in place of many that only say that a code is not known.

    `flaws` of `kinds` in `field` are those that a mapping of codes would clear; the rest stay. One or two codes that
    happen to fit are no pattern.
    """
    unknown = [flaw for flaw in flaws if flaw.kind in kinds and flaw.field == field]
    found = mismatch(reading.frame[field].fillna("").astype(str), known) if unknown else None
    if found is None or found.matched < A_PATTERN:
        return list(flaws)
    cleared = [flaw for flaw in unknown if written_in(flaw, field) in found.mapping]
    facts: dict[str, Any] = {
        "of": of, "matched": found.matched, "unknown": found.unknown, "rows": len(cleared),
        "ours": shape_of(found.mapping), "theirs": shape_of(known),
        "examples": [f"{ours} → {theirs}" if theirs else ours for ours, theirs in found.examples],
        "mapping": [f"{ours} → {theirs}" for ours, theirs in sorted(found.mapping.items())[:MAPPED_AT_MOST]],
    }  # fmt: skip
    told = Flaw(
        file=reading.file, field=field, kind=f"code_mismatch_{found.pattern}",
        fatal=any(flaw.fatal for flaw in cleared), facts=facts,
    )  # fmt: skip
    return [told, *(flaw for flaw in flaws if flaw not in cleared)]


def written_in(flaw: Flaw, field: str) -> str:
    """Give the code that a flaw found to be unknown."""
    return str(flaw.facts.get("value") or flaw.facts.get(field) or flaw.facts.get("parent") or "")


def outside_parent(reading: Reading, field: str) -> list[Flaw]:
    """Note rows whose code nests, and not under the code of the parent they name."""
    rows = [
        row
        for row, (code, parent) in enumerate(zip(reading.frame["code"], reading.frame[field], strict=True))
        if parent and level_of(code) and level_of(parent) and not lies_within(code, parent)
    ]
    return told(reading, rows, field, "code_outside_parent", [str(reading.frame[field].iloc[row]) for row in rows])


def lies_elsewhere(reading: Reading, field: str, parents: gpd.GeoDataFrame) -> list[Flaw]:
    """Note cells that lie for the most part in another parent than the one whose code they carry."""
    frame = reading.frame
    sound = frame.geometry.notna() & frame.geometry.geom_type.isin(POLYGONS) & frame.geometry.is_valid
    named = frame[field].fillna("").astype(str)
    asked = np.flatnonzero(sound & (named != "") & named.isin(set(parents["code"])))
    sure = parents[parents.geometry.is_valid]
    if not len(asked) or len(asked) > COMPARED_AT_MOST or not len(sure) or sure["code"].duplicated().any():
        return []
    cells = gpd.GeoDataFrame(
        {"code": [f"{row:09d}" for row in asked]}, geometry=frame.geometry.to_numpy()[asked], crs="EPSG:4326"
    )
    found = shares(cells, gpd.GeoDataFrame({"code": sure["code"]}, geometry=sure.geometry, crs="EPSG:4326"))
    found = found[found["share"] > CLEARLY]
    rows, there = found["unit"].astype(int).to_numpy(), found["district"].astype(str).to_numpy()
    other = [place for place, row in enumerate(rows) if named.iloc[row] != there[place]]
    return told(reading, [int(rows[place]) for place in other], field, "lies_in_other_parent", list(there[other]))


def told(reading: Reading, rows: Sequence[int], field: str, kind: str, others: Sequence[str]) -> list[Flaw]:
    """Tell each row, or, of many rows, the first with how many there are; `others` are what the codes differ from."""
    shown = rows if len(rows) <= TOLD_ONE_BY_ONE else rows[:1]
    flaws = []
    for row, other in zip(shown, others, strict=False):
        place = reading.place(row)
        facts = {"value": str(reading.frame[field].iloc[row]), "other": other, "count": len(rows) // len(shown)}
        flaws.append(
            Flaw(
                file=reading.file, line=place.line, feature=place.feature, field=field,
                code=str(reading.frame["code"].iloc[row]), kind=kind, facts=facts, fatal=False,
            )
        )  # fmt: skip
    return flaws
