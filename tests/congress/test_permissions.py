"""Who may do what: each role within its scope, and a refusal that says why and who may."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congress.permissions import PERMISSIONS, ROLES, Reach, Subject, UnknownActError, Viewer, may
from data.messages import say, words

HERE, THERE = "440784101", "440784102"
RESIDENT = None
DEPUTY = Viewer(user="d", role="deputy", person="p1")
TOWN = Viewer(user="t", role="town", scope=HERE)
STATION = Viewer(user="s", role="station", scope="S1")
CONGRESS = Viewer(user="c", role="congress")
MINE = Subject(person="p1", town=HERE, station="S1", grid="G1", unit="市城管局", setting="internal")
OTHERS = Subject(person="p2", town=THERE, station="S2", grid="G2", unit="市水务局", setting="internal")

# One line for each act: who may when the subject is their own, and who may when it is somebody else's elsewhere.
EVERY_ROLE = "deputy grid_worker station department town congress auditor admin"
TABLE = {
    "locate.look": ("resident " + EVERY_ROLE, "resident " + EVERY_ROLE),
    "deputy.card": ("resident " + EVERY_ROLE, "resident " + EVERY_ROLE),
    "map.public": ("resident " + EVERY_ROLE, "resident " + EVERY_ROLE),
    "map.coverage": (EVERY_ROLE, EVERY_ROLE),
    "card.print": (EVERY_ROLE, EVERY_ROLE),
    "coverage.look": (EVERY_ROLE, EVERY_ROLE),
    "rankings.look": ("deputy town congress auditor admin", "deputy congress auditor admin"),
    "points.look": ("deputy town congress auditor admin", "congress auditor admin"),
    "activity.enter": ("deputy station town congress", "congress"),
    "activity.verify": ("town congress", "congress"),
    "activity.look": ("deputy station town congress auditor admin", "congress auditor admin"),
    "activity.confirm": ("deputy", ""),
    "activity.correct": ("deputy station town congress", "congress"),
    "activity.withdraw": ("deputy station town congress", "congress"),
    "matter.receive": ("resident " + EVERY_ROLE,) * 2,
    "matter.follow": ("resident " + EVERY_ROLE,) * 2,
    "matter.look": (EVERY_ROLE, "congress auditor admin"),
    "matter.move": ("deputy grid_worker station department town congress", "congress"),
    "matter.merge": ("station town congress", "congress"),
    "matter.route": ("station town congress", "congress"),
    "matter.measure": (EVERY_ROLE,) * 2,
    "circular.look": ("town congress auditor admin", "congress auditor admin"),
    "period.look": ("congress auditor admin",) * 2,
    "period.close": ("congress",) * 2,
    "period.publish": ("congress",) * 2,
    "published.look": ("resident " + EVERY_ROLE,) * 2,
    "fairness.look": ("congress auditor admin",) * 2,
    "objection.raise": ("deputy", ""),
    "objection.answer": ("congress",) * 2,
    "rules.try": ("congress auditor admin",) * 2,
    "rules.adopt": ("congress",) * 2,
    "plan.look": ("deputy grid_worker station town congress auditor admin",) * 2,
    "plan.propose": ("congress admin",) * 2,
    "plan.approve": ("congress",) * 2,
    "seats.manage": ("congress",) * 2,
    "term.manage": ("congress",) * 2,
    "import.run": ("congress admin",) * 2,
    "generation.activate": ("congress admin",) * 2,
    "audit.look": ("auditor admin",) * 2,
    "users.manage": ("admin",) * 2,
}
SCOPES = {"town": HERE, "station": "S1", "grid_worker": "G1", "department": "市城管局"}
VIEWERS = {
    "resident": RESIDENT,
    **{
        role: Viewer(user=role, role=role, scope=SCOPES.get(role, ""), person="p1" if role == "deputy" else "")
        for role in ROLES
    },
}


@pytest.mark.parametrize("act", PERMISSIONS)
def test_the_table_of_acts_is_as_written_here(act: str) -> None:
    for subject, allowed in zip((MINE, OTHERS), TABLE[act], strict=True):
        assert {name for name, viewer in VIEWERS.items() if may(viewer, act, subject).allowed} == set(allowed.split())


def test_every_act_of_the_brief_can_be_asked_for() -> None:
    assert set(PERMISSIONS) == set(TABLE)


def test_an_act_that_is_not_in_the_table_is_the_callers_mistake() -> None:
    with pytest.raises(UnknownActError, match=r"points\.change"):
        may(CONGRESS, "points.change")


def test_a_role_that_does_not_exist_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="mayor"):
        may(Viewer(user="m", role="mayor"), "locate.look")


def test_rankings_are_seen_by_nobody_until_they_are_turned_on() -> None:
    for viewer in VIEWERS.values():
        assert not may(viewer, "rankings.look", Subject(setting="off", town=HERE)).allowed
    assert may(CONGRESS, "rankings.look", Subject(setting="off")).why_key == "permission.refused.turned_off"
    assert may(CONGRESS, "rankings.look", Subject(setting="internal")).allowed


def test_forgetting_the_setting_of_rankings_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="unknown setting"):
        may(CONGRESS, "rankings.look")


@pytest.mark.parametrize(
    ("viewer", "act", "subject", "why"),
    [
        (RESIDENT, "points.look", MINE, "log_in"),
        (DEPUTY, "points.look", OTHERS, "beyond_own"),
        (TOWN, "points.look", OTHERS, "beyond_town"),
        (STATION, "activity.enter", OTHERS, "beyond_station"),
        (DEPUTY, "users.manage", MINE, "role"),
        (Viewer(user="x", role="town", scope=HERE, person="p1"), "activity.verify", MINE, "about_oneself"),
        (Viewer(user="x", role="congress", person="p1"), "activity.verify", MINE, "about_oneself"),
        (Viewer(user="x", role="deputy"), "points.look", Subject(), "beyond_own"),
        (Viewer(user="x", role="town"), "points.look", Subject(), "beyond_town"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_reason(viewer: Viewer | None, act: str, subject: Subject, why: str) -> None:
    answer = may(viewer, act, subject)
    assert (answer.allowed, answer.why_key) == (False, f"permission.refused.{why}")


def test_a_refusal_says_in_words_which_roles_may() -> None:
    answer = may(RESIDENT, "audit.look")
    assert answer.facts["roles"] == ["auditor", "admin"]
    roles = "、".join(say(f"role.{role}", "zh") for role in answer.facts["roles"])
    assert say(answer.why_key, "zh", **{**answer.facts, "roles": roles}) == (
        "这一项需要先登录。可以查看或办理的身份：审计员、系统管理员。请用其中一种身份的账号登录。"
    )


CODES = st.sampled_from(["", "p1", "p2", HERE, "S1", "G1"])


@given(
    st.one_of(st.none(), st.builds(Viewer, user=CODES, role=st.sampled_from(ROLES), scope=CODES, person=CODES)),
    st.sampled_from(sorted(PERMISSIONS)),
    st.builds(
        Subject, person=CODES, town=CODES, station=CODES, grid=CODES, setting=st.sampled_from(["off", "internal"])
    ),
)
def test_every_answer_has_words_in_both_languages(viewer: Viewer | None, act: str, subject: Subject) -> None:
    answer = may(viewer, act, subject)
    for lang in ("zh", "en"):
        assert say(answer.why_key, lang, **answer.facts)
        assert say(str(answer.facts["act_key"]), lang)
        assert say(str(answer.facts["role_key"]), lang)
    assert not answer.allowed or answer.why_key.startswith("permission.allowed.")


@given(st.sampled_from(sorted(PERMISSIONS)), CODES, CODES)
def test_a_viewer_without_a_scope_reaches_nothing_that_needs_one(act: str, person: str, place: str) -> None:
    subject = Subject(person=person, town=place, station=place, grid=place, setting="internal")
    for role, reach in PERMISSIONS[act].roles.items():
        if reach is not Reach.ALL:
            assert not may(Viewer(user="x", role=role), act, subject).allowed


def test_every_role_and_every_reach_has_words() -> None:
    known = words("zh").keys()
    assert {f"role.{role}" for role in (*ROLES, "resident")} <= known
    assert {f"permission.allowed.{reach.value}" for reach in Reach} <= known
    assert all(re.search(r"。$", words("zh")[key]) for key in known if key.startswith("permission.refused."))
