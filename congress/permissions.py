"""Permissions: who may do what is one table, and every answer says why, to whoever is refused too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

ROLES = ("deputy", "grid_worker", "station", "department", "town", "congress", "auditor", "admin")
RANKINGS = ("off", "internal")  # what a congress can set; off until it turns them on


class UnknownActError(LookupError):
    """The act is not in the table: the caller is wrong, nobody is refused."""


class Reach(Enum):
    """How far a role's permission goes; OWN and the following compare the subject with the viewer."""

    ALL = "all"
    OWN = "own"  # the viewer's own person
    TOWN = "town"  # the viewer's scope is the subject's town
    STATION = "station"
    GRID = "grid"
    UNIT = "unit"  # a department: the viewer's scope is the name of the handling unit


ALL, OWN, TOWN, STATION, GRID = Reach.ALL, Reach.OWN, Reach.TOWN, Reach.STATION, Reach.GRID
UNIT = Reach.UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may do one act: `public` is everybody without logging in, otherwise each role named has a reach.

    when_on: only while the congress has turned it on (subject.setting).  not_own: never about oneself.
    """

    public: bool = False
    roles: Mapping[str, Reach] = field(default_factory=dict)
    when_on: bool = False
    not_own: bool = False


EVERYBODY = Permission(public=True)
LOGGED_IN = Permission(roles=dict.fromkeys(ROLES, ALL))

# The table. An act that is not here cannot be asked for.
PERMISSIONS: Mapping[str, Permission] = MappingProxyType({
    "locate.look":         EVERYBODY,
    "deputy.card":         EVERYBODY,
    "card.print":          LOGGED_IN,  # cards and lists on paper: public facts, but work for the machine
    "map.public":          EVERYBODY,
    "map.coverage":        LOGGED_IN,
    "coverage.look":       LOGGED_IN,
    "rankings.look":       Permission(when_on=True, roles={
                               "deputy": ALL, "town": TOWN, "congress": ALL, "auditor": ALL, "admin": ALL}),
    "points.look":         Permission(roles={
                               "deputy": OWN, "town": TOWN, "congress": ALL, "auditor": ALL, "admin": ALL}),
    "activity.enter":      Permission(roles={
                               "deputy": OWN, "station": STATION, "town": TOWN, "congress": ALL}),
    "activity.verify":     Permission(not_own=True, roles={"town": TOWN, "congress": ALL}),
    "activity.look":       Permission(roles={
                               "deputy": OWN, "station": STATION, "town": TOWN, "congress": ALL, "auditor": ALL,
                               "admin": ALL}),
    "activity.confirm":    Permission(roles={"deputy": OWN}),
    "activity.correct":    Permission(roles={
                               "deputy": OWN, "station": STATION, "town": TOWN, "congress": ALL}),
    "activity.withdraw":   Permission(roles={
                               "deputy": OWN, "station": STATION, "town": TOWN, "congress": ALL}),
    "matter.receive":      EVERYBODY,
    "matter.follow":       EVERYBODY,  # who has a ticket: look, rate the handling, ask again
    "matter.look":         Permission(roles={
                               "deputy": OWN, "grid_worker": GRID, "station": STATION, "department": UNIT,
                               "town": TOWN, "congress": ALL, "auditor": ALL, "admin": ALL}),
    "matter.move":         Permission(roles={
                               "deputy": OWN, "grid_worker": GRID, "station": STATION, "department": UNIT,
                               "town": TOWN, "congress": ALL}),
    "matter.merge":        Permission(roles={"station": STATION, "town": TOWN, "congress": ALL}),
    "matter.route":        Permission(roles={"station": STATION, "town": TOWN, "congress": ALL}),
    "matter.measure":      LOGGED_IN,
    "circular.look":       Permission(roles={"town": TOWN, "congress": ALL, "auditor": ALL, "admin": ALL}),
    "period.look":         Permission(roles={"congress": ALL, "auditor": ALL, "admin": ALL}),
    "period.close":        Permission(roles={"congress": ALL}),
    "period.publish":      Permission(roles={"congress": ALL}),
    "published.look":      EVERYBODY,
    "fairness.look":       Permission(roles={"congress": ALL, "auditor": ALL, "admin": ALL}),
    "objection.raise":     Permission(roles={"deputy": OWN}),
    "objection.answer":    Permission(not_own=True, roles={"congress": ALL}),
    "rules.try":           Permission(roles={"congress": ALL, "auditor": ALL, "admin": ALL}),
    "rules.adopt":         Permission(roles={"congress": ALL}),
    "plan.look":           Permission(roles={
                               "deputy": ALL, "grid_worker": ALL, "station": ALL, "town": ALL, "congress": ALL,
                               "auditor": ALL, "admin": ALL}),
    "plan.propose":        Permission(roles={"congress": ALL, "admin": ALL}),
    "plan.approve":        Permission(roles={"congress": ALL}),
    "term.manage":         Permission(roles={"congress": ALL}),
    "seats.manage":        Permission(roles={"congress": ALL}),
    "import.run":          Permission(roles={"congress": ALL, "admin": ALL}),
    "generation.activate": Permission(roles={"congress": ALL, "admin": ALL}),
    "audit.look":          Permission(roles={"auditor": ALL, "admin": ALL}),
    "users.manage":        Permission(roles={"admin": ALL}),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is looking: one role; scope is the code of their town, station or grid, a department's name, or empty."""

    user: str
    role: str
    scope: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the act is about: a person's id, the codes of the place, and the setting where a setting decides."""

    person: str = ""
    town: str = ""
    station: str = ""
    grid: str = ""
    unit: str = ""
    setting: str = ""


