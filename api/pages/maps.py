"""Further maps: the stations and their reach, activities month by month, one deputy, one grid worker."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.door import ACaller, AHouse, AnAtlas, AReading
from api.pages.deputies import grids_shown
from api.pages.drawing import coverage_sheet, credit, deputy_map
from api.pages.shell import page
from api.routes.people import seats_of_person
from api.telling import metres_text
from data.frames import each
from data.messages import say
from gridmap.coverage import BANDS, draw_reach, draw_small
from services.atlas import Atlas
from services.naming import district_name
from services.presence import Band, activity_months, station_reach, worker_grids

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the list beside a map."""

    name: str
    href: str
    facts: str
    why: str = ""


@router.get("/maps/stations")
def stations_map(request: Request, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show how far it is to the nearest station, and quietly which stations nobody has used."""
    who.must("map.coverage")
    reach = station_reach(unit, atlas, who.act.today)
    figure = draw_reach(
        atlas.layers.county, atlas.layers.towns, reach.shapes, reach.stations,
        credit=credit(atlas, who.lang), name="reach",
    )  # fmt: skip
    quiet = reach.stations[reach.stations["quiet"]]
    return page(
        request, "stations.html", who=who, name="coverage", atlas=atlas, figure=figure, stations=len(reach.stations),
        bands=[
            {"colour": BANDS[position], "text": band_text(band, who.lang), "grids": band.grids,
             "households": band.households}
            for position, band in enumerate(reach.bands)
        ],
        since=reach.since,
        quiet=[
            Line(
                name=row.name, facts=" · ".join(filter(None, (atlas.names.get(row.town, ""), row.address))),
                href=f"/locate?lon={row.geometry.x:.6f}&lat={row.geometry.y:.6f}",
            )
            for row in each(quiet)
        ],
    )  # fmt: skip


def band_text(band: Band, lang: str) -> str:
    """Say how far a band is."""
    if band.high is None:
        return say("map.band.beyond", lang, low=metres_text(band.low, lang))
    if not band.low:
        return say("map.band.within", lang, high=metres_text(band.high, lang))
    return say("map.band.between", lang, low=metres_text(band.low, lang), high=metres_text(band.high, lang))


@router.get("/maps/activities")
def activities_map(
    request: Request, who: ACaller, house: AHouse, atlas: AnAtlas, unit: AReading,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:  # fmt: skip
    """Show the term's activities in every grid, one month at a time; it opens with the newest, or the one asked for."""
    who.must("map.coverage")
    sheet = coverage_sheet(unit, atlas, who.lang, mode="acts", shelf=house.shelf)
    found = activity_months(unit, atlas, who.act.today)
    return page(
        request, "months.html", who=who, name="coverage", atlas=atlas, figure=sheet.map,
        months=found.months, totals=found.totals,
        at=found.months.index(month) if month in found.months else len(found.months) - 1,
        by_month={"months": found.months, "counts": found.counts, "totals": found.totals},
    )  # fmt: skip


@router.get("/maps/deputies/{person}")
def deputy_map_page(request: Request, person: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show one deputy's pieces and stations on a map of their own."""
    who.must("deputy.card")
    seats = seats_of_person(atlas, person)
    lines = [
        Line(name=grid.name, href=grid.href, why=grid.why, facts=" · ".join(
            (grid.village, grid.district, say("page.deputy.households", who.lang, number=grid.households))
        ))
        for grid in grids_shown(atlas, seats, who.lang)
    ]  # fmt: skip
    facts = [f"{say(f'level.{seat.level}', who.lang)} · {district_name(atlas, seat)}" for seat in seats]
    return own_map(
        request, who, atlas, "deputies", figure=deputy_map(unit, atlas, seats, who.lang), title=seats[0].name,
        facts=facts, lines=lines, href=f"/deputies/{seats[0].person_id}", layers=True,
    )  # fmt: skip


@router.get("/maps/gridworkers/{code}")
def worker_map_page(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show one grid worker's grids with the stations around them."""
    who.must("map.coverage")
    found = worker_grids(unit, atlas, code)
    towns = atlas.layers.towns[atlas.layers.towns["code"].isin(set(found.grids["town"]))]
    stations = atlas.stations[atlas.stations["town"].isin(set(found.grids["town"]))]
    figure = draw_small(found.grids, towns=towns, stations=stations, credit=credit(atlas, who.lang), name="pieces")
    lines = [
        Line(name=row.name, href=f"/locate?grid={row.code}", facts=linked_text(atlas, row.code, who.lang))
        for row in each(found.grids)
    ]
    return own_map(
        request, who, atlas, "coverage", figure=figure, title=found.name,
        facts=[say(f"gridworker.{found.role}", who.lang)], lines=lines, href="", layers=False,
    )  # fmt: skip


def linked_text(atlas: Atlas, grid: str, lang: str) -> str:
    """Name a grid's village and its lead deputies, the town's first."""
    leads = [
        f"{say(f'level.{layer}', lang)} {atlas.holders[seat].name}"
        for layer in ("town", "county")
        for seat in [atlas.leads.get((layer, grid), ("", {}))[0]]
        if seat in atlas.holders
    ]
    return " · ".join((grid, *leads))


def own_map(request: Request, who: ACaller, atlas: Atlas, name: str, **context: Any) -> Response:
    """Dress the page of one person's map."""
    return page(request, "ownmap.html", who=who, name=name, atlas=atlas, **context)
