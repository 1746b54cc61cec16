"""The permission table, asked at every door as every role and as nobody: the door answers what the table says."""

import sqlite3
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi.routing import APIRoute

import api.pages
import api.routes
from congress.permissions import ROLES, Subject, Viewer, may

if TYPE_CHECKING:
    from tests.conftest import Served

PUBLIC = ""
# Every door: its act (PUBLIC: asks nothing), what the act is about, and what the door answers when it may.
DOORS: dict[tuple[str, str], tuple[str, str, int]] = {
    ("GET", "/"): (PUBLIC, "", 200),
    ("GET", "/congress"): (PUBLIC, "", 303),
    ("GET", "/grid"): ("locate.look", "", 200),
    ("GET", "/q/{code}"): ("deputy.card", "", 200),
    ("GET", "/q/{code}/card.pdf"): ("card.print", "", 200),
    ("GET", "/cards"): ("card.print", "", 200),
    ("GET", "/matters"): ("matter.look", "own reach", 200),
    ("GET", "/matters/new"): ("matter.receive", "", 200),
    ("GET", "/matters/measures"): ("matter.measure", "", 200),
    ("GET", "/matters/measures.{fmt}"): ("matter.measure", "", 200),
    ("GET", "/m"): ("matter.follow", "", 200),
    ("GET", "/kiosk/{station}"): (PUBLIC, "", 200),
    ("GET", "/kiosk/{station}/find"): ("locate.look", "", 200),
    ("GET", "/kiosk/{station}/new"): ("matter.receive", "", 200),
    ("GET", "/maps/matters"): ("map.coverage", "", 200),
    ("GET", "/maps/matters.{fmt}"): ("map.coverage", "", 200),
    ("GET", "/login"): (PUBLIC, "", 200),
    ("GET", "/healthz"): (PUBLIC, "", 200),
    ("GET", "/readyz"): (PUBLIC, "", 200),
    ("GET", "/maps/deputies/{person}"): ("deputy.card", "", 200),
    ("GET", "/maps/gridworkers/{code}"): ("map.coverage", "", 200),
    ("GET", "/maps/stations"): ("map.coverage", "", 200),
    ("GET", "/maps/activities"): ("map.coverage", "", 200),
    ("GET", "/maps/coverage.svg"): ("map.coverage", "", 200),
    ("GET", "/locate"): ("locate.look", "", 200),
    ("GET", "/deputies"): ("deputy.card", "", 200),
    ("GET", "/deputies.{fmt}"): ("deputy.card", "", 200),
    ("GET", "/deputies/{person}"): ("deputy.card", "", 200),
    ("GET", "/deputies/{person}/statement.{fmt}"): ("points.look", "person", 200),
    ("GET", "/maps/coverage"): ("coverage.look", "", 200),
    ("GET", "/maps/coverage.{fmt}"): ("coverage.look", "", 200),
    ("GET", "/maps/plan.{fmt}"): ("plan.look", "", 200),
    ("GET", "/congress/plans"): ("plan.look", "", 200),
    ("GET", "/congress/plans/{plan}"): ("plan.look", "", 200),
    ("GET", "/congress/plans/{plan}/paper"): ("plan.look", "", 200),
    ("GET", "/congress/plans/{plan}/{what}.{fmt}"): ("plan.look", "", 200),
    ("GET", "/congress/seats"): ("seats.manage", "", 200),
    ("GET", "/congress/decisions"): ("seats.manage", "", 200),
    ("GET", "/congress/plans/{plan}/cuts"): ("plan.look", "", 200),
    ("GET", "/congress/plans/{plan}/cuts.{fmt}"): ("plan.look", "", 200),
    ("GET", "/congress/propose"): ("plan.propose", "", 200),
    ("GET", "/congress/locks"): ("plan.propose", "", 200),
    ("GET", "/congress/generations"): ("plan.look", "", 200),
    ("GET", "/congress/import"): ("import.run", "", 200),
    ("GET", "/terms"): ("plan.look", "", 200),
    ("GET", "/congress/periods"): ("period.look", "", 200),
    ("GET", "/congress/papers"): ("circular.look", "own town", 200),
    ("GET", "/congress/papers/electors-due.{fmt}"): ("circular.look", "own town", 200),
    ("GET", "/congress/rules"): ("rules.try", "", 200),
    ("GET", "/congress/rules/schema.json"): ("rules.try", "", 200),
    ("GET", "/congress/fairness"): ("fairness.look", "", 200),
    ("GET", "/congress/fairness.{fmt}"): ("fairness.look", "", 200),
    ("GET", "/published"): ("published.look", "", 200),
    ("GET", "/schemas/rulebook.json"): (PUBLIC, "", 200),
    ("GET", "/activities"): ("activity.look", "own reach", 200),
    ("GET", "/activities/new"): ("activity.enter", "own reach", 200),
    ("GET", "/rankings"): ("rankings.look", "own town", 200),
    ("GET", "/rankings.{fmt}"): ("rankings.look", "own town", 200),
    ("GET", "/calendar/deputy/{person}.ics"): ("deputy.card", "", 200),
    ("GET", "/calendar/station/{code}.ics"): ("locate.look", "", 200),
    ("GET", "/calendar/town/{code}.ics"): ("locate.look", "", 200),
    ("GET", "/tiles/{layer}.json"): ("map.public", "", 200),
    ("GET", "/tiles/{layer}/{z}/{x}/{y}.mvt"): ("map.public", "", 200),
    ("GET", "/api/v1/matters"): ("matter.look", "own reach", 200),
    ("GET", "/api/v1/matters/measures"): ("matter.measure", "", 200),
    ("GET", "/api/v1/locate"): ("locate.look", "", 200),
    ("POST", "/api/v1/locate/batch"): ("locate.look", "", 200),
    ("GET", "/api/v1/search"): ("locate.look", "", 200),
    ("GET", "/api/v1/grids/{code}"): ("locate.look", "", 200),
    ("GET", "/api/v1/districts/{code}"): ("locate.look", "", 200),
    ("GET", "/api/v1/stations/{code}"): ("locate.look", "", 200),
    ("GET", "/api/v1/deputies/{person}"): ("deputy.card", "", 200),
    ("GET", "/api/v1/deputies/{person}/points"): ("points.look", "person", 200),
    ("GET", "/api/v1/coverage"): ("coverage.look", "", 200),
    ("GET", "/api/v1/rankings"): ("rankings.look", "county", 200),
}
# doors that need more than an address, each told in the file of its own; and the same print in slower formats
ELSEWHERE = {
    ("GET", "/me"), ("GET", "/published/{period}"), ("GET", "/published/{period}.{fmt}"),
    ("GET", "/activities/{code}/correct"), ("GET", "/activities/{code}"), ("GET", "/activities/{code}/files/{number}"),
    ("GET", "/deputies/{person}/report-to-electors.{fmt}"), ("GET", "/congress/papers/circular.{fmt}"),
    ("GET", "/congress/papers/year-end.{fmt}"), ("GET", "/congress/papers/brief.{fmt}"),
    ("GET", "/congress/papers/talk.{fmt}"),
    ("GET", "/maps/coverage.pdf"), ("GET", "/maps/coverage.png"), ("GET", "/maps/wall/{what}.{form}"),
    ("GET", "/grid/{code}/{paper}.{form}"), ("GET", "/grid/offline.{fmt}"), ("GET", "/cards.pdf"),
    ("GET", "/congress/jobs/{number}"), ("GET", "/congress/generations/compare"),
    ("GET", "/congress/generations/lineage.{fmt}"), ("GET", "/congress/decisions/{number}/paper"),
    ("GET", "/congress/plans/{plan}/paper.pdf"),
    ("GET", "/m/{ticket}"), ("GET", "/matters/{code}"), ("GET", "/api/v1/matters/{code}"),
    ("GET", "/matters/{code}/dunning.pdf"),
    ("GET", "/matters/dunning.pdf"), ("GET", "/maps/activities.{fmt}"), ("GET", "/maps/deputies/{person}/print.{fmt}"),
}  # fmt: skip
QUERIES = {
    "/api/v1/locate": "?lon=112.96&lat=22.77&datum=wgs84",
    "/api/v1/locate/batch": "?datum=wgs84",
    "/api/v1/search": "?q=x",
    "/api/v1/rankings": "?level=town",
    "/api/v1/matters/measures": "?period=2026",
}
STATUS = {"permission.refused.log_in": 401, "permission.refused.turned_off": 409}


