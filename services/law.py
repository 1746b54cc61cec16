"""Checks of law: seats a district, population per seat, and the congress's quota, each finding with its article."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from congress.levels import LAYERS
from congress.quotas import QUOTAS, quota
from data.tables import Area, District, Generation, Piece
from services.instance import DEFAULTS, setting

POPULATION, HOUSEHOLDS, AREA = "population", "households", "area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found, as message key and facts; a breach needs somebody's answer, the others inform."""

    key: str
    facts: dict[str, Any]
    breach: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One congress: its layer, its town (empty for the county's), and its electoral districts."""

    layer: str
    town: str
    name: str
    districts: tuple[District, ...]


def check_law(unit: Session, generation: Generation) -> tuple[Finding, ...]:
    """Check a generation's electoral districts; breaches first, then what was found in order."""
    found: list[Finding] = []
    for body in bodies(unit, generation):
        found += seats_in_law(unit, body)
        found += equal_weight(unit, generation, body)
        found += within_quota(unit, generation, body)
    return tuple(sorted(found, key=lambda finding: not finding.breach))


def bodies(unit: Session, generation: Generation) -> list[Body]:
    """Sort the districts into congresses: the county's, then each town's."""
    names = dict(unit.execute(select(Area.code, Area.name).where(Area.generation_id == generation.id)).all())
    county = unit.scalar(select(Area.name).where(Area.generation_id == generation.id, Area.kind == "county"))
    grouped: dict[tuple[str, str], list[District]] = defaultdict(list)
    rows = unit.scalars(select(District).where(District.generation_id == generation.id).order_by(District.code))
    for row in rows:
        grouped[row.layer, row.town_code if row.layer == "town" else ""].append(row)
    order = sorted(grouped, key=lambda key: (LAYERS.index(key[0]), key[1]))
    return [
        Body(layer=layer, town=town, name=names.get(town, town) or county or "", districts=tuple(grouped[layer, town]))
        for layer, town in order
    ]


def seats_in_law(unit: Session, body: Body) -> list[Finding]:
    """Elections Law, article 25: a district elects one to three deputies."""
    most = int(setting(unit, "law.seats_most")) or max(row.seats for row in body.districts)
    wrong = [row for row in body.districts if not 1 <= row.seats <= most]
    facts = {"layer": body.layer, "congress": body.name, "most": most}
    if not wrong:
        return [Finding(key="law.seats.kept", facts={**facts, "districts": len(body.districts)}, breach=False)]
    return [
        Finding(
            key="law.seats.outside", facts={**facts, "district": row.code, "name": row.name, "seats": row.seats},
            breach=True,
        )
        for row in wrong
    ]  # fmt: skip


def equal_weight(unit: Session, generation: Generation, body: Body) -> list[Finding]:
    """Elections Law, article 26: about the same population for every deputy of a congress."""
    weighed, basis = weights(unit, generation, body)
    facts: dict[str, Any] = {"layer": body.layer, "congress": body.name}
    left_out = len(body.districts) - len(weighed)
    seats = sum(row.seats for row, _ in weighed)
    total = sum(weight for _, weight in weighed)
    if not seats or not total:
        return [Finding(key="law.weight.unknown", facts=facts, breach=False)]
    mean = total / seats
    threshold = float(setting(unit, "law.population_deviation"))
    facts |= {
        "mean": round(mean), "threshold": percent(threshold), "basis_key": f"law.basis.{basis}",
        "assumed_key": "law.assumed" if threshold == DEFAULTS["law.population_deviation"].value else "law.decided",
    }  # fmt: skip
    apart = [(row, weight / row.seats / mean - 1) for row, weight in weighed if row.seats]
    found = [
        Finding(
            key="law.weight.outside" if share > 0 else "law.weight.below",
            facts={**facts, "district": row.code, "name": row.name, "per_seat": round(mean * (1 + share)),
                   "apart": percent(abs(share))},
            breach=True,
        )
        for row, share in sorted(apart, key=lambda pair: (-abs(pair[1]), pair[0].code))
        if abs(share) > threshold
    ]  # fmt: skip
    shares = [share for _, share in apart]
    facts |= {"most": percent(max(shares)), "least": percent(min(shares)), "districts": len(weighed)}
    found.append(Finding(key="law.weight.span", facts={**facts, "outside": len(found)}, breach=False))
    if left_out:
        facts = {"layer": body.layer, "congress": body.name, "districts": left_out}
        found.append(Finding(key="law.weight.left_out", facts=facts, breach=False))
    return found


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal and a real minus sign."""
    return f"{share * 100:.1f}%".replace("-", "\u2212")


def weights(unit: Session, generation: Generation, body: Body) -> tuple[list[tuple[District, int]], str]:
    """Weigh the districts by population where every residence district has it, else by the households of its pieces."""
    residence = [row for row in body.districts if row.basis == "residence"]
    if residence and all(row.population for row in residence):
        return [(row, row.population) for row in body.districts if row.population], POPULATION
    sums = dict(
        unit.execute(
            select(Piece.district_code, func.sum(Piece.households))
            .where(Piece.generation_id == generation.id, Piece.layer == body.layer, Piece.weight != AREA)
            .group_by(Piece.district_code)
        ).all()
    )
    return [(row, int(sums[row.code])) for row in residence if sums.get(row.code)], HOUSEHOLDS


def within_quota(unit: Session, generation: Generation, body: Body) -> list[Finding]:
    """Elections Law, article 12: how many seats a congress may have for its population."""
    seats = sum(row.seats for row in body.districts)
    facts: dict[str, Any] = {"layer": body.layer, "congress": body.name, "seats": seats}
    people = population(unit, generation, body)
    if people is None:
        return [Finding(key="law.quota.unknown", facts=facts, breach=False)]
    rule = QUOTAS[body.layer]
    low, high = quota(body.layer, people)
    facts |= {"population": people, "base": rule.base, "each": rule.each, "low": low, "high": high}
    if seats > high:
        return [Finding(key="law.quota.above", facts=facts, breach=True)]
    return [Finding(key="law.quota.below" if seats < low else "law.quota.kept", facts=facts, breach=seats < low)]


def population(unit: Session, generation: Generation, body: Body) -> int | None:
    """Find the population of a congress's area: of the area itself, else of its towns or districts; None if unknown."""
    areas = select(Area.population).where(Area.generation_id == generation.id)
    if body.layer == "town":
        own = unit.scalar(areas.where(Area.code == body.town))
        parts: list[int | None] = []
    else:
        own = unit.scalar(areas.where(Area.kind == "county"))
        parts = list(unit.scalars(areas.where(Area.kind.in_(["town", "street"]))))
    for group in (parts, [row.population for row in body.districts]):
        known = [value for value in group if value]
        if own is None and group and len(known) == len(group):
            own = sum(known)
    return own
