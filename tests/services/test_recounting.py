"""A recount is a second way to the same points: it agrees with the ledger, and finds whatever does not."""

from typing import Any

import pytest
from sqlalchemy import select, update

from data.tables import LedgerEntry, Seat
from services.errors import ConflictError
from services.points import adopt, score
from services.recounting import Recount, recount
from services.seats import suspend_seat

County = Any
BOOK = """
name: drawn
title: {zh: 画出来的办法, en: A drawn book}
version: "1"
source: drawn for a test
quantum: 0.5
valid: {from: 2026-01-01}
categories: {contact: {title: {zh: 联系群众, en: Contact}}}
total: {base: 12.0, pro_rata: true}
rules:
  station.reception:
    title: {zh: 到站接待, en: Reception}
    category: contact
    kinds: [station.reception]
    unit: act
    roles: {member: 0.5}
    basis: {zh: 假定, en: Assumed}
    since:
      2026-01-01: {award: 2.0, cap_per_year: 3.0}
    examples:
      - {name: 接待一次计两分, activities: [{kind: station.reception, on: 2026-03-02}], total: 2.0}
"""


@pytest.fixture
def scored(county: County) -> County:
    with county.store.unit() as unit:
        adopt(unit, county.act("2026-01-02"), text=BOOK, name="drawn", adopted_from=county.starts)
        score(unit, county.act("2026-06-30"))
    return county


def recounted(county: County, period: str = "2026") -> Recount:
    with county.store.reading() as unit:
        return recount(unit, period=period, today=county.act("2026-06-30").today)


def test_a_recount_agrees_with_the_ledger_seat_by_seat_and_ranks_inside_each_level(scored: County) -> None:
    found = recounted(scored)
    tenths = dict(zip(found.seats, found.tenths.tolist(), strict=True))
    assert found.differing == ()
    assert (found.acts, tenths["T2"], tenths["T3"], tenths["C1"], tenths["T6"]) == (4, 140, 130, 140, 120)
    ranks = dict(zip(found.seats, found.ranks.rank.tolist(), strict=True))
    assert (ranks["T2"], ranks["T3"], ranks["C1"], ranks["C2"]) == (1, 3, 1, 2)


@pytest.mark.parametrize("period", ["2026Q1", "2026-03", "2026-04", "term"])
def test_every_period_of_the_ledger_is_counted_afresh(scored: County, period: str) -> None:
    assert recounted(scored, period).differing == ()


def test_a_suspended_seat_earns_nothing_on_its_days_in_either_way(scored: County) -> None:
    with scored.store.unit() as unit:
        suspend_seat(unit, scored.act("2026-06-01"), seat="C1", on=scored.act("2026-03-10").today,
                     until=scored.act("2026-03-20").today, decision="第9号")  # fmt: skip
        score(unit, scored.act("2026-06-30"))
    found = recounted(scored)
    assert found.differing == ()
    assert found.acts == 3


def test_points_changed_in_the_ledger_are_found_with_the_seat_and_both_numbers(scored: County) -> None:
    with scored.store.unit() as unit:
        row = unit.scalar(select(LedgerEntry).where(LedgerEntry.activity_code == "L1").limit(1))
        seat = unit.get_one(Seat, row.seat_id).code
        unit.execute(update(LedgerEntry).where(LedgerEntry.id == row.id).values(tenths=row.tenths + 5))
    (one,) = recounted(scored).differing
    assert (one.seat, one.ledger) == (seat, one.recounted + 5)


def test_years_with_two_rule_books_are_refused_with_what_to_do_instead(scored: County) -> None:
    with scored.store.unit() as unit:
        later = BOOK.replace('version: "1"', 'version: "2"').replace("award: 2.0", "award: 2.5")
        adopt(unit, scored.act("2026-06-01"), text=later.replace("total: 2.0", "total: 2.5"), name="drawn",
              adopted_from=scored.act("2026-06-01").today)  # fmt: skip
    with pytest.raises(ConflictError) as refused:
        recounted(scored)
    assert (refused.value.key, refused.value.facts) == ("error.recount_books", {"books": 2})


def test_a_book_that_pays_by_steps_is_refused_in_words(county: County) -> None:
    steps = BOOK.replace("{award: 2.0, cap_per_year: 3.0}", "{award: 2.0, steps: [{from: 3, award: 4.0}]}")
    with county.store.unit() as unit:
        adopt(unit, county.act("2026-01-02"), text=steps, name="drawn", adopted_from=county.starts)
    with pytest.raises(ConflictError) as refused:
        recounted(county)
    assert refused.value.key == "error.recount_beyond"
