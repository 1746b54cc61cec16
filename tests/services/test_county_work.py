"""County work: each county is done once, whole or not at all; one that cannot be done is named and stops no other."""

import shutil
from datetime import date
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from benchmarks.nation import CountySize, draw, drawn, nation
from data.counties import GRIDS, SEATS, counties_in, file_digest, partition, read_receipt, read_table, write_table
from data.rules import text as rule_text
from services.county_placing import HowPlaced, place_counties, place_county
from services.county_scoring import BookText, HowScored, score_counties
from services.county_work import Counted, Done, Failed, Outcome, Running, here

HOW = HowPlaced(sliver=0.02, tolerance=0.10, keeping=0.15, repair=False, on=date(2026, 6, 30))
BOOK = BookText(name="heshan-631", text=rule_text("heshan-631"), adopted_from=date(2021, 11, 1))
SIZES = tuple(CountySize(code=f"90000{n}", number=n, grids=20 + n, districts=12, people=36) for n in range(3))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw three tiny counties, once."""
    folder = tmp_path_factory.mktemp("three") / "in"
    for size in SIZES:
        draw(size.code, sizes=SIZES, folder=folder)
    return folder


@pytest.fixture
def source(three: Path, tmp_path: Path) -> Path:
    """Give a copy of the drawn counties that a test may change."""
    return Path(shutil.copytree(three, tmp_path / "in"))


def place(source: Path, target: Path, how: HowPlaced = HOW, running: Running = here) -> tuple[Counted, list[Outcome]]:
    heard: list[Outcome] = []
    found = place_counties(source, target, how, running=running, tell=heard.append)
    return found, heard


def digests(target: Path) -> dict[str, str]:
    """Give the digest of every file that a run has left."""
    return {str(path.relative_to(target)): file_digest(path) for path in target.rglob("*") if path.is_file()}


def redraw(source: Path, table: str, county: str, **values: object) -> None:
    """Write a county's table anew with some columns changed."""
    path = partition(source, table, county)
    frame = gpd.read_parquet(path) if table in ("grids", "districts", "areas") else pd.read_parquet(path)
    write_table(source, table, county, frame.assign(**values))


def test_everybody_of_every_county_is_placed_in_their_own_district(three: Path, tmp_path: Path) -> None:
    found, heard = place(three, tmp_path)
    assert [one.county for one in heard] == [size.code for size in SIZES]
    assert found.counts["people_placed"] == found.counts["people"] == sum(size.people for size in SIZES)
    assert found.counts["grids_linked"] == found.counts["grids"] == sum(size.grids for size in SIZES)
    assert found.counts["districts_proven"] == found.counts["districts"] == sum(size.districts for size in SIZES)
    for size in SIZES:
        own = read_table(three, SEATS, size.code).set_index("code")["district"]
        links = pd.read_parquet(partition(tmp_path, "links", size.code))
        assert (links["district"] == links["seat"].map(own)).all()


def test_a_second_run_does_nothing_and_leaves_every_byte(three: Path, tmp_path: Path) -> None:
    place(three, tmp_path)
    before = digests(tmp_path)
    found, heard = place(three, tmp_path)
    assert (found.fresh, found.unchanged) == (0, 3)
    after = digests(tmp_path)
    assert {name for name in before if before[name] != after[name]} == {"place.json"}
    assert {one.county: one.counts for one in heard if isinstance(one, Done)} == {
        size.code: read_receipt(tmp_path, size.code)["counts"]
        for size in SIZES  # type: ignore[index]
    }


