"""Activities in the store: entered once, confirmed, verified step by step, and counted only then."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from congress.permissions import Viewer
from data.rules import text as rule_text
from data.tables import ActivityMove, ActivityRow, AuditRow, Evidence, LedgerEntry, Person
from services.activities import enter, move, move_many
from services.drafts import Draft, DraftError, ground, look_over
from services.errors import ActError, BadRequestError, ConflictError, NotFoundError
from services.evidence import bring_out, examine, place_of
from services.points import adopt, score, statement
from services.register import Wanted, by_code, by_codes, checked, history, registered, waiting_for
from services.verify import verify

DAY = "2026-05-06"
TOWN = Viewer(user="town", role="town", scope="440784001")
CONGRESS = Viewer(user="congress", role="congress")
STATION = Viewer(user="station", role="station", scope="S1")


def person(unit: Any, code: str) -> str:
    found: str = unit.scalars(select(Person.id).where(Person.code == code)).one()
    return found


def deputy(unit: Any, code: str) -> Viewer:
    return Viewer(user=f"d-{code}", role="deputy", person=person(unit, code))


def draft(county: Any, **more: Any) -> Draft:
    facts: dict[str, Any] = {"kind": "grid.visit", "on": county.act(DAY).today, "people": ("P07",), "grid": "G1"}
    return Draft(**{**facts, **more})


def put_in(county: Any, viewer: Viewer | str, request: str = "", **more: Any) -> dict[str, str]:
    """Enter a draft as a viewer (a roster number: that deputy)."""
    with county.store.unit() as unit:
        the = deputy(unit, viewer) if isinstance(viewer, str) else viewer
        act = county.act(DAY, actor=the.user, request=request)
        more = {"people": (viewer,), **more} if isinstance(viewer, str) else more
        return enter(unit, act, viewer=the, found=ground(unit, draft(county, **more), act.today))


def go(county: Any, viewer: Viewer | str, code: str, name: str, reason: str = "", **more: Any) -> str:
    with county.store.unit() as unit:
        the = deputy(unit, viewer) if isinstance(viewer, str) else viewer
        return move(unit, county.act(DAY, actor=the.user), viewer=the, code=code, name=name, reason=reason, **more)


def book(county: Any) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=county.starts)
        score(unit, county.act(DAY))


def points(county: Any, code: str) -> int:
    with county.store.reading() as unit:
        return statement(unit, person=code, period="2026").tenths


def test_a_deputys_visit_counts_only_after_town_and_congress_verified_it(county: Any) -> None:
    book(county)
    code = put_in(county, "P07")["code"]
    steps = [points(county, "P07")]
    for viewer in (TOWN, CONGRESS):
        go(county, viewer, code, "verify")
        steps.append(points(county, "P07"))
    assert steps == [25, 25, 45]  # a reception in March counted before
    with county.store.reading() as unit:
        told = [(step.move, step.role, step.after) for step in history(unit, by_code(unit, code))]
        assert told == [("enter", "deputy", "reported"), ("verify", "town", "town_verified"),
                        ("verify", "congress", "verified")]  # fmt: skip
        acts = list(unit.scalars(select(AuditRow.act).where(AuditRow.act.like("activity.%")).order_by(AuditRow.seq)))
        assert acts == ["activity.enter", "activity.verify", "activity.verify"]
        assert verify(unit).faults == ()


def test_a_county_deputys_visit_goes_to_the_congress_at_once(county: Any) -> None:
    code = put_in(county, "P03")["code"]
    with pytest.raises(ConflictError, match="congress_verifies"):
        go(county, TOWN, code, "verify")
    assert go(county, CONGRESS, code, "verify") == "verified"


def test_a_second_tap_enters_nothing_more(county: Any) -> None:
    assert put_in(county, "P07", request="tap") == put_in(county, "P07", request="tap")
    with county.store.reading() as unit:
        assert unit.scalar(select(func.count()).select_from(ActivityRow).where(ActivityRow.source == "form")) == 1
    with pytest.raises(ConflictError, match="idempotency"):
        put_in(county, "P07", request="tap", grid="G2")


def test_what_staff_entered_waits_for_the_deputy(swift: Any) -> None:
    code = put_in(swift, TOWN)["code"]
    with swift.store.reading() as unit:
        me = person(unit, "P07")
        term = by_code(unit, code)
        assert (term.state, term.waits_for(me)) == ("entered", True)
    with pytest.raises(ConflictError, match="state"):
        go(swift, TOWN, code, "verify")
    with pytest.raises(ConflictError, match="not_asked"):
        go(swift, "P08", code, "confirm")
    assert go(swift, "P07", code, "confirm") == "reported"


def test_with_two_deputies_it_waits_for_both_and_who_was_not_there_is_taken_out(swift: Any) -> None:
    code = put_in(swift, TOWN, people=("P07", "P08", "P01"))["code"]
    assert go(swift, "P07", code, "decline", "那天不在") == "entered"
    assert go(swift, "P01", code, "confirm") == "entered"
    assert go(swift, "P08", code, "confirm") == "reported"
    with swift.store.reading() as unit:
        assert [(one.name, one.role) for one in by_code(unit, code).people] == [("甲08", "lead"), ("甲01", "member")]


def test_an_act_that_the_only_deputy_did_not_do_is_withdrawn(swift: Any) -> None:
    code = put_in(swift, STATION)["code"]
    with pytest.raises(ConflictError, match="reason"):
        go(swift, "P07", code, "decline")
    assert go(swift, "P07", code, "decline", "没有去") == "withdrawn"


def test_a_roll_call_records_a_whole_meeting_at_once(swift: Any) -> None:
    everybody = ("P07", "P08", "P01", "P03")
    answer = put_in(swift, TOWN, kind="training", half_days=1, grid="", people=everybody, roll_call=True)
    assert answer["state"] == "reported"
    with swift.store.reading() as unit:
        found = by_code(unit, answer["code"])
        assert [one.role for one in found.people] == ["present"] * 4
        assert found.source == "roll_call"


def test_what_is_withdrawn_after_it_counted_is_taken_back_in_the_ledger(swift: Any) -> None:
    book(swift)
    code = put_in(swift, "P03")["code"]
    go(swift, CONGRESS, code, "verify")
    assert points(swift, "P03") == 20
    go(swift, CONGRESS, code, "withdraw", "核查不实")
    assert points(swift, "P03") == 0
    with swift.store.reading() as unit:
        assert list(unit.scalars(select(LedgerEntry.tenths).where(LedgerEntry.activity_code == code))) == [20, -20]


def test_a_batch_goes_as_far_as_it_can_and_names_the_rest(swift: Any) -> None:
    codes = [put_in(swift, who, request=who)["code"] for who in ("P07", "P03")]
    with swift.store.unit() as unit:
        acts = list(by_codes(unit, codes).values())
        done, refused = move_many(unit, swift.act(DAY, actor="congress"), viewer=CONGRESS, acts=acts, name="verify")
    assert list(done) == [codes[1]]
    assert [(code, wrong.key) for code, wrong in refused] == [(codes[0], "activity.refused.town_first")]


def test_the_second_of_two_clerks_is_told(swift: Any) -> None:
    code = put_in(swift, "P07")["code"]
    go(swift, TOWN, code, "verify", version=1)
    with pytest.raises(ConflictError, match="activity_changed"):
        go(swift, CONGRESS, code, "verify", version=1)


@pytest.mark.parametrize(
    ("more", "flaws"),
    [
        ({"kind": "party"}, ["activity.flaw.kind"]),
        ({"kind": "volunteering"}, ["activity.flaw.measure_hour"]),
        ({"grid": "G99"}, ["activity.flaw.place"]),
        ({"station": "S1"}, ["activity.flaw.two_places"]),
        ({"people": ()}, ["activity.flaw.nobody"]),
        ({"people": ("P99",)}, ["activity.flaw.person"]),
        ({"people": ("P07", "P07")}, ["activity.flaw.twice"]),
        ({"hours_tenths": 250, "title": "长" * 201}, ["activity.flaw.too_long", "activity.flaw.measure"]),
        ({"mode": "drone"}, ["activity.flaw.mode"]),
    ],
)
def test_every_flaw_of_a_draft_is_named(swift: Any, more: dict[str, Any], flaws: list[str]) -> None:
    with swift.store.reading() as unit, pytest.raises(DraftError) as caught:
        ground(unit, draft(swift, **more), swift.act(DAY).today)
    assert [flaw.key for flaw in caught.value.flaws] == flaws


def test_tomorrow_and_a_day_before_the_term_are_refused(swift: Any) -> None:
    for day, key in (("2026-05-07", "future"), ("2025-12-31", "term")):
        with swift.store.reading() as unit, pytest.raises(DraftError) as caught:
            ground(unit, draft(swift, on=swift.act(day).today), swift.act(DAY).today)
        assert caught.value.flaws[0].key == f"activity.flaw.{key}"


def test_a_person_with_two_seats_is_credited_at_one_by_the_declared_rule(swift: Any) -> None:
    own = put_in(swift, "P01", request="a")["code"]
    named = put_in(swift, "P01", request="b", level="county")["code"]
    with swift.store.reading() as unit:
        assert [by_code(unit, code).people[0].seat for code in (own, named)] == ["T1", "C1"]


def test_a_likely_duplicate_is_pointed_out_before_saving_and_to_the_verifier(county: Any) -> None:
    put_in(county, "P07", request="1")
    with county.store.reading() as unit:
        today = county.act(DAY).today
        found = look_over(unit, ground(unit, draft(county), today), today)
    assert "duplicate" in [finding.kind for finding in found]
    code = put_in(county, "P07", request="2")["code"]
    with county.store.reading() as unit:
        told = checked(unit, [by_code(unit, code)], county.act(DAY).today)
    assert "duplicate" in [finding.kind for finding in told[code]]


def test_the_register_is_narrowed_by_state_person_town_and_word(county: Any) -> None:
    mine = put_in(county, "P07", request="1", title="访贫问苦")["code"]
    put_in(county, TOWN, request="2", people=("P08",))
    with county.store.reading() as unit:
        term = unit.get_one(ActivityRow, by_code(unit, mine).id).term_id
        the = type("T", (), {"id": term})

        def codes(wanted: Wanted) -> list[str]:
            return [one.code for one in registered(unit, the, wanted)[0]]

        assert codes(Wanted(states=("reported",), person=person(unit, "P07"))) == [mine]
        assert codes(Wanted(q="访贫")) == [mine]
        assert mine in codes(Wanted(q="甲07"))
        assert codes(Wanted(q="%")) == codes(Wanted())
        assert mine not in codes(Wanted(town="440784002"))
        assert [one.people[0].name for one in waiting_for(unit, the, person(unit, "P08"))] == ["甲08"]


def picture(form: str = "JPEG", **more: Any) -> bytes:
    target = BytesIO()
    Image.new("RGB", (40, 20), "#884422").save(target, form, **more)
    return target.getvalue()


def test_a_photo_loses_its_place_and_camera(swift: Any) -> None:
    notes = Image.Exif()
    notes[0x010F] = "SECRETCAMERA"
    notes.get_ifd(0x8825)[2] = (22.0, 30.0, 0.0)
    given = picture(exif=notes)
    assert b"SECRETCAMERA" in given
    kept = examine(given, "C:\\DCIM\\<b>IMG_1.JPG")
    assert (kept.media, kept.name) == ("image/jpeg", "bIMG_1.jpg")
    assert b"SECRETCAMERA" not in kept.content
    with Image.open(BytesIO(kept.content)) as again:
        assert (again.size, dict(again.getexif())) == ((40, 20), {})


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_png_and_webp_are_drawn_anew_too(form: str) -> None:
    notes = Image.Exif()
    notes[0x010F] = "SECRETCAMERA"
    assert b"SECRETCAMERA" not in examine(picture(form, exif=notes), "a").content


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (b"<svg onload=alert(1)>", "a.png", "error.evidence_type"),
        (b"<html>", "a.pdf", "error.evidence_type"),
        (b"", "a.png", "error.evidence_type"),
        (b"MZ\x90", "a.jpg", "error.evidence_type"),
        (b"RIFF1234WAVE", "a.webp", "error.evidence_type"),
        (b"\x89PNG\r\n\x1a\n broken", "a.png", "error.evidence_broken"),
        (picture()[:200], "a.jpg", "error.evidence_broken"),
        (b"%PDF-" + b"x" * 10_485_760, "a.pdf", "error.evidence_too_large"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(content: bytes, name: str, key: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        examine(content, name)
    assert caught.value.key == key


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(BadRequestError, match=r"pixels|broken"):
        examine(picture("PNG").replace((40).to_bytes(4, "big"), (60_001).to_bytes(4, "big"), 1)
                .replace((20).to_bytes(4, "big"), (1_001).to_bytes(4, "big"), 1), "a.png")  # fmt: skip


def test_evidence_lies_under_its_hash_and_is_missed_when_it_is_changed(swift: Any, tmp_path: Path) -> None:
    kept = examine(picture("PNG"), "现场.png")
    with swift.store.unit() as unit:
        the = deputy(unit, "P07")
        act = swift.act(DAY, actor=the.user)
        found = ground(unit, draft(swift), act.today)
        code = enter(unit, act, viewer=the, found=found, files=(kept, kept), home=tmp_path)["code"]
    with swift.store.reading() as unit:
        row = unit.scalars(select(Evidence)).one()
        assert (row.media, row.name) == ("image/png", "现场.png")
        assert by_code(unit, code).files == 1
        assert bring_out(tmp_path, row) == kept.content
        place_of(tmp_path, row.sha256).write_bytes(b"other")
        with pytest.raises(NotFoundError):
            bring_out(tmp_path, row)


def test_a_seventh_file_is_too_many(swift: Any, tmp_path: Path) -> None:
    files = tuple(examine(b"%PDF-" + bytes([number]), "a.pdf") for number in range(7))
    with swift.store.unit() as unit:
        the = deputy(unit, "P07")
        found = ground(unit, draft(swift), swift.act(DAY).today)
        with pytest.raises(BadRequestError, match="too_many"):
            enter(unit, swift.act(DAY), viewer=the, found=found, files=files, home=tmp_path)


def test_a_grid_worker_has_no_way_to_enter(swift: Any) -> None:
    with pytest.raises(ActError, match="way"):
        put_in(swift, Viewer(user="w", role="grid_worker", scope="G1"))


def test_every_step_is_written_down(swift: Any) -> None:
    code = put_in(swift, TOWN)["code"]
    go(swift, "P07", code, "confirm")
    go(swift, TOWN, code, "refuse", "地点不对")
    with swift.store.reading() as unit:
        rows = list(unit.execute(select(ActivityMove.move, ActivityMove.reason).order_by(ActivityMove.id)))
        assert [tuple(row) for row in rows] == [("enter", ""), ("confirm", ""), ("refuse", "地点不对")]
