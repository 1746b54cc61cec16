"""Map prints: the heat of matters, a month of activities, and one deputy's ground, on a sheet of paper."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import geopandas as gpd
from sqlalchemy.orm import Session

from data.frames import each
from data.messages import say
from gridmap.coverage import PIECES, Step
from gridmap.poster import PAPERS, Section, Wording, poster, written
from services.atlas import Atlas, Holder
from services.coverage import piece_frame
from services.errors import BadRequestError, NotFoundError
from services.heat import Heat, graded
from services.instance import setting
from services.naming import district_name
from services.presence import Months
from services.wallmaps import Sheet, footer

NO_PIECE = "#8b9097"  # of a link by decision, which belongs to no layer of districts


def heat_print(
    unit: Session, atlas: Atlas, heat: Heat, lang: str, *, period: str, kind: str, paper: str, on: date
) -> Sheet:
    """Draw the heat of matters; `period` and `kind` are words for the heading."""
    wording = Wording(
        title=say("heat.paper.title", lang, place=str(setting(unit, "instance.name"))),
        subtitle=" · ".join(filter(None, (period, kind, say("heat.page.total", lang, number=heat.total)))),
        legend_title=say("heat.page.legend", lang),
        legend=legend_of(heat.steps, lang),
        sections=town_section(atlas, heat, lang),
    )
    return county_sheet(unit, atlas, heat, wording, lang, paper=paper, on=on)


def month_print(unit: Session, atlas: Atlas, months: Months, month: str, lang: str, *, paper: str, on: date) -> Sheet:
    """Draw one month's activities by grid. Raises NotFoundError for a month that has none."""
    counts = month_counts(atlas, months, month)
    shown = graded(counts, 0, public=False)
    wording = Wording(
        title=say("heat.paper.months", lang, place=str(setting(unit, "instance.name"))),
        subtitle=f"{month} · {say('map.activities.times', lang, number=sum(counts))}",
        legend_title=say("map.activities.legend", lang),
        legend=legend_of(shown.steps, lang),
        sections=town_section(atlas, shown, lang),
    )
    return county_sheet(unit, atlas, shown, wording, lang, paper=paper, on=on)


def month_counts(atlas: Atlas, months: Months, month: str) -> list[int]:
    """Give each grid's activities of one month. Raises NotFoundError for a month outside the term so far."""
    if month not in months.months:
        raise NotFoundError("error.no_such_month", month=month, known=" ".join(months.months[-12:]))
    at = months.months.index(month)
    nothing = (0,) * len(months.months)
    return [months.counts.get(str(code), nothing)[at] for code in atlas.layers.grids["code"]]


def deputy_print(unit: Session, atlas: Atlas, seats: Sequence[Holder], lang: str, *, paper: str, on: date) -> Sheet:
    """Draw one deputy's pieces in their towns, numbered, with the list beside. Raises NotFoundError without any."""
    pieces = piece_frame(unit, atlas, [seat.seat for seat in seats])
    if not len(pieces):
        raise NotFoundError("error.nothing_placed", name=seats[0].name)
    pieces = pieces.sort_values(["layer", "code"], kind="stable").reset_index(drop=True)
    grids = atlas.layers.grids
    here = set(grids.loc[grids["code"].isin(set(pieces["code"])), "town"])
    towns = atlas.layers.towns[atlas.layers.towns["code"].isin(here)].reset_index(drop=True)
    stations = atlas.stations[atlas.stations["code"].isin({seat.station for seat in seats})]
    numbers = {code: number for number, code in enumerate(dict.fromkeys(pieces["code"]), start=1)}
    drawn = pieces.assign(
        fill=[PIECES.get(layer, NO_PIECE) for layer in pieces["layer"]],
        label=[str(numbers[code]) for code in pieces["code"]],
    )
    wording = Wording(
        title=say("heat.paper.deputy", lang, name=seats[0].name),
        subtitle=" · ".join(f"{say(f'level.{seat.level}', lang)} {district_name(atlas, seat)}" for seat in seats),
        legend=tuple(
            (PIECES[layer], say(f"layer.{layer}", lang)) for layer in PIECES if layer in set(pieces["layer"])
        ),
        sections=(
            Section(
                title=say("heat.paper.grids", lang, number=len(numbers)),
                lines=tuple(
                    f"{numbers[row.code]} {row.name}" for row in each(pieces.drop_duplicates("code"))
                ),
            ),
            *(
                Section(title=row.name, lines=tuple(filter(None, (row.hours, row.address))))
                for row in each(stations)
            ),
        ),
    )  # fmt: skip
    return finished(unit, atlas, (towns, towns, drawn, stations), wording, lang, paper=paper, on=on)


def legend_of(steps: Sequence[Step], lang: str) -> tuple[tuple[str, str], ...]:
    """Write the steps of a legend with how many grids each has."""
    return tuple(
        (step.colour, f"{step_words(step, lang)}　{say('page.legend.grids', lang, number=step.grids)}")
        for step in steps
        if step.grids
    )


def step_words(step: Step, lang: str) -> str:
    """Write the numbers of one step."""
    if step.high is None and step.low:
        return say("page.legend.more", lang, low=step.low)
    return str(step.low) if step.high in (None, step.low) else f"{step.low}–{step.high}"


def town_section(atlas: Atlas, heat: Heat, lang: str) -> tuple[Section, ...]:
    """Count by town, in the order of the codes; in public nothing is said, for small counts would show through."""
    if heat.public:
        return ()
    sums = dict.fromkeys(atlas.layers.towns["code"], 0)
    for town, count in zip(atlas.layers.grids["town"], heat.counts, strict=True):
        sums[town] = sums.get(town, 0) + count
    lines = tuple(f"{atlas.names.get(code, code)}　{number}" for code, number in sums.items())
    return (Section(title=say("wallmap.towns", lang), lines=lines),)


def county_sheet(
    unit: Session, atlas: Atlas, heat: Heat, wording: Wording, lang: str, *, paper: str, on: date
) -> Sheet:
    """Draw the county with its grids filled by the steps."""
    grids = atlas.layers.grids.assign(fill=[heat.steps[step].colour for step in heat.index])
    county = atlas.layers.county if len(atlas.layers.county) else atlas.layers.towns
    return finished(
        unit, atlas, (county, atlas.layers.towns, grids, atlas.stations[:0]), wording, lang, paper=paper, on=on
    )


def finished(
    unit: Session,
    atlas: Atlas,
    frames: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame],
    wording: Wording,
    lang: str,
    *,
    paper: str,
    on: date,
) -> Sheet:
    """Put what every sheet says on it: invented data, north, where it comes from, the review number."""
    if paper not in PAPERS:
        raise BadRequestError("error.wallmap_paper", paper=paper, known=" ".join(PAPERS))
    county, towns, grids, stations = frames
    said = replace(
        wording,
        ribbon=say("synthetic.ribbon", lang) if atlas.synthetic else "",
        watermark=say("wallmap.watermark", lang) if atlas.synthetic else "",
        north=say("wallmap.north", lang),
        rest=say("wallmap.rest", lang),
        station=say("page.legend.station", lang) if len(stations) else "",
        footer=footer(unit, atlas, lang, on),
    )
    width, height = PAPERS[paper]
    return Sheet(
        svg=poster(county, towns, grids, stations, said, paper=paper),
        width=width, height=height, title=said.title, letters=written(said, towns, grids),
    )  # fmt: skip
