"""Counties in folders: the same plan and the same points as the instance that they were written from."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from data.rules import text as rule_text
from data.store import Store
from data.tables import (
    ActivityRow,
    Evidence,
    LeadRow,
    LedgerEntry,
    LinkRow,
    Person,
    Piece,
    PlanRow,
    RuleBookRow,
    Seat,
    StationLinkRow,
)
from services.county_export import write_counties
from services.county_placing import HowPlaced, place_counties
from services.county_scoring import BookText, HowScored, score_counties
from services.county_work import Counted, here
from services.instance import the_term
from services.parts import lay_out_in_parts, parts_of
from services.parts_of_seats import counting_in_parts
from services.placing import lay_out, propose_plan, survey
from services.points import adopt, ranking, score
from services.seats import suspend_seat
from tests.scoring.conftest import draw_book

County = Any
BOOK = "heshan-631"


def unheard(outcome: object) -> None:
    """Tell nobody."""


def how(county: County, **other: Any) -> HowPlaced:
    values = {"sliver": 0.02, "tolerance": 0.10, "keeping": 0.15, "repair": False, "on": county.act().today} | other
    return HowPlaced(**values)


def place(source: Path, target: Path, asked: HowPlaced) -> Counted:
    return place_counties(source, target, asked, running=here, tell=unheard)


def whole(folder: Path, table: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / table).glob("*.parquet"))], ignore_index=True)


def tuples(frame: pd.DataFrame, *columns: str) -> set[tuple[Any, ...]]:
    return set(frame[list(columns)].itertuples(index=False, name=None))


def plan_rows(store: Store, plan: int) -> dict[str, set[tuple[Any, ...]]]:
    """Give everything that a kept plan says, as tuples of what a folder's tables say too."""
    with store.reading() as unit:
        names = dict(unit.execute(select(Seat.id, Seat.code)).all())
        links = unit.scalars(select(LinkRow).where(LinkRow.plan_id == plan)).all()
        leads = unit.scalars(select(LeadRow).where(LeadRow.plan_id == plan)).all()
        stations = unit.scalars(select(StationLinkRow).where(StationLinkRow.plan_id == plan)).all()
        pieces = unit.scalars(select(Piece)).all()
        summary = unit.get_one(PlanRow, plan).summary
    return {
        "links": {
            (r.layer, names[r.seat_id], r.grid_code, r.district_code, r.households, r.position, r.basis,
             r.reason["key"], json.dumps(r.reason["facts"], ensure_ascii=False, sort_keys=True))
            for r in links
        },
        "leads": {(r.layer, r.grid_code, names[r.seat_id], r.households, r.reason["key"]) for r in leads},
        "stations": {(names[r.seat_id], r.station_code, r.reason["key"]) for r in stations},
        "pieces": {(r.layer, r.grid_code, r.district_code, r.households, r.joined_grid_code) for r in pieces},
        "districts": {
            (r["layer"], r["district"], r["bound"], r["gap"], r["objective"], r["proven"]) for r in summary["districts"]
        },
        "unmet": {json.dumps(r, ensure_ascii=False, sort_keys=True) for r in summary["unmet"]},
    }  # fmt: skip


def folder_rows(folder: Path) -> dict[str, set[tuple[Any, ...]]]:
    pieces = whole(folder, "pieces")
    pieces["joined"] = pieces["joined"].astype(object).where(pieces["joined"].notna(), None)
    return {
        "links": tuples(whole(folder, "links"), "layer", "seat", "grid", "district", "households", "position", "basis",
                        "reason_key", "reason_facts"),
        "leads": tuples(whole(folder, "leads"), "layer", "grid", "seat", "households", "reason_key"),
        "stations": tuples(whole(folder, "stations"), "seat", "station", "reason_key"),
        "pieces": tuples(pieces, "layer", "grid", "district", "households", "joined"),
        "districts": tuples(whole(folder, "districts"), "layer", "district", "bound", "gap", "objective", "proven"),
        "unmet": set(whole(folder, "unmet")["facts"]),
    }  # fmt: skip


def exported(county: County, folder: Path) -> tuple[str, ...]:
    with county.store.reading() as unit:
        return write_counties(unit, county.act(), folder)


def test_a_folder_is_placed_as_the_instance_it_was_written_from(empty: County, tmp_path: Path) -> None:
    empty.load()
    assert exported(empty, tmp_path / "in") == ("440784",)
    found = place(tmp_path / "in", tmp_path / "out", how(empty))
    with empty.store.unit() as unit:
        kept = propose_plan(unit, empty.act())
    assert folder_rows(tmp_path / "out") == plan_rows(empty.store, kept.plan)
    assert (found.counts["people_placed"], found.counts["seats_placed"]) == (kept.people_placed, kept.seats_placed)
    assert (found.counts["districts_proven"], found.counts["unmet"]) == (kept.districts_proven, len(kept.unmet))


def test_a_folder_repairs_the_plan_in_force_as_the_instance_does(county: County, tmp_path: Path) -> None:
    seats = county.files["seats"][2].assign(to="")
    seats.loc[seats["code"] == "C1", "to"] = county.act().today.isoformat()
    county.bring("seats", seats)
    exported(county, tmp_path / "in")
    place(tmp_path / "in", tmp_path / "out", how(county, repair=True))
    with county.store.unit() as unit:
        kept = propose_plan(unit, county.act(), repair=True)
    assert folder_rows(tmp_path / "out") == plan_rows(county.store, kept.plan)
    assert "C1" not in set(whole(tmp_path / "out", "links")["seat"])


