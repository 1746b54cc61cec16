"""Acts: done once for one key, written into a chain that shows every hand laid on it, under sensible settings."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from data.messages import say
from data.store import Store
from data.tables import AuditRow, Idempotency, Setting
from services.act import FIRST_LINK, Act, chain, once, record
from services.atlas import Atlases
from services.errors import BadRequestError, ConflictError
from services.instance import DEFAULTS, change_setting, setting
from services.verify import verify

County = Any
AT = dt.datetime(2026, 3, 1, 1, tzinfo=dt.UTC)


def act(request: str = "", actor: str = "renda") -> Act:
    return Act(actor=actor, at=AT, request_id=request)


def write(store: Store, count: int) -> None:
    with store.unit() as unit:
        for number in range(count):
            record(
                unit, act(f"r{number}"), "test.act", number=number, words=["网格", None, 1.5], nested={"b": 1, "a": {}}
            )


def faults(store: Store, **options: Any) -> list[tuple[str, Any]]:
    with store.reading() as unit:
        found = verify(unit, **options).faults
    for fault in found:
        assert say(f"verify.{fault.kind}", "zh", **fault.facts) != say(f"verify.{fault.kind}", "en", **fault.facts)
    return [(fault.kind, fault.facts.get("seq", fault.facts.get("found"))) for fault in found]


def test_the_same_key_gives_the_same_answer_and_acts_once(store: Store) -> None:
    done: list[int] = []

    def do() -> dict[str, Any]:
        done.append(1)
        return {"number": len(done), "pair": (1, 2), 3: "three"}

    answers = []
    for _ in range(3):
        with store.unit() as unit:
            answers.append(once(unit, act("k1"), "test.act", {"a": 1, "b": [2]}, do))
    assert done == [1]
    assert answers == [{"number": 1, "pair": [1, 2], "3": "three"}] * 3


def test_a_request_s_own_number_may_be_as_long_as_the_door_takes_it(store: Store) -> None:
    with store.unit() as unit:
        record(unit, act("k" * 100), "test.act")
    with store.reading() as unit:
        assert unit.scalars(select(AuditRow.request_id)).all() == ["k" * 64]
    assert faults(store) == []


def test_the_same_key_with_another_question_is_refused(store: Store) -> None:
    with store.unit() as unit:
        once(unit, act("k1"), "test.act", {"a": 1}, lambda: "one")
    for name, asked in (("test.act", {"a": 2}), ("test.other", {"a": 1})):
        with store.unit() as unit, pytest.raises(ConflictError, match="idempotency_reused"):
            once(unit, act("k1"), name, asked, lambda: "two")
    with store.reading() as unit:
        assert unit.scalar(select(func.count()).select_from(Idempotency)) == 1


def test_a_key_belongs_to_its_actor_and_without_one_every_act_is_done(store: Store) -> None:
    with store.unit() as unit:
        assert once(unit, act("k1", "a"), "test.act", 1, lambda: "one") == "one"
        assert once(unit, act("k1", "b"), "test.act", 1, lambda: "two") == "two"
        assert [once(unit, act(), "test.act", 1, lambda n=n: n) for n in (1, 2)] == [1, 2]


def test_an_act_that_fails_leaves_no_key_behind(store: Store) -> None:
    def fail() -> None:
        raise ConflictError("error.no_rule_book")

    with pytest.raises(ConflictError, match="no_rule_book"), store.unit() as unit:
        once(unit, act("k1"), "test.act", 1, fail)
    with store.unit() as unit:
        assert once(unit, act("k1"), "test.act", 1, lambda: "done") == "done"


def test_an_untouched_chain_has_no_fault_and_ends_in_its_anchor(store: Store) -> None:
    write(store, 7)
    with store.reading() as unit:
        found = verify(unit)
        last = unit.scalars(select(AuditRow).order_by(AuditRow.seq.desc())).first()
    assert (found.audit_rows, found.faults, found.anchor) == (7, (), last.hash)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "other"},
        {"act": "test.other"},
        {"facts": {"number": 9}},
        {"request_id": "r"},
        {"at": AT + dt.timedelta(days=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_is_altered_is_found(store: Store, change: dict[str, Any]) -> None:
    write(store, 5)
    with store.unit() as unit:
        unit.execute(update(AuditRow).where(AuditRow.seq == 3).values(**change))
    assert faults(store) == [("audit_row_altered", 3)]


def test_a_row_that_is_altered_with_a_new_hash_breaks_the_chain_after_it(store: Store) -> None:
    write(store, 5)
    with store.unit() as unit:
        row = unit.get_one(AuditRow, 3)
        row.actor = "other"
        row.hash = chain(row.previous, row.at, row.actor, row.act, row.request_id, row.facts)
    assert faults(store) == [("audit_chain_broken", 4)]


@pytest.mark.parametrize("seq", [1, 3])
def test_a_row_that_is_removed_is_missed(store: Store, seq: int) -> None:
    write(store, 5)
    with store.unit() as unit:
        unit.execute(delete(AuditRow).where(AuditRow.seq == seq))
    assert faults(store) == [("audit_row_missing", seq + 1), ("audit_chain_broken", seq + 1)]


def test_rows_cut_off_the_end_are_missed_by_whoever_kept_the_anchor(store: Store) -> None:
    write(store, 5)
    with store.reading() as unit:
        anchor = verify(unit).anchor
    assert faults(store, kept_anchor=anchor) == []
    with store.unit() as unit:
        unit.execute(delete(AuditRow).where(AuditRow.seq > 3))
    assert faults(store) == []
    assert faults(store, kept_anchor=anchor) == [("audit_cut_short", None)]


def test_two_rows_that_change_places_are_found(store: Store) -> None:
    write(store, 5)
    with store.unit() as unit:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            unit.execute(update(AuditRow).where(AuditRow.seq == old).values(seq=new))
    assert {seq for _, seq in faults(store)} >= {2, 3}


@given(
    facts=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc网", max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_a_link_of_the_chain_depends_on_every_fact(facts: Any) -> None:
    first = chain(FIRST_LINK, AT, "a", "b", "", facts)
    assert first == chain(FIRST_LINK, AT.astimezone(ZoneInfo("Asia/Shanghai")), "a", "b", "", facts)
    assert first != chain(FIRST_LINK, AT, "a", "b", "", [facts])
    assert len(first) == 64


def test_the_civil_day_begins_where_the_instance_is() -> None:
    late = dt.datetime(2026, 2, 28, 20, tzinfo=dt.UTC)
    assert Act(actor="a", at=late).today == dt.date(2026, 3, 1)
    assert Act(actor="a", at=late, zone=ZoneInfo("Africa/Nairobi")).today == dt.date(2026, 2, 28)


def test_a_setting_has_its_default_until_it_is_changed_and_the_change_is_on_record(store: Store) -> None:
    with store.unit() as unit:
        assert setting(unit, "locate.reach_m") == DEFAULTS["locate.reach_m"].value
        change_setting(unit, act(), "locate.reach_m", 500)
        change_setting(unit, act(), "locate.reach_m", 700)
    with store.reading() as unit:
        assert setting(unit, "locate.reach_m") == 700
        row = unit.get_one(Setting, "locate.reach_m")
        facts = [row.facts for row in unit.scalars(select(AuditRow).order_by(AuditRow.seq))]
    assert (row.assumed, row.row_version) == (False, 2)
    assert facts == [
        {"setting": "locate.reach_m", "before": 2000, "after": 500},
        {"setting": "locate.reach_m", "before": 500, "after": 700},
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rankings", "public"),
        ("rankings", True),
        ("locate.reach_m", "far"),
        ("locate.reach_m", -1),
        ("locate.reach_m", float("nan")),
        ("locate.reach_m", float("inf")),
        ("locate.near_m", True),
        ("locate.first_contact", ["town", "village"]),
        ("locate.first_contact", ["town", "town"]),
        ("locate.first_contact", "town"),
        ("placement.sliver", None),
        ("instance.demo", "yes"),
        ("instance.name", 7),
        ("no.such.setting", 1),
    ],
)
def test_a_setting_that_cannot_be_is_refused(store: Store, key: str, value: Any) -> None:
    with store.unit() as unit, pytest.raises(BadRequestError):
        change_setting(unit, act(), key, value)
    with store.reading() as unit:
        assert unit.scalar(select(func.count()).select_from(Setting)) == 0


def test_every_default_is_a_value_that_its_setting_can_have(store: Store) -> None:
    with store.unit() as unit:
        for key, default in DEFAULTS.items():
            change_setting(unit, act(), key, default.value)


def test_a_changed_setting_reaches_the_atlas_that_is_open(swift: County) -> None:
    atlases = Atlases(swift.store)
    assert atlases.on(dt.date(2026, 3, 1)).reach_m == 2000
    with swift.store.unit() as unit:
        change_setting(unit, swift.act(), "locate.reach_m", 10)
    assert atlases.on(dt.date(2026, 3, 1)).reach_m == 10
