"""Publication: after the objections a congress chooses what the public sees of a closed period; it can change that."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.tables import Closing, ClosingBalance, Objection, Person, Publication, Seat, Term
from scoring.rules import Band, Words
from services.act import CIVIL, Act, record
from services.closings import the_closing
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import the_term
from services.rankings import band_at, bands_in

SHOWS = ("list", "bands", "none")
LEAST = 5  # a smaller number is not shown to the public
STEP = 200  # tenths: the width of a band where the rule book has none
LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was chosen for a period, by whom and why; the reason is for the congress."""

    period: str
    shows: str
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLine:
    """A deputy in a published list."""

    name: str
    person: str
    level: str
    town: str
    seat: str
    tenths: int
    band: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBand:
    """How many seats of a level have so many points; None: fewer than five, or what would give those away.

    title: of the rule book's band, else None and `low` and `high` (tenths, half-open; None for open).
    """

    title: Words | None
    low: int | None
    high: int | None
    seats: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the public sees of a closed period: the list or the bands, never a rank, in the order of the rolls."""

    period: str
    starts: date
    ends: date
    closed_on: date
    shows: str
    digest: str
    lines: tuple[PublicLine, ...]
    bands: Mapping[str, tuple[PublicBand, ...]]  # by level


def publish(unit: Session, act: Act, *, period: str, shows: str, reason: str, term: str | None = None) -> Chosen:
    """Choose what is public of a closed period; an earlier choice is kept and no longer in force.

    Raises BadRequestError for an unknown choice or a missing reason, NotFoundError for a period that is not closed,
    ConflictError while objections are still taken or one has no answer.
    """
    the = the_term(unit, term, on=act.today)
    row = the_closing(unit, the, period)
    if shows not in SHOWS:
        raise BadRequestError("error.publication", shows=shows, known=" ".join(SHOWS))
    if not reason.strip():
        raise BadRequestError("error.publication_reason")
    if shows != "none":
        refuse_early(unit, act, row)
    unit.add(
        Publication(closing_id=row.id, shows=shows, reason=reason.strip()[:LONGEST], decided_by=act.actor,
                    recorded_at=act.at)
    )  # fmt: skip
    unit.flush()
    record(unit, act, "period.publish", term=the.name, period=period, shows=shows, reason=reason.strip()[:LONGEST])
    return Chosen(period=period, shows=shows, reason=reason.strip()[:LONGEST], by=act.actor, on=act.today)


def refuse_early(unit: Session, act: Act, row: Closing) -> None:
    """Refuse to publish while objections are taken or wait for an answer. Raises ConflictError."""
    if act.today <= row.objections_until:
        raise ConflictError("error.publish_window", period=row.period, until=row.objections_until.isoformat())
    unanswered = select(func.count()).where(Objection.closing_id == row.id, Objection.state == "raised")
    number = int(unit.scalar(unanswered) or 0)
    if number:
        raise ConflictError("error.publish_objections", period=row.period, number=number)


def choices(unit: Session, term: Term) -> dict[str, Chosen]:
    """Give the choice in force for every period that has one."""
    query = (
        select(Closing.period, Publication)
        .join(Closing, Closing.id == Publication.closing_id)
        .where(Closing.term_id == term.id)
        .order_by(Publication.id)
    )
    return {
        period: Chosen(
            period=period,
            shows=row.shows,
            reason=row.reason,
            by=row.decided_by,
            on=row.recorded_at.astimezone(CIVIL).date(),
        )
        for period, row in unit.execute(query)
    }


def public_periods(unit: Session, term: Term) -> tuple[str, ...]:
    """Name the periods of which something is public, the newest first."""
    chosen = choices(unit, term)
    query = select(Closing.period).where(Closing.term_id == term.id).order_by(Closing.starts_on.desc(), Closing.ends_on)
    return tuple(period for period in unit.scalars(query) if period in chosen and chosen[period].shows != "none")


def published(unit: Session, *, period: str, names: Mapping[str, str], term: str | None = None) -> Published:
    """Give what is public of a period. Raises NotFoundError where nothing is, whether the period exists or not."""
    the = the_term(unit, term)
    chosen = choices(unit, the).get(period)
    if chosen is None or chosen.shows == "none":
        raise NotFoundError("error.not_published", period=period)
    row = the_closing(unit, the, period)
    bands = bands_in(unit, the, period)
    lines = lines_of(unit, the, row, names, bands)
    counted = {
        level: counted_bands([line.tenths for line in lines if line.level == level], bands)
        for level in LEVELS
        if any(line.level == level for line in lines)
    }
    return Published(
        period=period, starts=row.starts_on, ends=row.ends_on, closed_on=row.closed_at.astimezone(CIVIL).date(),
        shows=chosen.shows, digest=row.digest, lines=lines if chosen.shows == "list" else (), bands=counted,
    )  # fmt: skip


def lines_of(
    unit: Session, term: Term, closing: Closing, names: Mapping[str, str], bands: tuple[Band, ...]
) -> tuple[PublicLine, ...]:
    """Give every seat of a closed period with what it had then: by level, town and seat code, never by points."""
    kept = select(ClosingBalance.seat_id, ClosingBalance.tenths).where(ClosingBalance.closing_id == closing.id)
    balances: dict[str, int] = dict(unit.execute(kept).all())
    query = (
        select(Seat, Person.name)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.term_id == term.id, Seat.starts_on < closing.ends_on,
               Seat.ends_on.is_(None) | (Seat.ends_on > closing.starts_on))
    )  # fmt: skip
    rows = sorted(
        unit.execute(query).all(), key=lambda row: (LEVELS.index(row[0].level), row[0].town_code, row[0].code)
    )
    return tuple(
        PublicLine(
            name=name, person=seat.person_id, level=seat.level, town=names.get(seat.town_code, ""), seat=seat.code,
            tenths=tenths, band=band.title if band else None,
        )
        for seat, name in rows
        for tenths in [balances.get(seat.id, 0)]
        for band in [band_at(bands, tenths)]
    )  # fmt: skip


def counted_bands(totals: list[int], bands: tuple[Band, ...]) -> tuple[PublicBand, ...]:
    """Count the seats in each band, the highest first, and hide what is too small to be shown."""
    if bands:
        limits: list[tuple[Words | None, int | None, int | None]] = [
            (band.title, band.start, above.start if above else None)
            for band, above in zip(bands, (None, *bands[:-1]), strict=True)
        ]
        limits.append((None, None, bands[-1].start))
    else:
        steps = range(min([0, *totals]) // STEP, max([0, *totals]) // STEP + 1)
        limits = [(None, step * STEP, (step + 1) * STEP) for step in reversed(steps)]
    counts = Counter(
        next(place for place, (_, low, high) in enumerate(limits)
             if (low is None or low <= one) and (high is None or one < high))
        for one in totals
    )  # fmt: skip
    numbers = hidden([counts[place] for place in range(len(limits))])
    return tuple(
        PublicBand(title=title, low=low, high=high, seats=number)
        for (title, low, high), number in zip(limits, numbers, strict=True)
        if number != 0 or title is not None
    )


def hidden(numbers: Iterable[int]) -> list[int | None]:
    """Hide counts from one to four; and where only one would be hidden, also the smallest other one.

    The whole is known to everybody, so a single hidden number could be told from the rest; where there is no other
    one, nothing is shown at all.
    """
    counts = list(numbers)
    shown: list[int | None] = [None if 0 < one < LEAST else one for one in counts]
    if shown.count(None) == 1:
        others = [(one, place) for place, one in enumerate(shown) if one]
        if not others:
            return [None] * len(counts)
        shown[min(others)[1]] = None
    return shown
