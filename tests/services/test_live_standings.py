"""Standings held in memory are those of a new count, whatever the ledger has been given meanwhile."""

from typing import Any

import pytest
from sqlalchemy import select

from data.rules import text
from data.tables import Seat, Term
from scoring.periods import Period
from services.instance import change_setting
from services.live_standings import LiveStandings
from services.points import adopt, ranking, score

County = Any


@pytest.fixture
def scored(county: County) -> County:
    with county.store.unit() as unit:
        act = county.act("2026-06-30")
        change_setting(unit, act, "rankings", "internal")
        adopt(unit, act, text=text("heshan-631"), name="heshan-631", adopted_from=county.starts)
        score(unit, act)
    return county


def standings(county: County, period: str) -> LiveStandings:
    with county.store.reading() as unit:
        return LiveStandings(unit, unit.scalars(select(Term)).one(), Period.parse(period))


def ranked(county: County, live: LiveStandings) -> dict[str, tuple[int, int, int]]:
    with county.store.reading() as unit:
        seats = unit.execute(select(Seat.code, Seat.id).where(Seat.level == "town")).all()
        return {code: live.rank(unit, seat) for code, seat in seats}


def by_the_page(county: County) -> dict[str, tuple[int, int, int]]:
    with county.store.reading() as unit:
        lines = ranking(unit, level="town", period="2026Q1", names={}).lines
    return {line.seat: (line.tenths, line.rank, line.tied) for line in lines}


def test_ranks_kept_up_from_the_newest_rows_are_those_of_the_ranking_page(scored: County) -> None:
    live = standings(scored, "2026Q1")
    assert ranked(scored, live) == by_the_page(scored)
    activities = scored.files["activities"][2]
    fallen = activities["state"].where(activities["code"] != "L1", "reported")
    scored.bring("activities", activities.assign(state=fallen))
    with scored.store.unit() as unit:
        score(unit, scored.act("2026-06-30"))
    assert ranked(scored, live) == by_the_page(scored)


def test_rows_of_other_days_leave_the_standings_as_they_were(scored: County) -> None:
    live = standings(scored, "2026Q2")
    before = ranked(scored, live)
    scored.bring("activities", scored.files["activities"][2].assign(state="reported"))
    with scored.store.unit() as unit:
        score(unit, scored.act("2026-06-30"))
    assert ranked(scored, live) == before
