"""A rule book is examined and replayed over a past period before it is adopted, and a trial changes nothing."""

from datetime import date
from typing import Any

import pytest

from data.rules import text as rule_text
from services.errors import BadRequestError, ConflictError
from services.points import adopt, score
from services.trying import adopt_examined, examine, step_of, try_book

TODAY = date(2026, 6, 1)


def ready(county: Any) -> None:
    with county.store.unit() as unit:
        adopt(unit, county.act(), text=rule_text("heshan-631"), name="heshan-631", adopted_from=county.starts)
        score(unit, county.act("2026-06-01"))


def trial(county: Any, text: str, period: str = "2026") -> Any:
    examined = examine(text, "tried.yaml")
    assert examined.book is not None
    with county.store.reading() as unit:
        return try_book(unit, book=examined.book, period=period, today=TODAY)


def test_the_adopted_book_tried_again_moves_nobody(county: Any) -> None:
    ready(county)
    before = county.everything()
    found = trial(county, rule_text("heshan-631"))
    assert (found.changed, found.shifted, found.activities) == (0, 0, 4)
    assert sum(line.before for line in found.lines) == 25 * 4
    assert county.everything() == before


def test_who_moves_is_named_with_the_rule_that_makes_the_difference(county: Any) -> None:
    ready(county)
    dearer = rule_text("heshan-631").replace("{award: 2.5, cap_per_year", "{award: 5.0, cap_per_year")
    found = trial(county, dearer, "2026Q1")
    moved = [line for line in found.lines if line.by]
    assert {line.seat for line in moved} == {"C1", "T1", "T2", "T3"}
    assert {(line.before, line.after) for line in moved} == {(25, 50)}
    assert {shift.rule for line in moved for shift in line.why} == {"station.reception"}
    assert found.titles["station.reception"]["zh"]


def test_a_town_deputy_is_ranked_among_town_deputies(swift: Any) -> None:
    ready(swift)
    found = trial(swift, rule_text("jiangbei"))
    town = {line.seat: line for line in found.lines if line.level == "town"}
    assert {line.of for line in town.values()} == {6}
    assert (town["T1"].rank_before, town["T1"].rank_after, town["T4"].places) == (1, 1, 3)


def test_every_flaw_comes_back_with_its_line_and_a_wrong_example_by_name() -> None:
    text = rule_text("jiangbei")
    flawed = examine(text.replace("quantum:", "quantums:"), "a.yaml")
    assert flawed.book is None
    assert {flaw.kind for flaw in flawed.flaws} >= {"unknown_key", "missing_key"}
    assert all(flaw.line > 0 for flaw in flawed.flaws)
    first = next(line for line in text.splitlines() if "total:" in line)
    wrong = examine(text.replace(first, first.split("total:")[0] + "total: 77.0", 1), "a.yaml")
    assert len(wrong.wrong) == 1
    assert not wrong.sound


def test_a_book_is_adopted_only_when_it_is_sound_and_decided(swift: Any) -> None:
    text = rule_text("jiangbei")
    first = next(line for line in text.splitlines() if "total:" in line)
    wrong = examine(text.replace(first, first.split("total:")[0] + "total: 77.0", 1), "a.yaml")
    flawed = examine("name: x", "a.yaml")
    for examined, key in ((wrong, "examples_wrong"), (flawed, "rule_book")):
        with swift.store.unit() as unit, pytest.raises(ConflictError, match=key):
            adopt_examined(unit, swift.act(), examined=examined, adopted_from=TODAY, decision="1号")
    sound = examine(text, "a.yaml")
    with swift.store.unit() as unit, pytest.raises(BadRequestError, match="decision"):
        adopt_examined(unit, swift.act(), examined=sound, adopted_from=TODAY, decision=" ")
    with swift.store.unit() as unit:
        assert adopt_examined(unit, swift.act(), examined=sound, adopted_from=TODAY, decision="1号")[0] == "jiangbei"
    with swift.store.unit() as unit, pytest.raises(ConflictError, match="adopted_already"):
        adopt_examined(unit, swift.act(), examined=sound, adopted_from=date(2026, 7, 1), decision="2号")


def test_a_period_that_has_not_begun_cannot_be_tried(swift: Any) -> None:
    ready(swift)
    with pytest.raises(BadRequestError, match="period_to_come"):
        trial(swift, rule_text("jiangbei"), "2027")


@pytest.mark.parametrize(("places", "step"), [(-60, 0), (-50, 0), (-10, 1), (-1, 2), (0, 3), (1, 4), (10, 5), (99, 6)])
def test_movements_fall_into_steps_that_widen(places: int, step: int) -> None:
    assert step_of(places) == step
