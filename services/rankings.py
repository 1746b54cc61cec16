"""Standings: an internal ranking with band and movement beside every line, narrowed to what somebody looks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Seat, Term
from scoring.rules import Band, Words
from services.errors import BadRequestError
from services.instance import the_term
from services.points import Ranked, Ranking, book_of, books, period_of, ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line of a ranking with what stands beside it.

    band: of the rule book, for whole years of a book that has bands.  before: the rank in the period before, among
    the same seats; None for who was not there.  moved: places up (below zero: down).
    """

    line: Ranked
    group: str
    band: Words | None
    before: int | None

    @property
    def moved(self) -> int | None:
        """How many places the seat has moved up since the period before."""
        return None if self.before is None else self.before - self.line.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for in a ranking; town and group decide with whom a seat is compared, the others only hide.

    band: the position in the book's bands, from the highest; q: part of a name or of a seat's code.
    """

    level: str
    period: str
    within: str = ""
    group: str = ""
    band: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """A ranking as it was asked for: lines that fit, how many were compared, and what there is to choose from."""

    ranking: Ranking
    lines: tuple[Standing, ...]
    compared: int
    previous: str  # the period before, empty where there is none
    groups: tuple[str, ...]
    bands: tuple[Words, ...]


def standings(unit: Session, *, wanted: Wanted, names: dict[str, str], term: str | None = None) -> Standings:
    """Rank, set the period before beside it, and narrow it. Raises as `services.points.ranking`, BadRequestError."""
    the = the_term(unit, term)
    found = ranking(
        unit, level=wanted.level, period=wanted.period, names=names, term=term, within=wanted.within, group=wanted.group
    )
    span = period_of(the, wanted.period)
    earlier = span.before()
    ranks = ranks_before(unit, wanted, names, term, earlier.name) if earlier and earlier.end > the.starts_on else {}
    groups = groups_of(unit, the, wanted.level)
    bands = bands_in(unit, the, wanted.period)
    if wanted.band is not None and wanted.band >= len(bands):
        raise BadRequestError("error.band", band=wanted.band + 1, known=len(bands))
    lines = tuple(
        Standing(line=line, group=groups.get(line.seat, ""), band=band.title if band else None,
                 before=ranks.get(line.seat))
        for line in found.lines
        for band in [band_at(bands, line.tenths)]
        if fits(line, band, wanted, bands)
    )  # fmt: skip
    return Standings(
        ranking=found, lines=lines, compared=len(found.lines), previous=earlier.name if ranks and earlier else "",
        groups=tuple(sorted({one for one in groups.values() if one})), bands=tuple(band.title for band in bands),
    )  # fmt: skip


def ranks_before(
    unit: Session, wanted: Wanted, names: dict[str, str], term: str | None, period: str
) -> Mapping[str, int]:
    """Give the ranks of the period before, by seat; nothing when nobody had a point then."""
    found = ranking(
        unit, level=wanted.level, period=period, names=names, term=term, within=wanted.within, group=wanted.group
    )
    return {line.seat: line.rank for line in found.lines} if any(line.tenths for line in found.lines) else {}


def groups_of(unit: Session, term: Term, level: str) -> dict[str, str]:
    """Map the seats of a level to their deputy groups."""
    query = select(Seat.code, Seat.group_name).where(Seat.term_id == term.id, Seat.level == level)
    return dict(unit.execute(query).all())


def bands_in(unit: Session, term: Term, period: str) -> tuple[Band, ...]:
    """Give the bands of the book in force at a period's end, the highest first; only whole years have bands."""
    span = period_of(term, period)
    pair = book_of(books(unit), span.last_day)
    return pair[1].bands if pair and is_year(span.name) else ()


def is_year(period: str) -> bool:
    """Say whether a period is a calendar year."""
    return len(period) == 4 and period.isdigit()


def band_at(bands: tuple[Band, ...], tenths: int) -> Band | None:
    """Give the band of a total."""
    return next((band for band in bands if tenths >= band.start), None)


def fits(line: Ranked, band: Band | None, wanted: Wanted, bands: tuple[Band, ...]) -> bool:
    """Say whether a line is looked for."""
    if wanted.band is not None and band is not bands[wanted.band]:
        return False
    asked = wanted.q.strip().casefold()
    return not asked or asked in line.name.casefold() or asked in line.seat.casefold()
