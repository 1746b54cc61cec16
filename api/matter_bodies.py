"""Matters as JSON: a line of a list, everything for whoever may look, and what a ticket's holder is told."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.door import Caller
from api.telling import reason_text, told
from services.matters import Clock, Happened, Matter, Next, history, options
from services.matters_measures import Measured, Share
from services.matters_merging import likely_same

TOLD = ("reply", "reply_kind", "elsewhere", "rating", "text", "merged", "into", "before", "after", "unit")
PUBLIC_MOVES = ("solve_on_the_spot", "answer", "answer_for", "explain", "not_ours", "rate", "again", "give_place",
                  "holiday", "merged", "followed")  # fmt: skip


def brief(matter: Matter, lang: str, now: datetime) -> dict[str, Any]:
    """Give one matter as a line of a list."""
    return {
        "code": matter.code, "text": matter.text, "channel": matter.channel, "place": matter.place,
        "state": matter.state, "state_title": matter.state_title[lang], "holder": matter.holder,
        "kind": matter.kind, "unit": matter.unit, "town": asdict(matter.town), "grid": asdict(matter.grid),
        "station": asdict(matter.station), "deputy": asdict(matter.deputy),
        "received_at": stamp(matter.received_at), "ended_at": stamp(matter.ended_at), "due": stamp(matter.due),
        "late": matter.late, "provisional": matter.provisional, "followers": matter.followers,
        "rating": matter.rating, "events": matter.events, "merged_into": matter.merged_into,
        "clocks": [clock_body(clock, lang, now) for clock in matter.clocks if clock.stopped is None],
        "synthetic": matter.synthetic,
    }  # fmt: skip


def whole(unit: Session, matter: Matter, who: Caller, now: datetime) -> dict[str, Any]:
    """Give everything about one matter to somebody who may look at it."""
    role = who.viewer.role if who.viewer else "resident"
    return {
        **brief(matter, who.lang, now),
        "clocks": [clock_body(clock, who.lang, now) for clock in matter.clocks],
        "book": matter.book, "generation": matter.generation, "plan": matter.plan, "term": matter.term,
        "seat": matter.seat, "level": matter.level, "district": matter.district, "activity": matter.activity,
        "why": told(matter.reason["key"], who.lang, matter.reason["facts"]), "merged": list(matter.merged),
        "seal": matter.seal,
        "history": [happened_body(one, who.lang) for one in history(unit, matter)],
        "next": [next_body(one, who.lang) for one in options(unit, matter, role)],
        "likely_same": [
            {"code": one.code, "text": one.text, "metres": one.metres, "likeness": one.likeness, "days": one.days,
             "why": told(one.why["key"], who.lang, one.why["facts"])}
            for one in (likely_same(unit, matter, now=now) if not matter.ended else ())
        ],
    }  # fmt: skip


def public(unit: Session, matter: Matter, lang: str, now: datetime) -> dict[str, Any]:
    """Give what whoever holds a ticket is told: how it stands and what was answered, no names but the deputy's."""
    return {
        "code": matter.via or matter.code, "text": matter.text if not matter.via else "", "state": matter.state,
        "state_title": matter.state_title[lang], "merged_into": matter.code if matter.via else "",
        "unit": matter.unit, "station": asdict(matter.station), "deputy": matter.deputy.name,
        "received_at": stamp(matter.received_at), "ended": matter.ended, "events": matter.events,
        "rating": matter.rating, "clocks": [clock_body(clock, lang, now) for clock in matter.clocks],
        "why": told(matter.reason["key"], lang, matter.reason["facts"]),
        "history": [
            {"title": one.title[lang], "at": stamp(one.at), "role": one.role, "state": one.after_title[lang],
             "facts": {name: one.facts[name] for name in TOLD if name in one.facts and one.move in PUBLIC_MOVES}}
            for one in history(unit, matter)
        ],
        "next": [next_body(one, lang) for one in options(unit, matter) if one.allowed],
        "synthetic": matter.synthetic,
    }  # fmt: skip


def clock_body(clock: Clock, lang: str, now: datetime) -> dict[str, Any]:
    """Give one clock: the unit it counts against, the time left, and why it ends then."""
    left = clock.left(now)
    return {
        "clock": clock.clock, "title": clock.title[lang], "against": clock.against, "who": clock.who,
        "started": stamp(clock.started), "due": stamp(clock.due), "stopped": stamp(clock.stopped),
        "paused": clock.paused, "late": clock.late,
        "hours_left": None if left is None else round(left.total_seconds() / 3600, 1),
        "provisional": clock.provisional, "assumed": clock.assumed, "basis": clock.basis[lang],
        "why": told(clock.reason["key"], lang, clock.reason["facts"]),
        "days_left_out": reason_text(dict(clock.counted), lang) if clock.counted else "",
    }  # fmt: skip


def happened_body(one: Happened, lang: str) -> dict[str, Any]:
    """Give one event."""
    return {
        "seq": one.seq, "move": one.move, "title": one.title[lang], "at": stamp(one.at), "actor": one.actor,
        "role": one.role, "facts": dict(one.facts), "before": one.before, "after": one.after,
        "state": one.after_title[lang], "note": one.note,
    }  # fmt: skip


def next_body(one: Next, lang: str) -> dict[str, Any]:
    """Give one move that may come next, or why it may not."""
    return {
        "move": one.move, "title": one.title[lang], "allowed": one.allowed,
        "why": told(one.why["key"], lang, one.why["facts"]),
        "needs": [
            {"name": need.name, "title": need.title[lang], "offered": list(need.offered),
             "choices": {code: words[lang] for code, words in need.choices.items()}}
            for need in one.needs
        ],
    }  # fmt: skip


def measure_body(row: Measured) -> dict[str, Any]:
    """Give the measures of one place, every share with its numbers."""
    values: Mapping[str, Any] = {name: getattr(row, name) for name in Measured.__slots__}
    return {
        name: {"number": value.number, "of": value.of, "share": value.share} if isinstance(value, Share) else value
        for name, value in values.items()
    }


def stamp(at: datetime | None) -> str | None:
    """Write an instant, or nothing."""
    return None if at is None else at.isoformat()