def doors() -> Iterator[tuple[str, str]]:
    for package in (api.pages, api.routes):
        for found in iter_modules(package.__path__, package.__name__ + "."):
            router = getattr(import_module(found.name), "router", None)
            for route in router.routes if router is not None else ():
                assert isinstance(route, APIRoute)
                yield from ((method, route.path) for method in route.methods)


def test_every_door_that_shows_something_stands_in_this_table() -> None:
    shown = {(method, path) for method, path in doors() if method == "GET" or (method, path) in DOORS}
    assert sorted(shown - ELSEWHERE) == sorted(DOORS)


@pytest.fixture(scope="module")
def people(heshan: "Served") -> dict[str, tuple[str, str]]:
    """Give the deputy with a log-in and one of another town: id and town."""
    base = sqlite3.connect(heshan.home / "sanlian.db")
    own = base.execute("SELECT person_id, scope_code FROM account WHERE role = 'deputy'").fetchone()
    other = base.execute(
        "SELECT person_id, max(town_code) FROM seat GROUP BY person_id"
        " HAVING count(*) = 1 AND max(level) = 'town' AND max(town_code) <> ? ORDER BY 1",
        (own[1],),
    ).fetchone()
    base.close()
    return {"own": own, "other": other}


@pytest.fixture(scope="module")
def viewers(heshan: "Served") -> dict[str, Viewer | None]:
    """Give every role's viewer as the permission question knows it, and nobody."""
    base = sqlite3.connect(heshan.home / "sanlian.db")
    rows = base.execute("SELECT user_name, role, scope_code, person_id FROM account").fetchall()
    base.close()
    found: dict[str, Viewer | None] = {
        role: Viewer(user=user, role=role, scope=scope, person=person or "") for user, role, scope, person in rows
    }
    return found | {"": None}


