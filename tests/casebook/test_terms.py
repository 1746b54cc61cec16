"""Whole stories of terms, written for an official to review: who answers for which place on which day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import yaml

from data.store import Store
from gridmap.datum import Datum
from services.act import Act
from services.activation import activate_plan, approve_plan
from services.atlas import Atlases
from services.errors import ConflictError
from services.imports import bring
from services.instance import open_term, the_term
from services.locating import locate
from services.placing import propose_plan
from services.seats import Elected, by_election, end_seat, suspend_seat, vacancies
from services.terms import continuing, decide_matches, hand_over
from services.verify import verify

STORIES = sorted((Path(__file__).parent / "terms").glob("*.yaml"))
SIDE, WEST, SOUTH = 1 / 128, 113.0, 22.5
NOBODY = "无人"
SHOWN = {"what", "day", "answers", "vacant", "continuing", "proposed"}


def square(column: int) -> shapely.Polygon:
    """Draw the grid that stands in a column, counted from the west."""
    return shapely.box(WEST + column * SIDE, SOUTH, WEST + (column + 1) * SIDE, SOUTH + SIDE)


@dataclass(kw_only=True)
class Congress:
    """The congress of one story: its store, its land, and all the answers that must stay true for good."""

    store: Store
    folder: Path
    story: Mapping[str, Any]
    today: dt.date = dt.date.min
    matched: str = ""
    said: list[tuple[dt.date, str, str]] = field(default_factory=list)

    @property
    def act(self) -> Act:
        return Act(actor="casebook", at=dt.datetime.combine(self.today, dt.time(9), dt.timezone(dt.timedelta(hours=8))))

    def open(self, unit: Any, name: str) -> None:
        """Open a term and bring in its land and its roster."""
        term = self.story["terms"][name]
        open_term(unit, self.act, name=name, starts_on=term["from"])
        columns = {grid: column for column, grid in enumerate(self.story["grids"])}
        grids = gpd.GeoDataFrame(
            {"code": list(columns), "name": list(columns), "households": list(self.story["grids"].values())},
            geometry=[square(column) for column in columns.values()],
            crs="EPSG:4326",
        )
        districts = gpd.GeoDataFrame(
            {"code": list(term["districts"]), "name": list(term["districts"]),
             "seats": [district["seats"] for district in term["districts"].values()]},
            geometry=[shapely.union_all([square(columns[grid]) for grid in district["grids"]])
                      for district in term["districts"].values()],
            crs="EPSG:4326",
        )  # fmt: skip
        roster = pd.DataFrame(term["roster"])
        people = roster.rename(columns={"person": "code", "born": "birth_year"})[["code", "name", "sex", "birth_year"]]
        seats = roster.rename(columns={"seat": "code"})[["code", "person", "district"]].assign(level="county")
        for kind, frame in (("grids", grids), ("districts", districts), ("people", people), ("seats", seats)):
            path = self.folder / f"{name}-{kind}.{'geojson' if 'geometry' in frame else 'csv'}"
            if "geometry" in frame:
                path.write_text(frame.to_json(drop_id=True), "utf-8")
            else:
                frame.to_csv(path, index=False)
            bring(unit, self.act, kind=kind, path=path, datum="wgs84", layer="county" if kind == "districts" else "",
                  term=name, generation=f"{name}图层")  # fmt: skip

    def propose(self, unit: Any, term: str, *, repair: bool = False) -> int:
        plan = propose_plan(unit, self.act, term=term, repair=repair).plan
        approve_plan(unit, self.act, plan=plan, reason="会议通过")
        return plan

    def place(self, unit: Any, term: str) -> None:
        activate_plan(unit, self.act, plan=self.propose(unit, term))

    def repair(self, unit: Any, term: str) -> None:
        activate_plan(unit, self.act, plan=self.propose(unit, term, repair=True))

    def suspend(self, unit: Any, what: dict[str, Any]) -> None:
        suspend_seat(unit, self.act, seat=what["seat"], on=what["from"], until=what["until"], decision=what["decision"])

    def end(self, unit: Any, what: dict[str, Any]) -> None:
        end_seat(unit, self.act, seat=what["seat"], kind=what["kind"], on=what["from"], decision=what["decision"],
                 term=what.get("term"))  # fmt: skip

    def elect(self, unit: Any, what: dict[str, Any]) -> None:
        elected = Elected(code=what["person"], name=what["name"])
        by_election(unit, self.act, vacancy=what["vacancy"], elected=elected, on=what["from"],
                    decision=what["decision"])  # fmt: skip

    def confirm(self, unit: Any, what: dict[str, list[str]]) -> None:
        for term, codes in what.items():
            self.matched = term
            decide_matches(unit, self.act, new=term, same=codes)

    def match(self, _unit: Any, term: str) -> None:
        self.matched = term

    def hand_over(self, unit: Any, term: str) -> None:
        hand_over(unit, self.act, new=term)

    def refused(self, unit: Any, deeds: list[dict[str, Any]]) -> None:
        for deed in deeds:
            ((name, what),) = deed.items()
            with pytest.raises(ConflictError):
                getattr(self, name)(unit, what)

    def who(self, day: dt.date, place: str) -> str:
        """Name who answers for the middle of a grid on a day."""
        middle = square(list(self.story["grids"]).index(place)).centroid
        answer = locate(Atlases(self.store).on(day), middle.x, middle.y, Datum.parse("wgs84"))
        return "、".join(linked.deputy.name for linked in answer.responsible) or NOBODY

    def vacant(self, day: dt.date) -> list[str]:
        with self.store.reading() as unit:
            return [gap.seat for gap in vacancies(unit, the_term(unit, on=day), day)]

    def roster(self) -> tuple[list[str], list[str]]:
        with self.store.reading() as unit:
            found = continuing(unit, new=self.matched)
        return sorted([*found.same_number, *found.confirmed]), [row.code for row in found.proposed]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_holds_on_every_day_it_names(path: Path, store: Store, tmp_path: Path) -> None:
    story = yaml.safe_load(path.read_text("utf-8"))
    congress = Congress(store=store, folder=tmp_path, story=story)
    for step in story["steps"]:
        tell(congress, step)
    wrong = [(day, place, who) for day, place, who in congress.said if congress.who(day, place) != who]
    assert wrong == [], "what was answered once stays true for good"
    with store.reading() as unit:
        assert verify(unit).faults == ()


def tell(congress: Congress, step: dict[str, Any]) -> None:
    """Do what a step says, then compare what it promises."""
    congress.today = step.get("day", congress.today)
    congress.said = [said for said in congress.said if said[0] < congress.today]  # the future may still change
    with congress.store.unit() as unit:
        for name in (name for name in step if name not in SHOWN):
            getattr(congress, name)(unit, step[name])
    for day, places in step.get("answers", {}).items():
        found = {place: congress.who(day, place) for place in places}
        assert found == places, f"{step['what']} · {day}"
        congress.said += [(day, place, who) for place, who in places.items()]
    for day, seats in step.get("vacant", {}).items():
        assert congress.vacant(day) == seats, f"{step['what']} · {day}"
    if "continuing" in step:
        assert congress.roster() == (sorted(step["continuing"]), step["proposed"]), step["what"]
