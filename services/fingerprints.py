"""Fingerprints: every row of a listed table still is what the journal says, and both chains meet a printed anchor."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.orm import Session

from data.journal import FIRST_LINK, LISTED, fingerprint, key_of, link
from data.tables import AuditRow, Base, JournalRow
from services.errors import BadRequestError

CHAINS = ("audit", "journal")
LINE = re.compile(r"^(audit|journal) (\d{1,18}) ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One fault of a row or of the journal, with the facts that name it."""

    kind: str
    facts: dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where a chain stood when the anchor was taken: its row's number and hash."""

    chain: str
    seq: int
    hash: str


def journal_faults(unit: Session) -> tuple[int, str, list[Named]]:
    """Walk the journal and compare every listed row with its newest fingerprint.

    Gives how many journal rows there are, the last one's hash, and: rows that were altered, taken out or put in
    without an act; journal rows that were altered, moved or taken out; and heads that the audit chain knows and the
    journal has no more.
    """
    faults: list[Named] = []
    newest: dict[str, dict[str, str]] = {name: {} for name in LISTED}
    previous, expected, heads = FIRST_LINK, 1, {(0, FIRST_LINK)}
    columns = (JournalRow.seq, JournalRow.of_table, JournalRow.of_row, JournalRow.digest, JournalRow.hash)
    for seq, table, row, digest, hash_ in unit.execute(select(*columns).order_by(JournalRow.seq)):
        if seq != expected:
            faults.append(Named(kind="journal_row_missing", facts={"expected": expected, "found": seq}))
        if link(previous, table, row, digest) != hash_:
            faults.append(Named(kind="journal_broken", facts={"seq": seq}))
        newest.setdefault(table, {})[row] = digest
        previous, expected = hash_, seq + 1
        heads.add((seq, hash_))
    for name in LISTED:
        faults += row_faults(unit, Base.metadata.tables[name], newest[name])
    if not any(fault.kind == "row_unreadable" for fault in faults):
        faults += head_faults(unit, heads)
    return expected - 1, previous, faults


def row_faults(unit: Session, table: Table, newest: dict[str, str]) -> Iterator[Named]:
    """Name the rows of one table that are not what the journal says."""
    key = key_of(table).name
    standing = {one: digest for one, digest in newest.items() if digest}
    for row in rows_of(unit, table):
        if isinstance(row, str):
            standing.pop(row, None)
            yield named("row_unreadable", table, row)
            continue
        kept = standing.pop(str(row[key]), None)
        if kept is None:
            yield named("row_unknown", table, str(row[key]))
        elif kept != fingerprint(table, row):
            yield named("row_altered", table, str(row[key]))
    yield from (named("row_removed", table, one) for one in standing)


def rows_of(unit: Session, table: Table) -> list[RowMapping | str]:
    """Read a table; where something in it can no longer be read, row by row: an unreadable one gives its key."""
    key = key_of(table)
    try:
        return list(unit.execute(select(table).order_by(key)).mappings())
    except (ValueError, TypeError):
        pass
    found: list[RowMapping | str] = []
    for one in unit.scalars(select(key).order_by(key)).all():
        try:
            found += unit.execute(select(table).where(key == one)).mappings()
        except (ValueError, TypeError):
            found.append(str(one))
    return found


def named(kind: str, table: Table, row: str) -> Named:
    """Name a row by its table, in words too."""
    return Named(kind=kind, facts={"table": table.name, "row": row, "what_key": f"table.{table.name}"})


def head_faults(unit: Session, heads: set[tuple[int, str]]) -> Iterator[Named]:
    """Every head of the journal that a scoring run or a closing has noted in the audit chain still stands in it."""
    query = select(AuditRow.seq, AuditRow.facts).where(AuditRow.act.in_(("score.run", "period.close")))
    for seq, facts in unit.execute(query.order_by(AuditRow.seq)):
        noted = facts.get("journal")
        if noted is not None and tuple(noted) not in heads:
            yield Named(kind="journal_cut", facts={"audit": seq, "seq": noted[0]})


def anchors(unit: Session) -> tuple[Anchor, ...]:
    """Give where both chains stand now."""
    found = []
    models: tuple[type[AuditRow] | type[JournalRow], ...] = (AuditRow, JournalRow)
    for chain, model in zip(CHAINS, models, strict=True):
        last = unit.execute(select(model.seq, model.hash).order_by(model.seq.desc()).limit(1)).first()
        found.append(Anchor(chain=chain, seq=last.seq if last else 0, hash=last.hash if last else FIRST_LINK))
    return tuple(found)


def anchor_text(found: tuple[Anchor, ...], *, instance: str, at: datetime) -> str:
    """Write anchors as a page that can be printed, kept elsewhere, and read again."""
    lines = "\n".join(f"{one.chain} {one.seq} {one.hash}" for one in found)
    return (
        f"# 校验锚点 / anchor · {instance} · {at.isoformat(timespec='seconds')}\n"
        "# 请打印签名，存放在本机以外；以后用 sanlian verify --anchor 本文件 比对，末尾被截断也能发现。\n"
        "# Print, sign and keep this elsewhere; sanlian verify --anchor FILE compares it: a cut tail is found.\n"
        f"{lines}\n"
    )


def read_anchors(text: str) -> tuple[Anchor, ...]:
    """Read the anchors of a page. Raises BadRequestError when either chain is missing."""
    found = tuple(Anchor(chain=chain, seq=int(seq), hash=hash_) for chain, seq, hash_ in LINE.findall(text))
    if {one.chain for one in found} != set(CHAINS):
        raise BadRequestError("error.anchor")
    return found


def anchor_faults(unit: Session, kept: tuple[Anchor, ...]) -> list[Named]:
    """Say which chains no longer pass through the anchors: cut short, or written anew."""
    faults = []
    for one in kept:
        model = AuditRow if one.chain == "audit" else JournalRow
        now = unit.scalar(select(model.hash).where(model.seq == one.seq)) if one.seq else FIRST_LINK
        if now != one.hash:
            kind = "anchor_cut" if now is None else "anchor_differs"
            faults.append(Named(kind=kind, facts={"seq": one.seq, "chain_key": f"anchor.chain.{one.chain}"}))
    return faults
