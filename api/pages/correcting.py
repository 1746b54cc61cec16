"""Correcting an activity that was sent back: the same form with everything in it, saved over the same record."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.door import ACaller, AHouse, AnAtlas, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.entering import Written, draft_of, form_page, is_deputy, own_town, written_of
from api.routes.activities import activity_subject, entry_subjects, somebody
from api.telling import told
from data.rules import kinds
from services.activities import refuse_others
from services.atlas import Atlas
from services.correcting import correct
from services.drafts import DraftError, ground
from services.errors import ActError
from services.register import Registered, by_code, history, sent_back

router = APIRouter(prefix="/activities/{code}/correct")


@router.get("")
def correct_page(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show the form with what was entered, and above it why it came back."""
    act = by_code(unit, code)
    who.must("activity.correct", activity_subject(act, who.viewer))
    refuse_others(who.act, somebody(who), act)
    return form_again(request, who, atlas, act, written_again(who, atlas, act), why=sent_back(history(unit, act)))


def written_again(who: Caller, atlas: Atlas, act: Registered) -> Written:
    """Give an activity as it stands in the form."""
    place = f"grid:{act.grid}" if act.grid else f"station:{act.station}" if act.station else ""
    starts = "" if act.starts_minute is None else f"{act.starts_minute // 60:02d}:{act.starts_minute % 60:02d}"
    return Written(
        kind=act.kind, on=act.on.isoformat(), place=place, people=tuple(one.person for one in act.people),
        lead=act.people[0].person if act.people else "", mode=act.mode, title=act.title,
        hours="" if act.hours_tenths is None else f"{act.hours_tenths / 10:g}",
        half_days="" if act.half_days is None else str(act.half_days),
        served="" if act.served is None else str(act.served), starts=starts, witnesses=act.witnesses,
        roll_call=act.source == "roll_call", town=next(iter(act.towns), "") or own_town(who, atlas),
        key=str(act.version),
    )  # fmt: skip


def form_again(
    request: Request, who: Caller, atlas: Atlas, act: Registered, written: Written, *, why: str = "", **more: Any
) -> Response:
    """Dress the form; it goes to the activity's own address."""
    kind = next((one for one in kinds() if one.code == written.kind), kinds()[0])
    return form_page(request, who, atlas, kind, written, action=f"/activities/{quote(act.code)}/correct",
                     sent_back=why, **more)  # fmt: skip


@router.post("")
async def correct_it(request: Request, code: str, who: ACaller, house: AHouse, atlas: AnAtlas) -> Response:
    """Save the corrected activity and report it again."""
    form = await read_form(request, who)
    return await run_in_threadpool(corrected, request, who, house, atlas, code, form)


def corrected(request: Request, who: Caller, house: House, atlas: Atlas, code: str, form: Form) -> Response:
    """Check the form and change the record; what must be mended comes back with everything that was typed."""
    with house.store.reading() as unit:
        act = by_code(unit, code)
        why = sent_back(history(unit, act))
    who.must("activity.correct", activity_subject(act, who.viewer))
    written = written_of(who, form)

    def again(**more: Any) -> Response:
        return form_again(request, who, atlas, act, written, why=why, **more)

    draft, flaws = draft_of(written)
    if flaws:
        return again(flaws=flaws, status=422)
    try:
        with house.store.unit() as unit:
            found = ground(unit, draft, who.act.today)
            for subject in entry_subjects(found, somebody(who)):
                who.must("activity.correct" if is_deputy(who) else "activity.enter", subject)
            correct(unit, who.act, viewer=somebody(who), code=code, found=found, version=form.number("key"))
    except DraftError as wrong:
        return again(flaws=wrong.flaws, status=422)
    except (ActError, ValueError) as wrong:
        key, facts = (wrong.key, wrong.facts) if isinstance(wrong, ActError) else ("error.form", {})
        return again(problem=told(key, who.lang, facts), status=getattr(wrong, "status", 400))
    return RedirectResponse(f"/activities/{quote(code)}?done=resubmit", status_code=303)
