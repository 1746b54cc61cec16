"""Matters on the command line: the list, the measures, the successors, and a hotline's sheet."""

from datetime import UTC, datetime
from pathlib import Path

from tests.command.conftest import type_in


def test_the_demo_lists_measures_and_takes_a_hotline_sheet_once(demo_home: Path, tmp_path: Path) -> None:
    listed = type_in("--home", demo_home, "matters", "list", "--json").json
    assert len(listed) >= 15
    assert all(row["状态"] != "已归档" for row in listed)
    year = str(datetime.now(UTC).year)
    sheet = tmp_path / "hotline.csv"
    sheet.write_text(f"编号,内容,日期,示例\nR1,路灯不亮（示例）,{year}-01-05,是\nR2,水管漏水（示例）,,是\n", "utf-8")
    for new, known in ((2, 0), (0, 2)):
        done = type_in("--home", demo_home, "import", "matters", sheet)
        assert done.code == 0, done.err
        assert f"{new} 件，{known} 件以前导入过" in done.out
    measured = type_in("--home", demo_home, "matters", "measure", "--period", year, "--json").json
    towns = type_in("--home", demo_home, "matters", "measure", "--period", year, "--of", "town", "--json").json
    assert measured[0]["opinions"] == sum(row["opinions"] for row in towns) >= 20
    shown = type_in("--home", demo_home, "--lang", "en", "matters", "measure", "--period", year)
    assert "closed loop" in shown.out
    assert type_in("--home", demo_home, "matters", "follow", "--json").json == {"moved": []}
    assert type_in("--home", demo_home, "matters", "measure", "--period", "never").code == 1
    assert type_in("--home", demo_home, "matters", "list", "--show", "never").code == 1
    assert type_in("--home", demo_home, "verify").code == 0
