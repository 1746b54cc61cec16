"""A deputy's matters: those that residents gave into their hands in a period, and how each ended."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import MatterRow
from services.act import CIVIL
from services.instance import the_term
from services.matters import Matter, read
from services.matters_inbox import within_period
from services.performance_files import MatterHandled
from services.points import period_of

LONGEST = 60  # letters of a resident's words that a file shows


def matters_of(
    unit: Session, person: str, period: str, *, now: datetime, term: str | None = None
) -> tuple[MatterHandled, ...]:
    """Give the matters received in a period whose linked deputy is `person` (an id), the earliest first."""
    the = the_term(unit, term)
    rows = unit.scalars(
        select(MatterRow)
        .where(
            MatterRow.term_id == the.id,
            MatterRow.person_id == person,
            MatterRow.merged_into_id.is_(None),
            *within_period(period_of(the, period)),
        )
        .order_by(MatterRow.received_at, MatterRow.code)
    ).all()
    return (
        tuple(handled(one, found) for one, found in zip(rows, read(unit, rows, now=now), strict=True)) if rows else ()
    )


def handled(row: MatterRow, found: Matter) -> MatterHandled:
    """Give a matter as a deputy's file tells it."""
    words = " ".join(found.text.split())
    return MatterHandled(
        code=row.code, on=row.received_at.astimezone(CIVIL).date(),
        what=words if len(words) <= LONGEST else words[: LONGEST - 1] + "…",
        kind=dict(found.kind_title or {}), place=found.grid.name or found.town.name or found.place,
        state=dict(found.state_title), closed=found.ended,
    )  # fmt: skip
