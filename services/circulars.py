"""Circulars (履职情况通报): verified acts of a period by town, level, group and kind, with the period before beside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.frames import each
from data.rules import kinds
from data.tables import (
    ActivityPerson,
    ActivityRow,
    Area,
    Closing,
    Generation,
    LedgerEntry,
    Objection,
    Person,
    Seat,
    Term,
)
from scoring.periods import Period
from scoring.quota import progress
from services.closings import PeriodState, state_of
from services.errors import BadRequestError, NotFoundError
from services.instance import setting, the_term
from services.performance_files import area_names
from services.points import all_tenures, book_of, books, period_of, verified_activities
from services.publication import PublicBand, Published, choices, published
from services.seats import counting_on

By = Literal["town", "level", "group", "kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one town, level, group or kind comes to.

    deputies: people with a seat in the period.  active: of them with a verified act.  acts: each once.
    parts: acts × people.  served: people received or helped.  before_…: the same of the period before, None without.
    """

    code: str
    name: str
    deputies: int
    active: int
    acts: int
    parts: int
    served: int
    before_acts: int | None
    before_parts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One deputy's line of a list: a seat, its acts, its duties done and owed; tenths only where points are shown."""

    seat: str
    name: str
    level: str
    town: str
    group: str
    acts: int
    before_acts: int | None
    duties_done: int
    duties: int
    tenths: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular:
    """A circular: the whole, its parts in code order, and the list of deputies as far as it is shown.

    shown: inside, the setting `circular.list`; for everybody what the congress chose to publish: list, bands or none.
    """

    period: str
    starts: date
    ends: date
    before: str  # the period before, empty when it lies before the term
    within: str
    within_name: str
    state: PeriodState
    whole: Tally
    by_town: tuple[Tally, ...]
    by_level: tuple[Tally, ...]
    by_group: tuple[Tally, ...]
    by_kind: tuple[Tally, ...]
    by_month: tuple[tuple[str, int, int | None], ...]
    listed: tuple[Listed, ...]
    shown: str
    bands: Mapping[str, tuple[PublicBand, ...]]  # by level, of what is open to all and published so
    open_to_all: bool
    synthetic: bool


def circular(
    unit: Session, *, period: str, today: date, term: str | None = None, within: str = "", open_to_all: bool = False
) -> Circular:
    """Count a period's verified acts. For everybody (`open_to_all`): names and points only as the congress published.

    Raises BadRequestError for a period that has not begun, or that is not closed yet and is to be open to all;
    NotFoundError for an unknown town.
    """
    the = the_term(unit, term)
    span = period_of(the, period)
    if span.start > today:
        raise BadRequestError("error.circular_ahead", period=span.name, starts=span.start.isoformat())
    state = state_of(unit, the, span, today)
    if open_to_all and not is_settled(unit, the, span, today):
        raise BadRequestError("error.circular_open", period=span.name)
    previous = before(span)
    has_before = previous is not None and previous.end > the.starts_on
    towns = town_names(unit, the)
    if within and within not in towns:
        raise NotFoundError("error.no_such_town", town=within)
    now = facts_of(unit, the, span, within)
    then = facts_of(unit, the, previous, within) if has_before and previous else None
    seats = seats_of(unit, the, span, within)
    chosen = choices(unit, the).get(span.name) if open_to_all else None
    shown = (chosen.shows if chosen else "none") if open_to_all else str(setting(unit, "circular.list"))
    public = published(unit, period=span.name, names=towns, term=the.name) if shown in ("list", "bands") else None
    return Circular(
        period=span.name, starts=span.start, ends=span.end, before=previous.name if has_before and previous else "",
        within=within, within_name=towns.get(within, ""), state=state,
        whole=tally("", "", seats, now, then),
        by_town=parts("town", sorted(set(towns) & set(seats["town"])), towns, seats, now, then) if not within else (),
        by_level=parts("level", [level for level in LEVELS if level in set(seats["level"])], {}, seats, now, then),
        by_group=parts("group", sorted(set(seats["group"]) - {""}), {}, seats, now, then),
        by_kind=by_kind(seats, now, then),
        by_month=by_month(span, previous, now, then),
        listed=listed(unit, the, span, seats, now, then, points_shown(unit, the, span, shown, public))
        if shown in ("acts", "points", "list") else (),
        shown=shown, bands=public.bands if public is not None and shown == "bands" else {},
        open_to_all=open_to_all, synthetic=bool(seats["synthetic"].any()),
    )  # fmt: skip


