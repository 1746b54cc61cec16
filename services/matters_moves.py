"""Moves of matters: one step further by whoever may, with what it needs, what follows from it, and no step twice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.permissions import Subject, Viewer, may
from congress.process.book import Move, ProcessBook
from data.tables import MatterEvent, MatterRow
from gridmap.datum import Datum
from services.act import Act, once
from services.atlas import Atlas
from services.errors import BadRequestError, ConflictError, RefusedError
from services.matters import RESIDENT, Matter, move_title, read, root_of, row_by_code, row_by_ticket
from services.matters_books import book_of
from services.matters_events import add_event, in_words
from services.matters_handing import follow_links
from services.matters_outcomes import report, take_back
from services.matters_receiving import LONGEST_PLACE, LONGEST_TEXT, way_again, without_numbers
from services.matters_routing import Spot, send

SAID = ("text", "reason", "unit", "class", "elsewhere", "reply_kind", "rating", "contact_time", "presence", "reply",
        "place")  # fmt: skip


def move(
    unit: Session, act: Act, *, viewer: Viewer | None, name: str, code: str = "", ticket: str = "",
    facts: Mapping[str, str] | None = None, spot: Spot | None = None, expected: int | None = None,
    atlas: Atlas | None = None,
) -> Matter:  # fmt: skip
    """Take a matter one step further, by its number as the viewer's role, or by a ticket as a resident.

    expected: how many events the writer has seen. spot: with `give_place`. Raises NotFoundError, BadRequestError, and
    ConflictError where the book, a merging or a faster writer forbids it; the answer says who did what meanwhile.
    """
    row = root_of(unit, row_by_ticket(unit, ticket)) if ticket else row_by_code(unit, code)
    role = RESIDENT if ticket or viewer is None else viewer.role
    if role != RESIDENT:
        within_reach(viewer, row)
    said = spoken(facts or {})
    asked = [row.code, name, said, role, expected]
    once(
        unit, act, "matter.move", asked, lambda: moved(unit, act, viewer, row, role, name, said, spot, expected, atlas)
    )
    return read(unit, [row], now=act.at)[0]


def within_reach(viewer: Viewer | None, row: MatterRow) -> None:
    """Refuse somebody whose matter it is not. Raises RefusedError."""
    subject = Subject(
        person=row.person_id or "", town=row.town_code, station=row.station_code, grid=row.grid_code, unit=row.unit
    )
    if not may(viewer, "matter.move", subject).allowed:
        raise RefusedError("error.matter_reach", matter=row.code)


def spoken(facts: Mapping[str, str]) -> dict[str, str]:
    """Give what is said with a move, without blanks and numbers. Raises BadRequestError for what is not known."""
    unknown = [name for name in facts if name not in SAID]
    if unknown or any(len(value) > LONGEST_TEXT for value in facts.values()):
        raise BadRequestError("error.matter_facts", unknown=" ".join(unknown) or "—", most=LONGEST_TEXT)
    kept = {name: without_numbers(value.strip()) for name, value in facts.items() if value.strip()}
    if len(kept.get("unit", "")) > 80:
        raise BadRequestError("error.matter_unit", most=80)
    return kept


def moved(
    unit: Session, act: Act, viewer: Viewer | None, row: MatterRow, role: str, name: str, said: dict[str, str],
    spot: Spot | None, expected: int | None, atlas: Atlas | None,
) -> dict[str, Any]:  # fmt: skip
    """Write one move and what follows from it."""
    book = book_of(unit, row.book_id)
    if expected is not None and expected != row.events:
        raise overtaken(unit, book, row)
    if atlas is not None:
        follow_links(unit, act, atlas=atlas, only=[row])
    facts: dict[str, Any] = dict(said)
    if name == "give_place":
        facts |= placed(unit, row, said, spot or Spot(), atlas)
    add_event(unit, act, row, move=name, role=role, facts=facts)
    the = book.moves[name]
    if the.activity and role == "deputy" and viewer is not None:
        report(unit, act, viewer=viewer, row=row, kind=kind_of(the, row))
    if the.reopens:
        take_back(unit, act, row=row, role=role)
    return {"code": row.code, "state": row.state, "events": row.events}


def kind_of(the: Move, row: MatterRow) -> str:
    """Give the kind of activity that comes out of a move: of the matter's class, else of the move."""
    return the.activity_of.get(row.kind, the.activity or "")


def placed(unit: Session, row: MatterRow, said: Mapping[str, str], spot: Spot, atlas: Atlas | None) -> dict[str, Any]:
    """Send a matter the way of the place that was given; words alone are kept beside it."""
    words = said.get("place", "")[:LONGEST_PLACE]
    if not spot.is_a_place and not words:
        raise ConflictError("process.needs", missing=in_words("process.need", ["place"]))
    way = way_again(unit, atlas, row, replace(spot, deputy="", station=row.station_code))
    scanned = row.reason if row.reason.get("key") == "matter.way.card" else None
    seat, person = row.seat_id, row.person_id
    send(row, way)
    if scanned is not None:  # a card that was scanned stays with its deputy
        row.seat_id, row.person_id, row.reason = seat, person, scanned
    row.place = words or row.place
    return way.facts


def overtaken(unit: Session, book: ProcessBook, row: MatterRow) -> ConflictError:
    """Say kindly who was faster and what they did; nothing is lost, the page only has to be read again."""
    last = unit.scalars(
        select(MatterEvent).where(MatterEvent.matter_id == row.id).order_by(MatterEvent.seq.desc()).limit(1)
    ).one()
    return ConflictError(
        "error.matter_changed", matter=row.code, who=last.actor, role_key=f"role.{last.role}",
        move=dict(move_title(book, last.move)), at=last.at.isoformat(timespec="minutes"), events=row.events,
    )  # fmt: skip


def parse_spot(lon: float | None, lat: float | None, datum: str, grid: str, place: str) -> Spot:
    """Read a spot from what a form or a request gives. Raises BadRequestError for half a point or no datum."""
    if (lon is None) != (lat is None) or (lon is not None and not datum):
        raise BadRequestError("error.matter_datum")
    return Spot(lon=lon, lat=lat, datum=Datum.parse(datum) if lon is not None else None, grid=grid, place=place)
