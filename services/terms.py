"""Terms (届): who of a new roster is a continuing deputy, and the hand-over that freezes the old term."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from data.tables import (
    Account,
    ActivityPerson,
    ActivityRow,
    District,
    Generation,
    Grid,
    MatterRow,
    Person,
    PersonMatch,
    PlanRow,
    Seat,
    Term,
)
from services.act import Act, record, touch_atlas
from services.activation import put_in_force
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import is_frozen, refuse_frozen, the_term
from services.matters_handing import open_matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A term with its state on a day and the size of what belongs to it."""

    name: str
    starts_on: date
    ends_on: date | None
    state: str  # preparing | open | closing | frozen
    seats: int
    people: int
    generations: int
    plans: int
    activities: int


def list_terms(unit: Session, on: date) -> tuple[Listed, ...]:
    """List the terms by their first day. A term is preparing before it, closing once its end is arranged."""

    def counts(column: Any, of: Any) -> dict[int, int]:
        return dict(unit.execute(select(of, func.count(column.distinct())).group_by(of)).all())

    seats, people = counts(Seat.id, Seat.term_id), counts(Seat.person_id, Seat.term_id)
    generations, plans = counts(Generation.id, Generation.term_id), counts(PlanRow.id, PlanRow.term_id)
    activities = counts(ActivityRow.id, ActivityRow.term_id)
    return tuple(
        Listed(
            name=row.name, starts_on=row.starts_on, ends_on=row.ends_on, state=state_of(row, on),
            seats=seats.get(row.id, 0), people=people.get(row.id, 0), generations=generations.get(row.id, 0),
            plans=plans.get(row.id, 0), activities=activities.get(row.id, 0),
        )
        for row in unit.scalars(select(Term).order_by(Term.starts_on, Term.id))
    )  # fmt: skip


def state_of(term: Term, on: date) -> str:
    """Say what a term is on a day."""
    if is_frozen(term, on):
        return "frozen"
    if term.state == "frozen":
        return "closing"
    return "preparing" if on < term.starts_on else "open"


