"""Handing matters on: to another desk by decision, and to a successor when a deputy or a term has ended."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.tables import MatterRow, Person, Seat
from gridmap.datum import Datum
from services.act import Act, once
from services.atlas import Atlas, atlas_within
from services.errors import BadRequestError, NotFoundError
from services.matters import row_by_code
from services.matters_events import add_event
from services.matters_routing import Spot, by_card, find_way, names_of_station, send, town_of, why
from services.seats import counting_on

HOUSE = "congress"  # the role under which the house itself notes what follows from an act


def route(
    unit: Session, act: Act, *, viewer: Viewer, code: str, atlas: Atlas, reason: str, station: str = "",
    deputy: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Send a matter to another station or deputy, with the reason. Raises BadRequestError without one."""
    row = row_by_code(unit, code)
    if not reason.strip() or not (station or deputy):
        raise BadRequestError("error.matter_route")
    asked = [row.code, station, deputy, reason]
    return dict(once(unit, act, "matter.route", asked, lambda: routed(unit, act, viewer, row, atlas, reason, station,
                                                                      deputy)))  # fmt: skip


def routed(
    unit: Session, act: Act, viewer: Viewer, row: MatterRow, atlas: Atlas, reason: str, station: str, deputy: str
) -> dict[str, Any]:
    """Write the new way of a matter."""
    if station and station not in set(atlas.stations["code"]):
        raise NotFoundError("error.no_such_station", station=station[:40])
    before = {"station": row.station_code, "seat": row.seat_id or ""}
    if deputy:
        way = by_card(unit, atlas, Spot(deputy=deputy))
        row.person_id, row.seat_id = way.person, way.seat_id
        row.station_code = station or way.station
    if station:
        row.station_code, row.town_code = station, town_of(atlas, station) or row.town_code
    row.reason = why("sent", station=names_of_station(atlas, row.station_code), reason=reason.strip()[:200])
    facts = {"station": row.station_code, "seat": row.seat_id or "", "before": before, "reason": reason.strip()[:400]}
    add_event(unit, act, row, move="routed", role=viewer.role, facts=facts)
    return {"code": row.code, "station": row.station_code}


def follow_links(
    unit: Session, act: Act, *, atlas: Atlas, only: Sequence[MatterRow] | None = None, unlinked: bool = False
) -> tuple[str, ...]:
    """Hand open matters of deputies who do not count under the atlas any more to whoever answers there now.

    Gives the codes that moved. unlinked: also those that nobody answered for so far, as after a by-election. A matter
    whose place nobody answers for stays with its station and says so; it is taken up again when somebody does.
    """
    seats = {holder.seat_id for holder in atlas.holders.values()}
    rows = list(only) if only is not None else stale_rows(unit, seats, atlas.term_id, unlinked=unlinked)
    people = select(Person.id, Person.name).where(Person.id.in_({row.person_id for row in rows}))
    names: dict[str, str] = dict(unit.execute(people).all()) if rows else {}
    moved = []
    for row in rows:
        gone = row.seat_id not in seats if row.seat_id else unlinked or row.term_id != atlas.term_id
        if row.ended_at is None and gone and hand_over_one(unit, act, row, atlas, names.get(row.person_id or "", "")):
            moved.append(row.code)
    return tuple(moved)


def stale_rows(unit: Session, seats: Collection[str], term: int, *, unlinked: bool) -> list[MatterRow]:
    """Give the open matters of seats that do not count any more or of a term before, or also those without a deputy."""
    is_open = MatterRow.ended_at.is_(None)
    held = unit.scalars(select(MatterRow.seat_id).where(is_open, MatterRow.seat_id.is_not(None)).distinct())
    gone = [seat for seat in held if seat not in seats]
    which = [MatterRow.seat_id.in_(gone), MatterRow.term_id != term]
    if unlinked:
        which.append(MatterRow.seat_id.is_(None))
    return list(unit.scalars(select(MatterRow).where(is_open, or_(*which)).order_by(MatterRow.id)))


def follow_now(unit: Session, act: Act) -> tuple[str, ...]:
    """Let open matters follow what has just changed for today: a seat that ended, a plan in force, a new term.

    The atlas is built only where a matter may be concerned.
    """
    unit.flush()
    concerned = (
        select(MatterRow.id)
        .outerjoin(Seat, Seat.id == MatterRow.seat_id)
        .where(MatterRow.ended_at.is_(None), or_(MatterRow.seat_id.is_(None), not_(and_(*counting_on(act.today)))))
    )
    if unit.scalar(concerned.limit(1)) is None:
        return ()
    atlas = atlas_within(unit, act.today)
    return () if atlas is None else follow_links(unit, act, atlas=atlas, unlinked=True)


def open_matters(unit: Session) -> int:
    """Count the matters that are not ended."""
    return int(unit.scalar(select(func.count()).select_from(MatterRow).where(MatterRow.ended_at.is_(None))) or 0)


def hand_over_one(unit: Session, act: Act, row: MatterRow, atlas: Atlas, leaver: str) -> bool:
    """Hand one matter to whoever answers for its place now; give whether anything changed."""
    always = row.term_id != atlas.term_id
    spot = Spot(lon=row.lon, lat=row.lat, datum=Datum.parse("wgs84"), grid="" if row.lon is not None else row.grid_code)
    if not (spot.is_a_place or row.seat_id or always):
        return False
    try:
        way = find_way(unit, atlas, spot if spot.is_a_place else Spot(station=row.station_code))
    except NotFoundError:  # the grid is not of this generation any more
        way = find_way(unit, atlas, Spot(station=row.station_code))
    if not (way.seat_id or row.seat_id or always):
        return False
    before = {"seat": row.seat_id or "", "deputy": leaver, "station": row.station_code, "plan": row.plan_id}
    send(row, way)
    facts = {**way.facts, "before": before}
    add_event(unit, act, row, move="handed_over", role=HOUSE, facts=facts)
    row.reason = why("handed_over", before=leaver or "—", deputy=way.deputy or "—")
    if way.generation_id is not None:
        row.term_id = atlas.term_id
    return True
