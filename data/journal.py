"""The journal: whatever an act changes in a listed table leaves the row's fingerprint in a chain of its own."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import shapely
from sqlalchemy import Column, Connection, Engine, RowMapping, Table, event, func, insert, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, sessionmaker

from data.tables import Base, JournalRow

FIRST_LINK = "0" * 64
CHUNK = 500
TOUCHED = "journal.touched"  # under this name a session remembers what it has changed

# The tables whose every row is bound by the journal, each with the columns that change without an act.
LISTED: Mapping[str, frozenset[str]] = MappingProxyType({
    "setting": frozenset(), "term": frozenset(), "generation": frozenset(), "in_force": frozenset(),
    "person": frozenset(), "person_match": frozenset(), "seat": frozenset(), "seat_event": frozenset(),
    "plan": frozenset(), "link": frozenset(), "lead": frozenset(), "station_link": frozenset(),
    "placement_lock": frozenset(), "seat_decision": frozenset(),
    "activity": frozenset(), "activity_person": frozenset(), "activity_move": frozenset(), "evidence": frozenset(),
    "rule_book": frozenset(), "ledger_entry": frozenset(), "closing": frozenset(), "closing_balance": frozenset(),
    "objection": frozenset(), "publication": frozenset(), "calendar_day": frozenset(),
    "deliberation_decision": frozenset(), "process_book": frozenset(), "matter": frozenset(),
    "matter_event": frozenset(), "matter_follower": frozenset(), "audit": frozenset(),
    "account": frozenset({"failures", "locked_until", "row_version"}),
})  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Touched:
    """What a unit has changed so far: keys by table, and the highest number each table had before rows were added."""

    keys: dict[str, dict[Any, None]] = field(default_factory=dict)
    above: dict[str, int] = field(default_factory=dict)

    def note(self, table: str, keys: Iterable[Any]) -> None:
        """Remember rows of a table by their keys."""
        self.keys.setdefault(table, {}).update(dict.fromkeys(keys))


def keep_watch(writers: "sessionmaker[Session]") -> None:
    """Let every session of these writers journal what it changes, inside its own transaction."""
    event.listen(writers, "do_orm_execute", _before_statement)
    event.listen(writers, "after_flush", _after_flush)
    event.listen(writers, "before_commit", _before_commit)


def begin(looking: Engine, writing: Engine) -> None:
    """Journal what stood before there was a journal; only once, in a store that has rows and an empty journal.

    looking: takes no lock, so that opening a store that has its journal, or nothing at all, waits for nobody.
    """
    with looking.connect() as connection:
        tables = (Base.metadata.tables[name] for name in LISTED)
        if is_kept(connection) or not any(connection.execute(select(one).limit(1)).first() for one in tables):
            return
    with writing.begin() as connection:
        if is_kept(connection):
            return
        for name in LISTED:
            table = Base.metadata.tables[name]
            rows = connection.execute(select(table).order_by(key_of(table))).mappings()
            write(connection, ((name, str(row[key_of(table).name]), fingerprint(table, row)) for row in rows))


def is_kept(connection: Connection) -> bool:
    """Say whether the journal has begun."""
    return connection.scalar(select(JournalRow.seq).limit(1)) is not None


def head(session: Session) -> tuple[int, str]:
    """Give the number and the hash of the journal's last row; 0 and zeros while it is empty."""
    last = session.execute(select(JournalRow.seq, JournalRow.hash).order_by(JournalRow.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, FIRST_LINK)


def key_of(table: Table) -> Column[Any]:
    """Give the one column by which a listed table knows its rows."""
    (column,) = table.primary_key.columns
    return column


def fingerprint(table: Table, row: RowMapping) -> str:
    """Give the SHA-256 of a row by its columns' names; what is empty (NULL) counts as not there.

    A column that a later migration adds, and that may be empty, so leaves the fingerprints as they are.
    """
    left_out = LISTED[table.name]
    content = {
        column.name: plain(row[column.name])
        for column in table.columns
        if column.name not in left_out and row[column.name] is not None
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Write a value the same on both databases."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return shapely.to_wkb(value, hex=True) if isinstance(value, shapely.Geometry) else value


def link(previous: str, table: str, row: str, digest: str) -> str:
    """Give the hash of a journal row, bound to the one before it."""
    return hashlib.sha256("\n".join((previous, table, row, digest)).encode()).hexdigest()


def write(connection: Connection, fingerprints: Iterable[tuple[str, str, str]]) -> None:
    """Add (table, row, fingerprint) to the journal's end."""
    last = connection.execute(select(JournalRow.seq, JournalRow.hash).order_by(JournalRow.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, last.hash) if last else (0, FIRST_LINK)
    rows = []
    for table, row, digest in fingerprints:
        seq, previous = seq + 1, link(previous, table, row, digest)
        rows.append({"seq": seq, "of_table": table, "of_row": row, "digest": digest, "hash": previous})
    if rows:
        connection.execute(insert(JournalRow.__table__), rows)  # type: ignore[arg-type]


def _touched(session: Session) -> Touched:
    found: Touched = session.info.setdefault(TOUCHED, Touched())
    return found


def _before_statement(state: ORMExecuteState) -> None:
    """Remember what a statement on a whole table is about to change."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    statement: Any = state.statement
    table = statement.table
    if not isinstance(table, Table) or table.name not in LISTED:
        return
    key = key_of(table)
    touched = _touched(state.session)
    if not state.is_insert:
        state.session.flush()
        query = select(key).where(*statement._where_criteria)
        touched.note(table.name, state.session.connection().scalars(query))
        return
    given: list[Any] = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
    known = [row[key.name] for row in given if row.get(key.name) is not None]
    touched.note(table.name, known)
    if len(known) < len(given) and table.name not in touched.above:
        state.session.flush()
        highest = state.session.connection().scalar(select(func.max(key)))
        touched.above[table.name] = int(highest or 0)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Remember what the unit of work has written row by row."""
    for row in (*session.new, *session.dirty, *session.deleted):
        mapper = inspect(row).mapper
        table = mapper.local_table
        if isinstance(table, Table) and table.name in LISTED:
            _touched(session).note(table.name, mapper.primary_key_from_instance(row))


def _before_commit(session: Session) -> None:
    """Read back what was changed and write its fingerprints, as the last thing of the unit."""
    if session.in_nested_transaction():
        return
    session.flush()
    touched: Touched | None = session.info.pop(TOUCHED, None)
    if touched is None:
        return
    connection = session.connection()
    found: list[tuple[str, str, str]] = []
    for name in LISTED:
        if name in touched.keys or name in touched.above:
            found += _changed(connection, Base.metadata.tables[name], touched)
    write(connection, found)


def _changed(connection: Connection, table: Table, touched: Touched) -> Iterator[tuple[str, str, str]]:
    """Give the fingerprints of a table's touched rows by key; of one that is gone an empty one.

    A row that stands as the journal has it, because a savepoint was taken back, is left out.
    """
    key = key_of(table)
    keys = list(touched.keys.get(table.name, {}))
    rows: dict[Any, RowMapping] = {}
    kept: dict[str, str] = {}
    if table.name in touched.above:
        above = select(table).where(key > touched.above[table.name])
        rows |= {row[key.name]: row for row in connection.execute(above).mappings()}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        rows |= {row[key.name]: row for row in connection.execute(select(table).where(key.in_(some))).mappings()}
        kept |= _newest(connection, table.name, [str(one) for one in some])
    for one in sorted(rows):
        digest = fingerprint(table, rows[one])
        if kept.get(str(one)) != digest:
            yield table.name, str(one), digest
    for one in sorted(set(keys) - set(rows)):
        if kept.get(str(one)):
            yield table.name, str(one), ""


def _newest(connection: Connection, table: str, rows: list[str]) -> dict[str, str]:
    """Give the newest fingerprints of some rows."""
    query = select(JournalRow.of_row, JournalRow.digest).where(
        JournalRow.of_table == table, JournalRow.of_row.in_(rows)
    )
    return dict(connection.execute(query.order_by(JournalRow.seq)).all())
