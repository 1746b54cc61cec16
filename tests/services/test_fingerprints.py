"""Whoever alters, removes, adds or swaps a row behind the program's back is named, on both databases."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Connection, ForeignKey, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.columns import Instant
from data.journal import LISTED, key_of
from data.rules import text as rule_text
from data.store import Store
from data.tables import Account, Base, JournalRow, LedgerEntry, Person
from services.activities import move
from services.closings import close_period
from services.errors import BadRequestError
from services.fingerprints import anchor_faults, anchor_text, anchors, journal_faults, read_anchors, row_faults
from services.points import adopt, score
from services.verify import verify
from tests.services.test_closings import CONGRESS


def full(county: Any) -> None:
    """Put at least one row into every listed table, each through a unit of the store."""
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=county.starts)
        score(unit, county.act("2026-04-01"))
        close_period(unit, county.act("2026-04-02"), period="2026Q1")
        move(unit, county.act("2026-04-20"), viewer=CONGRESS, code="L4", name="withdraw", reason="重复")
    with county.store.unit() as unit:
        for mapper in sorted(Base.registry.mappers, key=lambda one: ORDER.index(one.local_table)):
            table = mapper.local_table
            if table.name in LISTED and unit.execute(select(table).limit(1)).first() is None:
                unit.add(mapper.class_(**{prop.key: filled(unit, prop.columns[0]) for prop in mapper.column_attrs}))
                unit.flush()


ORDER = list(Base.metadata.sorted_tables)


def filled(unit: Any, column: Column[Any]) -> Any:
    """Give something that a column may hold."""
    for key in column.foreign_keys:
        return None if key.column.table is column.table else unit.scalar(select(key.column).limit(1))
    if column.primary_key and column.type.python_type is int:
        return None
    given = {int: 1, float: 1.5, bool: True, dt.date: dt.date(2026, 3, 1), str: "一"}
    if isinstance(column.type, Instant):
        return dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    return {"key": "x"} if isinstance(column.type, JSON) else given[column.type.python_type]


@pytest.fixture
def listed(county: Any) -> Any:
    full(county)
    return county


def found(connection: Connection) -> list[tuple[str, str, str]]:
    with Session(connection) as unit:
        return [
            (fault.kind, str(fault.facts.get("table", "")), str(fault.facts.get("row", "")))
            for fault in journal_faults(unit)[2]
        ]


def behind(store: Store, change: Callable[[Connection], None]) -> list[tuple[str, str, str]]:
    """Change something behind the program's back, verify, and take it back."""
    with store.engine.connect() as connection:
        connection.begin()
        change(connection)
        faults = found(connection)
        connection.rollback()
    return faults


