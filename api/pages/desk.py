"""The desk of a congress: what its pages share when a form was sent: do it, or show the page again and say why not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.door import Caller, House
from api.pages.shell import page
from api.telling import told
from data.flaws import render
from services.atlas import Atlas
from services.errors import ActError, FlawedError, NotFoundError

TABS = (
    ("plans", "/congress/plans", "plan.look"),
    ("propose", "/congress/propose", "plan.propose"),
    ("locks", "/congress/locks", "plan.propose"),
    ("generations", "/congress/generations", "plan.look"),
    ("import", "/congress/import", "import.run"),
    ("terms", "/terms", "plan.look"),
    ("seats", "/congress/seats", "seats.manage"),
    ("papers", "/congress/papers", "circular.look"),
    ("decisions", "/congress/decisions", "seats.manage"),
)


def atlas_today(house: House, who: Caller) -> Atlas | None:
    """Give what is in force today; None before anything is."""
    try:
        return house.atlases.on(who.act.today)
    except NotFoundError:
        return None


def desk(
    request: Request, template: str, *, who: Caller, house: House, tab: str, atlas: Atlas | None = None,
    **context: Any,
) -> Response:  # fmt: skip
    """Dress a page of the desk with the way to the others."""
    tabs = [(name, href, name == tab) for name, href, act in TABS if who.may(act, who.reach)]
    return page(
        request, template, who=who, name="coverage", atlas=atlas or atlas_today(house, who), tabs=tabs, **context
    )


def try_act(who: Caller, do: Callable[[], str], again: Callable[[str], Response]) -> Response:
    """Do what a form asks and go where it says; what cannot be done is said on the form's own page."""
    try:
        href = do()
    except ActError as wrong:
        return again(problem_text(wrong, who.lang))
    except ValueError:
        return again(told("desk.form", who.lang, {}))
    return RedirectResponse(href, status_code=303)


def problem_text(wrong: ActError, lang: str) -> str:
    """Say why something was not done; of a flawed file the first fatal flaw too."""
    text = told(wrong.key, lang, wrong.facts)
    if isinstance(wrong, FlawedError):
        fatal = next((flaw for flaw in wrong.flaws if flaw.fatal), None)
        if fatal is not None:
            text += " " + " ".join(render(fatal, lang))
    return text


def done_at(path: str, done: str, **query: Any) -> str:
    """Give the address of a page that says what was done."""
    return path + "?" + urlencode({"done": done, **query})


def must_check(checked: bool) -> None:
    """Refuse what cannot be undone until its box is ticked. Raises ActError."""
    if not checked:
        raise ActError("plan.form.checked")
