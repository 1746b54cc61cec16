"""The demo's matters: some forty invented opinions in every state, made through the same acts as real ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.permissions import Viewer
from data.tables import Grid, MatterRow
from gridmap.datum import Datum
from services.act import Act
from services.atlas import Atlas
from services.matters import row_by_code
from services.matters_merging import merge
from services.matters_moves import move
from services.matters_receiving import Opinion, receive

WGS84 = "wgs84"
DEPARTMENT = "市城市管理局"  # the unit of the demo's department log-in

# What is told (示例), its class, the unit that handles it
OPINIONS = (
    ("村口路灯有三盏不亮，晚上出行不便（示例）", "livelihood", DEPARTMENT),
    ("排水渠淤塞，下雨天积水到门口（示例）", "livelihood", "市水利局"),
    ("主干道路面破损，电动车容易摔倒（示例）", "livelihood", "市交通运输局"),
    ("垃圾收集点清运不及时，有异味（示例）", "livelihood", DEPARTMENT),
    ("相邻两户因宅基地界线有争议（示例）", "dispute", "镇人民政府（街道办事处）"),
    ("想了解城乡居民医保参保手续（示例）", "policy", "市民政局"),
    ("校门口上下学时段车辆拥堵（示例）", "livelihood", "市公安局"),
    ("公园健身器材松动（示例）", "livelihood", DEPARTMENT),
)
# How far each one has come, the oldest first; every word is a step of `STEPS`.
COURSES = (
    *("forward assign reply pass answer rate close",) * 9,
    *("spot rate close",) * 5,
    "forward assign reply pass answer doubt again reply pass answer2 rate close",
    "forward assign reply pass answer doubt again",
    "elsewhere close", "elsewhere",
    "forward assign reply send_back reply pass answer",
    *("forward assign reply pass answer rate",) * 2,
    *("forward assign reply pass",) * 3,
    *("forward assign reply",) * 3,
    "forward city assign_city", "forward assign dun", "forward assign extend", "forward assign pause",
    *("forward assign",) * 3,
    *("forward",) * 2,
    "classify", "", "", "",
)  # fmt: skip
RATINGS = ("satisfied", "satisfied", "fair", "satisfied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who makes a step of the demo: the role, and what is said with it."""

    move: str
    role: str
    facts: dict[str, str]
    hours: int  # after the step before


def step_of(word: str, kind: str, unit: str, rating: str) -> Hand:
    """Spell out one step."""
    reply = "已到现场核实并处理（示例）"
    spot = {"reply": "代表当场协调，已解决（示例）", "reply_kind": "on_the_spot"}
    steps = {
        "classify": ("classify", "station", {"class": kind}, 2),
        "forward": ("forward", "station", {}, 5),
        "assign": ("assign", "town", {"unit": unit}, 15),
        "city": ("to_city", "town", {"reason": "涉及多个部门，需市级协调（示例）"}, 20),
        "assign_city": ("assign", "congress", {"unit": unit}, 20),
        "reply": ("reply", "department", {"reply": reply}, 50),
        "send_back": ("send_back", "station", {"reason": "没有说明完成时间（示例）"}, 6),
        "pass": ("pass", "station", {}, 8),
        "answer": ("answer", "deputy", {"reply": "已向您反馈办理结果（示例）", "reply_kind": "appointed"}, 10),
        "answer2": ("answer", "deputy", {"reply": "再次办理后向您反馈（示例）", "reply_kind": "second"}, 10),
        "spot": ("solve_on_the_spot", "deputy", spot, 4),
        "rate": ("rate", "resident", {"rating": rating}, 20),
        "doubt": ("rate", "resident", {"rating": "dissatisfied"}, 20),
        "again": ("again", "resident", {"reason": "过了几天又出现同样情况（示例）"}, 1),
        "elsewhere": ("not_ours", "station", {"elsewhere": "hotline"}, 6),
        "close": ("close", "station", {}, 24),
        "extend": ("extend", "town", {"reason": "等待配件到货（示例）"}, 30),
        "pause": ("pause", "town", {"reason": "等待反映人补充材料（示例）"}, 24),
        "dun": ("dun", "town", {}, 60),
    }  # fmt: skip
    name, role, facts, hours = steps[word]
    return Hand(move=name, role=role, facts=facts, hours=hours)