def other(value: Any) -> Any:
    """Give the nearest other value."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(seconds=1)
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.5
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    return [value]


def columns(table: Table) -> Iterator[Column[Any]]:
    yield from (one for one in table.columns if one.name not in LISTED[table.name] and not one.primary_key)


def test_every_value_of_a_row_of_every_listed_table_is_bound(listed: Any) -> None:
    with listed.store.engine.connect() as connection:
        assert found(connection) == []
        for name in LISTED:
            table = Base.metadata.tables[name]
            newest = newest_of(connection, name)
            row = connection.execute(select(table).limit(1)).mappings().one()
            key = row[key_of(table).name]
            for column in columns(table):
                hurt = connection.begin_nested()
                value = row[column.name]
                try:
                    changed = {column.name: other("" if value is None and is_text(column) else value)}
                    if value is not None or is_text(column):
                        connection.execute(update(table).where(key_of(table) == key).values(changed))
                        assert altered(connection, table, newest) == [str(key)], (name, column.name)
                except IntegrityError:  # the database itself will not have it
                    assert column.foreign_keys or column.unique or table.indexes
                finally:
                    hurt.rollback()
        assert found(connection) == []
        connection.rollback()


def newest_of(connection: Connection, table: str) -> dict[str, str]:
    query = select(JournalRow.of_row, JournalRow.digest).where(JournalRow.of_table == table).order_by(JournalRow.seq)
    return dict(connection.execute(query).all())


def altered(connection: Connection, table: Table, newest: dict[str, str]) -> list[str]:
    with Session(connection) as unit:
        return [str(one.facts["row"]) for one in row_faults(unit, table, newest) if one.kind == "row_altered"]


def is_text(column: Column[Any]) -> bool:
    return column.type.python_type is str and not any(isinstance(one, ForeignKey) for one in column.foreign_keys)


def test_a_removed_an_added_and_two_swapped_rows_of_the_ledger_are_named(listed: Any) -> None:
    table = Base.metadata.tables["ledger_entry"]
    with listed.store.reading() as unit:
        first, second, *_, last = unit.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id)).all()

    def remove(connection: Connection) -> None:
        connection.execute(delete(table).where(table.c.id == last))

    def add(connection: Connection) -> None:
        row = dict(connection.execute(select(table).where(table.c.id == last)).mappings().one())
        connection.execute(insert(table), [{**row, "id": last + 1}])

    def swap(connection: Connection) -> None:
        rows = {row["id"]: dict(row) for row in connection.execute(select(table)).mappings()}
        for one, two in ((first, second), (second, first)):
            connection.execute(update(table).where(table.c.id == one).values({**rows[two], "id": one}))

    assert ("row_removed", "ledger_entry", str(last)) in behind(listed.store, remove)
    assert ("row_unknown", "ledger_entry", str(last + 1)) in behind(listed.store, add)
    assert {("row_altered", "ledger_entry", str(first)), ("row_altered", "ledger_entry", str(second))} <= set(
        behind(listed.store, swap)
    )


def test_the_journal_itself_cannot_be_mended_unseen(listed: Any) -> None:
    table = Base.metadata.tables["journal"]

    def alter(connection: Connection) -> None:
        connection.execute(update(table).where(table.c.seq == 3).values(digest="f" * 64))

    def remove(connection: Connection) -> None:
        connection.execute(delete(table).where(table.c.seq == 3))

    def begin_anew(connection: Connection) -> None:
        connection.execute(delete(table))

    assert ("journal_broken", "", "") in behind(listed.store, alter)
    assert ("journal_row_missing", "", "") in behind(listed.store, remove)
    assert ("journal_cut", "", "") in behind(listed.store, begin_anew)


def test_a_tail_cut_off_both_chains_and_the_ledger_is_found_by_a_printed_anchor(listed: Any) -> None:
    store, act = listed.store, listed.act
    with store.reading() as unit:
        early = read_anchors(anchor_text(anchors(unit), instance="画县", at=act().at))
        assert anchor_faults(unit, early) == []
        seq = {one.chain: one.seq for one in early}
    with store.unit() as unit:
        move(unit, act("2026-05-02"), viewer=CONGRESS, code="L1", name="withdraw", reason="重复")
    with store.reading() as unit:
        late = anchors(unit)
        assert anchor_faults(unit, early) == []
    with store.engine.connect() as connection:
        connection.begin()
        rows = connection.execute(
            select(JournalRow.of_table, JournalRow.of_row).where(
                JournalRow.seq > seq["journal"], JournalRow.of_table.in_(("ledger_entry", "activity_move"))
            )
        )
        for table, row in rows.all():
            connection.execute(text(f"DELETE FROM {table} WHERE id = :row"), {"row": int(row)})
        connection.execute(text("DELETE FROM audit WHERE seq > :seq"), {"seq": seq["audit"]})
        connection.execute(text("DELETE FROM journal WHERE seq > :seq"), {"seq": seq["journal"]})
        with Session(connection) as unit:
            assert {fault.kind for fault in anchor_faults(unit, late)} == {"anchor_cut"}
            assert anchor_faults(unit, early) == []
        connection.rollback()


def test_a_row_that_can_no_longer_be_read_is_named_and_nothing_breaks(swift: Any) -> None:
    def spoil(connection: Connection) -> None:
        connection.execute(text("UPDATE ledger_entry SET reason = '{' WHERE id = 1"))

    with swift.store.unit() as unit:
        adopt(unit, swift.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=swift.starts)
        score(unit, swift.act("2026-04-01"))
        close_period(unit, swift.act("2026-04-02"), period="2026Q1")
    assert ("row_unreadable", "ledger_entry", "1") in behind(swift.store, spoil)
    with swift.store.engine.begin() as connection:
        spoil(connection)
    with swift.store.reading() as unit:
        assert [fault.kind for fault in verify(unit).faults] == ["row_unreadable"]


def test_what_a_unit_took_back_leaves_no_fault(swift: Any) -> None:
    with swift.store.unit() as unit:
        trial = unit.begin_nested()
        unit.add(Account(user="b", role="town", password_hash="x"))
        unit.flush()
        trial.rollback()
        unit.add(Account(user="c", role="town", password_hash="x"))
    with suppress(RuntimeError), swift.store.unit() as unit:
        unit.execute(update(Person).values(name="乙"))
        raise RuntimeError
    with swift.store.unit() as unit:
        unit.execute(delete(Account).where(Account.user == "c"))
    with swift.store.reading() as unit:
        assert verify(unit).faults == ()


def test_a_store_from_before_the_journal_begins_it_when_it_is_opened(swift: Any, tmp_path: Path) -> None:
    with swift.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM journal"))
    Store.open(tmp_path / "county.sqlite").close()
    with swift.store.reading() as unit:
        assert (verify(unit).faults, verify(unit).journal_rows > 50) == ((), True)


def test_a_page_without_both_chains_is_no_anchor() -> None:
    with pytest.raises(BadRequestError, match="anchor"):
        read_anchors("audit 3 " + "0" * 64)
