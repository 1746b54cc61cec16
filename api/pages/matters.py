"""The inbox of matters: what waits for the viewer first, with the time that is left; empty means done for today."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.assets import font_folders
from api.door import ACaller, AnAtlas, AReading, Caller
from api.pages.cards import as_file
from api.pages.coverage import download
from api.pages.furniture import Export, Option, period_label
from api.pages.matter_lines import lines_of
from api.pages.shell import page
from api.routes.activities import somebody
from api.writing import written_day
from data.messages import say
from services.atlas import Atlas
from services.cards import address_of
from services.heat import kinds_in_use
from services.instance import the_term
from services.matters import Matter
from services.matters_inbox import Sought, inbox, table
from services.notes import print_notes
from services.points import period_of

router = APIRouter(prefix="/matters")
export_router = APIRouter()
SHOWS = ("mine", "open", "late", "closed", "all")
CHANNELS = ("station", "office", "card", "grid_worker", "kiosk", "hotline", "online")
PER_PAGE, MOST_NOTES = 30, 100
A_TEXT = Annotated[str, Query(max_length=80)]
A_CODE = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the inbox was asked for."""

    show: str
    q: str
    kind: str
    within: str
    grid: str
    channel: str
    period: str

    def query(self) -> dict[str, str]:
        """Give it as the address has it."""
        names = ("show", "q", "kind", "within", "grid", "channel", "period")
        return {name: value for name in names for value in [getattr(self, name)] if value}


def asked(
    show: A_CODE = "mine", q: A_TEXT = "", kind: A_CODE = "", within: A_CODE = "", grid: A_CODE = "",
    channel: A_CODE = "", period: A_CODE = "",
) -> Asked:  # fmt: skip
    """Read the filters of an address."""
    return Asked(
        show=show if show in SHOWS else "mine", q=q, kind=kind, within=within, grid=grid, channel=channel, period=period
    )


def sought(unit: Session, atlas: Atlas, wanted: Asked) -> Sought:
    """Give the filters as the inbox knows them."""
    term = the_term(unit, atlas.term)
    return Sought(
        show=wanted.show, q=wanted.q, kind=wanted.kind, town=wanted.within, grid=wanted.grid, channel=wanted.channel,
        period=period_of(term, wanted.period) if wanted.period else None,
    )  # fmt: skip


@router.get("")
def inbox_page(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, show: A_CODE = "mine", q: A_TEXT = "",
    kind: A_CODE = "", within: A_CODE = "", grid: A_CODE = "", channel: A_CODE = "", period: A_CODE = "",
    after: A_TEXT = "", done: A_CODE = "",
) -> Response:  # fmt: skip
    """Show the matters that the viewer may see: those that wait for them first, the most urgent on top."""
    who.must("matter.look", who.reach)
    wanted = asked(show, q, kind, within, grid, channel, period)
    now = who.act.at
    found = inbox(unit, somebody(who), now=now, wanted=sought(unit, atlas, wanted), after=after, most=PER_PAGE)
    query = wanted.query()
    return page(
        request, "matters.html", who=who, name="matters", atlas=atlas, lines=lines_of(found.matters, who.lang, now),
        found=found, query=query, q=q, done=done, first=not after,
        onward="/matters?" + urlencode({**query, "after": found.next}) if found.next else "",
        shows=[(name, say(f"matter.page.show.{name}", who.lang), name == wanted.show, address(query, show=name))
               for name in SHOWS],
        kinds=kind_options(unit, kind, who.lang), channels=channel_options(channel, who.lang),
        towns=town_options(within, atlas, who), periods=period_options(period, who),
        narrowed=any(query.get(name) for name in ("q", "kind", "within", "grid", "channel", "period")),
        may_receive=True, notes=f"/matters/dunning.pdf?{urlencode(query)}" if found.late and may_dun(who) else "",
        exports=[
            Export(label=say(f"export.table.{fmt}", who.lang), href=f"/matters.{fmt}?{urlencode(query)}")
            for fmt in ("xlsx", "csv")
        ],
    )  # fmt: skip


