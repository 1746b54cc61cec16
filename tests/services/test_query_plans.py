"""What people wait for never walks through a large table: the plan of every hot query, on both databases."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.rules import text as rule_text
from data.tables import Person, Seat
from scoring.periods import Period
from services.accounts import see
from services.act import once, record
from services.errors import NotFoundError, UnknownActorError
from services.instance import the_term
from services.matters import by_ticket
from services.matters_inbox import inbox
from services.points import adopt, score, statement
from services.register import Wanted, by_code, history, registered, waiting_for

County = Any
LARGE = {
    "activity", "activity_person", "activity_move", "evidence", "ledger_entry", "audit", "idempotency", "session",
    "link", "lead", "piece", "grid", "address", "person", "seat", "matter", "matter_event", "matter_follower",
    "journal",
}  # fmt: skip


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect what the database is asked in the block."""
    heard: list[tuple[str, Any]] = []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lstrip().startswith("SELECT") and not many:
            heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def walks(engine: Engine, question: str, parameters: Any) -> list[str]:
    """Name the large tables that a query reads from end to end; the end of an ordered table is no walk."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            lines = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", parameters)]
            few = " LIMIT " in question and not any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
            return [line for line in lines if line.startswith("SCAN") and line.split()[1] in LARGE and not few]
        connection.exec_driver_sql("SET enable_seqscan = off")  # the drawn tables are small: is there another way?
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {question}", parameters).one()
        return list(steps(plan[0]["Plan"]))


def steps(node: dict[str, Any], *, limited: bool = False) -> Iterator[str]:
    """Walk a plan of PostgreSQL: a whole read is a sequential one, or one along an index without a condition."""
    limited = limited or node["Node Type"] == "Limit"
    table = node.get("Relation Name")
    along = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    if table in LARGE and (node["Node Type"] == "Seq Scan" or (along and not limited)):
        yield f"{node['Node Type']} {table}"
    for below in node.get("Plans", ()):
        yield from steps(below, limited=limited)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks, and whom the hot queries are about."""

    county: County
    unit: Session
    person: str
    seat: str


def a_cookie(asking: Asking) -> None:
    see(asking.unit, asking.county.act(), cookie="none")


def a_token(asking: Asking) -> None:
    with pytest.raises(UnknownActorError):
        see(asking.unit, asking.county.act(), token="none")


def a_statement(asking: Asking) -> None:
    statement(asking.unit, person=asking.person, period="2026")


def one_activity(asking: Asking) -> None:
    history(asking.unit, by_code(asking.unit, "L1"))


def a_persons_register(asking: Asking) -> None:
    registered(asking.unit, the_term(asking.unit), Wanted(person=asking.person))


def a_persons_waiting(asking: Asking) -> None:
    waiting_for(asking.unit, the_term(asking.unit), asking.person)


def a_months_register(asking: Asking) -> None:
    registered(asking.unit, the_term(asking.unit), Wanted(period=Period.parse("2026-03")))


def one_seat_scored(asking: Asking) -> None:
    score(asking.unit, asking.county.act(), seats=frozenset([asking.seat]))


def an_act_once(asking: Asking) -> None:
    once(asking.unit, asking.county.act(request="r1"), "try", {"a": 1}, lambda: 1)


def an_audit_row(asking: Asking) -> None:
    record(asking.unit, asking.county.act(), "try")


def a_ticket(asking: Asking) -> None:
    with pytest.raises(NotFoundError):
        by_ticket(asking.unit, "AAAA-BBBB", now=asking.county.act().at)


def a_deputys_inbox(asking: Asking) -> None:
    inbox(asking.unit, Viewer(user="d", role="deputy", person=asking.person), now=asking.county.act().at)


def a_towns_inbox(asking: Asking) -> None:
    inbox(asking.unit, Viewer(user="t", role="town", scope="440784001"), now=asking.county.act().at)


HOT: tuple[Callable[[Asking], None], ...] = (
    a_cookie, a_token, a_statement, one_activity, a_persons_register, a_persons_waiting, a_months_register,
    one_seat_scored, an_act_once, an_audit_row, a_ticket, a_deputys_inbox, a_towns_inbox,
)  # fmt: skip


@pytest.mark.parametrize("hot", HOT, ids=lambda hot: hot.__name__)
def test_no_hot_query_reads_a_large_table_from_end_to_end(county: County, hot: Callable[..., None]) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=dt.date(2026, 1, 1))
        person = unit.scalars(select(Person.id).where(Person.code == "P07")).one()
        seat = unit.scalars(select(Seat.id).where(Seat.code == "T2")).one()
    with county.store.unit() as unit, asked(county.store.engine) as heard:
        hot(Asking(county=county, unit=unit, person=person, seat=seat))
    assert heard
    found = {walk: question for question, given in heard for walk in walks(county.store.engine, question, given)}
    assert not found, "\n".join(f"{walk}: {question}" for walk, question in found.items())