def is_settled(unit: Session, term: Term, span: Period, today: date) -> bool:
    """Tell whether a period is closed, by itself or in a longer one, and no objection is taken or open any more."""
    unanswered = select(Objection.id).where(Objection.closing_id == Closing.id, Objection.state == "raised").exists()
    settled = select(Closing.id).where(
        Closing.term_id == term.id, Closing.starts_on <= span.start, Closing.ends_on >= span.end,
        Closing.objections_until < today, ~unanswered,
    )  # fmt: skip
    return unit.scalar(settled.limit(1)) is not None


def before(span: Period) -> Period | None:
    """Give the period of the same length before one; a term has none."""
    day = span.start - timedelta(days=1)
    if span.name == "term":
        return None
    if "Q" in span.name:
        return Period.quarter_of(day)
    return Period.month_of(day) if "-" in span.name else Period.year_of(day)


def town_names(unit: Session, term: Term) -> dict[str, str]:
    """Name the towns and streets of a term's newest map."""
    query = (
        select(Area.code, Area.name)
        .join(Generation, Generation.id == Area.generation_id)
        .where(Generation.term_id == term.id, Area.kind.in_(["town", "street"]))
        .order_by(Area.generation_id)
    )
    return dict(unit.execute(query).all())


SEAT_COLUMNS = ["seat", "person", "name", "level", "town", "group", "synthetic"]
ACT_COLUMNS = ["act", "kind", "on", "served", "person", "seat", "level", "town", "group"]


def seats_of(unit: Session, term: Term, span: Period, within: str) -> pd.DataFrame:
    """Give the seats that were held on a day of a period, one row each, by code."""
    query = (
        select(Seat.code, Seat.person_id, Person.name, Seat.level, Seat.town_code, Seat.group_name, Seat.synthetic)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, Seat.starts_on < span.end,
               (Seat.ends_on.is_(None)) | (Seat.ends_on > span.start))
        .order_by(Seat.code)
    )  # fmt: skip
    if within:
        query = query.where(Seat.town_code == within)
    return pd.DataFrame([tuple(row) for row in unit.execute(query)], columns=SEAT_COLUMNS)


def facts_of(unit: Session, term: Term, span: Period, within: str) -> pd.DataFrame:
    """Give the verified acts of a period, one row for each person who took part, at the seat it is credited to."""
    query = (
        select(ActivityRow.id, ActivityRow.kind, ActivityRow.on, func.coalesce(ActivityRow.served, 0),
               ActivityPerson.person_id, Seat.code, Seat.level, Seat.town_code, Seat.group_name)
        .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
        .join(Seat, Seat.id == ActivityPerson.seat_id)
        .where(ActivityRow.term_id == term.id, ActivityRow.state == "verified", ActivityRow.on >= span.start,
               ActivityRow.on < span.end, *counting_on(ActivityRow.on))
    )  # fmt: skip
    if within:
        query = query.where(Seat.town_code == within)
    return pd.DataFrame([tuple(row) for row in unit.execute(query)], columns=ACT_COLUMNS)


def tally(code: str, name: str, seats: pd.DataFrame, now: pd.DataFrame, then: pd.DataFrame | None) -> Tally:
    """Count one group."""
    acts = now.drop_duplicates("act")
    return Tally(
        code=code, name=name, deputies=int(seats["person"].nunique()), active=int(now["person"].nunique()),
        acts=len(acts), parts=len(now), served=int(acts["served"].sum()),
        before_acts=None if then is None else int(then["act"].nunique()),
        before_parts=None if then is None else len(then),
    )  # fmt: skip


