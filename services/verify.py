"""Verify: audit chain, journal, the ledger's replay, and the integrity of layers and plan, every fault named."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import (
    AuditRow,
    District,
    Grid,
    InForce,
    LedgerEntry,
    LinkRow,
    Piece,
    PlanRow,
    Seat,
)
from services.act import FIRST_LINK, chain
from services.closings import check_closings
from services.fingerprints import journal_faults
from services.matters_checks import check_matters

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not as it must be."""

    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at and what was found; `anchor` is the chain's last hash, to be printed and kept elsewhere.

    journal_rows: fingerprints of listed rows; journal_anchor: the hash of the last of them.
    """

    audit_rows: int
    ledger_entries: int
    pieces: int
    links: int
    closings: int
    matters: int
    anchor: str
    journal_rows: int
    journal_anchor: str
    faults: tuple[Fault, ...]


def verify(unit: Session, *, kept_anchor: str = "") -> Verified:
    """Look at everything that can be checked from inside.

    `kept_anchor` is one that was printed earlier: rows cut off the end of the chain can only be seen with it.
    """
    journal_rows, journal_anchor, named = journal_faults(unit)
    rows = [Fault(kind=one.kind, facts=dict(one.facts)) for one in named]
    suspect = bool(rows)
    audit_rows, anchor, faults = looked(audit_faults, unit, (0, "", []), suspect=suspect)
    if kept_anchor and unit.scalar(select(AuditRow.seq).where(AuditRow.hash == kept_anchor)) is None:
        faults.append(Fault(kind="audit_cut_short", facts={"anchor": kept_anchor}))
    entries, ledger = looked(ledger_faults, unit, (0, []), suspect=suspect)
    pieces, of_pieces = looked(piece_faults, unit, (0, []), suspect=suspect)
    links, of_links = looked(plan_faults, unit, (0, []), suspect=suspect)
    closings, broken = looked(check_closings, unit, (0, []), suspect=suspect)
    of_closings = [Fault(kind=one.kind, facts=dict(one.facts)) for one in broken]
    matters, misled = looked(check_matters, unit, (0, []), suspect=suspect)
    of_matters = [Fault(kind=kind, facts=facts) for kind, facts in misled]
    return Verified(
        audit_rows=audit_rows, ledger_entries=entries, pieces=pieces, links=links, closings=closings, matters=matters,
        anchor=anchor, journal_rows=journal_rows, journal_anchor=journal_anchor,
        faults=tuple(faults + ledger + of_pieces + of_links + of_closings + of_matters + rows),
    )  # fmt: skip


def looked(check: Callable[[Session], Found], unit: Session, nothing: Any, *, suspect: bool) -> Found:
    """Run a check; where rows were altered behind our back, one that stumbles over them has nothing to add."""
    try:
        return check(unit)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        if not suspect:
            raise
        found: Found = nothing
        return found


def audit_faults(unit: Session) -> tuple[int, str, list[Fault]]:
    """Walk the audit chain: no row altered, removed or moved."""
    faults: list[Fault] = []
    previous, expected = FIRST_LINK, 1
    for row in unit.scalars(select(AuditRow).order_by(AuditRow.seq)):
        if row.seq != expected:
            faults.append(Fault(kind="audit_row_missing", facts={"expected": expected, "found": row.seq}))
        true = chain(row.previous, row.at, row.actor, row.act, row.request_id, row.facts)
        if row.previous != previous:
            faults.append(Fault(kind="audit_chain_broken", facts={"seq": row.seq}))
        elif true != row.hash:
            faults.append(Fault(kind="audit_row_altered", facts={"seq": row.seq, "act": row.act}))
        previous, expected = row.hash, row.seq + 1
    return expected - 1, previous, faults


def ledger_faults(unit: Session) -> tuple[int, list[Fault]]:
    """Every reversal takes back exactly one entry, once."""
    entries = {row.id: row for row in unit.scalars(select(LedgerEntry))}
    faults = []
    times: Counter[int] = Counter()
    for row in entries.values():
        if row.reverses_id is None:
            continue
        times[row.reverses_id] += 1
        original = entries.get(row.reverses_id)
        if original is None or original.tenths != -row.tenths or original.seat_id != row.seat_id:
            faults.append(Fault(kind="ledger_reversal_wrong", facts={"entry": row.id, "reverses": row.reverses_id}))
    faults += [Fault(kind="ledger_reversed_twice", facts={"entry": key}) for key, n in times.items() if n > 1]
    return len(entries), faults


def piece_faults(unit: Session) -> tuple[int, list[Fault]]:
    """The pieces of a grid hold its households, and name grids and districts that exist."""
    faults = []
    total = int(unit.scalar(select(func.count()).select_from(Piece)) or 0)
    known = set(map(tuple, unit.execute(select(Grid.generation_id, Grid.code))))
    districts = set(map(tuple, unit.execute(select(District.generation_id, District.layer, District.code))))
    for piece in unit.execute(
        select(Piece.generation_id, Piece.layer, Piece.grid_code, Piece.district_code, Piece.joined_grid_code)
    ):
        if (piece.generation_id, piece.grid_code) not in known:
            faults.append(Fault(kind="piece_without_grid", facts={"grid": piece.grid_code}))
        if (piece.generation_id, piece.layer, piece.district_code) not in districts:
            faults.append(Fault(kind="piece_without_district", facts={"district": piece.district_code}))
    return total, faults


def plan_faults(unit: Session) -> tuple[int, list[Fault]]:
    """Every link in force joins a seat to a piece of its own district."""
    row = unit.scalars(select(InForce).where(InForce.valid_to.is_(None)).order_by(InForce.id.desc())).first()
    if row is None or row.plan_id is None:
        return 0, []
    plan = unit.get_one(PlanRow, row.plan_id)
    query = select(Piece.layer, Piece.grid_code, Piece.district_code).where(
        Piece.generation_id == plan.generation_id, Piece.joined_grid_code.is_(None)
    )
    pieces = set(map(tuple, unit.execute(query)))
    faults = []
    answered = set()
    links = list(
        unit.execute(
            select(LinkRow, Seat.code, Seat.district_code)
            .join(Seat, Seat.id == LinkRow.seat_id)
            .where(LinkRow.plan_id == plan.id)
        )
    )
    for link, seat, district in links:
        if link.basis in ("district", "work_unit") and link.district_code != district:
            faults.append(Fault(kind="link_of_another_district", facts={"seat": seat, "grid": link.grid_code}))
        if link.basis == "district":
            answered.add((link.layer, link.grid_code, link.district_code))
            if (link.layer, link.grid_code, link.district_code) not in pieces:
                faults.append(Fault(kind="link_without_piece", facts={"seat": seat, "grid": link.grid_code}))
    short = {unmet.get("district") for unmet in plan.summary.get("unmet", ())}
    faults += [
        Fault(kind="piece_without_link", facts={"layer": layer, "grid": grid, "district": district})
        for layer, grid, district in sorted(pieces - answered)
        if district not in short
    ]
    return len(links), faults
