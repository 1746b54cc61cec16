"""A hotline's list comes in row by row, each number once; doubts are named, and no row needs a place."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from services.errors import FlawedError
from services.imports import bring, examine
from services.matters_inbox import Sought, inbox

NO_SPOT = {"经度": "", "纬度": ""}
ROWS = [
    {"编号": "R1", "内容": "路灯不亮，电话13812345678", "日期": "2026-03-01", "渠道": "12345",
     "地点": "榕树头", "经度": "113.00391", "纬度": "22.50391", "网格": "", "类别": "livelihood"},
    {"编号": "R2", "内容": "水管漏水", "日期": "", "渠道": "", "地点": "", "网格": "G3", "类别": ""} | NO_SPOT,
    {"编号": "R3", "内容": "不知在哪里", "日期": "", "渠道": "网格员", "地点": "", "网格": "没有",
     "类别": "天气"} | NO_SPOT,
]  # fmt: skip


def sheet(desk: Any, rows: list[dict[str, str]] = ROWS) -> Path:
    path = desk.county.folder / "hotline.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return Path(path)


def take(desk: Any, rows: list[dict[str, str]] = ROWS, when: str = "2026-03-02T09:00", **more: Any) -> Any:
    with desk.store.unit() as unit:
        return bring(unit, desk.act(when), kind="matters", path=sheet(desk, rows), datum="wgs84", **more)


def test_every_row_is_received_and_routed_and_a_second_list_brings_nothing_twice(desks: Any) -> None:
    first = take(desks)
    again = take(desks, [*ROWS, {**ROWS[1], "编号": "R4", "内容": "又漏水"}], "2026-03-03T09:00")
    assert (first.new, again.new) == (3, 1)
    assert [(note.key, dict(note.facts)) for note in again.notes] == [("matter.imported", {"new": 1, "known": 3})]
    with desks.store.reading() as unit:
        found = inbox(unit, desks.congress, now=desks.at("2026-03-03T10:00"), wanted=Sought(show="all")).matters
    by_text = {matter.text: matter for matter in found}
    lamp = by_text["路灯不亮，电话［号码不保存］"]
    assert (lamp.channel, lamp.seat, lamp.received_at, lamp.kind) == (
        "hotline", "T1", desks.at("2026-03-01T09:00"), "livelihood",
    )  # fmt: skip
    assert (by_text["水管漏水"].grid.code, by_text["不知在哪里"].state) == ("G3", "asking_place")
    assert by_text["不知在哪里"].channel == "grid_worker"
    assert desks.sound()


def test_what_is_not_known_here_is_named_and_keeps_nothing_out(desk: Any) -> None:
    with desk.store.reading() as unit:
        rows, flaws = examine(unit, desk.act(), kind="matters", path=sheet(desk), datum="wgs84")
    assert rows == 3
    assert {(flaw.kind, flaw.line, flaw.fatal) for flaw in flaws} == {
        ("matter_grid", 4, False),
        ("matter_kind", 4, False),
    }


def test_a_list_with_a_broken_row_is_refused_whole(desk: Any) -> None:
    with pytest.raises(FlawedError):
        take(desk, [*ROWS, {**ROWS[0], "内容": ""}])
    with desk.store.reading() as unit:
        assert inbox(unit, desk.congress, now=desk.at("2026-03-03T10:00"), wanted=Sought(show="all")).total == 0


def test_a_dry_run_takes_nothing_in(desk: Any) -> None:
    assert take(desk, dry_run=True).new == 3
    with desk.store.reading() as unit:
        assert inbox(unit, desk.congress, now=desk.at("2026-03-03T10:00"), wanted=Sought(show="all")).total == 0
