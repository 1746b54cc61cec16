"""Deputies: the list with its search, and one deputy's page with links, duties and points explained."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.awaiting import matter_todos
from api.pages.coverage import download
from api.pages.drawing import deputy_map
from api.pages.furniture import Export, Option, Todo, pager_of, period_label
from api.pages.periods import objections_shown
from api.pages.shell import page
from api.pages.statements import FILE_FORMS, REPORT, REPORT_FORMS, filed_shown, gathered
from api.routes.people import seats_of_person
from api.routes.points import points_subject
from api.telling import link_text, points_text, reason_text
from api.writing import written_day
from congress.permissions import Subject
from data.frames import each
from data.messages import say
from services.atlas import Atlas, Holder
from services.instance import setting, the_term
from services.naming import code_names, district_name, station_name
from services.points import LEVELS_RANKED, PointLine, Statement, default_period, kind_titles, ranking
from services.register import named_in, waiting_for

router = APIRouter()
NEWEST = 12  # entries shown before the fold
NAMED_DAYS = 60  # how long a deputy is told of what others say they took part in


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A seat as the page writes it."""

    level_name: str
    role: str
    district: str
    since: date
    until: date | None
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Electors:
    """The electors of a district that a deputy answers for."""

    district: str
    households: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationShown:
    """A station as the page writes it."""

    name: str
    hours: str
    address: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridShown:
    """A grid the deputy answers in, and why."""

    code: str
    name: str
    village: str
    district: str
    households: int
    first: bool
    shared: int
    why: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodShown:
    """One choice of period."""

    label: str
    href: str
    current: bool


