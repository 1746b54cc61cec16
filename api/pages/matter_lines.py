"""Lines of matters: one opinion in a list, with whose turn it is and how much time the handling unit has left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.door import Caller
from api.writing import written_day
from data.messages import say
from services.act import CIVIL
from services.matters import Clock, Matter
from services.matters_inbox import Sought, inbox

SHORT = 46  # letters of an opinion that a line shows
SOON = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    """One matter of a list; `clock` says how much time is left and whose it is, `mark` is late, soon, calm or none."""

    code: str
    href: str
    text: str
    kind: str
    place: str
    state: str
    received: str
    clock: str
    mark: str
    deputy: str
    followers: int
    synthetic: bool


def line_of(matter: Matter, lang: str, now: datetime) -> MatterLine:
    """Write one matter for a list."""
    clock = running(matter)
    return MatterLine(
        code=matter.code, href=f"/matters/{matter.code}", text=shortened(matter.text),
        kind=matter.kind_title[lang] if matter.kind_title else "", place=place_of(matter, lang),
        state=matter.state_title[lang], received=written_moment(matter.received_at, lang),
        clock=clock_text(clock, lang, now) if clock else "", mark=mark_of(clock, now), deputy=matter.deputy.name,
        followers=matter.followers, synthetic=matter.synthetic,
    )  # fmt: skip


def lines_of(matters: Iterable[Matter], lang: str, now: datetime) -> list[MatterLine]:
    """Write several matters."""
    return [line_of(matter, lang, now) for matter in matters]


def open_lines(unit: Session, who: Caller, *, grid: str, most: int) -> list[MatterLine] | None:
    """Give the open matters of one grid that the viewer may see; None for a role that sees none."""
    if who.viewer is None or not who.may("matter.look", who.reach):
        return None
    found = inbox(unit, who.viewer, now=who.act.at, wanted=Sought(show="open", grid=grid), most=most)
    return lines_of(found.matters, who.lang, who.act.at)


def shortened(text: str) -> str:
    """Give the beginning of a long text on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 1] + "…"


def place_of(matter: Matter, lang: str) -> str:
    """Name the place: the grid, what was written, or that none was given."""
    parts = [matter.grid.name or matter.town.name, matter.place]
    return " · ".join(filter(None, parts)) or say("matter.page.no_place", lang)


def running(matter: Matter) -> Clock | None:
    """Give the running clock that ends first; a paused one where none runs."""
    clocks = [clock for clock in matter.clocks if clock.stopped is None]
    return min(clocks, key=lambda clock: (clock.paused, clock.due or clock.started), default=None)


def mark_of(clock: Clock | None, now: datetime) -> str:
    """Say how a clock is shown."""
    left = clock.left(now) if clock else None
    if clock is None or left is None:
        return "paused" if clock is not None else "none"
    return "late" if left < timedelta(0) else "soon" if left <= SOON else "calm"


def clock_text(clock: Clock, lang: str, now: datetime) -> str:
    """Say how much time is left, or by how much the handling unit (never a deputy) is over it."""
    left = clock.left(now)
    if clock.paused or left is None:
        return say("matter.page.clock.paused", lang, who=clock.who or say(f"process.role.{clock.against}", lang))
    who = clock.who or say(f"process.role.{clock.against}", lang)
    key = "matter.page.clock.late" if left < timedelta(0) else "matter.page.clock.left"
    return say(key, lang, span=span_text(abs(left), lang), who=who)


def span_text(span: timedelta, lang: str) -> str:
    """Write a length of time in days and hours, below an hour in minutes."""
    minutes = int(span.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return say("matter.page.span.days", lang, days=days, hours=hours)
    return say("matter.page.span.hours", lang, hours=hours) if hours else say(
        "matter.page.span.minutes", lang, minutes=minutes
    )  # fmt: skip


def written_moment(at: datetime, lang: str) -> str:
    """Write an instant as people there say it: day and time of day."""
    civil = at.astimezone(CIVIL)
    return f"{written_day(civil.date(), lang)} {civil:%H:%M}"
