"""Gains: which deputy gains and loses which grids and households between two plans."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.tables import LinkRow, Person, PlanRow, Seat
from services.activation import the_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One deputy's grids and households at one level, before and after."""

    person: str
    name: str
    level: str
    before: int  # households
    after: int
    gained: tuple[str, ...]  # grid codes
    lost: tuple[str, ...]
    kept: int  # grids

    @property
    def delta(self) -> int:
        """Households more (or less) than before."""
        return self.after - self.before


Held = dict[tuple[str, str], tuple[set[str], int]]  # (person, level) -> grids, households


def gains(unit: Session, *, plan: int | None, against: int | None = None) -> tuple[Gain, ...]:
    """Compare two plans deputy by deputy: only those for whom a grid or a household changes, the largest change first.

    Without `against` it is the plan in force; a plan of another term is compared person by person.
    """
    new = the_plan(unit, plan, "proposed", "approved")
    old = the_plan(unit, against, "in_force")
    return difference(unit, held(unit, old), held(unit, new))


def held(unit: Session, plan: PlanRow) -> Held:
    """Read what every deputy of a plan answers for, at each level."""
    found: Held = {}
    query = (
        select(Seat.person_id, Seat.level, LinkRow.grid_code, LinkRow.households)
        .join(Seat, Seat.id == LinkRow.seat_id)
        .where(LinkRow.plan_id == plan.id)
    )
    for person, level, grid, households in unit.execute(query):
        grids, sum_so_far = found.get((person, level), (set(), 0))
        found[person, level] = (grids | {grid}, sum_so_far + households)
    return found


def difference(unit: Session, before: Held, after: Held) -> tuple[Gain, ...]:
    """Set two plans side by side."""
    nothing: tuple[set[str], int] = (set(), 0)
    changed = [key for key in before.keys() | after.keys() if before.get(key, nothing) != after.get(key, nothing)]
    names = dict(unit.execute(select(Person.id, Person.name)).all())
    rows = []
    for person, level in changed:
        (old_grids, old_sum), (new_grids, new_sum) = (side.get((person, level), nothing) for side in (before, after))
        rows.append(
            Gain(
                person=person, name=names[person], level=level, before=old_sum, after=new_sum,
                gained=tuple(sorted(new_grids - old_grids)), lost=tuple(sorted(old_grids - new_grids)),
                kept=len(new_grids & old_grids),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-abs(row.delta), LEVELS.index(row.level), row.name, row.person))
    return tuple(rows)