@router.get("/deputies")
def deputies_page(
    request: Request,
    who: ACaller,
    atlas: AnAtlas,
    q: Annotated[str, Query(max_length=80)] = "",
    level: str = "",
    within: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """List the deputies, by name, level and town."""
    who.must("deputy.card")
    people = people_matching(atlas, q, level, within)
    query = {"q": q, "level": level, "within": within}
    pager = pager_of("/deputies", query, number, len(people))
    shown = people[(pager.page - 1) * 50 : pager.page * 50]
    return page(
        request, "deputies.html", who=who, name="deputies", atlas=atlas, q=q, pager=pager,
        levels=[Option(value="", label=say("filter.all_levels", who.lang), selected=not level)]
        + [
            Option(value=name, label=say(f"level.{name}", who.lang), selected=name == level)
            for name in LEVELS_RANKED
            if any(holder.level == name for holder in atlas.holders.values())
        ],
        towns=[Option(value="", label=say("filter.all_towns", who.lang), selected=not within)]
        + [
            Option(value=code, label=name, selected=code == within)
            for code, name in zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
        ],
        rows=[deputy_row(atlas, seats, who.lang) for seats in shown],
        exports=[
            Export(label=say("export.table.xlsx", who.lang), href="/deputies.xlsx?" + urlencode(query)),
            Export(label=say("export.table.csv", who.lang), href="/deputies.csv?" + urlencode(query)),
        ],
    )  # fmt: skip


def people_matching(atlas: Atlas, q: str, level: str, within: str) -> list[list[Holder]]:
    """Give the people, each with their seats, who fit a search; by their lowest seat code."""
    people: dict[str, list[Holder]] = {}
    for holder in sorted(atlas.holders.values(), key=lambda holder: holder.seat):
        people.setdefault(holder.person_id, []).append(holder)
    wanted = q.strip().casefold()

    def fits(seats: list[Holder]) -> bool:
        text = " ".join(f"{seat.name} {seat.seat} {seat.district} {atlas.names.get(seat.town, '')}" for seat in seats)
        return (
            wanted in text.casefold()
            and (not level or any(seat.level == level for seat in seats))
            and (not within or any(seat.town == within for seat in seats))
        )

    return [seats for seats in people.values() if fits(seats)]


def deputy_row(atlas: Atlas, seats: list[Holder], lang: str) -> dict[str, Any]:
    """Give one line of the list."""
    towns = dict.fromkeys(atlas.names.get(seat.town, "") for seat in seats if seat.town)
    return {
        "name": seats[0].name,
        "href": f"/deputies/{seats[0].person_id}",
        "seats": [
            {"level_name": say(f"level.{seat.level}", lang), "district": district_name(atlas, seat), "role": seat.role}
            for seat in seats
        ],
        "town": "、".join(towns),
        "station": "、".join(dict.fromkeys(station_name(atlas, seat.station) for seat in seats if seat.station)),
        "grids": len({link.grid for seat in seats for link in atlas.by_seat.get(seat.seat, ())}),
    }


@router.get("/deputies.{fmt}")
def deputies_table(who: ACaller, atlas: AnAtlas, fmt: str, q: str = "", level: str = "", within: str = "") -> Response:
    """Export the list, public facts only."""
    who.must("deputy.card")
    headers = ("姓名", "席位", "镇街", "联络站", "网格数") if who.lang == "zh" else (
        "name", "seats", "town", "station", "grids")  # fmt: skip
    rows = [
        (row["name"], "; ".join(f"{seat['level_name']} {seat['district']}" for seat in row["seats"]), row["town"],
         row["station"], row["grids"])
        for row in (deputy_row(atlas, seats, who.lang) for seats in people_matching(atlas, q, level, within))
    ]  # fmt: skip
    return download(pd.DataFrame(rows, columns=list(headers)), fmt, title=say("page.deputies.title", who.lang),
                    name="deputies", synthetic=atlas.synthetic)  # fmt: skip


@router.get("/deputies/{person}")
def deputy_page(
    request: Request,
    person: str,
    who: ACaller,
    atlas: AnAtlas,
    unit: AReading,
    period: str = "",
    objected: bool = False,
) -> Response:
    """Show one deputy: three links, two arrivals, duties, and points to whoever may see them."""
    who.must("deputy.card")
    seats = seats_of_person(atlas, person)
    answer = who.answer("points.look", points_subject(atlas, person, who.viewer))
    chosen = period or default_period(unit, the_term(unit, atlas.term), who.act.today)
    filed = gathered(unit, who, atlas, seats[0].person_id, chosen) if answer.allowed else None
    found = filed.statement if filed else None
    home = f"/deputies/{seats[0].person_id}"
    titles = kind_titles()
    return page(
        request, "deputy.html", who=who, name="me" if is_own(who, seats) else "deputies", atlas=atlas,
        figure=deputy_map(unit, atlas, seats, who.lang),
        deputy={"name": seats[0].name, "initial": initial(seats[0].name), "card": f"/q/{seats[0].person_id}"},
        seats=[
            Seat(
                level_name=say(f"level.{seat.level}", who.lang), role=seat.role, district=district_name(atlas, seat),
                since=seat.starts_on, until=seat.ends_on, group=seat.group,
            )
            for seat in seats
        ],
        towns=list(dict.fromkeys(atlas.names.get(seat.town, seat.town) for seat in seats if seat.town)),
        villages=list(dict.fromkeys(atlas.names.get(seat.village, seat.village) for seat in seats if seat.village)),
        electors=[
            Electors(
                district=district_name(atlas, seat),
                households=sum(link.households for link in atlas.by_seat.get(seat.seat, ())),
            )
            for seat in seats
            if seat.district
        ],
        stations=stations_shown(atlas, seats),
        grids=grids_shown(atlas, seats, who.lang),
        may_points=found is not None,
        refusal="" if answer.allowed or who.viewer is None else say("page.deputy.points_refused", who.lang),
        periods=[
            PeriodShown(label=period_label(name, who.lang), href=f"{home}?period={name}", current=name == chosen)
            for name in period_names(chosen, who)
        ],
        awaits=awaits(unit, atlas, found, who, home) if found else [],
        may_enter=who.may("activity.enter", Subject(person=seats[0].person_id)) and is_own(who, seats),
        objecting=objections_shown(unit, atlas, who, seats[0].person_id) if found else None,
        objected=objected, key=secrets.token_urlsafe(18),
        quota=quota_shown(found, who.lang) if found else [],
        quota_assumed=bool(found and any(line["assumed"] for line in found.quotas)),
        points=points_shown(unit, atlas, found, seats, chosen, who, titles) if found else None,
        months=months_shown(found) if found else [], filed=filed_shown(filed, who.lang) if filed else None,
        exports=[
            Export(label=say(f"export.statement.{form}", who.lang), href=f"{home}/statement.{form}?period={chosen}")
            for form in FILE_FORMS
        ]
        + [
            Export(label=say(f"export.report.{form}", who.lang), href=f"{home}/{REPORT}.{form}?period={chosen}")
            for form in REPORT_FORMS
        ]
        if found
        else [],
    )  # fmt: skip


def initial(name: str) -> str:
    """Choose the one character of the disc: the first after an invented name's mark."""
    plain = name.removeprefix("示例·").removeprefix("示例")
    return plain[:1] or name[:1]


def stations_shown(atlas: Atlas, seats: list[Holder]) -> list[StationShown]:
    """Give the stations where a deputy receives."""
    shown = []
    for code in dict.fromkeys(seat.station for seat in seats if seat.station):
        found = atlas.stations[atlas.stations["code"] == code]
        for row in each(found):
            href = f"/locate?lon={row.geometry.x:.6f}&lat={row.geometry.y:.6f}"
            shown.append(StationShown(name=row.name, hours=row.hours, address=row.address, href=href))
    return shown


def grids_shown(atlas: Atlas, seats: list[Holder], lang: str) -> list[GridShown]:
    """Give the grids in which a deputy answers, with the reason of each."""
    grids = atlas.layers.grids.set_index("code")
    names = code_names(atlas)
    shown = []
    for seat in seats:
        for link in atlas.by_seat.get(seat.seat, ()):
            row = grids.loc[link.grid]
            shown.append(
                GridShown(
                    code=link.grid, name=str(row["name"]), village=atlas.names.get(str(row["village"]), ""),
                    district=district_name(atlas, seat), households=link.households, first=link.position == 1,
                    shared=len(atlas.by_piece.get((link.layer, link.grid, link.district), (link,))),
                    why=link_text(link.reason, names, lang), href=f"/locate?grid={link.grid}",
                )
            )  # fmt: skip
    return shown


def period_names(chosen: str, who: Caller) -> list[str]:
    """Offer the year with its quarters, the year before, and the term."""
    year = int(chosen[:4]) if chosen[:4].isdigit() else who.act.today.year
    names = [str(year), *(f"{year}Q{quarter}" for quarter in (1, 2, 3, 4)), str(year - 1), "term"]
    return names if chosen in names else [chosen, *names]


def is_own(who: Caller, seats: list[Holder]) -> bool:
    """Tell whether a deputy looks at their own page."""
    return who.viewer is not None and who.viewer.person == seats[0].person_id


def awaits(unit: Session, atlas: Atlas, found: Statement, who: Caller, home: str) -> list[Todo]:
    """Say what waits: for the deputy's own answer and confirmation first, then for somebody to verify it."""
    own = who.viewer is not None and who.viewer.person == found.person
    titles = kind_titles()
    todo = [
        *(matter_todos(unit, who) if own else ()),
        *(Todo(
            text=say("activity.page.confirm_this", who.lang, day=written_day(act.on, who.lang),
                     kind=titles.get(act.kind, {}).get(who.lang, act.kind)),
            href=f"/activities/{act.code}",
        )
        for act in (waiting_for(unit, the_term(unit, atlas.term), found.person) if own else ())),
    ]  # fmt: skip
    if own and who.viewer is not None:
        since = who.act.today - timedelta(days=NAMED_DAYS)
        term = the_term(unit, atlas.term)
        todo += [
            Todo(
                text=say("activity.page.named_in", who.lang, day=written_day(act.on, who.lang),
                         kind=titles.get(act.kind, {}).get(who.lang, act.kind)),
                href=f"/activities/{act.code}",
            )
            for act in named_in(unit, term, found.person, user=who.viewer.user, since=since)
        ]  # fmt: skip
    if found.waiting:
        text = say("page.deputy.waiting", who.lang, number=found.waiting)
        todo.append(Todo(text=text, href="/activities?state=reported" if own else home))
    return todo


def quota_shown(found: Statement, lang: str) -> list[dict[str, Any]]:
    """Give the duties with what is still due."""
    return [
        {
            "title": line["title"][lang] if len({one["window"] for one in found.quotas}) == 1
            else f"{line['title'][lang]} · {line['window']}",
            "done": line["done"], "due": max(1, line["due"]), "missing": line["missing"],
            "latest": line["window"] == max(one["window"] for one in found.quotas if one["seat"] == line["seat"]),
            "why": say("page.deputy.quota_why", lang, by=line["by"].isoformat(), seat=line["seat"]),
        }
        for line in found.quotas
    ]  # fmt: skip


def points_shown(
    unit: Session,
    atlas: Atlas,
    found: Statement,
    seats: list[Holder],
    period: str,
    who: Caller,
    titles: dict[str, dict[str, str]],
) -> dict[str, Any]:
    """Give the points with the reason of every one."""
    grids = dict(zip(atlas.layers.grids["code"], atlas.layers.grids["name"], strict=True))
    shown = [entry_shown(line, atlas, grids, titles, who.lang) for line in reversed(found.lines)]
    counted = [entry for entry in shown if entry["points"]]
    return {
        "total": found.tenths,
        "rule_book": {"name": found.book.get("title", {}).get(who.lang, ""), "version": found.book.get("version", "")},
        "rank": rank_shown(unit, atlas, seats, period),
        "entries": counted[:NEWEST],
        "older": counted[NEWEST:],
        "nothing": [entry for entry in shown if not entry["points"]],
        "caps": [
            {"title": cap_title(cap, who.lang), "used": cap["used"], "cap": cap["cap"], "left": cap["left"]}
            for cap in found.caps
        ],
    }


def cap_title(cap: dict[str, Any], lang: str) -> str:
    """Name a cap: the rule, the category, or the year's total."""
    return say(f"cap.{cap['bound']}", lang, title=cap["title"][lang])


def entry_shown(
    line: PointLine, atlas: Atlas, grids: dict[str, str], titles: dict[str, dict[str, str]], lang: str
) -> dict[str, Any]:
    """Give one entry as the page writes it."""
    facts = line.reason["facts"]
    kind = titles.get(line.kind, {}).get(lang, line.kind)
    return {
        "on": line.on,
        "activity": kind if not line.title or lang == "en" else line.title,
        "rule": facts.get(f"rule_title_{lang}", line.rule),
        "clause": facts.get(f"basis_{lang}", ""),
        "points": line.tenths,
        "cut": sum(cut["by"] for cut in facts.get("cuts", [])),
        "cap": say(f"cap.{facts['cut_by']}", lang, title=facts.get(f"rule_title_{lang}", ""))
        if facts.get("cut_by")
        else "",
        "why": reason_text(line.reason, lang),
        "place": grids.get(line.place) or station_name(atlas, line.place) if line.place else "",
    }


def rank_shown(unit: Session, atlas: Atlas, seats: list[Holder], period: str) -> dict[str, Any] | None:
    """Give the rank of the first seat, where the congress turned rankings on."""
    if setting(unit, "rankings") == "off":
        return None
    lines = ranking(unit, level=seats[0].level, period=period, names=atlas.names, term=atlas.term).lines
    mine = next((line for line in lines if line.seat == seats[0].seat), None)
    if mine is None:
        return None
    return {"rank": mine.rank, "of": len(lines), "tied": mine.tied > 1, "percentile": mine.percentile}


def months_shown(found: Statement) -> list[dict[str, Any]]:
    """Give the months of the period for the chart, the last twelve at most."""
    return [
        {
            "label": month[2:] if month.endswith("-01") else str(int(month[5:])),
            "value": max(0, tenths) / 10,
            "text": points_text(tenths),
        }
        for month, tenths in found.by_month[-12:]
    ]
