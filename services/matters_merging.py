"""The same matter told twice: proposed by distance, text and time; merged by a person, who can take it back."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from congress.permissions import Subject, Viewer, may
from congress.process.engine import MERGED, UNMERGED
from data.tables import MatterRow
from gridmap.metres import METRES_PER_DEGREE
from services.act import Act, once
from services.errors import BadRequestError, ConflictError, RefusedError
from services.instance import setting
from services.matters import Matter, root_of, row_by_code
from services.matters_events import add_event

NOISE = re.compile(r"[\s，。、；：！？,.;:!?（）()“”\"'—-]+")
MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A matter that may be the same one: how far, how like in percent, how many days apart, and why it is proposed."""

    code: str
    text: str
    state: str
    metres: int | None
    likeness: int
    days: int
    why: dict[str, Any]


def likely_same(unit: Session, matter: Matter, *, now: datetime) -> tuple[Likeness, ...]:
    """Propose matters that may be the same, the likest first (then the nearer, then the lower number).

    Both lie within the settings' days; with two points within the settings' metres, without them in one grid or town.
    """
    days, metres = int(setting(unit, "matters.same_days")), float(setting(unit, "matters.same_metres"))
    least = float(setting(unit, "matters.same_likeness"))
    span = timedelta(days=days)
    query = select(MatterRow).where(
        MatterRow.id != matter.id, MatterRow.merged_into_id.is_(None), MatterRow.seal == "",
        MatterRow.received_at >= matter.received_at - span,
        MatterRow.received_at <= min(matter.received_at + span, now),
        or_(MatterRow.town_code.in_(("", matter.town.code)), MatterRow.grid_code == matter.grid.code),
    )  # fmt: skip
    found = []
    for row in unit.scalars(query.order_by(MatterRow.id)):
        away = metres_between(matter, row)
        if away is not None and away > metres:
            continue
        near = away is not None or (row.grid_code == matter.grid.code != "")
        like = likeness(matter.text + matter.place, row.text + row.place)
        if like < (least if near else least + 25):
            continue
        apart = abs((row.received_at - matter.received_at).days)
        key = "near" if away is not None else "grid" if near else "text"
        found.append(
            Likeness(
                code=row.code, text=row.text, state=row.state, metres=None if away is None else round(away),
                likeness=round(like), days=apart,
                why={"key": f"matter.same.{key}",
                     "facts": {"metres": round(away or 0), "likeness": round(like), "days": apart}},
            )
        )  # fmt: skip
    found.sort(key=lambda one: (-one.likeness, one.metres if one.metres is not None else metres, one.code))
    return tuple(found[:MOST])


def likeness(one: str, other: str) -> float:
    """Say how like two texts are, 0 to 100: as a whole, or the shorter within the longer a little less."""
    plain, plain_other = NOISE.sub("", one), NOISE.sub("", other)
    return max(fuzz.ratio(plain, plain_other), 0.9 * fuzz.partial_ratio(plain, plain_other))


def metres_between(matter: Matter, row: MatterRow) -> float | None:
    """Give the distance between two matters; None where one of them has no point. Good for neighbours only."""
    if matter.lon is None or matter.lat is None or row.lon is None or row.lat is None:
        return None
    east = (matter.lon - row.lon) * np.cos(np.radians(matter.lat))
    return float(np.hypot(east, matter.lat - row.lat) * METRES_PER_DEGREE)


def merge(unit: Session, act: Act, *, viewer: Viewer, code: str, into: str, reason: str) -> dict[str, Any]:
    """Let a matter lie in another: its clocks stop, its followers and tickets follow the other one.

    Raises BadRequestError without a reason, RefusedError where the other one is not the viewer's, ConflictError for a
    matter and itself, a sealed one, or one merged already.
    """
    if not reason.strip():
        raise BadRequestError("error.matter_reason")
    asked = [code, into, reason]
    return dict(once(unit, act, "matter.merge", asked, lambda: merged(unit, act, viewer, code, into, reason.strip())))


def merged(unit: Session, act: Act, viewer: Viewer, code: str, into: str, reason: str) -> dict[str, Any]:
    """Write that a matter lies in another one, which the viewer must be at home in too. Raises RefusedError."""
    row, target = row_by_code(unit, code), root_of(unit, row_by_code(unit, into))
    there = Subject(town=target.town_code, station=target.station_code)
    if not may(viewer, "matter.merge", there).allowed:
        raise RefusedError("error.matter_reach", matter=target.code)
    if target.id == row.id or row.book_id != target.book_id or target.seal:
        raise ConflictError("error.matter_merge", matter=row.code, into=target.code)
    add_event(unit, act, row, move=MERGED, role=viewer.role, facts={"into": target.code, "reason": reason[:400]})
    row.merged_into_id = target.id
    add_event(unit, act, target, move="followed", role=viewer.role, facts={"merged": row.code, "reason": reason[:400]})
    return {"code": row.code, "into": target.code}


def unmerge(unit: Session, act: Act, *, viewer: Viewer, code: str, reason: str) -> dict[str, Any]:
    """Take a matter out of another one again: it goes on where it stood, its clocks without the time in between."""
    if not reason.strip():
        raise BadRequestError("error.matter_reason")
    asked = [code, reason]
    return dict(once(unit, act, "matter.unmerge", asked, lambda: unmerged(unit, act, viewer, code, reason.strip())))


def unmerged(unit: Session, act: Act, viewer: Viewer, code: str, reason: str) -> dict[str, Any]:
    """Write that a matter stands on its own again."""
    row = row_by_code(unit, code)
    into = unit.get(MatterRow, row.merged_into_id) if row.merged_into_id is not None else None
    facts = {"from": into.code if into else "", "reason": reason[:400]}
    add_event(unit, act, row, move=UNMERGED, role=viewer.role, facts=facts)
    row.merged_into_id = None
    return {"code": row.code, "from": into.code if into else ""}
