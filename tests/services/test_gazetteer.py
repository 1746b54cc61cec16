"""The gazetteer: the place that is meant comes first, slips and all, and no place is made up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gazetteer import Entry, Gazetteer

WHERE = "画镇东南村"
PLACES = (
    Entry(kind="town", code="440784001", name="画镇"),
    Entry(kind="village", code="440784001001", name="东南村", note="画镇"),
    Entry(kind="village", code="440784001002", name="西北村", note="画镇"),
    Entry(kind="grid", code="G1", name="东南村第001网格"),
    Entry(kind="group", code="M1", name="第一村民小组", called=WHERE + "第一村民小组"),
    Entry(kind="group", code="M7", name="第二村民小组", called=WHERE + "第二村民小组"),
    Entry(kind="estate", code="M9", name="荷花园", called=WHERE + "荷花园"),
    *(
        Entry(kind="house", code=f"M{group}{house}", name=f"第{numeral}村民小组{house}号",
              called=f"{WHERE}第{numeral}村民小组{house}号")
        for group, numeral in ((1, "一"), (2, "二"))
        for house in (2, 12, 21, 112)
    ),
    Entry(kind="house", code="M99", name="荷花园3栋", called=WHERE + "荷花园3栋"),
    Entry(kind="deputy", code="p1", name="甲辛酉", levels=("town",)),
    Entry(kind="deputy", code="p2", name="乙辛酉", levels=("county",)),
)  # fmt: skip
GAZETTEER = Gazetteer(PLACES)


def first(question: str) -> str:
    found = GAZETTEER.find(question)
    return found[0].entry.name if found else ""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("画镇东南村第一村民小组12号", "第一村民小组12号"),
        ("东南村第１村民小组１２號", "第一村民小组12号"),
        ("东南 二组 21号", "第二村民小组21号"),
        ("东南村二组二十一号", "第二村民小组21号"),
        ("东南村第二村民小祖112号", "第二村民小组112号"),
        ("荷花园", "荷花园"),
        ("荷花圆", "荷花园"),
        ("荷花园三栋", "荷花园3栋"),
        ("西北村", "西北村"),
        ("西化村", "西北村"),
        ("画镇", "画镇"),
        ("G1", "东南村第001网格"),
        ("440784001001", "东南村"),
        ("第一网格", "东南村第001网格"),
        ("甲辛酉", "甲辛酉"),
        ("辛", "甲辛酉"),
    ],
)
def test_the_place_that_is_meant_comes_first(question: str, expected: str) -> None:
    assert first(question) == expected


def test_a_house_number_is_not_part_of_a_longer_one() -> None:
    found = [hit for hit in GAZETTEER.find("第一村民小组2号") if hit.way >= 2]
    assert [hit.entry.name for hit in found] == ["第一村民小组2号"]


def test_a_house_that_nobody_registered_leads_to_its_group_and_says_it_is_only_alike() -> None:
    found = GAZETTEER.find("东南村第二村民小组999号")
    assert found[0].way < 2
    assert "第二村民小组" in {hit.entry.name for hit in found}


@pytest.mark.parametrize("question", ["", "   ", "——", "没有这个地方", "zzzzzz"])
def test_what_is_like_no_place_finds_none(question: str) -> None:
    assert GAZETTEER.find(question) == []


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert Gazetteer([]).find("画镇") == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), st.randoms(use_true_random=False))
def test_every_place_is_found_by_its_whole_name_whatever_the_order_of_entries(place: Entry, random: object) -> None:
    shuffled = list(PLACES)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    asked = place.called or place.name
    found = Gazetteer(shuffled).find(asked)
    assert place in [hit.entry for hit in found[:3]]
    assert found == GAZETTEER.find(asked)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_question_and_every_answer_is_a_place(text: str) -> None:
    found = GAZETTEER.find(text)
    assert {hit.entry for hit in found} <= set(PLACES)
    assert [hit.way for hit in found] == sorted((hit.way for hit in found), reverse=True)
