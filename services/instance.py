"""One instance: its settings, each with its default and whether that default is assumed, and its terms."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Generation, Setting, Term
from services.act import Act, record
from services.errors import BadRequestError, ConflictError, NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """The default of a setting, whether it is an assumption, and what it decides."""

    value: Any
    assumed: bool
    zh: str
    en: str


DEFAULTS: dict[str, Default] = {
    "instance.name": Default(value="三联", assumed=False, zh="本实例名称", en="name of this instance"),
    "instance.demo": Default(value=False, assumed=False, zh="演示实例", en="a demo instance"),
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
    "placement.tolerance": Default(
        value=0.10, assumed=True, zh="最大负担允许超出下界的比例", en="how far the largest load may exceed its bound"
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
    """Set a setting; unknown keys are refused."""
    if key not in DEFAULTS:
        raise BadRequestError("error.unknown_setting", setting=key, known=" ".join(sorted(DEFAULTS)))
    row = unit.get(Setting, key)
    before = DEFAULTS[key].value if row is None else row.value
    if row is None:
        unit.add(Setting(key=key, value=value, assumed=False))
    else:
        row.value, row.assumed, row.row_version = value, False, row.row_version + 1
    record(unit, act, "setting.change", setting=key, before=before, after=value)


def open_term(
    unit: Session, act: Act, *, name: str, starts_on: date, name_en: str = "", ends_on: date | None = None
) -> Term:
    """Open a term (届)."""
    if unit.scalar(select(Term).where(Term.name == name)) is not None:
        raise ConflictError("error.term_exists", term=name)
    term = Term(name=name, name_en=name_en, starts_on=starts_on, ends_on=ends_on)
    unit.add(term)
    unit.flush()
    record(unit, act, "term.open", term=name, starts_on=starts_on.isoformat())
    return term


def the_term(unit: Session, name: str | None = None) -> Term:
    """Find the named term, or the one open term."""
    if name:
        term = unit.scalar(select(Term).where(Term.name == name))
        if term is None:
            raise NotFoundError("error.no_such_term", term=name)
        return term
    terms = unit.scalars(select(Term).where(Term.state == "open").order_by(Term.starts_on.desc())).all()
    if not terms:
        raise NotFoundError("error.no_term")
    return terms[0]


def the_generation(unit: Session, act: Act, term: Term, name: str | None, *, synthetic: bool = False) -> Generation:
    """Find the generation that an import goes into, opening it when it is new."""
    if name:
        found = unit.scalar(select(Generation).where(Generation.name == name))
    else:
        all_of_term = unit.scalars(
            select(Generation).where(Generation.term_id == term.id).order_by(Generation.id.desc())
        ).all()
        loading = [row for row in all_of_term if row.state == "loading"]
        found = loading[0] if loading else (all_of_term[0] if all_of_term else None)
    if found is not None:
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
