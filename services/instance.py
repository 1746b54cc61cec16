"""One instance: its settings, each with its default and whether that default is assumed, and its terms."""

from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.deliberation import READINGS
from congress.levels import LEVELS
from congress.permissions import RANKINGS
from data.tables import Generation, Setting, Term
from services.act import Act, record, touch_atlas
from services.errors import BadRequestError, ConflictError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """The default of a setting, whether it is an assumption, and what it decides."""

    value: Any
    assumed: bool
    zh: str
    en: str


CIRCULAR_LISTS = ("none", "acts", "points")

DEFAULTS: dict[str, Default] = {
    "instance.name": Default(value="三联", assumed=False, zh="本实例名称", en="name of this instance"),
    "instance.demo": Default(value=False, assumed=False, zh="演示实例", en="a demo instance"),
    "instance.address": Default(
        value="",
        assumed=False,
        zh="对外网址,印在二维码里(空:按访问时的网址)",
        en="public address printed in QR codes (empty: the one a request came to)",
    ),
    "rankings": Default(
        value="off", assumed=False, zh="排名:off 不启用,internal 仅内部", en="rankings: off, or internal only"
    ),
    "locate.reach_m": Default(
        value=2000,
        assumed=True,
        zh="网格外多远仍给出最近网格(米)",
        en="how far outside the nearest grid still answers (m)",
    ),
    "locate.near_m": Default(
        value=30, assumed=True, zh="距边界多近时列出相邻网格(米)", en="how near a border neighbours are named (m)"
    ),
    "locate.first_contact": Default(
        value=["town", "county", "prefecture", "province", "national"],
        assumed=True,
        zh="首选联系顺序",
        en="order of first contact",
    ),
    "placement.sliver": Default(
        value=0.02, assumed=True, zh="低于网格户数这一比例的碎片并入同选区相邻片", en="share below which a sliver joins"
    ),
    "placement.households": Default(
        value="auto",
        assumed=True,
        zh="片的户数:auto 有门牌户数时按门牌计,grids 一律按网格户数和面积分摊",
        en="households of a piece: auto counts address points where they say households, grids shares the grid's out",
    ),
    "placement.tolerance": Default(
        value=0.10, assumed=True, zh="最大负担允许超出下界的比例", en="how far the largest load may exceed its bound"
    ),
    "placement.keeping": Default(
        value=0.15,
        assumed=True,
        zh="现行方案的最大负担超出下界多少以内仍予沿用(比例)",
        en="a plan in force is kept while its largest load exceeds its bound by no more than this",
    ),
    "map.public": Default(
        value=False, assumed=False, zh="地图向公众公开(须先填审图号)", en="maps for the public (needs a review number)"
    ),
    "map.review_number": Default(
        value="", assumed=False, zh="审图号,印在每幅公开地图上", en="map review number, printed on every public map"
    ),
    "map.reach_bands_m": Default(
        value=[1000, 2000, 5000], assumed=True, zh="联络站服务半径分级(米)", en="distance bands around stations (m)"
    ),
    "map.unused_months": Default(
        value=12, assumed=True, zh="联络站几个月没有活动算未启用", en="months without any activity: a station is unused"
    ),
    "map.tiles_above": Default(
        value=5000, assumed=True, zh="网格多于这个数时用矢量瓦片", en="above this many grids the map uses vector tiles"
    ),
    "calendar.deliberation": Default(
        value="fourth_thursday",
        assumed=True,
        zh="议事日:fourth_thursday 第四个周四,fourth_week 第四周(周一起)的周四",
        en="deliberation day: the fourth Thursday, or the Thursday of the fourth week from Monday",
    ),
    "law.seats_most": Default(
        value=3,
        assumed=False,
        zh="每个选区至多几名代表(选举法;0 为不限)",
        en="most deputies of one district by law (0: any)",
    ),
    "activities.town_first": Default(
        value=["town"],
        assumed=True,
        zh="哪些层级代表的履职先由镇街核实,再由市人大核实",
        en="levels whose activities the town verifies before the congress",
    ),
    "activities.batch_number": Default(
        value=5, assumed=True, zh="期末一小时内录入几项起提醒核实人", en="acts entered in one hour that are pointed out"
    ),
    "activities.deadline_days": Default(
        value=3, assumed=True, zh="季末几天内集中录入才提醒", en="last days of a quarter in which a batch shows"
    ),
    "points.objection_days": Default(
        value=10, assumed=True, zh="公示后几天内可以提异议", en="days in which an objection to a closed period is taken"
    ),
    "matters.book": Default(
        value="heshan-matter", assumed=True, zh="新收群众意见适用的办理流程", en="process book of new matters"
    ),
    "matters.station": Default(
        value="",
        assumed=True,
        zh="没有地点的意见先由哪个联络站处理(空:编号最小的中心联络站)",
        en="station that takes matters without a place (empty: the central one with the lowest code)",
    ),
    "matters.units": Default(
        value=[
            "市城市管理局",
            "市交通运输局",
            "市自然资源局",
            "市水利局",
            "市民政局",
            "市教育局",
            "市住房城乡建设局",
            "市公安局",
            "供电局",
            "镇人民政府（街道办事处）",
        ],
        assumed=True,
        zh="承办单位清单(可另填)",
        en="handling units that are offered; others may be named",
    ),
    "matters.same_metres": Default(
        value=300,
        assumed=True,
        zh="多近的相似意见提示可能重复(米)",
        en="how near a similar matter is proposed as the same (m)",
    ),
    "matters.same_days": Default(
        value=30, assumed=True, zh="几天内的相似意见提示可能重复", en="days within which a similar matter is proposed"
    ),
    "matters.same_likeness": Default(
        value=50,
        assumed=True,
        zh="文字相似到多少(百分)提示可能重复",
        en="likeness of the texts that is proposed (percent)",
    ),
    "circular.list": Default(
        value="acts",
        assumed=True,
        zh="通报中的代表名单:none 不列,acts 列履职项数,points 另列积分(排名启用时,仅内部)",
        en="deputies in a circular: none, acts, or points too (internal, while rankings are on)",
    ),
    "fairness.one_rule": Default(
        value=0.6, assumed=True, zh="所得几成来自一条规则算依赖它", en="share of a seat's points that leans on one rule"
    ),
    "fairness.trivial_points": Default(
        value=1.0, assumed=True, zh="一次至多几分算零星小事", en="an act of at most so many points is a trivial one"
    ),
    "law.population_deviation": Default(
        value=0.30, assumed=True, zh="每席人口偏离平均数的提醒界限", en="deviation of population per seat that is shown"
    ),
}


