"""Wall maps (上墙图): what is in force, put on a sheet of paper for the wall of a congress or a town."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
from sqlalchemy.orm import Session

from congress.levels import LEVELS
from data.messages import say
from data.press import PressError, chosen, find_fonts, printed
from gridmap.coverage import HATCH, Step, scales
from gridmap.poster import PAPERS, Section, Wording, poster, written
from services.atlas import Atlas, Holder
from services.coverage import coverage, grid_frame
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import setting

SUBJECTS = ("coverage", "deputies")
TINTS = ("#efe6c4", "#dfe3e6", "#e6d9cf", "#dbe5d6", "#e3dcea", "#f0ddd0", "#d5e2ea")  # neighbours told apart, pale


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A drawn sheet with its size in millimetres, its title and every letter on it."""

    svg: str
    width: float
    height: float
    title: str
    letters: str


def wall_map(
    unit: Session, atlas: Atlas, lang: str, *, what: str = "coverage", paper: str = "A3", town: str = "", on: date
) -> Sheet:
    """Draw a wall map of the county, or of one town. Raises BadRequestError, NotFoundError."""
    if what not in SUBJECTS:
        raise BadRequestError("error.wallmap_subject", what=what, known=" ".join(SUBJECTS))
    if paper not in PAPERS:
        raise BadRequestError("error.wallmap_paper", paper=paper, known=" ".join(PAPERS))
    grids = grid_frame(unit, atlas)
    place = str(setting(unit, "instance.name"))
    county, towns, stations = atlas.layers.county, atlas.layers.towns, atlas.stations
    if town:
        towns = towns[towns["code"] == town].reset_index(drop=True)
        if towns.empty:
            raise NotFoundError("error.wallmap_town", town=town, known=" ".join(atlas.layers.towns["code"]))
        county, place = towns, str(towns["name"].iloc[0])
        grids = grids[grids["town"] == town].reset_index(drop=True)
        stations = stations[stations["town"] == town]
    grids, wording = (coverage_words if what == "coverage" else deputy_words)(atlas, grids, lang, one_town=bool(town))
    wording = replace(
        wording,
        title=say(f"wallmap.{what}.title", lang, place=place),
        subtitle=figures(atlas, grids, stations, lang, town),
        ribbon=say("synthetic.ribbon", lang) if atlas.synthetic else "",
        watermark=say("wallmap.watermark", lang) if atlas.synthetic else "",
        central=say("page.legend.central", lang),
        station=say("page.legend.station", lang),
        north=say("wallmap.north", lang),
        rest=say("wallmap.rest", lang),
        footer=footer(unit, atlas, lang, on),
    )
    width, height = PAPERS[paper]
    return Sheet(
        svg=poster(county, towns, grids, stations, wording, paper=paper),
        width=width, height=height, title=wording.title, letters=written(wording, towns, grids),
    )  # fmt: skip


def print_sheet(sheet: Sheet, form: str, font_folders: Sequence[Path]) -> bytes:
    """Print a sheet as svg, pdf or png. Raises ConflictError where no font can write what stands on it."""
    try:
        fonts = () if form == "svg" else chosen(find_fonts(font_folders), sheet.letters)
    except PressError as wrong:
        raise ConflictError(f"error.press.{wrong.kind}", letters="、".join(wrong.letters)) from wrong
    return printed(sheet.svg, form, fonts, width=sheet.width, height=sheet.height, title=sheet.title)


def coverage_words(
    atlas: Atlas, grids: gpd.GeoDataFrame, lang: str, *, one_town: bool
) -> tuple[gpd.GeoDataFrame, Wording]:
    """Colour the grids by how many deputies are linked; list the towns, or a town's grids with their leads."""
    scale = scales(grids.assign(leads=[[]] * len(grids)))["links"]
    filled = grids.assign(fill=[scale.steps[step].colour for step in scale.index])
    legend = tuple((step.colour, step_text(step, lang)) for step in scale.steps if step.grids or step.low is None)
    if one_town:
        filled, sections = numbered(filled, lang)
    else:
        sections = (Section(title=say("wallmap.towns", lang), lines=tuple(town_lines(atlas, grids, lang))),)
    return filled, Wording(title="", legend_title=say("page.legend.links", lang), legend=legend, sections=sections)


