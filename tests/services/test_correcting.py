"""What was sent back is corrected in the same record, who was not there says so, and a sheet does not undo it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from congress.permissions import Viewer
from data.flaws import render
from data.rules import text as rule_text
from data.tables import ActivityRow, Person, Term
from services.activities import enter, move, move_many
from services.correcting import correct, draft_again
from services.drafts import Draft, ground
from services.errors import ConflictError
from services.points import adopt, statement
from services.register import by_code, by_codes, history, named_in
from services.verify import verify
from tests.services.conftest import ACTIVITIES, County
from tests.services.test_closings import CONGRESS


def person(county: County, code: str) -> str:
    with county.store.reading() as unit:
        return str(unit.scalars(select(Person.id).where(Person.code == code)).one())


def deputy(county: County, code: str) -> Viewer:
    return Viewer(user=code, role="deputy", person=person(county, code))


def entered(county: County, who: str, *others: str, on: str = "2026-03-20", **more: Any) -> str:
    with county.store.unit() as unit:
        act = county.act("2026-03-20", actor=who, request=f"{who}{others}{on}")
        draft = Draft(kind="station.reception", on=date.fromisoformat(on), people=(who, *others), **more)
        return enter(unit, act, viewer=deputy(county, who), found=ground(unit, draft, act.today))["code"]


def moved(county: County, code: str, name: str, viewer: Viewer = CONGRESS, reason: str = "有误") -> str:
    with county.store.unit() as unit:
        return move(unit, county.act("2026-03-22", actor=viewer.user), viewer=viewer, code=code, name=name,
                    reason=reason)  # fmt: skip


def corrected(county: County, code: str, viewer: Viewer, **changed: Any) -> dict[str, Any]:
    with county.store.unit() as unit:
        act = county.act("2026-03-23", actor=viewer.user)
        draft = draft_again(by_code(unit, code))
        draft = Draft(**{name: getattr(draft, name) for name in Draft.__slots__} | changed)
        return correct(unit, act, viewer=viewer, code=code, found=ground(unit, draft, act.today))


def adopted(county: County) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=county.starts)


def points(county: County, who: str) -> int:
    with county.store.reading() as unit:
        return statement(unit, person=who, period="2026").tenths


def test_an_activity_that_came_back_is_corrected_in_place_and_its_history_says_what(county: Any) -> None:
    adopted(county)
    code = entered(county, "P03", "P02", title="接待")
    assert moved(county, code, "return", reason="日期不对") == "returned"
    assert points(county, "P03") == 0
    changes = corrected(county, code, deputy(county, "P03"), on=date(2026, 3, 19), people=("P03", "P04"))
    assert changes["on"] == ["2026-03-20", "2026-03-19"]
    assert changes["people"][1] == [person(county, "P03"), person(county, "P04")]
    with county.store.reading() as unit:
        steps = history(unit, by_code(unit, code))
        assert [(step.move, step.reason) for step in steps] == [("enter", ""), ("return", "日期不对"), ("resubmit", "")]
        assert steps[-1].changes["on"] == ["2026-03-20", "2026-03-19"]
        assert unit.scalars(select(ActivityRow.code).where(ActivityRow.code == code)).all() == [code]
    assert moved(county, code, "verify") == "verified"
    assert (points(county, "P03"), points(county, "P04"), points(county, "P02")) == (25, 25, 0)
    with county.store.reading() as unit:
        assert verify(unit).faults == ()


def test_only_who_entered_it_corrects_it_and_only_while_it_is_sent_back(swift: Any) -> None:
    code = entered(swift, "P03", "P02")
    with pytest.raises(ConflictError, match="not_returned"):
        corrected(swift, code, deputy(swift, "P03"))
    moved(swift, code, "return")
    with pytest.raises(ConflictError, match="not_enterer"):
        corrected(swift, code, deputy(swift, "P02"))
    with pytest.raises(ConflictError, match="state"):
        moved(swift, code, "verify")
    assert moved(swift, code, "withdraw", deputy(swift, "P03")) == "withdrawn"


def test_a_batch_can_be_sent_back_with_one_reason(swift: Any) -> None:
    codes = [entered(swift, who) for who in ("P03", "P04")]
    with swift.store.unit() as unit:
        done, refused = move_many(unit, swift.act("2026-03-22"), viewer=CONGRESS, name="return", reason="缺地点",
                                  acts=list(by_codes(unit, codes).values()))  # fmt: skip
    assert (sorted(done), refused) == (sorted(codes), ())


@pytest.mark.parametrize("verified", [False, True])
def test_who_was_not_there_says_so_before_or_after_verification(swift: Any, verified: bool) -> None:
    adopted(swift)
    code = entered(swift, "P03", "P02")
    other = deputy(swift, "P02")
    if verified:
        moved(swift, code, "verify")
        assert points(swift, "P02") == 25
    with swift.store.reading() as unit:
        term = unit.get_one(ActivityRow, by_code(unit, code).id).term_id
        from_others = named_in(unit, the_term_of(unit, term), other.person, user="P02", since=date(2026, 1, 1))
        assert [one.code for one in from_others] == [code]
        assert named_in(unit, the_term_of(unit, term), deputy(swift, "P03").person, user="P03",
                        since=date(2026, 1, 1)) == ()  # fmt: skip
    assert moved(swift, code, "disown", other, "那天在外地") == ("verified" if verified else "reported")
    assert points(swift, "P02") == 0
    with swift.store.reading() as unit:
        assert [one.person for one in by_code(unit, code).people] == [person(swift, "P03")]
        assert history(unit, by_code(unit, code))[-1].reason == "那天在外地"
        assert verify(unit).faults == ()
    with pytest.raises(ConflictError, match="own_entry"):
        moved(swift, code, "disown", deputy(swift, "P03"))
    with pytest.raises(ConflictError, match="not_asked"):
        moved(swift, code, "disown", other)


def the_term_of(unit: Any, number: int) -> Any:
    from_row = select(ActivityRow.term_id).where(ActivityRow.term_id == number).limit(1)
    assert unit.scalar(from_row) == number
    return unit.get_one(Term, number)


def test_a_sheet_brought_in_again_leaves_what_moved_and_says_which_rows(county: Any) -> None:
    moved(county, "L4", "withdraw", reason="重复")
    code = entered(county, "P03")
    changed = ACTIVITIES.assign(state="verified", served="9")
    changed.loc[len(changed)] = {**changed.iloc[0].to_dict(), "code": code, "kind": "grid.visit"}
    done = county.bring("activities", changed)
    told = [(flaw.line, flaw.kind, flaw.fatal) for flaw in done.flaws if flaw.kind == "activity_moved"]
    assert told == [(5, "activity_moved", False), (6, "activity_moved", False)]
    assert all(text for flaw in done.flaws for text in render(flaw, "zh"))
    with county.store.reading() as unit:
        rows = dict(unit.execute(select(ActivityRow.code, ActivityRow.state)).all())
        assert (rows["L4"], rows[code], rows["L1"]) == ("withdrawn", "reported", "verified")
        assert unit.scalar(select(ActivityRow.served).where(ActivityRow.code == "L1")) == 9
        assert unit.scalar(select(ActivityRow.kind).where(ActivityRow.code == code)) == "station.reception"
        assert verify(unit).faults == ()