LEDGER = ("seat", "person", "activity", "book", "rule", "on", "tenths", "reason_key", "reason_facts")
RECKONING = """
quotas:
  often: {title: {zh: 每季接待, en: each quarter}, kinds: [station.reception], per_quarter: 2, missed: {each: -0.5},
          basis: {zh: 一, en: one}}
  once: {title: {zh: 任期述职, en: in the term}, kinds: [report.given], per_term: 1, missed: {once: -10.0},
         basis: {zh: 二, en: two}}
rates:
  there: {title: {zh: 出席, en: there}, attended: [station.reception], missed: [session.absent], window: quarter,
          steps: [{from: 50, award: 4.0}], basis: {zh: 三, en: three}}
"""


def ledger_rows(store: Store) -> set[tuple[Any, ...]]:
    """Give the instance's ledger as a folder's table says it."""
    with store.reading() as unit:
        rows = unit.execute(
            select(Seat.code, Person.code, LedgerEntry.activity_code, RuleBookRow.name, LedgerEntry.rule,
                   LedgerEntry.on, LedgerEntry.tenths, LedgerEntry.reason)
            .join(Seat, Seat.id == LedgerEntry.seat_id).join(Person, Person.id == LedgerEntry.person_id)
            .join(RuleBookRow, RuleBookRow.id == LedgerEntry.rule_book_id)
        ).all()  # fmt: skip
    return {(*row[:7], row[7]["key"], json.dumps(row[7]["facts"], ensure_ascii=False, sort_keys=True)) for row in rows}


def scored_both_ways(county: County, text: str, name: str, until: date, folder: Path) -> Counted:
    """Score the instance, and the folder written from it."""
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=text, name=name, adopted_from=date(2026, 1, 1))
        score(unit, county.act(), until=until)
    exported(county, folder / "in")
    asked = HowScored(books=(BookText(name=name, text=text, adopted_from=date(2026, 1, 1)),), until=until)
    return score_counties(folder / "in", folder / "out", asked, running=here, tell=unheard, ranked=True)


def test_a_folder_is_scored_as_the_instance_it_was_written_from(county: County, tmp_path: Path) -> None:
    found = scored_both_ways(county, rule_text(BOOK), BOOK, date(2026, 12, 31), tmp_path)
    with county.store.reading() as unit:
        ranked = {
            (line.seat, line.tenths, line.rank, line.tied)
            for level in ("county", "town")
            for line in ranking(unit, level=level, period="2026", names={}).lines
        }
    expected = ledger_rows(county.store)
    assert not found.failed
    assert tuples(whole(tmp_path / "out", "ledger"), *LEDGER) == expected
    assert found.counts["entries"] == len(expected) > 0
    board = pd.read_parquet(tmp_path / "out" / "ranking" / "2026.parquet")
    board = board[board["level"].isin(["county", "town"])]
    assert tuples(board, "seat", "tenths", "rank", "tied") == ranked


def test_a_folder_counts_missed_duties_and_shares_of_attendance_as_the_instance_does(
    county: County, tmp_path: Path
) -> None:
    """A term that ends, a seat suspended for a while, one that stays so, and an act with its paper count alike."""
    with county.store.unit() as unit:
        kept = unit.scalars(select(ActivityRow.id).where(ActivityRow.code == "L2")).one()
        unit.add(
            Evidence(activity_id=kept, sha256="0" * 64, media="application/pdf", name="a.pdf", size=1,
                     added_by="tester", added_at=county.act().at)
        )  # fmt: skip
        the_term(unit).ends_on = date(2027, 1, 1)
        suspend_seat(unit, county.act(), seat="C3", on=date(2026, 4, 1), until=date(2026, 8, 1), decision="决定一")
        suspend_seat(unit, county.act(), seat="C2", on=date(2026, 3, 1), decision="决定二")
    text = draw_book("receive: station.reception act {award: 1.0} | evidence: true", more=RECKONING.lstrip())
    found = scored_both_ways(county, text, "tiny", date(2027, 1, 31), tmp_path)
    expected = ledger_rows(county.store)
    assert not found.failed
    assert {row[7] for row in expected} >= {
        "points.missed", "points.rate", "points.awarded.act", "points.evidence_missing"
    }  # fmt: skip
    assert {row[4] for row in expected} >= {"quota:often", "quota:once", "rate:there"}
    assert tuples(whole(tmp_path / "out", "ledger"), *LEDGER) == expected


def test_an_instance_counted_some_seats_at_a_time_has_the_same_ledger(county: County) -> None:
    def spreading(work: Any, parts: Any) -> dict[str, Any]:
        return {name: work(part) for name, part in reversed(parts)}

    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text(BOOK), name=BOOK, adopted_from=date(2026, 1, 1))
        first = score(unit, county.act(), counting=counting_in_parts(spreading, at_a_time=3))
        again = score(unit, county.act())
    assert first.added == again.kept > 0
    assert (again.added, again.reversed) == (0, 0)


def test_two_counties_of_one_instance_are_laid_out_apart_and_give_the_same_draft(empty: County) -> None:
    """The drawn county's two towns are given a county each; a district that lies in both joins them again."""
    empty.load()
    with empty.store.reading() as unit:
        found = survey(unit, empty.act())
    parents = {"440784001": "A", "440784002": "B"}
    found.layers.towns["parent"] = found.layers.towns["code"].map(parents)
    parts = parts_of(found)
    assert [name for name, _ in parts] == ["A", "B"]
    assert not set(parts[0][1].layers.grids["code"]) & set(parts[1][1].layers.grids["code"])
    assert lay_out_in_parts(found, lambda work, given: {name: work(part) for name, part in given}) == lay_out(found)
    crossing = found.pieces["county"]
    row = crossing.index[crossing["district"] == "X3"][0]
    crossing.loc[row, "grid"] = "G1"
    assert [name for name, _ in parts_of(found)] == ["A"]