def deputy_words(
    atlas: Atlas, grids: gpd.GeoDataFrame, lang: str, *, one_town: bool
) -> tuple[gpd.GeoDataFrame, Wording]:
    """Tint the grids by town; list every deputy by town and level, or a town's grids with their leads."""
    order = {code: number for number, code in enumerate(sorted(set(grids["village" if one_town else "town"])))}
    which = grids["village" if one_town else "town"]
    tints = [TINTS[order[code] % len(TINTS)] for code in which]
    linked = grids["linked"]
    filled = grids.assign(fill=[tint if held else HATCH for tint, held in zip(tints, linked, strict=True)])
    legend = () if bool(linked.all()) else ((HATCH, say("page.legend.nobody", lang)),)
    if one_town:
        filled, sections = numbered(filled, lang)
    else:
        sections = tuple(town_sections(atlas, lang))
    return filled, Wording(title="", legend=legend, sections=sections)


def numbered(grids: gpd.GeoDataFrame, lang: str) -> tuple[gpd.GeoDataFrame, tuple[Section, ...]]:
    """Number a town's grids on the map and list them under the same numbers, village by village."""
    labels = [str(number) for number in range(1, len(grids) + 1)]
    villages: dict[str, list[str]] = {}
    columns = ("village_name", "name", "lead_town", "lead_county")
    for label, village, name, town, county in zip(labels, *(grids[column] for column in columns), strict=True):
        leads = [
            f"{say(f'level.{level}', lang)} {lead}" for level, lead in (("town", town), ("county", county)) if lead
        ]
        villages.setdefault(village, []).append("　".join((f"{label} {name}", *leads)))
    sections = tuple(Section(title=village, lines=tuple(lines)) for village, lines in villages.items())
    return grids.assign(label=labels), sections


def step_text(step: Step, lang: str) -> str:
    """Say one step of a legend."""
    grids = say("page.legend.grids", lang, number=step.grids)
    if step.low is None:
        return f"{say('page.legend.nobody', lang)}　{grids}"
    if step.high is None:
        return f"{say('page.legend.more', lang, low=step.low)}　{grids}"
    return f"{step.low if step.low == step.high else f'{step.low}–{step.high}'}　{grids}"


def town_lines(atlas: Atlas, grids: gpd.GeoDataFrame, lang: str) -> list[str]:
    """Count each town's grids, deputies and stations, in the order of the codes."""
    people = Counter(town for _, town in {(holder.person_id, holder.town) for holder in atlas.holders.values()})
    stations = Counter(atlas.stations["town"])
    whole, linked = Counter(grids["town"]), Counter(grids.loc[grids["linked"], "town"])
    return [
        say("wallmap.town_line", lang, town=atlas.names.get(code, code), linked=linked[code], grids=whole[code],
            deputies=people[code], stations=stations[code])
        for code in atlas.layers.towns["code"]
    ]  # fmt: skip


def town_sections(atlas: Atlas, lang: str) -> list[Section]:
    """List every deputy under their town, by level from the town up; those of no town last."""
    by_town: dict[str, dict[str, dict[str, Holder]]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat):
        by_town.setdefault(holder.town, {}).setdefault(holder.level, {}).setdefault(holder.person_id, holder)
    comma = "、" if lang == "zh" else ", "
    known = [code for code in atlas.layers.towns["code"] if code in by_town]
    sections = []
    for code in (*known, *sorted(set(by_town) - set(known))):
        lines = [
            f"{say(f'level.{level}', lang)}：" + comma.join(holder.name for holder in by_town[code][level].values())
            for level in sorted(by_town[code], key=LEVELS.index, reverse=True)
        ]
        title = atlas.names.get(code, say("wallmap.no_town", lang))
        sections.append(Section(title=title, lines=tuple(lines)))
    return sections


def figures(atlas: Atlas, grids: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, lang: str, town: str) -> str:
    """Say the figures under the title."""
    holders = [holder for holder in atlas.holders.values() if not town or holder.town == town]
    if not town:
        counted = coverage(atlas)
        placed = counted.people_placed
    else:
        placed = len({holder.person_id for holder in holders if holder.seat in atlas.by_seat})
    return say(
        "wallmap.figures", lang, term=atlas.term, people=len({holder.person_id for holder in holders}), placed=placed,
        grids=len(grids), linked=int(grids["linked"].sum()), stations=len(stations),
    )  # fmt: skip


def footer(unit: Session, atlas: Atlas, lang: str, on: date) -> tuple[str, ...]:
    """Say where the map comes from, of which day, and under which review number."""
    plan = say("page.source.plan", lang, plan=atlas.plan) if atlas.plan else say("page.source.unplaced", lang)
    number = str(setting(unit, "map.review_number"))
    review = (say("page.map_review", lang, number=number),) if number else (say("wallmap.internal", lang),)
    day = f"{on.year}年{on.month}月{on.day}日" if lang == "zh" else on.isoformat()
    source = say("page.source.generation", lang, generation=atlas.generation)
    return ("　·　".join((day, source, plan)), "　·　".join((*review, say("wallmap.made", lang))))