def test_a_changed_table_a_changed_setting_and_a_lost_result_are_done_again(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    place(source, target)
    redraw(source, "grids", "900001", households=100)
    partition(target, "leads", "900002").unlink()
    assert [(one.county, one.fresh) for one in place(source, target)[1] if isinstance(one, Done)] == [
        ("900000", False),
        ("900001", True),
        ("900002", True),
    ]
    other = HowPlaced(sliver=0.02, tolerance=0.20, keeping=0.15, repair=False, on=HOW.on)
    assert place(source, target, other)[0].fresh == 3


def test_what_a_killed_writer_left_is_no_result(three: Path, tmp_path: Path) -> None:
    """The receipt is written last: without it, tables that stand already are written once more, whole."""
    place(three, tmp_path)
    before = digests(tmp_path)
    (tmp_path / "receipts" / "900001.json").unlink()
    partition(tmp_path, "links", "900001").write_bytes(b"half")
    left = tmp_path / "links" / ".900001.0.unfinished"
    left.write_bytes(b"half")
    found, _ = place(three, tmp_path)
    assert (found.fresh, found.unchanged) == (1, 2)
    assert not left.exists()
    assert {name: digest for name, digest in digests(tmp_path).items() if name != "place.json"} == {
        name: digest for name, digest in before.items() if name != "place.json"
    }


def test_a_county_that_cannot_be_done_is_named_and_the_others_finish(source: Path, tmp_path: Path) -> None:
    partition(source, "grids", "900000").write_bytes(b"no parquet")
    seats = read_table(source, SEATS, "900001").drop(columns="level")
    write_table(source, "seats", "900001", seats)
    found, heard = place(source, tmp_path / "out")
    assert [(one.county, one.kind) for one in found.failed] == [("900000", "unreadable"), ("900001", "no_column")]
    assert found.failed[1].facts == {"table": "seats", "columns": "level"}
    assert [one.county for one in heard if isinstance(one, Done)] == ["900002"]
    assert counties_in(tmp_path / "out", GRIDS) == ()
    assert not partition(tmp_path / "out", "links", "900001").exists()


@pytest.mark.parametrize(
    ("table", "change", "kind"),
    [
        ("seats", {"from": "someday"}, "no_day"),
        ("seats", {"code": "same"}, "twice"),
        ("grids", {"code": "same"}, "error"),
        ("grids", {"households": -1}, "error"),
    ],
)
def test_a_table_that_says_the_impossible_is_refused_with_its_kind(
    source: Path, tmp_path: Path, table: str, change: dict[str, object], kind: str
) -> None:
    redraw(source, table, "900001", **change)
    found, _ = place(source, tmp_path / "out")
    assert [(one.county, one.kind) for one in found.failed] == [("900001", kind)]


def test_shapes_that_are_not_in_degrees_and_files_that_are_missing_are_named(source: Path, tmp_path: Path) -> None:
    path = partition(source, "grids", "900000")
    gpd.read_parquet(path).to_crs("EPSG:4547").to_parquet(path)
    partition(source, "districts", "900001").unlink()
    found, _ = place(source, tmp_path / "out")
    assert [(one.county, one.kind) for one in found.failed] == [("900000", "not_lonlat"), ("900001", "no_table")]


def test_counties_in_any_order_and_alone_give_the_same_files(three: Path, tmp_path: Path) -> None:
    place(three, tmp_path / "together")
    for size in reversed(SIZES):
        place_county(size.code, source=three, target=tmp_path / "alone", how=HOW)
    together = {name: one for name, one in digests(tmp_path / "together").items() if name != "place.json"}
    assert digests(tmp_path / "alone") == together


def test_an_activity_of_an_unknown_seat_fails_its_county_and_a_late_one_waits(source: Path, tmp_path: Path) -> None:
    redraw(source, "activities", "900001", seat="nobody")
    until = date(2026, 6, 30)
    heard: list[Outcome] = []
    found = score_counties(
        source, tmp_path / "out", HowScored(books=(BOOK,), until=until), running=here, tell=heard.append
    )
    assert [(one.county, one.kind, one.facts["seat"]) for one in found.failed] == [("900001", "unknown_seat", "nobody")]
    days = pd.read_parquet(partition(tmp_path / "out", "ledger", "900000"))["on"]
    assert 0 < len(days) < 2 * SIZES[0].people
    assert max(days) <= until


def test_totals_are_the_ledger_added_up_and_every_seat_has_a_line(three: Path, tmp_path: Path) -> None:
    score_counties(
        three, tmp_path, HowScored(books=(BOOK,), until=date(2026, 12, 31)), running=here, tell=[].append, ranked=True
    )
    ledger = pd.concat(pd.read_parquet(path) for path in (tmp_path / "ledger").glob("*.parquet"))
    board = pd.read_parquet(tmp_path / "ranking" / "2026.parquet")
    assert len(board) == sum(size.people for size in SIZES)
    assert board["tenths"].sum() == ledger["tenths"].sum() > 0
    best = board.sort_values(["level", "rank"]).drop_duplicates("level")
    assert (best["rank"] == 1).all()
    assert set(best["tenths"]) == set(board.groupby("level")["tenths"].max())


def test_the_drawn_nation_has_its_grids_districts_and_people_to_the_last_one() -> None:
    sizes = nation()
    assert len(sizes) == 2_850
    assert [sum(getattr(one, name) for one in sizes) for name in ("grids", "districts", "people")] == [
        1_500_000,
        1_000_000,
        2_770_000,
    ]
    one = drawn(SIZES[0])
    assert all(one[name].equals(again) for name, again in drawn(SIZES[0]).items())


def test_a_fault_of_ours_is_not_taken_for_a_county_that_fails(three: Path, tmp_path: Path) -> None:
    def broken(county: str) -> Done:
        raise AssertionError(county)

    with pytest.raises(AssertionError, match="900000"):
        here(broken, counties_in(three, GRIDS), partial(print, tmp_path))


def test_a_county_is_named_with_the_words_of_its_fault(source: Path, tmp_path: Path) -> None:
    redraw(source, "grids", "900002", households=-5)
    (failed,) = place(source, tmp_path / "out")[0].failed
    assert isinstance(failed, Failed)
    assert "households" in failed.facts["problem"]
