"""Matters are received, routed, moved and rated; every step is an event, and whoever comes second is told kindly."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import func, select, update

from congress.permissions import Viewer, may
from data.tables import ActivityRow, AuditRow, MatterEvent, MatterFollower, MatterRow
from gridmap.datum import Datum
from services.act import Act
from services.errors import BadRequestError, ConflictError, NotFoundError
from services.instance import change_setting
from services.matters import by_code, by_ticket, history, kinds, options, subject_of
from services.matters_receiving import LETTERS, Opinion, follow_by_ticket, receive, without_numbers
from services.matters_routing import Spot
from services.register import by_code as activity_by_code
from services.verify import verify

WGS84 = Datum.parse("wgs84")


def test_a_matter_goes_to_the_deputy_who_answers_at_its_spot_and_keeps_map_and_plan(desks: Any) -> None:
    got = desks.take()
    matter = desks.look(got["code"])
    assert (matter.seat, matter.grid.code, matter.town.name, matter.station.code) == ("T1", "G1", "西镇", "S1")
    assert (matter.generation, matter.plan, matter.term) == (desks.county.generation, 1, desks.county.term)
    assert matter.reason["key"] == "matter.way.linked"
    assert desks.sound()


def test_a_ticket_is_short_and_has_no_letters_that_look_alike(desk: Any) -> None:
    tickets = [desk.take(f"第{number}件")["ticket"] for number in range(5)]
    assert all(re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", ticket) for ticket in tickets)
    assert not set("01IOLSZBGUVQ") & set(LETTERS)
    assert len(set(tickets)) == 5


def test_a_ticket_is_found_however_it_is_typed_and_a_wrong_one_is_not(desk: Any) -> None:
    got = desk.take()
    with desk.store.reading() as unit:
        for typed in (got["ticket"], got["ticket"].lower().replace("-", " "), got["ticket"].replace("-", "")):
            assert by_ticket(unit, typed, now=desk.at("2026-03-02T10:00")).code == got["code"]
        with pytest.raises(NotFoundError, match="no_such_ticket"):
            by_ticket(unit, "AAAAA-AAAAA", now=desk.at("2026-03-02T10:00"))


def test_asked_again_with_the_same_key_one_matter_and_one_ticket_are_given(desks: Any) -> None:
    assert desks.take(request="key-12345") == desks.take(request="key-12345")
    with desks.store.reading() as unit:
        assert unit.scalar(select(func.count()).select_from(MatterRow)) == 1


def test_a_matter_without_a_place_is_taken_and_the_place_is_asked_for(desk: Any) -> None:
    got = desk.take(xy=None)
    matter = desk.look(got["code"])
    assert (matter.state, matter.holder, matter.station.code) == ("asking_place", "resident", "S1")
    lon, lat = desk.county.at(9, 1)
    atlas = desk.atlas()
    there = desk.step(got["ticket"], "give_place", spot=Spot(lon=lon, lat=lat, datum=WGS84), atlas=atlas)
    assert (there.state, there.town.code, there.seat, there.station.code) == ("received", "440784002", "T4", "S3")
    assert desk.sound()


def test_a_place_in_words_is_enough_to_go_on_and_nothing_at_all_is_not(desk: Any) -> None:
    got = desk.take(xy=None)
    with pytest.raises(ConflictError, match=r"process\.needs"):
        desk.step(got["ticket"], "give_place")
    assert desk.step(got["ticket"], "give_place", facts={"place": "榕树头旁"}).place == "榕树头旁"


def test_the_station_goes_on_where_the_resident_never_says_the_place(desk: Any) -> None:
    got = desk.take(xy=None)
    assert desk.step(got["code"], "give_up_asking", desk.station, {"reason": "联系不上"}).state == "received"


def test_a_scanned_card_goes_to_that_deputy_whatever_the_place(desk: Any) -> None:
    matter = desk.look(desk.take(xy=(9, 1), deputy="P07", channel="card")["code"])
    assert (matter.deputy.name, matter.grid.code, matter.reason["key"]) == ("甲07", "G3", "matter.way.card")
    with pytest.raises(NotFoundError, match="no_such_deputy"):
        desk.take(deputy="P99")


def test_a_point_in_another_town_goes_there_and_says_where_it_was_handed_in(desk: Any) -> None:
    matter = desk.look(desk.take(xy=(9, 1), station="S1", channel="station")["code"])
    assert (matter.station.code, matter.town.name) == ("S3", "东镇")
    assert (matter.reason["key"], matter.reason["facts"]["station"]) == ("matter.way.other_town", "西镇中心站")


def test_a_point_outside_every_cell_is_taken_and_sent_to_whose_it_is(desk: Any) -> None:
    got = desk.take(xy=(-60, 1))
    matter = desk.look(got["code"])
    assert (matter.state, matter.deputy.name, matter.reason["key"]) == ("received", "", "matter.way.outside")
    facts = {"unit": "邻县龙口镇人大", "reason": "地点在邻县"}
    sent = desk.step(got["code"], "pass_across", desk.station, facts)
    assert (sent.state, sent.unit, sent.clocks[0].clock) == ("across", "邻县龙口镇人大", "progress")
    back = desk.steps(
        got["code"], ("progress", desk.station, {"text": "已勘查"}), ("came_back", desk.station, {"reply": "修好"})
    )
    assert back.state == "under_review"


def test_just_outside_the_nearest_grid_answers_and_says_how_far(desk: Any) -> None:
    matter = desk.look(desk.take(xy=(-1, 1))["code"])
    assert (matter.grid.code, matter.reason["key"]) == ("G1", "matter.way.near")
    assert 300 < matter.reason["facts"]["metres"] < 500


def test_a_grid_alone_goes_to_its_lead_deputy(desk: Any) -> None:
    matter = desk.look(desk.take(xy=None, grid="G1")["code"])
    assert (matter.level, matter.reason["key"]) == ("town", "matter.way.lead")
    with pytest.raises(NotFoundError, match="no_such_grid"):
        desk.take(xy=None, grid="G99")


def test_before_any_map_is_in_force_a_matter_is_taken_all_the_same(empty: Any) -> None:
    with empty.store.unit() as unit:
        act = Act(actor="resident", at=dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC))
        got = receive(unit, act, atlas=None, viewer=None, opinion=Opinion(text="路灯不亮"))
    with empty.store.reading() as unit:
        assert by_code(unit, got["code"], now=act.at).reason["key"] == "matter.way.no_atlas"
        assert verify(unit).faults == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("请打 13812345678 找我", "请打 ［号码不保存］ 找我"),
        ("+86 138-1234-5678", "［号码不保存］"),
        ("证号44078419800101001X。", "证号［号码不保存］。"),
        ("0750-8881234", "［号码不保存］"),
        ("宽 12.5 米，编号 440784001207001", "宽 12.5 米，编号 440784001207001"),
        ("12345 热线 2026-03-02", "12345 热线 2026-03-02"),
    ],
)
def test_telephone_and_identity_numbers_are_not_kept(text: str, kept: str) -> None:
    assert without_numbers(text) == kept


def test_nothing_that_is_stored_holds_the_number_that_was_written(desk: Any) -> None:
    got = desk.take("漏水，电话13812345678", place="找李先生 13912345678")
    assert got["numbers_left_out"]
    desk.step(got["code"], "classify", desk.station, {"class": "livelihood"})
    with desk.store.reading() as unit:
        everything = repr([list(unit.execute(select(table)).all()) for table in (
            MatterRow.__table__, MatterEvent.__table__, AuditRow.__table__)])  # fmt: skip
    assert "138" not in everything.replace("1386", "")
    assert "13912345678" not in everything


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"text": "  "}, "error.matter_text"),
        ({"text": "长" * 2001}, "error.matter_text"),
        ({"channel": "fax"}, "error.matter_channel"),
        ({"kind": "weather"}, "error.matter_kind"),
        ({"book": "../secret"}, "error.process_book"),
    ],
)
def test_what_cannot_be_a_matter_is_refused_with_its_reason(desk: Any, more: dict[str, str], key: str) -> None:
    with pytest.raises(BadRequestError, match=key):
        desk.take(**more)


def test_the_whole_way_from_the_resident_to_the_sealed_archive(desks: Any) -> None:
    got = desks.take()
    matter = desks.steps(got["code"], desks.forward, desks.assign, desks.reply, desks.passing)
    said = {"reply": "路灯已修好", "reply_kind": "appointed"}
    answered = desks.step(got["code"], "answer", desks.deputy(matter), said, "2026-03-03T09:00")
    assert (answered.state, answered.holder) == ("answered", "resident")
    rated = desks.step(got["ticket"], "rate", None, {"rating": "satisfied"}, "2026-03-03T10:00")
    assert rated.rating == "satisfied"
    closed = desks.step(got["code"], "close", desks.station, {}, "2026-03-04T10:00")
    assert (closed.state, closed.ended, len(closed.seal)) == ("archived", True, 64)
    with desks.store.reading() as unit:
        moves = [one.move for one in history(unit, closed)]
    assert moves == ["receive", "forward", "assign", "reply", "pass", "answer", "activity", "rate", "close"]
    assert desks.sound()


def test_after_the_archive_nothing_moves_not_even_a_rating(desk: Any) -> None:
    got = desk.take()
    spot = {"reply": "当场解决", "reply_kind": "on_the_spot"}
    desk.step(got["code"], "solve_on_the_spot", desk.deputy(desk.look(got["code"])), spot)
    desk.step(got["code"], "close", desk.station, {}, "2026-03-03T10:00")
    with pytest.raises(ConflictError, match=r"process\.sealed"):
        desk.step(got["ticket"], "rate", None, {"rating": "satisfied"}, "2026-03-04T10:00")
    with desk.store.reading() as unit:
        assert [one.allowed for one in options(unit, desk.look(got["code"]))] == []


def test_a_move_nobody_may_make_says_who_may(desk: Any) -> None:
    code = desk.take()["code"]
    with pytest.raises(ConflictError) as refused:
        desk.step(code, "forward", desk.town)
    assert refused.value.key == "process.not_this_role"
    assert refused.value.facts["who"] == {"zh": "联络站、联系代表", "en": "the station, the linked deputy"}
    with pytest.raises(ConflictError, match="unknown_move"):
        desk.step(code, "teleport", desk.station)


def test_a_reply_does_not_reach_the_deputy_before_it_is_reviewed(desk: Any) -> None:
    code = desk.take()["code"]
    matter = desk.steps(code, desk.forward, desk.assign, desk.reply)
    said = {"reply": "好了", "reply_kind": "appointed"}
    with pytest.raises(ConflictError, match="not_from_here"):
        desk.step(code, "answer", desk.deputy(matter), said, "2026-03-04T09:00")
    sent_back = desk.step(code, "send_back", desk.station, {"reason": "没写时间"}, "2026-03-04T10:00")
    assert sent_back.state == "with_department"


def test_what_a_move_needs_is_named_and_a_choice_must_be_one(desk: Any) -> None:
    code = desk.take()["code"]
    with pytest.raises(ConflictError) as missing:
        desk.step(code, "classify", desk.station)
    assert missing.value.facts["missing"] == {"zh": "类别", "en": "the class"}
    with pytest.raises(ConflictError, match="unknown_choice"):
        desk.step(code, "classify", desk.station, {"class": "weather"})
    with pytest.raises(BadRequestError, match="matter_facts"):
        desk.step(code, "classify", desk.station, {"telephone": "1"})


def test_of_two_clerks_the_second_is_told_who_was_faster_and_loses_nothing(desks: Any) -> None:
    code = desks.take()["code"]
    desks.step(code, "classify", desks.station, {"class": "livelihood"}, expected=1)
    with pytest.raises(ConflictError) as late:
        desks.step(code, "forward", desks.town, {}, expected=1)
    assert (late.value.key, late.value.facts["who"], late.value.facts["events"]) == ("error.matter_changed", "站员", 2)
    assert late.value.facts["move"] == {"zh": "分类", "en": "classify"}
    assert desks.look(code).events == 2


def test_a_second_tap_on_a_move_does_it_once(desk: Any) -> None:
    code = desk.take()["code"]
    for _ in range(2):
        assert desk.step(code, "forward", desk.station, request="tap-1").state == "with_town"
    assert desk.look(code).events == 2


def test_a_department_that_never_answers_is_late_by_its_own_name_and_the_matter_is_taken_back(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)
    late = desk.look(code, "2026-03-20T09:00")
    assert (late.late, late.clocks[0].who, late.clocks[0].against) == (True, "市城市管理局", "department")
    assert late.clocks[0].left(desk.at("2026-03-20T09:00")) < dt.timedelta(0)
    back = desk.step(code, "take_back", desk.town, {"reason": "多次催办未复"}, "2026-03-20T10:00")
    assert back.state == "with_town"
    again = desk.step(code, "assign", desk.town, {"unit": "市水利局"}, "2026-03-20T11:00")
    assert (again.unit, again.late) == ("市水利局", False)


def test_a_reply_on_paper_is_entered_for_a_department_without_a_log_in(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign)
    said = {"reply": "复函：已修好", "reason": "城管函〔2026〕8号"}
    assert desk.step(code, "paper_reply", desk.station, said, "2026-03-04T09:00").state == "under_review"


def test_why_a_deadline_is_where_it_is_names_the_days_that_were_left_out(desk: Any) -> None:
    code = desk.take(when="2026-04-30T09:00")["code"]
    desk.step(code, "forward", desk.station, {}, "2026-04-30T10:00")
    desk.step(code, "assign", desk.town, {"unit": "市城市管理局"}, "2026-04-30T11:00")
    clock = desk.look(code, "2026-04-30T12:00").clocks[0]
    assert clock.due == desk.at("2026-05-12T00:00") - dt.timedelta(
        microseconds=1
    )  # Labour Day, with Saturday the 9th worked
    assert (clock.counted or {})["key"].startswith("deadline.off")
    assert clock.counted["facts"]["names"]["zh"] == "劳动节"


def test_not_ours_is_closed_with_where_it_goes(desk: Any) -> None:
    for where in ("court", "petition", "tender", "emergency", "hotline", "other_place"):
        code = desk.take(f"事项{where}")["code"]
        told = desk.step(code, "not_ours", desk.station, {"elsewhere": where})
        assert told.state == "elsewhere"
        assert desk.step(code, "close", desk.station, {}, "2026-03-03T10:00").ended


def test_once_dissatisfied_it_is_handled_again_and_only_once(desk: Any) -> None:
    got = desk.take()
    matter = desk.steps(got["code"], desk.forward, desk.assign, desk.reply, desk.passing)
    said = {"reply": "好了", "reply_kind": "appointed"}
    desk.step(got["code"], "answer", desk.deputy(matter), said, "2026-03-03T09:00")
    desk.step(got["ticket"], "rate", None, {"rating": "dissatisfied"}, "2026-03-03T10:00")
    assert desk.step(got["ticket"], "again", None, {"reason": "又坏了"}, "2026-03-03T11:00").state == "with_department"
    desk.step(got["code"], *desk.reply, "2026-03-04T11:00")
    desk.step(got["code"], *desk.passing, "2026-03-04T12:00")
    second = {"reply": "再次修好", "reply_kind": "second"}
    desk.step(got["code"], "answer", desk.deputy(matter), second, "2026-03-04T13:00")
    with pytest.raises(ConflictError, match="often_enough"):
        desk.step(got["ticket"], "again", None, {"reason": "还坏"}, "2026-03-04T14:00")


def test_what_a_deputy_answered_is_reported_by_itself_once_and_taken_back_when_it_is_handled_again(desks: Any) -> None:
    got = desks.take(kind="dispute")
    deputy = desks.deputy(desks.look(got["code"]))
    spot = {"reply": "当场调解成功", "reply_kind": "on_the_spot"}
    first = desks.step(got["code"], "solve_on_the_spot", deputy, spot)
    with desks.store.reading() as unit:
        made = activity_by_code(unit, first.activity)
    assert (made.kind, made.state, made.source, made.people[0].name) == (
        "dispute.settled",
        "reported",
        "matter",
        "甲01",
    )
    assert (made.people[0].seat, made.grid, made.title) == ("T1", "G1", f"答复群众意见 {got['code']}")
    desks.step(got["ticket"], "ask_further", None, {"reason": "对方反悔"}, "2026-03-03T09:00")
    with desks.store.reading() as unit:
        assert activity_by_code(unit, first.activity).state == "withdrawn"
        notes = [one.move for one in history(unit, desks.look(got["code"])) if one.note]
    assert notes == ["activity", "activity_back"]
    desks.steps(got["code"], desks.assign, desks.reply, desks.passing)
    second = desks.step(got["code"], "answer", deputy, {**spot, "reply_kind": "second"}, "2026-03-05T09:00")
    assert second.activity != first.activity
    with desks.store.reading() as unit:
        states = list(unit.scalars(select(ActivityRow.state).where(ActivityRow.source == "matter")))
    assert sorted(states) == ["reported", "withdrawn"]
    assert desks.sound()


def test_where_no_deputy_can_answer_the_station_does_and_nobody_earns_points(desk: Any) -> None:
    code = desk.take()["code"]
    desk.steps(code, desk.forward, desk.assign, desk.reply, desk.passing)
    said = {"reply": "好了", "reply_kind": "appointed", "reason": "代表出缺"}
    answered = desk.step(code, "answer_for", desk.station, said, "2026-03-05T09:00")
    assert (answered.state, answered.activity) == ("answered", "")


def test_each_role_reaches_its_own_matters_and_no_others(desk: Any) -> None:
    subject = subject_of(desk.steps(desk.take()["code"], desk.forward, desk.assign))
    mine = [
        desk.station,
        desk.town,
        desk.unit,
        Viewer(user="w", role="grid_worker", scope="G1"),
        Viewer(user="c", role="congress"),
    ]
    others = [Viewer(user="x", role=viewer.role, scope="别处") for viewer in mine[:4]] + [
        Viewer(user="d", role="deputy", person="别人")
    ]
    assert all(may(viewer, "matter.move", subject).allowed for viewer in mine)
    assert not any(may(viewer, "matter.move", subject).allowed for viewer in others)
    assert not may(Viewer(user="d", role="department"), "matter.look", subject).allowed


def test_a_neighbour_follows_with_a_ticket_of_their_own(desk: Any) -> None:
    got = desk.take()
    with desk.store.unit() as unit:
        other = follow_by_ticket(unit, desk.act("2026-03-02T11:00"), ticket=got["ticket"])
    assert other["ticket"] != got["ticket"]
    assert desk.look(got["code"]).followers == 2


def test_the_classes_of_the_book_in_use_can_be_offered(desk: Any) -> None:
    with desk.store.reading() as unit:
        assert list(kinds(unit)) == ["livelihood", "dispute", "policy", "other"]


def test_under_another_book_matters_run_by_its_own_clocks(desk: Any) -> None:
    with desk.store.unit() as unit:
        change_setting(unit, desk.act("2026-03-02T08:00"), "matters.book", "puning-minor")
    code = desk.take()["code"]
    facts = {"unit": "市城市管理局", "contact_time": "10:05"}
    handled = desk.step(code, "forward", desk.station, facts)
    assert handled.clocks[0].due == desk.at("2026-03-06T00:00") - dt.timedelta(microseconds=1)  # three working days
    with pytest.raises(ConflictError, match=r"process\.needs"):
        desk.step(code, "extend", desk.unit, {}, "2026-03-04T10:00")
    extended = desk.step(code, "extend", desk.unit, {"reason": "等配件"}, "2026-03-04T10:00")
    assert extended.clocks[0].due == desk.at("2026-03-10T00:00") - dt.timedelta(microseconds=1)  # five at most


def test_an_event_altered_removed_or_added_behind_our_back_is_found(desk: Any) -> None:
    code = desk.take()["code"]
    desk.step(code, "forward", desk.station)
    row = select(MatterRow.id).where(MatterRow.code == code).scalar_subquery()

    def kinds_after(*statements: Any) -> set[str]:
        session = desk.store._writing()  # what is altered here is taken back
        with session:
            session.begin()
            for statement in statements:
                session.connection().execute(statement)
            found = {fault.kind for fault in verify(session).faults}
            session.rollback()
        return found

    events = MatterEvent.__table__
    first = (events.c.matter_id == row) & (events.c.seq == 1)
    assert "matter_event_altered" in kinds_after(update(events).where(first).values(actor="别人"))
    assert "matter_events_missing" in kinds_after(
        events.delete().where((events.c.matter_id == row) & (events.c.seq == 2))
    )
    assert "matter_state_wrong" in kinds_after(update(MatterRow.__table__).values(state="archived"))
    assert "matter_state_wrong" in kinds_after(update(MatterRow.__table__).values(unit="别的单位"))
    assert "matter_state_wrong" in kinds_after(update(MatterRow.__table__).values(due_at=desk.at("2026-04-01T00:00")))


def test_no_table_of_matters_has_a_column_for_a_contact() -> None:
    columns = {column.name for table in (MatterRow, MatterEvent, MatterFollower) for column in table.__table__.columns}
    assert not [name for name in columns if re.search("phone|contact|mobile|name|mail|address", name)]
