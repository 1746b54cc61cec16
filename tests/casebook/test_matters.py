"""Whole stories of residents' matters, written for an official to review: who has it, until when, what came of it."""

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
from sqlalchemy import select

from congress.permissions import Viewer
from congress.process.book import ProcessBook, parse
from data.messages import words
from data.practices import text as practice_text
from data.store import Store
from data.tables import MatterRow
from gridmap.datum import Datum
from scoring.periods import Period
from services.act import Act
from services.activation import activate_plan, approve_plan
from services.atlas import Atlases
from services.errors import ActError
from services.imports import bring
from services.instance import change_setting, open_term
from services.matters import Matter, by_code, by_ticket
from services.matters_handing import follow_now
from services.matters_inbox import inbox
from services.matters_measures import Share, measures
from services.matters_merging import likely_same, merge, unmerge
from services.matters_moves import move
from services.matters_receiving import Opinion, receive
from services.matters_routing import Spot
from services.placing import propose_plan
from services.seats import end_seat
from services.verify import verify

STORIES = sorted((Path(__file__).parent / "matters").glob("*.yaml"))
SIDE, WEST, SOUTH = 1 / 128, 113.0, 22.5
PLACES = ("榕树头", "渡口", "市场", "学校", "桥头")  # five grids in a row from the west; the last two are of 东镇
TOWNS = {"榕树头": "440784001", "渡口": "440784001", "市场": "440784001", "学校": "440784002", "桥头": "440784002"}
ROLES = {"联络站": "station", "镇人大": "town", "部门": "department", "市人大": "congress", "网格员": "grid_worker"}
CHANNELS = {"接待点": "station", "人大办公室": "office", "网上": "online", "名片": "card", "网格员": "grid_worker"}
CHINA = dt.timezone(dt.timedelta(hours=8))
BEFORE = dt.datetime(1, 1, 1, tzinfo=CHINA)


def square(column: float, width: float = 1) -> shapely.Polygon:
    """Draw a grid of the row, counted from the west."""
    return shapely.box(WEST + column * SIDE, SOUTH, WEST + (column + width) * SIDE, SOUTH + SIDE)