def invent_matters(unit: Session, act: Act, *, atlas: Atlas, town: str, person: str, station: str) -> int:
    """Make the demo's matters, half of them in one town (whose log-ins the demo has); give how many there are.

    They came in during the weeks before the act; whatever would lie after it has not happened yet. Nothing is made a
    second time.
    """
    if unit.scalar(select(MatterRow.id).limit(1)) is not None:
        return 0
    spots = points_of(unit, atlas, town)
    total = len(COURSES)
    for number, course in enumerate(COURSES):
        text, kind, handler = OPINIONS[number % len(OPINIONS)]
        age = timedelta(hours=6 + (total - 1 - number) ** 2 * 0.75)
        came = act.at - age
        # these come by the card of the deputy who has a log-in, who finds some that wait for an answer
        own = number % 7 == 3 or course.endswith(" pass")
        spot: dict[str, Any] = {} if own or number == total - 1 else spots[number % len(spots)]
        opinion = Opinion(
            text=text, datum=Datum.parse(WGS84), deputy=person if own else "",
            channel="card" if own else ("online", "station", "grid_worker")[number % 3],
            station=station if not spot and not own else "", **spot,
        )  # fmt: skip
        got = receive(
            unit, at_instant(act, came, "resident"), atlas=atlas, viewer=None, opinion=opinion, synthetic=True
        )
        follow_course(unit, act, got["code"], course.split(), came, (kind, handler, RATINGS[number % 4]))
    double(unit, act)
    return total


def points_of(unit: Session, atlas: Atlas, town: str) -> list[dict[str, Any]]:
    """Give spots inside grids: every second one in the town, the others spread over the county."""
    grids = atlas.layers.grids
    here = [code for code, of in zip(grids["code"], grids["town"], strict=True) if of == town][:20]
    rest = [str(code) for code in grids["code"][:: max(len(grids) // 20, 1)]][:20]
    wanted = [code for pair in zip(here, rest, strict=False) for code in pair]
    shapes: dict[str, Any] = dict(
        unit.execute(
            select(Grid.code, Grid.geometry).where(
                Grid.generation_id == atlas.generation_id, Grid.code.in_(wanted)
            )
        ).all()
    )  # fmt: skip
    points = [shapes[code].representative_point() for code in wanted]
    return [{"lon": float(point.x), "lat": float(point.y)} for point in points]


def follow_course(
    unit: Session, act: Act, code: str, words: list[str], came: datetime, about: tuple[str, str, str]
) -> None:
    """Take one matter as far as its course goes, never past the act's own instant."""
    kind, handler, rating = about
    at = came
    row = row_by_code(unit, code)
    for word in words:
        hand = step_of(word, kind, handler, rating)
        at = min(at + timedelta(hours=hand.hours), act.at)
        viewer = None if hand.role == "resident" else Viewer(
            user=f"demo:{hand.role}", role=hand.role, scope=scope_of(row, hand.role), person=row.person_id or ""
        )  # fmt: skip
        move(
            unit, at_instant(act, at, viewer.user if viewer else "resident"), viewer=viewer, code=code, name=hand.move,
            facts=hand.facts,
        )  # fmt: skip


def scope_of(row: MatterRow, role: str) -> str:
    """Give the scope of the desk that has a matter."""
    return {"station": row.station_code, "town": row.town_code, "department": row.unit}.get(role, "")


def double(unit: Session, act: Act) -> None:
    """Let the last but one matter lie in the one that tells the same."""
    last = unit.scalars(select(MatterRow).where(MatterRow.ended_at.is_(None)).order_by(MatterRow.id.desc())).all()
    pairs = ((one, other) for one in last for other in last if one.id > other.id and one.text == other.text)
    same = next(((one, other) for one, other in pairs if one.station_code == other.station_code), None)
    if same is not None:
        viewer = Viewer(user="demo:station", role="station", scope=same[0].station_code)
        merge(unit, act, viewer=viewer, code=same[0].code, into=same[1].code, reason="内容相同（示例）")


def at_instant(act: Act, at: datetime, actor: str) -> Act:
    """Give the act of somebody at an instant."""
    return Act(actor=actor, at=at, zone=act.zone)