def may_dun(who: Caller) -> bool:
    """Say whether the viewer's office sends dunning notes."""
    return who.viewer is not None and who.viewer.role in ("station", "town", "congress")


def address(query: dict[str, str], **more: str) -> str:
    """Give the inbox's address with another filter."""
    return "/matters?" + urlencode({**query, **more})


def kind_options(unit: Session, chosen: str, lang: str) -> list[Option]:
    """Offer the kinds of the books in use."""
    every = Option(value="", label=say("heat.page.any_kind", lang), selected=not chosen)
    known = kinds_in_use(unit)
    return [every, *(Option(value=one, label=title[lang], selected=one == chosen) for one, title in known.items())]


def channel_options(chosen: str, lang: str) -> list[Option]:
    """Offer the doors through which matters come."""
    every = Option(value="", label=say("matter.page.any_channel", lang), selected=not chosen)
    return [
        every,
        *(Option(value=one, label=say(f"matter.channel.{one}", lang), selected=one == chosen) for one in CHANNELS),
    ]


def town_options(chosen: str, atlas: Atlas, who: Caller) -> list[Option]:
    """Offer the towns to whoever sees more than one."""
    if who.viewer is None or who.viewer.role not in ("congress", "auditor", "admin", "department"):
        return []
    towns = zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
    every = Option(value="", label=say("filter.all_towns", who.lang), selected=not chosen)
    return [every, *(Option(value=code, label=name, selected=code == chosen) for code, name in towns)]


def period_options(chosen: str, who: Caller) -> list[Option]:
    """Offer this year with its quarters, and the year before."""
    year = who.act.today.year
    names = dict.fromkeys(["", chosen, str(year), *(f"{year}Q{quarter}" for quarter in (1, 2, 3, 4)), str(year - 1)])
    return [
        Option(value=name, label=period_label(name, who.lang) if name else say("activity.page.any_time", who.lang),
               selected=name == chosen)
        for name in names
    ]  # fmt: skip


@export_router.get("/matters.{fmt}")
def inbox_table(
    who: ACaller, atlas: AnAtlas, unit: AReading, fmt: str, show: A_CODE = "mine", q: A_TEXT = "", kind: A_CODE = "",
    within: A_CODE = "", grid: A_CODE = "", channel: A_CODE = "", period: A_CODE = "",
) -> Response:  # fmt: skip
    """Export the list as it was asked for."""
    who.must("matter.look", who.reach)
    wanted = sought(unit, atlas, asked(show, q, kind, within, grid, channel, period))
    rows = table(unit, somebody(who), now=who.act.at, wanted=wanted, lang=who.lang)
    title = f"{say('matter.page.title', who.lang)} · {written_day(who.act.today, who.lang)}"
    return download(rows, fmt, title=title, name="matters", synthetic=atlas.synthetic)


@router.get("/dunning.pdf")
def all_notes(
    request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, q: A_TEXT = "", kind: A_CODE = "",
    within: A_CODE = "", grid: A_CODE = "", channel: A_CODE = "", period: A_CODE = "", state: A_CODE = "",
) -> Response:  # fmt: skip
    """Print a dunning note for every overdue matter of the list (in one state, if it is named), one on each page."""
    who.must("matter.look", who.reach)
    wanted = replace(sought(unit, atlas, asked("late", q, kind, within, grid, channel, period)), state=state)
    made = print_notes(
        unit, atlas, list(islice(every(unit, who, wanted), MOST_NOTES)), who.lang, now=who.act.at,
        today=who.act.today, fonts=font_folders(), address=address_of(unit, str(request.base_url)),
    )  # fmt: skip
    return as_file(made, "pdf", "dunning")


def every(unit: Session, who: Caller, wanted: Sought) -> Iterator[Matter]:
    """Give all matters of a list, page after page."""
    after = ""
    while True:
        found = inbox(unit, somebody(who), now=who.act.at, wanted=wanted, after=after, most=200)
        yield from found.matters
        after = found.next
        if not after:
            return
