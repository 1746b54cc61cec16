"""Points: scored once and once only, taken back by entries that say so, ranked only where that is turned on."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from data.tables import ActivityPerson, ActivityRow, LedgerEntry, Person, Seat
from scoring.entries import Entry
from scoring.ledger import balance, replay
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import change_setting
from services.keeping import credited_seat
from services.points import Ranking, Scored, adopt, ranking, score, statement
from services.verify import verify

County = Any
BOOK = """
name: drawn
title: {zh: 画出来的办法, en: A drawn book}
version: "1"
assumed: true
source: drawn for a test
quantum: 0.5
rounding: half_up
valid: {from: 2026-01-01}
categories:
  contact:
    title: {zh: 联系群众, en: Contact}
total: {base: 0.0}
rules:
  station.reception:
    title: {zh: 到站接待, en: Reception}
    category: contact
    kinds: [station.reception]
    unit: act
    assumed: true
    basis: {zh: 假定, en: Assumed}
    since:
      2026-01-01: {award: 2.0, cap_per_year: 3.0}
    examples:
      - name: 接待一次计两分
        activities: [{kind: station.reception, on: 2026-03-02}]
        total: 2.0
"""


def scored(county: County, day: str = "2026-06-30") -> Scored:
    with county.store.unit() as unit:
        adopt(unit, county.act("2026-01-02"), text=BOOK, name="drawn", adopted_from=county.starts)
        return score(unit, county.act(day))


def ledger(county: County) -> list[LedgerEntry]:
    with county.store.reading() as unit:
        return list(unit.scalars(select(LedgerEntry).order_by(LedgerEntry.id)))


def as_entries(rows: list[LedgerEntry]) -> list[Entry]:
    return [
        Entry(
            activity=row.activity_code, person=row.person_id, seat=row.seat_id, rule=row.rule, on=row.on,
            tenths=row.tenths, reason_key=row.reason["key"], reason_facts=row.reason["facts"],
            reverses=row.reverses_id is not None,
        )
        for row in rows
    ]  # fmt: skip


def without(county: County, *codes: str) -> None:
    """Take the verification of some activities back."""
    activities = county.files["activities"][2]
    county.bring(
        "activities", activities.assign(state=activities["state"].where(~activities["code"].isin(codes), "reported"))
    )


def ranked(county: County, **options: Any) -> Ranking:
    with county.store.reading() as unit:
        return ranking(unit, **{"level": "town", "period": "2026", "names": {}, **options})


def test_only_verified_activities_count_and_each_person_gets_an_entry(county: County) -> None:
    result = scored(county)
    assert (result.activities, result.added, result.reversed, result.kept) == (4, 4, 0, 0)
    assert {row.activity_code for row in ledger(county)} == {"L1", "L2", "L3"}
    assert result.tenths == sum(row.tenths for row in ledger(county)) == 80


def test_scoring_twice_adds_nothing(county: County) -> None:
    first = scored(county)
    rows = ledger(county)
    again = scored(county)
    assert (again.added, again.reversed, again.kept, again.tenths) == (0, 0, first.added, first.tenths)
    assert [row.id for row in ledger(county)] == [row.id for row in rows]


def test_an_activity_that_falls_away_is_reversed_by_an_entry_that_names_the_one_it_takes_back(county: County) -> None:
    scored(county)
    original = next(row for row in ledger(county) if row.activity_code == "L2")
    without(county, "L2")
    result = scored(county)
    assert (result.added, result.reversed) == (0, 1)
    back = ledger(county)[-1]
    assert (back.reverses_id, back.tenths, back.seat_id) == (original.id, -original.tenths, original.seat_id)
    county.bring("activities")
    assert scored(county).added == 1
    assert sum(row.tenths for row in ledger(county)) == 80
    with county.store.reading() as unit:
        assert verify(unit).faults == ()


def test_the_replay_of_the_ledger_equals_its_balances(county: County) -> None:
    for fallen in ((), ("L1",), (), ("L1", "L3"), ("L2",), ()):
        without(county, *fallen)
        scored(county)
        entries = as_entries(ledger(county))
        assert replay(entries) == balance(entries)
        expected = {"L1": 40, "L2": 20, "L3": 20}
        assert sum(balance(entries).values()) == sum(expected.values()) - sum(expected[code] for code in fallen)


def test_nothing_is_scored_without_a_rule_book(county: County) -> None:
    with county.store.unit() as unit, pytest.raises(ConflictError, match="no_rule_book"):
        score(unit, county.act())


def test_the_same_rule_book_is_adopted_once(county: County) -> None:
    with county.store.unit() as unit:
        first = adopt(unit, county.act(), text=BOOK, name="drawn", adopted_from=county.starts)
        second = adopt(unit, county.act(), text=BOOK, name="drawn", adopted_from=county.starts)
    assert first.id == second.id


def test_rankings_are_refused_while_they_are_off(county: County) -> None:
    scored(county)
    with county.store.unit() as unit:
        change_setting(unit, county.act(), "rankings", "off")
    with pytest.raises(ConflictError, match="rankings_off"):
        ranked(county)


def test_equal_points_share_a_rank_and_the_next_rank_is_left_out(county: County) -> None:
    scored(county)
    lines = ranked(county).lines
    assert [(line.rank, line.seat, line.tenths, line.tied) for line in lines] == [
        (1, "T1", 20, 3),
        (1, "T2", 20, 3),
        (1, "T3", 20, 3),
        (4, "T4", 0, 3),
        (4, "T5", 0, 3),
        (4, "T6", 0, 3),
    ]


def test_a_ranking_stays_within_its_level_its_period_and_its_town(county: County) -> None:
    scored(county)
    assert {line.seat for line in ranked(county, level="county").lines} == {"C1", "C2", "C3", "C4", "C5", "C6"}
    assert {line.seat for line in ranked(county, within="440784002").lines} == {"T4", "T5", "T6"}
    assert sum(line.tenths for line in ranked(county, period="2026-04").lines) == 0
    assert sum(line.tenths for line in ranked(county, period="2026Q1").lines) == 60
    with pytest.raises(BadRequestError):
        ranked(county, period="2026Q9")
    with pytest.raises(BadRequestError):
        ranked(county, level="village")


def test_the_sums_of_a_statement_are_the_sums_of_its_lines_and_of_the_ledger(county: County) -> None:
    scored(county)
    without(county, "L2")
    scored(county)
    with county.store.reading() as unit:
        people = dict(unit.execute(select(Person.code, Person.id)).all())
        sums = dict(
            unit.execute(
                select(LedgerEntry.person_id, func.sum(LedgerEntry.tenths)).group_by(LedgerEntry.person_id)
            ).all()
        )
        for code, person in people.items():
            found = statement(unit, person=code, period="2026")
            assert found.tenths == sum(line.tenths for line in found.lines) == int(sums.get(person, 0))
            assert found.tenths == sum(found.by_seat.values()) == sum(tenths for _, tenths in found.by_month)
            assert len(found.by_month) == 12
        mine = statement(unit, person="P01", period="2026")
        one = statement(unit, person="P01", period="2026", seat="C1")
    assert mine.by_seat == {"T1": 0, "C1": 20}
    assert [line.activity for line in mine.lines] == ["L2", "L2", "L3"]
    assert (one.tenths, [line.seat for line in one.lines]) == (20, ["C1"])


def test_a_statement_counts_what_waits_to_be_verified_and_knows_nobody_else(county: County) -> None:
    scored(county)
    with county.store.reading() as unit:
        assert statement(unit, person="P09", period="2026").waiting == 1
        with pytest.raises(NotFoundError):
            statement(unit, person="P77", period="2026")


def test_who_holds_two_seats_is_credited_at_one_by_the_declared_rule(county: County) -> None:
    with county.store.reading() as unit:
        query = (
            select(ActivityRow.code, Seat.code)
            .join(ActivityPerson, ActivityPerson.activity_id == ActivityRow.id)
            .join(Seat, Seat.id == ActivityPerson.seat_id)
        )
        credited = [tuple(row) for row in unit.execute(query) if row[0] in ("L2", "L3")]
    assert sorted(credited) == [("L2", "T1"), ("L3", "C1")]  # by the lower level; by the level that the file names


DAY = dt.date(2026, 3, 2)
TWO = [("C1", "county", "W"), ("T1", "town", "E")]


@pytest.mark.parametrize(
    ("seats", "level", "town", "wanted"),
    [
        (TWO, "", "", "T1"),
        (TWO, "county", "", "C1"),
        (TWO, "county", "E", "C1"),
        (TWO, "province", "", "T1"),
        (TWO, "", "W", "C1"),
        (TWO, "", "E", "T1"),
        (TWO, "", "N", "T1"),
        ([("C2", "county", "W"), ("C1", "county", "W")], "", "", "C1"),
        ([("V1", "province", ""), ("C1", "county", "W")], "", "E", "C1"),
    ],
)
def test_the_one_seat_is_of_the_named_level_then_of_the_place_then_the_lower(
    seats: list[tuple[str, str, str]], level: str, town: str, wanted: str
) -> None:
    held = [
        Seat(code=code, level=of, town_code=place, starts_on=dt.date(2026, 1, 1), ends_on=None)
        for code, of, place in seats
    ]
    assert credited_seat(held, level=level, town=town, on=DAY).code == wanted


def test_a_seat_that_is_not_held_on_the_day_is_not_credited() -> None:
    ended = Seat(code="T1", level="town", town_code="E", starts_on=dt.date(2026, 1, 1), ends_on=DAY)
    other = Seat(code="C1", level="county", town_code="W", starts_on=dt.date(2026, 1, 1), ends_on=None)
    assert credited_seat([ended, other], level="", town="E", on=DAY).code == "C1"
    assert credited_seat([ended, other], level="", town="E", on=DAY - dt.timedelta(days=1)).code == "T1"