def subject_of(about: str, viewer: Viewer | None, person: tuple[str, str]) -> Subject:
    if about == "person":
        return Subject(person=person[0], town=person[1])
    if about == "own town":  # the staff of a town are shown their own town first
        return Subject(setting="internal", town=viewer.scope if viewer and viewer.role == "town" else "")
    if about == "own reach" and viewer is not None:  # everybody is shown what is theirs
        return Subject(
            person=viewer.person, town=viewer.scope, station=viewer.scope, grid=viewer.scope, unit=viewer.scope
        )
    return Subject(setting="internal") if about == "county" else Subject()


CODES = {"grids": "440784001207001", "districts": "440784-X019", "stations": "LZ-001-01", "station": "LZ-001-01",
         "gridworkers": "WY-440784001006001", "q": "D-0001",
         "town": "440784103"}  # fmt: skip


def address(path: str, person: str) -> str:
    of = path.partition("/{code}")[0].rpartition("/")[2]
    filled = path.format(person=person, fmt="csv", code=CODES.get(of, ""), layer="towns", z=10, x=833, y=446,
                         what="links", plan=1, station="LZ-001-01")  # fmt: skip
    return filled + QUERIES.get(path, "")


def wrong_answers(
    client: httpx.Client, viewer: Viewer | None, person: tuple[str, str], asked: Iterable[tuple[str, str]]
) -> list[tuple[str, str, int, int]]:
    wrong = []
    for method, path in asked:
        act, about, when_allowed = DOORS[method, path]
        answer = may(viewer, act, subject_of(about, viewer, person)) if act else None
        expected = when_allowed if answer is None or answer.allowed else STATUS.get(answer.why_key, 403)
        accept = "application/json" if path.startswith("/api/") else "text/html"
        body = "lon,lat\n" if method == "POST" else None
        found = client.request(method, address(path, person[0]), content=body, headers={"Accept": accept})
        if found.status_code != expected:
            wrong.append((method, path, found.status_code, expected))
    return wrong


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_door_answers_what_the_permission_table_says(
    heshan: "Served", viewers: dict[str, Viewer | None], people: dict[str, tuple[str, str]], role: str
) -> None:
    assert not wrong_answers(heshan.client(role), viewers[role], people["own"], DOORS)


@pytest.mark.parametrize("role", ["", *ROLES])
def test_a_deputy_of_another_town_is_behind_the_doors_that_the_table_closes(
    heshan: "Served", viewers: dict[str, Viewer | None], people: dict[str, tuple[str, str]], role: str
) -> None:
    asked = [door for door, (_, about, _) in DOORS.items() if about == "person"]
    assert asked
    assert not wrong_answers(heshan.client(role), viewers[role], people["other"], asked)
