"""Receiving matters: whatever a resident says is taken and routed, with a ticket; a missing place is asked for."""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from congress.process.book import ProcessBook
from data.tables import MatterFollower, MatterRow, Term
from gridmap.datum import Datum
from services.act import Act, once, record
from services.atlas import Atlas
from services.errors import BadRequestError
from services.instance import the_term
from services.matters import RESIDENT, plain_ticket, root_of, row_by_ticket
from services.matters_books import book_in_use, book_of
from services.matters_events import add_event
from services.matters_handing import follow_links
from services.matters_routing import Spot, Way, find_way, send

CHANNELS = ("station", "office", "card", "grid_worker", "kiosk", "hotline", "online")
LETTERS = "23456789ACDEFHJKMNPRTWXY"  # without those that look like another: 0O 1IL 5S 2Z 8B 6G UV Q
TICKET = 10  # letters: some 6·10¹³ of them
LONGEST_TEXT, LONGEST_PLACE = 2000, 200
NUMBERS = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # a mobile telephone
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)"  # a telephone with its area code
    r"|(?<!\d)\d{17}[\dXx](?![\dXx])"  # an identity number
)
HIDDEN = "［号码不保存］"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a resident says: the text, and as much of the place as they know.

    lon, lat: a point in `datum`.  grid, station: codes.  place: in words.  deputy: whose card was scanned.
    kind: a class of the book.  book: a process book's name; empty: the instance's.
    """

    text: str
    lon: float | None = None
    lat: float | None = None
    datum: Datum | None = None
    grid: str = ""
    place: str = ""
    station: str = ""
    deputy: str = ""
    channel: str = "online"
    kind: str = ""
    book: str = ""

    @property
    def spot(self) -> Spot:
        """Where it is, as the routing asks."""
        return Spot(
            lon=self.lon, lat=self.lat, datum=self.datum, grid=self.grid, place=self.place, station=self.station,
            deputy=self.deputy,
        )  # fmt: skip


def receive(
    unit: Session, act: Act, *, atlas: Atlas | None, viewer: Viewer | None, opinion: Opinion, synthetic: bool = False
) -> dict[str, Any]:
    """Take a matter once per request id; give its code, ticket, state, desk and deputy, and what was not kept.

    Raises BadRequestError for an empty or overlong text, an unknown channel or class, or a coordinate that is none,
    NotFoundError for a grid or a card that is not known. Without a place it is taken and the place is asked for.
    """
    if not opinion.text.strip() or len(opinion.text) > LONGEST_TEXT or len(opinion.place) > LONGEST_PLACE:
        raise BadRequestError("error.matter_text", most=LONGEST_TEXT)
    if opinion.channel not in CHANNELS:
        raise BadRequestError("error.matter_channel", channel=opinion.channel[:40], known=" ".join(CHANNELS))
    asked = {**asdict(opinion), "datum": opinion.datum.name if opinion.datum else ""}
    return dict(
        once(unit, act, "matter.receive", asked, lambda: received(unit, act, atlas, viewer, opinion, synthetic))
    )


def received(
    unit: Session, act: Act, atlas: Atlas | None, viewer: Viewer | None, opinion: Opinion, synthetic: bool
) -> dict[str, Any]:
    """Write a new matter, its first event and its ticket."""
    if atlas is not None:
        follow_links(unit, act, atlas=atlas)
    kept = book_in_use(unit, act, opinion.book)
    book = book_of(unit, kept.id)
    if opinion.kind and opinion.kind not in book.classes:
        raise BadRequestError("error.matter_kind", kind=opinion.kind[:40], known=" ".join(book.classes))
    way = find_way(unit, atlas, opinion.spot)
    move = opening(book, asks=not way.grid and not way.seat_id and way.reason["key"] != "matter.way.outside")
    text, place = without_numbers(opinion.text.strip()), without_numbers(opinion.place.strip())
    term = atlas.term_id if atlas is not None else the_term(unit, on=act.today).id
    row = MatterRow(
        code=next_code(unit, act), book_id=kept.id, term_id=unit.get_one(Term, term).id, channel=opinion.channel,
        text=text, place=place, kind=opinion.kind, state="", received_at=act.at, last_at=act.at, reason={},
        entered_by="" if viewer is None else viewer.user, synthetic=synthetic, row_version=0,
    )  # fmt: skip
    send(row, way)
    unit.add(row)
    unit.flush()
    role = role_in(book, move, viewer)
    facts = {"text": text, "channel": opinion.channel, **way.facts}
    if place:
        facts["place"] = place
    if opinion.kind:
        facts["class"] = opinion.kind
    add_event(unit, act, row, move=move, role=role, facts=facts)
    ticket = give_ticket(unit, act, row, opinion.channel)
    return {
        "code": row.code, "ticket": ticket, "state": row.state, "station": row.station_code, "town": row.town_code,
        "grid": row.grid_code, "deputy": row.person_id or "", "events": row.events, "reason": row.reason,
        "due": row.due_at.isoformat() if row.due_at else None, "numbers_left_out": text != opinion.text.strip(),
    }  # fmt: skip


def opening(book: ProcessBook, *, asks: bool) -> str:
    """Choose the move that opens a matter: the one that asks for a place where it is missing and the book has one."""
    asking = [name for name in book.openings if name.endswith("without_place")]
    plain = [name for name in book.openings if name not in asking]
    return (asking if asks and asking else plain or asking)[0]


def role_in(book: ProcessBook, move: str, viewer: Viewer | None) -> str:
    """Give the role under which somebody opens a matter; whose role has no part in it does so as any resident."""
    known = viewer is not None and viewer.role in book.moves[move].who
    return viewer.role if viewer is not None and known else RESIDENT


def without_numbers(text: str) -> str:
    """Leave telephone and identity numbers out of a text: contacts are not kept, the ticket is enough."""
    return NUMBERS.sub(HIDDEN, text)


def next_code(unit: Session, act: Act) -> str:
    """Give the next number of the year: 2026-000001."""
    year = f"{act.today.year}-"
    last = unit.scalar(
        select(MatterRow.code).where(MatterRow.code.startswith(year)).order_by(MatterRow.code.desc()).limit(1)
    )
    return f"{year}{int(last.removeprefix(year)) + 1 if last else 1:06d}"


def give_ticket(unit: Session, act: Act, row: MatterRow, channel: str) -> str:
    """Write a new ticket for a matter; nobody can guess it."""
    ticket = "".join(secrets.choice(LETTERS) for _ in range(TICKET))
    unit.add(MatterFollower(matter_id=row.id, ticket=ticket, channel=channel, followed_at=act.at))
    unit.flush()
    return written(ticket)


def written(ticket: str) -> str:
    """Write a ticket as people read it: in two halves."""
    return f"{ticket[: TICKET // 2]}-{ticket[TICKET // 2 :]}"


def follow(unit: Session, act: Act, *, row: MatterRow, channel: str = "online") -> dict[str, Any]:
    """Give somebody else a ticket for the same matter; it counts as one more who follows it."""
    root = root_of(unit, row)

    def do() -> dict[str, Any]:
        ticket = give_ticket(unit, act, root, channel)
        record(unit, act, "matter.follow", matter=root.code)
        return {"code": root.code, "ticket": ticket}

    return dict(once(unit, act, "matter.follow", root.code, do))


def follow_by_ticket(unit: Session, act: Act, *, ticket: str) -> dict[str, Any]:
    """Give another ticket to whoever shows one, as for a neighbour. Raises NotFoundError."""
    return follow(unit, act, row=row_by_ticket(unit, plain_ticket(ticket)))


def way_again(unit: Session, atlas: Atlas | None, row: MatterRow, spot: Spot) -> Way:
    """Find the way of a matter whose place was asked for; without a place of its own it stays where it is."""
    if spot.is_a_place:
        return find_way(unit, atlas, spot)
    return Way(
        lon=row.lon, lat=row.lat, grid=row.grid_code, village=row.village_code, town=row.town_code,
        station=row.station_code, person=row.person_id or "", seat_id=row.seat_id or "",
        generation_id=row.generation_id, plan=row.plan_id, reason=dict(row.reason),
    )  # fmt: skip
