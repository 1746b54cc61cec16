"""Files in, by a page: a file is sent once, checked to its last flaw, tried without a trace, and then imported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.door import ACaller, AHouse, AReading, Caller, House
from api.forms import Form, read_form
from api.pages.desk import desk, done_at, problem_text
from api.pages.furniture import Option
from api.uploading import read_upload
from data.flaws import Flaw, render, where
from data.messages import say
from data.tables import Generation, Term
from gridmap.datum import UnknownDatum
from services.errors import ActError, BadRequestError, FlawedError
from services.imports import CELL_KINDS, KINDS, Imported, bring, examine
from services.instance import is_frozen
from services.uploads import Upload, find_upload, take_in

router = APIRouter(prefix="/congress/import")
DATUMS = ("cgcs2000", "wgs84", "gcj02", "bd09")
PLACED = (*CELL_KINDS, "addresses", "stations")  # kinds with coordinates
FIELDS = ("kind", "layer", "datum", "other", "term", "generation", "source")
SHOWN = 200  # flaws on the page


@dataclass(frozen=True, slots=True, kw_only=True)
class FlawLine:
    """A flaw as the page writes it."""

    where: str
    code: str
    problem: str
    remedy: str
    fatal: bool


@router.get("")
def import_page(
    request: Request, who: ACaller, house: AHouse, unit: AReading, done: str = "", kind: str = "", rows: int = 0,
    generation: str = "", term: str = "",
) -> Response:  # fmt: skip
    """Show the form that sends a file."""
    who.must("import.run")
    text = ""
    if done == "imported" and kind in KINDS:
        text = say("import.page.done", who.lang, kind=kind_text(kind, who.lang), rows=rows, generation=generation)
    return shown(request, who, house, unit, done=text, asked={"generation": generation, "term": term})


def kind_text(kind: str, lang: str) -> str:
    """Name a kind of file; one that has no words yet by its own name."""
    try:
        return say(f"import.kind.{kind}", lang)
    except KeyError:
        return kind


def shown(
    request: Request, who: Caller, house: House, unit: Session, *, done: str = "", problem: str = "",
    asked: dict[str, str] | None = None, **report: Any,
) -> Response:  # fmt: skip
    """Dress the page: the form, or the report of a file that waits with its next step."""
    given = dict.fromkeys(FIELDS, "") | (asked or {})
    terms = [row.name for row in unit.scalars(select(Term).order_by(Term.starts_on)) if not is_frozen(row)]
    grounds = unit.execute(
        select(Generation.name, Term.name, Generation.state).join(Term).order_by(Generation.id.desc())
    ).all()
    nothing: dict[str, Any] = {"upload": None, "flaws": [], "flaws_all": 0, "fatal": 0, "rows": 0, "tried": None}
    return desk(
        request, "import.html", who=who, house=house, tab="import", status=422 if problem else 200, done=done,
        problem=problem, asked=given, kind_name=kind_text(given["kind"], who.lang) if given["kind"] else "",
        kinds=[Option(value=kind, label=kind_text(kind, who.lang), selected=kind == given["kind"]) for kind in KINDS],
        layers=[
            Option(value=name, label=say(f"import.layer.{name or 'none'}", who.lang), selected=name == given["layer"])
            for name in ("", "county", "town")
        ],
        datums=[
            Option(value=name, label=say(f"import.datum.{name or 'none'}", who.lang), selected=name == given["datum"])
            for name in ("", *DATUMS)
        ],
        terms=[Option(value=name, label=name, selected=name == given["term"]) for name in terms],
        grounds=[
            (name, say("import.ground", who.lang, generation=name, term=term,
                       state=say(f"generation.state.{state}", who.lang)))
            for name, term, state in grounds
        ],
        **(nothing | report),
    )  # fmt: skip


@router.post("")
async def send(request: Request, who: ACaller, house: AHouse) -> Response:
    """Take a file in and list every flaw of it."""
    who.must("import.run")
    form, file = await read_upload(request, who)
    try:
        return await run_in_threadpool(sent, request, who, house, form, file)
    finally:
        if file is not None:
            await file.close()


def sent(request: Request, who: Caller, house: House, form: Form, file: UploadFile | None) -> Response:
    """Lay the file down and check it."""
    asked = {name: form.one(name) for name in FIELDS}
    try:
        if file is None or not file.filename:
            raise BadRequestError("error.upload_none")
        upload = take_in(house.settings.home, file.file, file.filename, who.act.at)
    except ActError as wrong:
        with house.store.reading() as unit:
            return shown(request, who, house, unit, problem=problem_text(wrong, who.lang), asked=asked)
    return checked(request, who, house, upload, asked)


def options(asked: dict[str, str], upload: Upload) -> dict[str, Any]:
    """Give what `bring` and `examine` take. Raises BadRequestError for a kind that is not one."""
    if asked["kind"] not in KINDS:
        raise BadRequestError("error.kind", kind=asked["kind"], known=" ".join(KINDS))
    datum = asked["other"] or asked["datum"] or None
    return {
        "kind": asked["kind"], "path": upload.path, "datum": datum if asked["kind"] in PLACED else None,
        "layer": asked["layer"] if asked["kind"] == "districts" else "", "term": asked["term"] or None,
        "generation": asked["generation"] or None,
    }  # fmt: skip


def checked(request: Request, who: Caller, house: House, upload: Upload, asked: dict[str, str]) -> Response:
    """List every flaw and change nothing."""
    return reported(request, who, house, upload, asked, lambda unit: (*examine_of(unit, who, upload, asked), None))


def examine_of(unit: Session, who: Caller, upload: Upload, asked: dict[str, str]) -> tuple[int, tuple[Flaw, ...]]:
    """Check a file beside what is loaded; whatever that needs is taken back."""
    found = examine(unit, who.act, **options(asked, upload))
    unit.rollback()
    return found


Look = Callable[[Session], tuple[int, tuple[Flaw, ...], Imported | None]]


def reported(
    request: Request, who: Caller, house: House, upload: Upload, asked: dict[str, str], look: Look
) -> Response:
    """Show what a look at a waiting file found: its flaws, what it would change, or why it cannot be read."""
    problem = ""
    rows, tried = 0, None
    flaws: tuple[Flaw, ...] = ()
    try:
        with house.store.unit() as unit:
            rows, flaws, tried = look(unit)
            unit.rollback()
    except FlawedError as wrong:
        flaws, rows = wrong.flaws, int(wrong.facts.get("rows", 0))
    except ActError as wrong:
        problem = problem_text(wrong, who.lang)
    except UnknownDatum as unknown:
        problem = say("error.datum", who.lang, datum=unknown.given, known=" ".join(unknown.accepted))
    with house.store.reading() as unit:
        return shown(
            request, who, house, unit, problem=problem, asked=asked, upload=upload, rows=rows,
            flaws=[flaw_line(flaw, who.lang) for flaw in sorted(flaws, key=lambda flaw: not flaw.fatal)[:SHOWN]],
            flaws_all=len(flaws), fatal=sum(flaw.fatal for flaw in flaws), tried=tried,
        )  # fmt: skip


def flaw_line(flaw: Flaw, lang: str) -> FlawLine:
    """Write a flaw: where, what, and how to mend it."""
    problem, remedy = render(flaw, lang)
    return FlawLine(where=where(flaw, lang), code=flaw.code, problem=problem, remedy=remedy, fatal=flaw.fatal)


@router.post("/{sha256}/try")
async def try_it(request: Request, who: ACaller, house: AHouse, sha256: str) -> Response:
    """Import a waiting file on trial and take everything back."""
    who.must("import.run")
    return await run_in_threadpool(tried_out, request, who, house, sha256, await read_form(request, who))


def tried_out(request: Request, who: Caller, house: House, sha256: str, form: Form) -> Response:
    """Say what an import would change."""
    asked = {name: form.one(name) for name in FIELDS}
    upload = find_upload(house.settings.home, sha256)

    def look(unit: Session) -> tuple[int, tuple[Flaw, ...], Imported | None]:
        done = bring(unit, who.act, **options(asked, upload), source=asked["source"][:400], dry_run=True)
        return done.rows, done.flaws, done

    return reported(request, who, house, upload, asked, look)


@router.post("/{sha256}/keep")
async def keep(request: Request, who: ACaller, house: AHouse, sha256: str) -> Response:
    """Import a waiting file."""
    who.must("import.run")
    return await run_in_threadpool(kept, request, who, house, sha256, await read_form(request, who))


def kept(request: Request, who: Caller, house: House, sha256: str, form: Form) -> Response:
    """Import the file, or say why not; all of it or nothing."""
    asked = {name: form.one(name) for name in FIELDS}
    upload = find_upload(house.settings.home, sha256)
    try:
        with house.store.unit() as unit:
            done = bring(unit, who.act, **options(asked, upload), source=asked["source"][:400])
    except (ActError, UnknownDatum):
        return checked(request, who, house, upload, asked)
    where_to = done_at(
        "/congress/import", "imported", kind=done.kind, rows=done.rows, generation=done.generation, term=done.term
    )
    return RedirectResponse(where_to, status_code=303)