NOTHING_IN_PARTICULAR = Subject()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """May they, and why: why_key is a message key. facts: `act_key`, the words for the act; `roles`, which
    roles may do it (empty: everybody), for a refusal's message to name; `role` and `scope`, the viewer's.
    """

    allowed: bool
    why_key: str
    facts: Mapping[str, str | list[str]]


def may(viewer: Viewer | None, act: str, subject: Subject = NOTHING_IN_PARTICULAR) -> Answer:
    """Say whether a viewer (None: a resident without log-in) may do an act, and why.

    Raises UnknownActError for an act that is not in the table, ValueError for a role that does not exist and for a
    setting other than off or internal where the setting decides.
    """
    if act not in PERMISSIONS:
        raise UnknownActError(f"unknown act {act!r}; known: {', '.join(PERMISSIONS)}")
    if viewer is not None and viewer.role not in ROLES:
        raise ValueError(f"unknown role {viewer.role!r}; known: {', '.join(ROLES)}")
    permission = PERMISSIONS[act]
    facts = _facts(viewer, act, permission)
    refusal = _refusal(viewer, permission, subject)
    if refusal:
        return Answer(allowed=False, why_key=f"permission.refused.{refusal}", facts=facts)
    if viewer is None or permission.public:
        return Answer(allowed=True, why_key="permission.allowed.public", facts=facts)
    reach = permission.roles[viewer.role]
    return Answer(allowed=True, why_key=f"permission.allowed.{reach.value}", facts=facts)


def _refusal(viewer: Viewer | None, permission: Permission, subject: Subject) -> str:
    """Give the word for why not, or nothing."""
    if permission.public:
        return ""
    if viewer is None:
        return "log_in"
    if viewer.role not in permission.roles:
        return "role"
    if permission.when_on and _is_off(subject.setting):
        return "turned_off"
    if permission.not_own and subject.person and viewer.person == subject.person:
        return "about_oneself"
    return _beyond(permission.roles[viewer.role], viewer, subject)


def _beyond(reach: Reach, viewer: Viewer, subject: Subject) -> str:
    """Say whether the subject lies beyond a reach; an empty code never matches, so a missing scope sees nothing."""
    if reach is Reach.ALL:
        return ""
    mine = viewer.person if reach is Reach.OWN else viewer.scope
    owners = {OWN: subject.person, TOWN: subject.town, STATION: subject.station, GRID: subject.grid, UNIT: subject.unit}
    theirs = owners[reach]
    return "" if mine and mine == theirs else f"beyond_{reach.value}"


def _is_off(setting: str) -> bool:
    if setting not in RANKINGS:
        raise ValueError(f"unknown setting {setting!r}; known: {', '.join(RANKINGS)}")
    return setting == "off"


def _facts(viewer: Viewer | None, act: str, permission: Permission) -> dict[str, str | list[str]]:
    role = viewer.role if viewer else "resident"
    return {
        "act": act,
        "act_key": f"permission.act.{act}",
        "role": role,
        "role_key": f"role.{role}",
        "scope": viewer.scope if viewer else "",
        "roles": list(permission.roles),
    }
