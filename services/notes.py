"""Dunning notes (催办单) on paper: which matter, since when, by which deadline, to the unit that handles it."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from data.messages import say
from data.qrcodes import on_paper
from services.act import CIVIL
from services.atlas import Atlas
from services.cards import footer, set_paper
from services.errors import BadRequestError
from services.instance import setting
from services.matters import Matter
from services.matters_inbox import Dunning, dunning


def print_notes(
    unit: Session, atlas: Atlas, matters: Sequence[Matter], lang: str, *, now: datetime, today: date, address: str,
    fonts: Sequence[Path],
) -> bytes:  # fmt: skip
    """Print a note for each matter, one to a page, as PDF. Raises BadRequestError where there is none to dun."""
    if not matters:
        raise BadRequestError("error.no_notes")
    facts = {
        "title": say("dunning.title", lang),
        "heading": say("dunning.title", lang),
        "synthetic": say("synthetic.ribbon", lang) if atlas.synthetic else "",
        "footer": footer(atlas, lang, today),
        "signed": {name: say(f"dunning.signed.{name}", lang) for name in ("unit", "seal", "receiver", "day")},
        "notes": [
            note_of(dunning(unit, matter, now=now), matter, lang, place=str(setting(unit, "instance.name")),
                    address=address)
            for matter in matters
        ],
    }  # fmt: skip
    return set_paper("dunning", facts, "pdf", lang, fonts)


def note_of(found: Dunning, matter: Matter, lang: str, *, place: str, address: str) -> dict[str, Any]:
    """Write one note; it is addressed to the handling unit and names no deputy as late."""
    rows = [
        ("matter.page.number", matter.code),
        ("dunning.what", matter.text),
        ("matter.page.place", " · ".join(filter(None, (matter.town.name, matter.grid.name, matter.place)))),
        ("dunning.asked", moment(found.assigned, lang)),
        ("dunning.due", moment(found.due, lang)),
        ("dunning.overdue", overdue(found, lang)),
    ]
    return {
        "number": say("dunning.number", lang, number=found.number),
        "to": say("dunning.to", lang, unit=found.unit or place),
        "text": say("dunning.text", lang, time=found.time),
        "ask": say("dunning.ask", lang),
        "rows": [{"label": say(key, lang), "text": text} for key, text in rows if text],
        "qr": on_paper(f"{address}/matters/{matter.code}"),
    }


def overdue(found: Dunning, lang: str) -> str:
    """Say by how much the unit is over its time; nothing where it is still in time."""
    if found.overdue is None or found.overdue.total_seconds() <= 0:
        return ""
    hours = int(found.overdue.total_seconds() // 3600)
    return say("matter.page.span.days", lang, days=hours // 24, hours=hours % 24)


def moment(at: datetime | None, lang: str) -> str:
    """Write an instant as day and time of day."""
    if at is None:
        return ""
    civil = at.astimezone(CIVIL)
    if lang == "zh":
        return f"{civil.year}年{civil.month}月{civil.day}日 {civil:%H:%M}"
    return f"{civil:%Y-%m-%d %H:%M}"
