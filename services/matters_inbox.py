"""The inbox: the matters within somebody's reach, whose turn it is, and what is late with which unit, page by page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.messages import say
from data.tables import MatterEvent, MatterFollower, MatterRow
from scoring.periods import Period
from services.act import CIVIL
from services.errors import BadRequestError
from services.matters import Matter, plain_ticket, read

SHOWS = ("mine", "open", "late", "closed", "merged", "all")
SOON = timedelta(hours=24)
MOST = 200
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which matters are asked for; an empty field asks for any. show: one of SHOWS; q: words, a number or a ticket."""

    show: str = "mine"
    q: str = ""
    state: str = ""
    kind: str = ""
    town: str = ""
    station: str = ""
    grid: str = ""
    unit: str = ""
    person: str = ""
    channel: str = ""
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A page of matters, the most urgent first; `next` is the cursor of the page after, empty on the last.

    waiting, late, soon: how many within reach wait for the viewer, are overdue, or are due within 24 hours.
    """

    matters: tuple[Matter, ...]
    next: str
    total: int
    waiting: int
    late: int
    soon: int
    left_today: int  # still at a desk of the viewer and due before the day ends: 0 reads 今日已清


def inbox(
    unit: Session, viewer: Viewer, *, now: datetime, wanted: Sought | None = None, after: str = "", most: int = 50
) -> Inbox:
    """Give a page of the matters within a viewer's reach. Raises BadRequestError for a cursor that is none."""
    wanted = wanted or Sought()
    within = reach(viewer)
    fitting = and_(within, *conditions(wanted, viewer, now))
    query = select(MatterRow).where(fitting, beyond(after))
    ordered = query.order_by(MatterRow.due_at.is_(None), MatterRow.due_at, MatterRow.id).limit(min(most, MOST) + 1)
    rows = list(unit.scalars(ordered))
    page = rows[: min(most, MOST)]
    open_here = and_(within, is_open())
    mine = and_(open_here, turn(viewer))

    def count(*which: ColumnElement[bool]) -> int:
        return int(unit.scalar(select(func.count()).select_from(MatterRow).where(*which)) or 0)

    day_end = datetime.combine(now.astimezone(CIVIL).date() + timedelta(days=1), datetime.min.time(), CIVIL)
    return Inbox(
        matters=read(unit, page, now=now), next=cursor(page[-1]) if len(rows) > len(page) else "",
        total=count(fitting), waiting=count(mine), late=count(open_here, MatterRow.due_at < now),
        soon=count(open_here, MatterRow.due_at >= now, MatterRow.due_at < now + SOON),
        left_today=count(mine, or_(MatterRow.due_at.is_(None), MatterRow.due_at < day_end)),
    )  # fmt: skip


def reach(viewer: Viewer) -> ColumnElement[bool]:
    """Give the condition for what a viewer may see; a missing scope sees nothing."""
    if viewer.role in ("congress", "auditor", "admin"):
        return true()
    column: Any = {
        "deputy": MatterRow.person_id, "grid_worker": MatterRow.grid_code, "station": MatterRow.station_code,
        "town": MatterRow.town_code, "department": MatterRow.unit,
    }[viewer.role]  # fmt: skip
    mine = viewer.person if viewer.role == "deputy" else viewer.scope
    return column == mine if mine else false()


def turn(viewer: Viewer) -> ColumnElement[bool]:
    """Give the condition for matters that wait for the viewer's role."""
    return MatterRow.holder == viewer.role


def is_open() -> ColumnElement[bool]:
    """Give the condition for what is neither ended nor merged into another."""
    return and_(MatterRow.ended_at.is_(None), MatterRow.merged_into_id.is_(None))


def conditions(wanted: Sought, viewer: Viewer, now: datetime) -> list[ColumnElement[bool]]:
    """Give the conditions for what is asked for. Raises BadRequestError for a list that is none."""
    if wanted.show not in SHOWS:
        raise BadRequestError("error.matter_show", show=wanted.show[:20], known=" ".join(SHOWS))
    shown: dict[str, ColumnElement[bool]] = {
        "mine": and_(is_open(), turn(viewer)),
        "open": is_open(),
        "late": and_(is_open(), MatterRow.due_at < now),
        "closed": and_(MatterRow.ended_at.is_not(None), MatterRow.merged_into_id.is_(None)),
        "merged": MatterRow.merged_into_id.is_not(None),
        "all": true(),
    }
    found = [shown[wanted.show]]
    for column, value in (
        (MatterRow.state, wanted.state), (MatterRow.kind, wanted.kind), (MatterRow.town_code, wanted.town),
        (MatterRow.station_code, wanted.station), (MatterRow.grid_code, wanted.grid), (MatterRow.unit, wanted.unit),
        (MatterRow.person_id, wanted.person), (MatterRow.channel, wanted.channel),
    ):  # fmt: skip
        if value:
            found.append(column == value)
    if wanted.period is not None:
        found += within_period(wanted.period)
    if wanted.q.strip():
        found.append(matching(wanted.q.strip()))
    return found


