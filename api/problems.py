"""Problems: one table turns every error into RFC 9457 problem details, or into a page that says what to do next."""

import logging
import secrets
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.door import Refusal, language, wants_page
from api.pages.shell import error_page
from api.telling import answer_facts, told
from data.flaws import render
from data.messages import say
from data.store import StoreBusyError
from gridmap.datum import UnknownDatum
from services.drafts import DraftError
from services.errors import ActError, FlawedError

MEDIA_TYPE = "application/problem+json"
REFUSED_STATUS = {"permission.refused.log_in": 401, "permission.refused.turned_off": 409}  # else 403
LOG = logging.getLogger("sanlian")
TICKETS = ("ticket", "code")  # parts of a path that open a matter to whoever reads them


PROBLEM = {
    "description": "RFC 9457 problem details: what went wrong, in the caller's language and in English",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "title_en", "status", "instance"],
                "properties": {
                    "type": {"type": "string", "description": "urn:sanlian: and the message key"},
                    "title": {"type": "string"},
                    "title_en": {"type": "string"},
                    "status": {"type": "integer"},
                    "instance": {"type": "string", "description": "the path that was asked"},
                    "why": {"type": "string", "description": "of a refusal: who may, and why not this caller"},
                },
            }
        }
    },
}


def problem(request: Request, *, status: int, key: str, facts: dict[str, Any] | None = None, **more: Any) -> Response:
    """Answer with what went wrong, in the form that the caller reads."""
    lang = language(request)
    title = told(key, lang, facts or {})
    if wants_page(request):
        return error_page(request, status=status, title=title, key=key)
    body = {
        "type": f"urn:sanlian:{key}",
        "title": title,
        "title_en": told(key, "en", facts or {}),
        "status": status,
        "instance": request.url.path,
        **more,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def act_problem(request: Request, wrong: Exception) -> Response:
    """Answer for an act that was not done."""
    assert isinstance(wrong, ActError)
    more: dict[str, Any] = {}
    if isinstance(wrong, FlawedError):
        more["flaws"] = [
            {"file": flaw.file, "line": flaw.line, "feature": flaw.feature, "field": flaw.field,
             "problem": render(flaw, "zh")[0], "remedy": render(flaw, "zh")[1], "fatal": flaw.fatal}
            for flaw in wrong.flaws
        ]  # fmt: skip
    if isinstance(wrong, DraftError):
        more["flaws"] = [
            {"field": flaw.field, "problem": say(flaw.key, language(request), **flaw.facts)} for flaw in wrong.flaws
        ]
    return problem(request, status=wrong.status, key=wrong.key, facts=wrong.facts, **more)


def refusal_problem(request: Request, wrong: Exception) -> Response:
    """Answer for what the permission question refused, with its reason."""
    assert isinstance(wrong, Refusal)
    status = REFUSED_STATUS.get(wrong.answer.why_key, 403)
    if wants_page(request):
        return error_page(
            request, status=status, title=say("error.refused", language(request)), key="error.refused",
            answer=wrong.answer, anonymous=wrong.anonymous,
        )  # fmt: skip
    lang = language(request)
    why = say(wrong.answer.why_key, lang, **answer_facts(wrong.answer, lang))
    response = problem(request, status=status, key="error.refused", why=why)
    if wrong.anonymous:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def datum_problem(request: Request, wrong: Exception) -> Response:
    """Answer for a datum that is not one."""
    assert isinstance(wrong, UnknownDatum)
    return problem(
        request, status=400, key="error.datum", facts={"datum": wrong.given, "known": " ".join(wrong.accepted)}
    )


def validation_problem(request: Request, wrong: Exception) -> Response:
    """Answer for parameters that do not fit, each named."""
    assert isinstance(wrong, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in error["loc"]), "problem": error["msg"]} for error in wrong.errors()
    ]
    fields = ", ".join(error["field"] for error in errors)
    return problem(request, status=422, key="error.parameters", facts={"fields": fields}, errors=errors)


def http_problem(request: Request, wrong: Exception) -> Response:
    """Answer for a path or method that is not here."""
    assert isinstance(wrong, HTTPException)
    known = {404: "error.no_page", 405: "error.method", 413: "error.too_large"}
    response = problem(
        request, status=wrong.status_code, key=known.get(wrong.status_code, "error.http"),
        facts={"status": wrong.status_code, "path": request.url.path},
    )  # fmt: skip
    for name, value in (wrong.headers or {}).items():
        response.headers[name] = value
    return response


def busy_problem(request: Request, wrong: Exception) -> Response:  # noqa: ARG001
    """Answer while another writer holds the store."""
    response = problem(request, status=503, key="error.busy")
    response.headers["Retry-After"] = "2"
    return response


def fault_problem(request: Request, wrong: Exception) -> Response:
    """Answer for a fault of our own: a number to quote, under which the log has the rest, and nothing of the inside."""
    number = secrets.token_hex(4)
    LOG.error("fault %s at %s %s", number, request.method, loggable_path(request), exc_info=wrong)
    return problem(request, status=500, key="error.fault", facts={"number": number}, number=number)


def loggable_path(request: Request) -> str:
    """Give the path without what a log may not keep: whoever has a ticket can follow its matter."""
    path = request.url.path
    for name in TICKETS:
        if name in request.path_params:
            path = path.replace(str(request.path_params[name]), f"{{{name}}}")
    return path


def misfit_problem(request: Request, wrong: Exception) -> Response:
    """Answer for a value that no column of the database can hold: a number too large, a text with a NUL in it."""
    LOG.warning("a value that does not fit at %s %s: %s", request.method, loggable_path(request), type(wrong).__name__)
    return problem(request, status=400, key="error.form")


def install(app: FastAPI) -> None:
    """Enter the table into an application."""
    app.add_exception_handler(ActError, act_problem)
    app.add_exception_handler(Refusal, refusal_problem)
    app.add_exception_handler(UnknownDatum, datum_problem)
    app.add_exception_handler(RequestValidationError, validation_problem)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(StoreBusyError, busy_problem)
    app.add_exception_handler(DataError, misfit_problem)
    app.add_exception_handler(OverflowError, misfit_problem)