def parts(
    by: By, codes: Iterable[str], names: dict[str, str], seats: pd.DataFrame, now: pd.DataFrame,
    then: pd.DataFrame | None,
) -> tuple[Tally, ...]:  # fmt: skip
    """Count every group, in code order: a circular is no league table."""
    return tuple(
        tally(code, names.get(code, code), seats[seats[by] == code], now[now[by] == code],
              None if then is None else then[then[by] == code])
        for code in codes
    )  # fmt: skip


def by_kind(seats: pd.DataFrame, now: pd.DataFrame, then: pd.DataFrame | None) -> tuple[Tally, ...]:
    """Count every kind of act that occurs in either period, in the order of the list of kinds."""
    met = set(now["kind"]) | (set(then["kind"]) if then is not None else set())
    known = [kind.code for kind in kinds() if kind.code in met]
    return tuple(
        tally(code, code, seats, now[now["kind"] == code], None if then is None else then[then["kind"] == code])
        for code in [*known, *sorted(met - set(known))]
    )


def by_month(
    span: Period, previous: Period | None, now: pd.DataFrame, then: pd.DataFrame | None
) -> tuple[tuple[str, int, int | None], ...]:
    """Count the acts of every month, beside those of the same month of the period before."""
    acts = now.drop_duplicates("act")["on"].map(lambda day: f"{day:%Y-%m}").value_counts()
    earlier = None if then is None else then.drop_duplicates("act")["on"].map(lambda day: f"{day:%Y-%m}").value_counts()
    beside = previous.months() if previous is not None else ()
    return tuple(
        (month, int(acts.get(month, 0)),
         None if earlier is None or number >= len(beside) else int(earlier.get(beside[number], 0)))
        for number, month in enumerate(span.months())
    )  # fmt: skip


def points_shown(
    unit: Session, term: Term, span: Period, shown: str, public: Published | None
) -> Mapping[str, int] | None:
    """Give the points by seat that a list shows: inside where rankings are on, for everybody what was published."""
    if public is not None:
        return {line.seat: line.tenths for line in public.lines}
    if shown != "points" or setting(unit, "rankings") == "off":
        return None
    sums = (
        select(Seat.code, func.sum(LedgerEntry.tenths))
        .join(LedgerEntry, LedgerEntry.seat_id == Seat.id)
        .where(LedgerEntry.term_id == term.id, LedgerEntry.on >= span.start, LedgerEntry.on < span.end)
        .group_by(Seat.code)
    )
    return {code: int(tenths) for code, tenths in unit.execute(sums)}


def listed(
    unit: Session,
    term: Term,
    span: Period,
    seats: pd.DataFrame,
    now: pd.DataFrame,
    then: pd.DataFrame | None,
    points: Mapping[str, int] | None,
) -> tuple[Listed, ...]:
    """List the deputies by seat code with their acts and duties, and with points where some are given."""
    acts = now.groupby("seat")["act"].nunique()
    earlier = None if then is None else then.groupby("seat")["act"].nunique()
    pair = book_of(books(unit), span.last_day)
    duties: dict[str, tuple[int, int]] = {}
    if pair is not None:
        whole = period_of(term, "term")
        for one in progress(verified_activities(unit, term, None), pair[1], span, all_tenures(unit, term), term=whole):
            done, due = duties.get(one.seat, (0, 0))
            duties[one.seat] = (done + min(one.done, one.due), due + one.due)
    towns = dict(area_names(unit, term, set(seats["town"])))
    return tuple(
        Listed(
            seat=row.seat, name=row.name, level=row.level, town=towns.get(row.town, ""), group=row.group,
            acts=int(acts.get(row.seat, 0)), before_acts=None if earlier is None else int(earlier.get(row.seat, 0)),
            duties_done=duties.get(row.seat, (0, 0))[0], duties=duties.get(row.seat, (0, 0))[1],
            tenths=None if points is None else points.get(row.seat, 0),
        )
        for row in each(seats)
    )  # fmt: skip
