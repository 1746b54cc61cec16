"""Awaiting: the matters that wait for somebody's own hand, as the first lines of their page."""

from sqlalchemy.orm import Session

from api.door import Caller
from api.pages.furniture import Todo
from api.pages.matter_lines import clock_text, running, shortened
from data.messages import say
from services.matters_inbox import Sought, inbox

FIRST = 5


def matter_todos(unit: Session, who: Caller) -> list[Todo]:
    """List what a deputy is to answer, the most urgent first, and how many more there are."""
    if who.viewer is None:
        return []
    found = inbox(unit, who.viewer, now=who.act.at, wanted=Sought(show="mine"), most=FIRST)
    todo = []
    for matter in found.matters:
        clock = running(matter)
        left = f" · {clock_text(clock, who.lang, who.act.at)}" if clock else ""
        text = say("matter.page.awaits", who.lang, text=shortened(matter.text)) + left
        todo.append(Todo(text=text, href=f"/matters/{matter.code}"))
    if found.total > FIRST:
        text = say("matter.page.awaits_more", who.lang, number=found.total - FIRST)
        todo.append(Todo(text=text, href="/matters"))
    return todo


def unforwarded(unit: Session, who: Caller) -> tuple[int, list[Todo]]:
    """Count and list what stations have not forwarded in time, each with the unit whose delay it is."""
    if who.viewer is None or not who.may("matter.look", who.reach):
        return 0, []
    found = inbox(unit, who.viewer, now=who.act.at, wanted=Sought(show="late", state="received"), most=FIRST)
    todo = []
    for matter in found.matters:
        clock = running(matter)
        why = clock_text(clock, who.lang, who.act.at) if clock else ""
        todo.append(Todo(text=shortened(matter.text), why=why, href=f"/matters/{matter.code}"))
    return found.total, todo
