"""Moves of matters as forms: what somebody may do next, what must be said with it, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.forms import Form
from api.pages.matter_lines import clock_text, mark_of, written_moment
from api.telling import told
from congress.process.book import ProcessBook
from data.messages import say
from services.act import CIVIL
from services.matters import Clock, Happened, Matter, Need, Next, options
from services.matters_moves import parse_spot
from services.matters_routing import Spot

GIVE_PLACE = "give_place"
LONG = ("text", "reply", "reason")
SAID = (
    "text", "class", "unit", "contact_time", "reason", "presence", "elsewhere", "reply_kind", "reply", "rating",
    "place", "into", "from",
)  # fmt: skip
PUBLIC_SAID = ("text", "place", "elsewhere", "reply_kind", "reply", "rating", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedShown:
    """One thing that must be said with a move, as a field of its form."""

    name: str
    title: str
    choices: tuple[tuple[str, str], ...]
    offered: tuple[str, ...]
    long: bool
    moment: bool
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveShown:
    """One move as a form."""

    name: str
    title: str
    needs: tuple[NeedShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShown:
    """One clock: its name, how it stands, until when, and how that was computed."""

    title: str
    text: str
    mark: str
    due: str
    why: str
    counted: str
    basis: str
    assumed: bool
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One event of the history: `said` holds what was said with it, as (name, text)."""

    at: str
    moment: datetime
    title: str
    state: str
    role: str
    actor: str
    said: tuple[tuple[str, str], ...]
    note: bool


def moves_shown(unit: Session, matter: Matter, role: str, lang: str, *, now: datetime, form: Form) -> list[MoveShown]:
    """Give the moves that a role may make now, each with what it needs; what was typed before is still there."""
    tried = form.one("move")
    return [
        MoveShown(
            name=option.move, title=option.title[lang],
            needs=tuple(
                need_shown(need, lang, now, form if option.move == tried else NOTHING) for need in option.needs
            ),
        )
        for option in options(unit, matter, role)
        if option.allowed
    ]  # fmt: skip


NOTHING = Form(fields={})


def need_shown(need: Need, lang: str, now: datetime, form: Form) -> NeedShown:
    """Write one need as a field; a time of contact is now unless said otherwise."""
    moment = need.name == "contact_time"
    usual = f"{now.astimezone(CIVIL):%Y-%m-%dT%H:%M}" if moment else ""
    return NeedShown(
        name=need.name, title=need.title[lang], offered=need.offered, long=need.name in LONG, moment=moment,
        choices=tuple((code, words[lang]) for code, words in need.choices.items()),
        value=form.one(need.name, usual),
    )  # fmt: skip


def others_turn(unit: Session, matter: Matter, role: str, lang: str) -> list[tuple[str, str]]:
    """Name the moves that are not this role's now, each with why."""
    return [
        (option.title[lang], told(option.why["key"], lang, option.why["facts"]))
        for option in options(unit, matter, role)
        if not option.allowed
    ]


def facts_of(form: Form, option: Next) -> dict[str, str]:
    """Read from a form what a move needs, and a place where one is given."""
    names = (*(need.name for need in option.needs), *(("place",) if option.move == GIVE_PLACE else ()))
    return {name: form.one(name) for name in names if form.one(name)}


def spot_in(form: Form) -> Spot | None:
    """Read the place that is given with a move. Raises BadRequestError for half a point, ValueError for no number."""
    lon, lat = (float(form.one(name)) if form.one(name) else None for name in ("lon", "lat"))
    if lon is None and not form.one("grid") and not form.one("place"):
        return None
    return parse_spot(lon, lat, "wgs84" if lon is not None else "", form.one("grid"), form.one("place")[:200])


def clock_shown(clock: Clock, lang: str, now: datetime) -> ClockShown:
    """Write one clock with the way its deadline was computed."""
    running = clock.stopped is None
    return ClockShown(
        title=clock.title[lang],
        text=clock_text(clock, lang, now) if running else say(
            "matter.page.clock.done_late" if clock.late else "matter.page.clock.done", lang,
            at=written_moment(clock.stopped or now, lang), who=clock.who,
        ),
        mark=mark_of(clock, now) if running else "late" if clock.late else "done",
        due=written_moment(clock.due, lang) if clock.due else "",
        why=told(clock.reason["key"], lang, clock.reason["facts"]),
        counted=told(clock.counted["key"], lang, clock.counted["facts"]) if clock.counted else "",
        basis=clock.basis[lang], assumed=clock.assumed, provisional=clock.provisional,
    )  # fmt: skip


def steps_shown(events: tuple[Happened, ...], book: ProcessBook, lang: str) -> list[StepShown]:
    """Write the whole history for those who work on a matter, the newest first."""
    return [step_shown(event, book, lang, SAID, actor=event.actor) for event in reversed(events)]


def public_steps(events: tuple[Happened, ...], book: ProcessBook, lang: str) -> list[StepShown]:
    """Write the history for whoever holds a ticket: roles without names, and a reply only once it was passed."""
    passed = max((event.seq for event in events if event.role == "deputy" and "reply" in event.facts), default=0)
    shown = []
    for event in events:
        open_to_all = event.role in ("deputy", "resident") or event.move in ("not_ours", "explain")
        said = PUBLIC_SAID if open_to_all else ("reply",) if event.seq < passed else ()
        if not event.note or event.move in ("holiday", "merged", "unmerged"):
            shown.append(step_shown(event, book, lang, said, actor=""))
    return shown[::-1]


def step_shown(event: Happened, book: ProcessBook, lang: str, names: tuple[str, ...], *, actor: str) -> StepShown:
    """Write one event with what was said with it."""
    return StepShown(
        at=written_moment(event.at, lang), moment=event.at, title=event.title[lang],
        state="" if event.note or event.before == event.after else event.after_title[lang],
        role=say(f"process.role.{event.role}", lang), actor=actor, note=event.note,
        said=tuple(
            (say(f"process.need.{name}", lang) if name in NEEDS else "", fact_text(book, name, event.facts[name], lang))
            for name in names
            if event.facts.get(name) and isinstance(event.facts[name], str)
        ),
    )  # fmt: skip


NEEDS = ("text", "class", "unit", "contact_time", "reason", "presence", "elsewhere", "reply_kind", "reply", "rating")


def fact_text(book: ProcessBook, name: str, value: str, lang: str) -> str:
    """Write a fact; a code of the book is said in its words."""
    choices = {
        "class": book.classes, "elsewhere": book.elsewhere, "reply_kind": book.reply_kinds, "rating": book.ratings,
    }.get(name, {})  # fmt: skip
    words = choices.get(value)
    if words is None:
        return value.replace("T", " ") if name == "contact_time" else value
    return words.zh if lang == "zh" else words.en
