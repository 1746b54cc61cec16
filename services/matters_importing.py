"""A list of matters in: each row is received like any other, once for its number, however often the list comes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import blake2s
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.flaws import Flaw
from data.frames import each
from data.readers import Reading
from data.tables import Idempotency
from gridmap.datum import Datum
from services.act import CIVIL, Act, idempotency_key
from services.atlas import Atlas
from services.keeping import flag, text
from services.matters import kinds
from services.matters_receiving import Opinion, receive
from services.references import as_date

LIST = "matters-list"  # the actor under whose name rows are known again


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a list: its number, what it says, when it came in, whether it is a sample."""

    number: str
    opinion: Opinion
    at: datetime
    synthetic: bool


def take_list(unit: Session, act: Act, reading: Reading, *, atlas: Atlas | None) -> tuple[int, int]:
    """Receive every row of a sound reading; give how many were new and how many had come in before."""
    new = known = 0
    viewer = Viewer(user=act.actor, role="congress")
    for row in rows_of_list(reading, act, grids_of(atlas), kinds(unit)):
        asker = Act(
            actor=LIST, at=row.at, request_id="list-" + blake2s(row.number.encode(), digest_size=16).hexdigest()
        )
        if unit.get(Idempotency, idempotency_key(asker)) is not None:
            known += 1
            continue
        receive(unit, asker, atlas=atlas, viewer=viewer, opinion=row.opinion, synthetic=row.synthetic)
        new += 1
    return new, known


def check_list(unit: Session, reading: Reading, act: Act, *, atlas: Atlas | None) -> tuple[Flaw, ...]:
    """Name what a list says that is not known here; nothing of it keeps a matter out."""
    return tuple(doubts(reading, act, grids_of(atlas), kinds(unit)))


def grids_of(atlas: Atlas | None) -> frozenset[str]:
    """Give the codes of the grids in force."""
    return frozenset() if atlas is None else frozenset(atlas.layers.grids["code"])


def doubts(reading: Reading, act: Act, grids: Collection[str], known_kinds: Collection[str]) -> Iterator[Flaw]:
    """Find grids and classes that are not known, and days to come."""
    frame = reading.frame
    days = list(frame["on"]) if "on" in frame.columns else [None] * len(frame)
    for index, (grid, kind, on) in enumerate(zip(text(frame, "grid"), text(frame, "kind"), days, strict=True)):
        if grid and grid not in grids:
            yield doubt(reading, index, "matter_grid", "grid", grid)
        if kind and kind not in known_kinds:
            yield doubt(reading, index, "matter_kind", "kind", kind)
        if not pd.isna(on) and as_date(on) > act.today:
            yield doubt(reading, index, "matter_to_come", "on", as_date(on).isoformat())


def doubt(reading: Reading, index: int, kind: str, field: str, value: str) -> Flaw:
    """Make one warning."""
    line = reading.place(index).line
    return Flaw(file=reading.file, line=line, field=field, code=value, kind=kind, fatal=False, facts={"value": value})


def rows_of_list(
    reading: Reading, act: Act, grids: Collection[str], known_kinds: Collection[str]
) -> Iterator[Row]:  # fmt: skip
    """Read the rows; a grid or class that is not known is left out, the words stay."""
    frame = reading.frame
    names = ("number", "text", "place", "grid", "station", "kind", "channel")
    columns = pd.DataFrame({name: text(frame, name) for name in names}).assign(sample=list(flag(frame, "synthetic")))
    days = list(frame["on"]) if "on" in frame.columns else [None] * len(frame)
    points = list(frame.geometry) if "geometry" in frame.columns else [None] * len(frame)
    for row, on, point in zip(each(columns), days, points, strict=True):
        placed: dict[str, Any] = {}
        if point is not None and not point.is_empty:
            placed = {"lon": float(point.x), "lat": float(point.y), "datum": Datum.parse("wgs84")}
        opinion = Opinion(
            text=row.text, place=row.place, grid=row.grid if row.grid in grids else "", station=row.station,
            kind=row.kind if row.kind in known_kinds else "", channel=row.channel or "hotline", **placed,
        )  # fmt: skip
        yield Row(number=row.number, opinion=opinion, at=instant(on, act), synthetic=bool(row.sample))


def instant(on: Any, act: Act) -> datetime:
    """Give when a row came in: now for today and for no day, the morning of an earlier day."""
    if pd.isna(on) or as_date(on) >= act.today:
        return act.at
    return datetime.combine(as_date(on), time(9), CIVIL)