def setting(unit: Session, key: str) -> Any:
    """Give a setting's value, or its default."""
    row = unit.get(Setting, key)
    return DEFAULTS[key].value if row is None else row.value


def change_setting(unit: Session, act: Act, key: str, value: Any) -> None:
    """Set a setting; unknown keys, and values that the setting cannot have, are refused."""
    if key not in DEFAULTS:
        raise BadRequestError("error.unknown_setting", setting=key, known=" ".join(sorted(DEFAULTS)))
    if not fits(key, value):
        raise BadRequestError("error.setting_value", setting=key, value=str(value))
    if key == "map.public" and value and not str(setting(unit, "map.review_number")).strip():
        raise ConflictError("error.map_unreviewed")
    row = unit.get(Setting, key)
    before = DEFAULTS[key].value if row is None else row.value
    if row is None:
        unit.add(Setting(key=key, value=value, assumed=False))
    else:
        row.value, row.assumed, row.row_version = value, False, row.row_version + 1
    record(unit, act, "setting.change", setting=key, before=before, after=value)
    touch_atlas(unit)


def fits(key: str, value: Any) -> bool:
    """Tell whether a setting can have a value: of its default's type, a number finite and not below 0."""
    default = DEFAULTS[key].value
    if key == "rankings":
        return value in RANKINGS
    if key == "placement.households":
        return value in ("auto", "grids")
    if key == "circular.list":
        return value in CIRCULAR_LISTS
    if key == "calendar.deliberation":
        return value in READINGS
    if key == "locate.first_contact":
        return isinstance(value, list) and set(value) <= set(LEVELS) and len(set(value)) == len(value)
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return isinstance(value, type(default))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < inf


def open_term(
    unit: Session, act: Act, *, name: str, starts_on: date, name_en: str = "", ends_on: date | None = None
) -> Term:
    """Open a term (届)."""
    if unit.scalar(select(Term).where(Term.name == name)) is not None:
        raise ConflictError("error.term_exists", term=name)
    if ends_on is not None and ends_on <= starts_on:
        raise BadRequestError("error.empty_span", starts=starts_on.isoformat(), ends=ends_on.isoformat())
    same_day = unit.scalar(select(Term).where(Term.starts_on == starts_on))
    if same_day is not None:
        raise ConflictError("error.term_starts_that_day", term=same_day.name, on=starts_on.isoformat())
    term = Term(name=name, name_en=name_en, starts_on=starts_on, ends_on=ends_on)
    unit.add(term)
    unit.flush()
    record(unit, act, "term.open", term=name, starts_on=starts_on.isoformat())
    return term


def the_term(unit: Session, name: str | None = None, *, on: date | None = None) -> Term:
    """Find the named term, or the earliest that is not frozen (on a day): one that is being prepared must be named."""
    if name:
        term = unit.scalar(select(Term).where(Term.name == name))
        if term is None:
            raise NotFoundError("error.no_such_term", term=name)
        return term
    terms = unit.scalars(select(Term).order_by(Term.starts_on, Term.id)).all()
    term = next((term for term in terms if not is_frozen(term, on)), None)
    if term is None:
        raise NotFoundError("error.no_term")
    return term


def is_frozen(term: Term, on: date | None = None) -> bool:
    """Tell whether a term is frozen; one that is handed over ahead of time is so from its end."""
    return term.state == "frozen" and (on is None or term.ends_on is None or term.ends_on <= on)


def refuse_frozen(term: Term, on: date) -> None:
    """Refuse to change anything of a frozen term. Raises ConflictError."""
    if is_frozen(term, on):
        raise ConflictError("error.term_frozen", term=term.name, on=(term.ends_on or on).isoformat())


def the_generation(
    unit: Session, act: Act, term: Term, name: str | None, *, synthetic: bool = False, in_force_first: bool = False
) -> Generation:
    """Find the generation that an import goes into, opening it when it is new.

    Without a name it is the newest that is still loading, else the newest of the term; with `in_force_first` the one
    in force, if there is one. Raises ConflictError when the named one belongs to another term.
    """
    if name:
        found = unit.scalar(select(Generation).where(Generation.name == name))
    else:
        all_of_term = unit.scalars(
            select(Generation).where(Generation.term_id == term.id).order_by(Generation.id.desc())
        ).all()
        order = ("active", "loading") if in_force_first else ("loading",)
        wanted = [row for state in order for row in all_of_term if row.state == state]
        found = next(iter([*wanted, *all_of_term]), None)
    if found is not None:
        if found.term_id != term.id:
            raise ConflictError("error.generation_of_other_term", generation=found.name, term=term.name)
        return found
    generation = Generation(
        term_id=term.id,
        name=name or f"{term.name}·第1代图层",
        state="loading",
        synthetic=synthetic,
        created_at=act.at,
    )
    unit.add(generation)
    unit.flush()
    record(unit, act, "generation.open", generation=generation.name, term=term.name)
    return generation