def term_before(unit: Session, new: Term) -> Term:
    """Find the term before another. Raises NotFoundError for the first one."""
    old = unit.scalars(
        select(Term).where(Term.starts_on < new.starts_on).order_by(Term.starts_on.desc(), Term.id.desc())
    ).first()
    if old is None:
        raise NotFoundError("error.no_term_before", term=new.name)
    return old


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A person of the new roster who may be a deputy of the old term under another number, and why."""

    code: str
    name: str
    old_code: str
    old_person: str
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuing:
    """Who continues from one term to the next: by the same number, as confirmed, and as proposed only."""

    old: str
    new: str
    same_number: tuple[str, ...]  # names
    confirmed: tuple[str, ...]
    proposed: tuple[Proposal, ...]


def continuing(unit: Session, *, new: str) -> Continuing:
    """Compare the rosters of a term and the one before it.

    The same roster number is the same person. Another number with the same name, sex and year of birth is only a
    proposal, until somebody confirms or refuses it.
    """
    after = the_term(unit, new)
    before = term_before(unit, after)
    old = holders(unit, before)
    rest, proposals = [], []
    decided = {row.code: row for row in unit.scalars(select(PersonMatch))}
    confirmed = {row.person_id for row in decided.values() if row.same}
    for person in holders(unit, after).values():
        if person.id in old:
            rest.append(person)
        elif person.code not in decided and person.sex and person.birth_year:
            proposals += [
                Proposal(
                    code=person.code, name=person.name, old_code=other.code, old_person=other.id,
                    reason={"key": "term.match.same_name",
                            "facts": {"name": person.name, "birth_year": person.birth_year,
                                      "old_code": other.code, "code": person.code}},
                )
                for other in old.values()
                if (other.name, other.sex, other.birth_year) == (person.name, person.sex, person.birth_year)
            ]  # fmt: skip
    return Continuing(
        old=before.name, new=after.name,
        same_number=tuple(sorted(person.name for person in rest if person.id not in confirmed)),
        confirmed=tuple(sorted(person.name for person in rest if person.id in confirmed)),
        proposed=tuple(sorted(proposals, key=lambda row: (row.code, row.old_code))),
    )  # fmt: skip


def holders(unit: Session, term: Term) -> dict[str, Person]:
    """Give everybody who holds or held a seat in a term, by id, in the order of their numbers."""
    query = select(Person).join(Seat, Seat.person_id == Person.id).where(Seat.term_id == term.id)
    return {person.id: person for person in unit.scalars(query.order_by(Person.code).distinct())}


EVERY = "all"


def decide_matches(
    unit: Session, act: Act, *, new: str, same: Iterable[str] = (), different: Iterable[str] = ()
) -> tuple[int, int]:
    """Confirm or refuse proposals by the new roster's numbers (`all`: every one that is not ambiguous).

    A number with two candidates needs the old one too: `NEW=OLD`. The seats of a confirmed person then hang on the
    person of the old term; the new number keeps working in files. Gives (confirmed, refused).
    """
    after = the_term(unit, new)
    refuse_frozen(after, act.today)
    proposed: dict[str, list[Proposal]] = {}
    for row in continuing(unit, new=new).proposed:
        proposed.setdefault(row.code, []).append(row)
    asked = list(same)
    if EVERY in asked:
        asked = [code for code in asked if code != EVERY]
        asked += [code for code, rows in proposed.items() if len(rows) == 1]
    chosen = {row.code: row for row in (one_proposal(proposed, text) for text in asked)}
    people = [row.old_person for row in chosen.values()]
    if len(set(people)) < len(people):
        raise ConflictError("error.match_twice", codes=" ".join(sorted(chosen)))
    refused = [proposed[code][0] for code in different if known_proposal(proposed, code)]
    joined = {code: join_person(unit, after, row) for code, row in chosen.items()}
    for row, is_same in (*((row, True) for row in chosen.values()), *((row, False) for row in refused)):
        unit.add(
            PersonMatch(
                code=row.code, person_id=row.old_person, same=is_same, reason=row.reason | joined.get(row.code, {}),
                decided_by=act.actor, recorded_at=act.at,
            )
        )  # fmt: skip
        record(unit, act, "term.match", term=after.name, code=row.code, old=row.old_code, same=is_same)
    if chosen:
        touch_atlas(unit)
    return len(chosen), len(refused)


def known_proposal(proposed: dict[str, list[Proposal]], code: str) -> bool:
    """Refuse a number for which nothing is proposed."""
    if code not in proposed:
        raise NotFoundError("error.no_such_proposal", code=code)
    return True


def one_proposal(proposed: dict[str, list[Proposal]], text: str) -> Proposal:
    """Find the one proposal that `NEW` or `NEW=OLD` names. Raises NotFoundError, or BadRequestError for two."""
    code, _, old = text.partition("=")
    known_proposal(proposed, code)
    rows = [row for row in proposed[code] if not old or row.old_code == old]
    if not rows:
        raise NotFoundError("error.no_such_proposal", code=text)
    if len(rows) > 1:
        raise BadRequestError("error.match_ambiguous", code=code, old=" ".join(row.old_code for row in rows))
    return rows[0]


def join_person(unit: Session, term: Term, row: Proposal) -> dict[str, list[Any]]:
    """Hang what the new roster's number holds in a term on the person of the old term; give what was moved."""
    doubled = unit.scalars(select(Person.id).where(Person.code == row.code)).one()
    seats = list(unit.scalars(select(Seat.id).where(Seat.term_id == term.id, Seat.person_id == doubled)))
    accounts = list(unit.scalars(select(Account.id).where(Account.person_id == doubled)))
    for model, condition in (
        (Seat, Seat.id.in_(seats)),
        (ActivityPerson, ActivityPerson.seat_id.in_(seats)),
        (MatterRow, MatterRow.seat_id.in_(seats)),
        (Account, Account.id.in_(accounts)),
    ):
        unit.execute(update(model).where(condition).values(person_id=row.old_person))
    return {"seats": seats, "accounts": accounts}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What a hand-over does, or would do."""

    old: str
    new: str
    on: date
    generation: str
    plan: int
    districts_before: int
    districts_after: int
    grids_before: int
    grids_after: int
    seats_ended: int
    seats_begun: int
    continuing: tuple[str, ...]  # names
    proposed: tuple[str, ...]  # names of people who are perhaps continuing, not yet decided
    leaving: tuple[str, ...]
    coming: tuple[str, ...]
    activities_after: int  # of the old term, on or after its last day: they no longer count
    matters: int  # open ones, which go to the new term's links on its first day
    done: bool


def hand_over(unit: Session, act: Act, *, new: str, plan: int | None = None, dry_run: bool = False) -> HandOver:
    """Hand over to a term on its first day: the old one ends and is frozen, the new plan comes in force that day.

    The old plan and generation keep answering for the old term's days. Open matters go to the new term's deputies, on
    its first day where the hand-over is arranged ahead of it. With `dry_run` nothing is changed. Raises
    ConflictError for a new term without an approved plan, and where the hand-over was done already.
    """
    after = the_term(unit, new)
    before = term_before(unit, after)
    if before.state == "frozen":
        raise ConflictError("error.handed_over", term=before.name, on=(before.ends_on or after.starts_on).isoformat())
    chosen = plan_of(unit, after, plan)
    seats = list(
        unit.scalars(
            select(Seat).where(Seat.term_id == before.id, (Seat.ends_on.is_(None)) | (Seat.ends_on > after.starts_on))
        )
    )
    result = foresee(unit, before, after, chosen, seats=len(seats), done=not dry_run)
    if dry_run:
        return result
    before.ends_on, before.state, before.row_version = after.starts_on, "frozen", before.row_version + 1
    for seat in seats:
        seat.ends_on, seat.row_version = after.starts_on, seat.row_version + 1
    put_in_force(unit, act, unit.get_one(Generation, chosen.generation_id), chosen, after.starts_on)
    record(
        unit, act, "term.hand_over", old=before.name, new=after.name, on=after.starts_on.isoformat(), plan=chosen.id,
        seats_ended=result.seats_ended, continuing=len(result.continuing), leaving=len(result.leaving),
        coming=len(result.coming),
    )  # fmt: skip
    touch_atlas(unit)
    return result


def plan_of(unit: Session, term: Term, plan: int | None) -> PlanRow:
    """Find the approved plan that a term begins with: the named one, else the newest. Raises ConflictError."""
    query = select(PlanRow).where(PlanRow.term_id == term.id, PlanRow.state == "approved")
    if plan is not None:
        query = query.where(PlanRow.id == plan)
    found = unit.scalars(query.order_by(PlanRow.id.desc())).first()
    if found is None:
        raise ConflictError("error.term_without_plan", term=term.name)
    return found


def foresee(unit: Session, before: Term, after: Term, plan: PlanRow, *, seats: int, done: bool) -> HandOver:
    """Count what a hand-over changes, and name whom."""
    roster = continuing(unit, new=after.name)
    old, new = holders(unit, before), holders(unit, after)
    generation = unit.get_one(Generation, plan.generation_id)
    standing = unit.scalars(
        select(Generation.id)
        .where(Generation.term_id == before.id)
        .order_by((Generation.state == "active").desc(), Generation.id.desc())
    ).first()

    def size(model: Any, of: int | None) -> int:
        return int(unit.scalar(select(func.count()).select_from(model).where(model.generation_id == (of or -1))) or 0)

    def names(people: Iterable[Person]) -> tuple[str, ...]:
        return tuple(sorted(person.name for person in people))

    late = select(func.count()).where(ActivityRow.term_id == before.id, ActivityRow.on >= after.starts_on)
    begun = select(func.count()).where(Seat.term_id == after.id)
    return HandOver(
        old=before.name, new=after.name, on=after.starts_on, generation=generation.name, plan=plan.id,
        districts_before=size(District, standing), districts_after=size(District, generation.id),
        grids_before=size(Grid, standing), grids_after=size(Grid, generation.id), seats_ended=seats,
        seats_begun=int(unit.scalar(begun) or 0), continuing=names(new[code] for code in new if code in old),
        proposed=tuple(row.name for row in roster.proposed),
        leaving=names(old[code] for code in old if code not in new),
        coming=names(new[code] for code in new if code not in old),
        activities_after=int(unit.scalar(late) or 0), matters=open_matters(unit), done=done,
    )  # fmt: skip