@dataclass(kw_only=True)
class Office:
    """The congress of one story: its land and people, its matters by the names that the story gives them."""

    store: Store
    folder: Path
    book: ProcessBook
    now: dt.datetime = BEFORE
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    atlases: Atlases = field(init=False)

    def __post_init__(self) -> None:
        self.atlases = Atlases(self.store)

    def act(self, actor: str = "casebook") -> Act:
        return Act(actor=actor, at=self.now)

    def build(self, starts: dt.date) -> None:
        """Draw the land: two towns, five grids, one deputy for each grid, and one station (contact point) in each."""
        self.now = dt.datetime.combine(starts, dt.time(8), CHINA)
        grids = gpd.GeoDataFrame(
            {"code": PLACES, "name": PLACES, "village": [TOWNS[one] + "001" for one in PLACES], "households": 100},
            geometry=[square(column) for column in range(5)], crs="EPSG:4326",
        )  # fmt: skip
        areas = gpd.GeoDataFrame(
            [("440784", "画县", "county", "4407"), ("440784001", "西镇", "town", "440784"),
             ("440784002", "东镇", "town", "440784"), ("440784001001", "西村", "village", "440784001"),
             ("440784002001", "东村", "village", "440784002")], columns=["code", "name", "kind", "parent"],
            geometry=[square(0, 5), square(0, 3), square(3, 2), square(0, 3), square(3, 2)], crs="EPSG:4326",
        )  # fmt: skip
        districts = gpd.GeoDataFrame(
            {"code": [f"{one}选区" for one in PLACES], "name": [f"{one}选区" for one in PLACES], "seats": 1,
             "town": [TOWNS[one] for one in PLACES]},
            geometry=list(grids.geometry), crs="EPSG:4326",
        )  # fmt: skip
        points = [f"{one}联络点" for one in PLACES]
        stations = pd.DataFrame(
            {"code": points, "name": points, "kind": "contact_point", "town": [TOWNS[one] for one in PLACES],
             "lon": [square(n).centroid.x for n in range(5)], "lat": SOUTH + SIDE / 2}
        )  # fmt: skip
        people = pd.DataFrame({"code": [f"{one}代表" for one in PLACES], "name": [f"{one}代表" for one in PLACES]})
        seats = people.assign(person=people["code"], level="town", district=districts["code"], town=districts["town"])
        files = {"areas": areas, "grids": grids, "districts": districts, "stations": stations, "people": people,
                 "seats": seats[["code", "person", "level", "district", "town"]]}  # fmt: skip
        with self.store.unit() as unit:
            open_term(unit, self.act(), name="第一届", starts_on=starts)
            change_setting(unit, self.act(), "matters.book", self.book.name)
            for kind, frame in files.items():
                path = self.folder / f"{kind}.{'geojson' if 'geometry' in frame else 'csv'}"
                path.write_text(
                    frame.to_json(drop_id=True) if isinstance(frame, gpd.GeoDataFrame) else frame.to_csv(index=False),
                    "utf-8",
                )
                bring(unit, self.act(), kind=kind, path=path, datum="wgs84",
                      layer="town" if kind == "districts" else "", generation="图层")  # fmt: skip
            plan = propose_plan(unit, self.act()).plan
            approve_plan(unit, self.act(), plan=plan, reason="会议通过")
            activate_plan(unit, self.act(), plan=plan)

    def receive(self, what: dict[str, Any]) -> None:
        """Receive a matter under a name."""
        spot = self.spot(what.get("地点", ""))
        opinion = Opinion(
            text=what["内容"], deputy=what.get("名片", ""), station=what.get("在", ""),
            channel=CHANNELS[what.get("渠道", "网上")], kind=self.code_of("classes", what.get("类别", "")), **spot,
        )  # fmt: skip
        with self.store.unit() as unit:
            atlas = self.atlases.on(self.now.date())
            self.known[what["件"]] = receive(unit, self.act("resident"), atlas=atlas, viewer=None, opinion=opinion)

    def spot(self, place: str) -> dict[str, Any]:
        """Give the middle of a grid, or a spot far outside."""
        if not place:
            return {}
        column = list(PLACES).index(place) if place in PLACES else -40
        middle = square(column).centroid
        return {"lon": middle.x, "lat": middle.y, "datum": Datum.parse("wgs84")}

    def code_of(self, what: str, title: str) -> str:
        """Find a choice of the book by its Chinese words (or their beginning)."""
        choices: Mapping[str, Any] = getattr(self.book, what)
        return next((code for code, said in choices.items() if title and said.zh.startswith(title)), title)

    def handle(self, what: dict[str, Any]) -> None:
        """Take one step: 件, 由, 办, and what is said with it."""
        matter = self.look(what["件"])
        role = ROLES.get(what["由"], "deputy" if what["由"] == "代表" else "resident")
        name = next(name for name, the in self.book.moves.items() if the.title.zh == what["办"])
        titles = {words("zh")[f"process.need.{need}"]: need for need in NEEDS}
        said = {titles[title]: str(value) for title, value in what.items() if title in titles}
        for need, choices in (("class", "classes"), ("elsewhere", "elsewhere"), ("reply_kind", "reply_kinds"),
                              ("rating", "ratings")):  # fmt: skip
            if need in said:
                said[need] = self.code_of(choices, said[need])
        scope = {"station": matter.station.code, "town": matter.town.code, "department": matter.unit}.get(role, "")
        viewer = Viewer(user=what["由"], role=role, scope=scope, person=matter.deputy.code)
        place = self.spot(what.get("在地点", ""))
        with self.store.unit() as unit:
            which = {"ticket": self.known[what["件"]]["ticket"]} if role == "resident" else {"code": matter.code}
            move(unit, self.act(what["由"]), viewer=None if role == "resident" else viewer, name=name, facts=said,
                 spot=Spot(**place) if place else None, atlas=self.atlases.on(self.now.date()),
                 expected=what.get("已看到"), **which)  # fmt: skip

    def refused(self, what: dict[str, Any]) -> None:
        """Try a step and be refused for the reason that is given."""
        with pytest.raises(ActError) as refused:
            self.handle({name: value for name, value in what.items() if name != "因为"})
        assert refused.value.key == what["因为"], f"{what}: {refused.value}"

    def join(self, what: dict[str, str]) -> None:
        with self.store.unit() as unit:
            into = self.known[what["并入"]]["code"]
            desk = unit.scalars(select(MatterRow.station_code).where(MatterRow.code == into)).one()
            merge(unit, self.act(), viewer=Viewer(user="站员", role="station", scope=desk),
                  code=self.known[what["件"]]["code"], into=into, reason=what["理由"])  # fmt: skip

    def part(self, what: dict[str, str]) -> None:
        with self.store.unit() as unit:
            unmerge(unit, self.act(), viewer=Viewer(user="站员", role="station"), code=self.known[what["件"]]["code"],
                    reason=what["理由"])  # fmt: skip

    def announce(self, days: list[dt.date]) -> None:
        path = self.folder / "notice.csv"
        path.write_text("on,kind,name\n" + "".join(f"{day},off,台风停工\n" for day in days), "utf-8")
        with self.store.unit() as unit:
            bring(unit, self.act(), kind="workdays", path=path, datum=None)

    def resign(self, seat: str) -> None:
        with self.store.unit() as unit:
            end_seat(unit, self.act(), seat=seat, kind="resigned", on=self.now.date(), decision="第3号决定")
            follow_now(unit, self.act())

    def month(self, what: dict[str, int]) -> None:
        """Receive so many matters evenly over thirty days and let each be handled in so many hours and working days."""
        first, start = len(self.known), self.now
        hours = dt.timedelta(days=30) / what["件数"]
        for number in range(what["件数"]):
            name, self.now = f"{first + number}", start + hours * number
            self.receive({"件": name, "内容": f"第{number + 1}件小事", "地点": PLACES[number % 5]})
            self.now += dt.timedelta(hours=what["几小时转交"])
            self.handle({"件": name, "由": "联络站", "办": self.book.moves["forward"].title.zh,
                         "承办单位": "市城市管理局", "告知部门的时间": "当时"})  # fmt: skip

    def look(self, name: str) -> Matter:
        with self.store.reading() as unit:
            return by_code(unit, self.known[name]["code"], now=self.now)

    def shown(self, name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Give what the story asks about a matter, in its own words."""
        with self.store.reading() as unit:
            matter = self.look(name)
            followed = by_ticket(unit, self.known[name]["ticket"], now=self.now)
            like = likely_same(unit, matter, now=self.now) if "可能重复" in wanted else ()
        clock = next((one for one in matter.clocks if one.due is not None and one.stopped is None), None)
        codes = {got["code"]: known for known, got in self.known.items()}
        due = clock.due.astimezone(CHINA) if clock is not None and clock.due is not None else None
        rating = matter.rating_title
        facts = {
            "状态": matter.state_title["zh"], "代表": matter.deputy.name, "联络站": matter.station.name,
            "承办单位": matter.unit, "期限": None if due is None else due.strftime("%Y-%m-%d %H:%M"),
            "超期计入": clock.who if clock is not None and clock.late else None,
            "归档封存": bool(matter.seal), "履职记录": bool(matter.activity),
            "凭查询码看到": codes[followed.code], "跟进人数": followed.followers,
            "可能重复": [codes[one.code] for one in like], "评价": rating["zh"] if rating else None,
            "去向说明": matter.reason["key"].removeprefix("matter.way."), "暂定": matter.provisional,
        }  # fmt: skip
        return {name: facts[name] for name in wanted}

    def counted(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Give the measures that the story asks for."""
        with self.store.reading() as unit:
            found = measures(unit, Period.parse(str(wanted["时段"])), now=self.now)
        facts = {"时段": wanted["时段"], **{name: getattr(found, key) for name, key in MEASURES.items()}}
        return {
            name: f"{facts[name].number}/{facts[name].of}" if isinstance(facts[name], Share) else facts[name]
            for name in wanted
        }

    def waiting(self, stations: Mapping[str, int]) -> dict[str, int]:
        """Give how many matters still wait at each station's desk today."""
        with self.store.reading() as unit:
            return {
                name: inbox(unit, Viewer(user="站员", role="station", scope=name), now=self.now).left_today
                for name in stations
            }


NEEDS = ("text", "reason", "unit", "class", "elsewhere", "reply_kind", "rating", "contact_time", "presence", "reply",
         "place")  # fmt: skip
MEASURES = {"意见数": "opinions", "按时转交": "on_time_24h", "三个工作日内": "within_3", "五个工作日内": "within_5",
            "满意": "satisfied", "闭环": "closed_loop", "当场解决": "on_the_spot", "重新办理": "again",
            "履职记录": "activities", "告知去处": "elsewhere"}  # fmt: skip
DEEDS = {"收到": "receive", "办理": "handle", "不能办理": "refused", "合并": "join", "撤销合并": "part",
         "临时放假": "announce", "辞职": "resign", "一个月": "month"}  # fmt: skip
SAID = {"说明", "时间", "看", "统计", "当天未清"}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_holds_at_every_step(path: Path, store: Store, tmp_path: Path) -> None:
    story = yaml.safe_load(path.read_text("utf-8"))
    book = parse(practice_text(story["流程"]), name=story["流程"])
    office = Office(store=store, folder=tmp_path, book=book)
    office.build(story["开始"])
    for step in story["经过"]:
        tell(office, step)
    with store.reading() as unit:
        assert verify(unit).faults == ()


def tell(office: Office, step: dict[str, Any]) -> None:
    """Do what a step says, then compare what it promises."""
    if "时间" in step:
        office.now = step["时间"].replace(tzinfo=CHINA)
    for name in (name for name in step if name not in SAID):
        for one in step[name] if isinstance(step[name], list) and name != "临时放假" else [step[name]]:
            getattr(office, DEEDS[name])(one)
    for name, wanted in step.get("看", {}).items():
        assert office.shown(name, wanted) == wanted, f"{step['说明']} · {name}"
    if "统计" in step:
        assert office.counted(step["统计"]) == step["统计"], step["说明"]
    if "当天未清" in step:
        assert office.waiting(step["当天未清"]) == step["当天未清"], step["说明"]