def within_period(period: Period) -> list[ColumnElement[bool]]:
    """Give the conditions for matters that came in within a period of civil days."""
    first = datetime.combine(period.start, datetime.min.time(), CIVIL)
    after = datetime.combine(period.end, datetime.min.time(), CIVIL)
    return [MatterRow.received_at >= first, MatterRow.received_at < after]


def matching(q: str) -> ColumnElement[bool]:
    """Give the condition for words in the text or the place, a number, or a ticket somebody holds in hand."""
    like = "%" + q.replace("\\", "").replace("%", "").replace("_", r"\_") + "%"
    ticketed = select(MatterFollower.matter_id).where(MatterFollower.ticket == plain_ticket(q))
    return or_(
        MatterRow.text.like(like, escape="\\"), MatterRow.place.like(like, escape="\\"), MatterRow.code == q,
        MatterRow.id.in_(ticketed),
    )  # fmt: skip


def cursor(row: MatterRow) -> str:
    """Write where a page ended."""
    due = "" if row.due_at is None else row.due_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return f"{due}~{row.id}"


def beyond(after: str) -> ColumnElement[bool]:
    """Give the condition for what lies after a cursor. Raises BadRequestError."""
    if not after:
        return true()
    due, _, number = after.partition("~")
    try:
        last = int(number)
        at = datetime.strptime(due, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC) if due else None
    except ValueError as wrong:
        raise BadRequestError("error.matter_cursor") from wrong
    if at is None:
        return and_(MatterRow.due_at.is_(None), MatterRow.id > last)
    return or_(MatterRow.due_at.is_(None), MatterRow.due_at > at, and_(MatterRow.due_at == at, MatterRow.id > last))


COLUMNS = (
    "code", "received", "channel", "text", "place", "town", "grid", "station", "deputy", "kind", "state", "unit",
    "clock", "due", "late", "against", "rating", "ended", "followers",
)  # fmt: skip


def table(
    unit: Session, viewer: Viewer, *, now: datetime, wanted: Sought | None = None, lang: str = "zh"
) -> pd.DataFrame:
    """Give the matters within reach as a table for export, at most 10,000; what is overdue names the handling unit."""
    query = select(MatterRow).where(reach(viewer), *conditions(wanted or Sought(show="all"), viewer, now))
    ordered = query.order_by(MatterRow.due_at.is_(None), MatterRow.due_at, MatterRow.id).limit(MOST_ROWS)
    matters = read(unit, list(unit.scalars(ordered)), now=now)
    return pd.DataFrame(
        [row_of_table(matter, lang, now) for matter in matters],
        columns=[say(f"matter.column.{name}", lang) for name in COLUMNS],
    )


def row_of_table(matter: Matter, lang: str, now: datetime) -> tuple[Any, ...]:
    """Give one matter as a row of the table."""
    running = [clock for clock in matter.clocks if clock.stopped is None and clock.due is not None]
    first = min(running, key=lambda clock: (clock.due or now, clock.clock), default=None)
    late = first is not None and first.due is not None and first.due < now
    return (
        matter.code, local(matter.received_at), say(f"matter.channel.{matter.channel}", lang), matter.text,
        matter.place, matter.town.name, matter.grid.name, matter.station.name, matter.deputy.name,
        matter.kind_title[lang] if matter.kind_title else "", matter.state_title[lang], matter.unit,
        first.title[lang] if first else "", local(first.due) if first and first.due else "",
        say("matter.yes", lang) if late else "", first.who if first and late else "",
        matter.rating_title[lang] if matter.rating_title else "", local(matter.ended_at) if matter.ended_at else "",
        matter.followers,
    )  # fmt: skip


def local(at: datetime) -> str:
    """Write an instant as the clock on the wall shows it."""
    return at.astimezone(CIVIL).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """The values of a dunning note (催办单): to whom, about what, since when, until when, how late, which time."""

    number: str
    time: int  # the first note, the second …
    unit: str
    station: str
    town: str
    matter: str
    text: str
    place: str
    assigned: datetime | None
    due: datetime | None
    overdue: timedelta | None
    reason: dict[str, Any] = field(default_factory=dict)
    counted: dict[str, Any] | None = None
    provisional: bool = False


def dunning(unit: Session, matter: Matter, *, now: datetime) -> Dunning:
    """Give the values of a dunning note for whoever has the matter now; it names the unit, never a person."""
    sent = int(
        unit.scalar(
            select(func.count())
            .select_from(MatterEvent)
            .where(MatterEvent.matter_id == matter.id, MatterEvent.move == "dun")
        )
        or 0
    )
    running = [clock for clock in matter.clocks if clock.stopped is None]
    clock = min(running, key=lambda one: (one.due is None, one.due or now, one.clock), default=None)
    due = clock.due if clock else None
    return Dunning(
        number=f"{matter.code}-{max(sent, 1)}", time=max(sent, 1), unit=clock.who if clock else matter.unit,
        station=matter.station.name, town=matter.town.name, matter=matter.code, text=matter.text, place=matter.place,
        assigned=clock.started if clock else None, due=due,
        overdue=now - due if due is not None and due < now else None,
        reason=dict(clock.reason) if clock else {}, counted=dict(clock.counted) if clock and clock.counted else None,
        provisional=bool(clock and clock.provisional),
    )  # fmt: skip
