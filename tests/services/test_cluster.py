"""A cluster of real processes: the same results as one process, and a worker that dies loses and doubles nothing."""

import os
import signal
import socket
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from sqlalchemy import select

from benchmarks.nation import CountySize, draw
from data.counties import file_digest, partition, read_receipt
from data.rules import text as rule_text
from data.tables import LedgerEntry, LinkRow
from services import cluster
from services.county_placing import HowPlaced, place_counties
from services.county_scoring import BookText, HowScored, score_counties
from services.county_work import Counted, Done, Outcome, here
from services.errors import ConflictError
from services.parts import lay_out_in_parts
from services.parts_of_seats import counting_in_parts
from services.placing import keep_plan, lay_out, survey
from services.points import adopt, score

County = Any
HOW = HowPlaced(sliver=0.02, tolerance=0.10, keeping=0.15, repair=False, on=date(2026, 6, 30))
BOOK = BookText(name="heshan-631", text=rule_text("heshan-631"), adopted_from=date(2021, 11, 1))
LARGE = CountySize(code="900000", number=0, grids=250, districts=150, people=400)
SIZES = (LARGE, *(CountySize(code=f"90000{n}", number=n, grids=18 + n, districts=10, people=30) for n in range(1, 6)))


@pytest.fixture(scope="module")
def workers() -> Iterator[Client]:
    """Start a scheduler here and two workers in processes of their own, and come in as the command does."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as local,
        cluster.connected(local.scheduler_address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw six counties, the first of them larger."""
    folder = tmp_path_factory.mktemp("six") / "in"
    for size in SIZES:
        draw(size.code, sizes=SIZES, folder=folder)
    return folder


@pytest.fixture(scope="module")
def alone(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Place the six counties in this one process: the digest of every file."""
    target = tmp_path_factory.mktemp("alone")
    assert not place_counties(source, target, HOW, running=here, tell=[].append).failed
    return digests(target)


def digests(target: Path) -> dict[str, str]:
    return {
        str(path.relative_to(target)): file_digest(path) for path in target.glob("*/*") if path.suffix != ".unfinished"
    }


def place(client: Client, source: Path, target: Path, tell: Any = None) -> tuple[Counted, list[Outcome]]:
    heard: list[Outcome] = []
    found = place_counties(source, target, HOW, running=partial(cluster.on, client), tell=tell or heard.append)
    return found, heard


def test_two_workers_place_as_one_process_does_and_a_second_run_does_nothing(
    workers: Client, source: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    found, heard = place(workers, source, tmp_path)
    assert sorted(one.county for one in heard) == [size.code for size in SIZES]
    assert (found.fresh, found.failed) == (6, ())
    assert digests(tmp_path) == alone
    again, _ = place(workers, source, tmp_path)
    assert (again.fresh, again.unchanged, again.counts) == (0, 6, found.counts)
    assert digests(tmp_path) == alone


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(
    workers: Client, source: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    """The worker at the large county is stopped in the middle of it, and killed before it can finish."""
    pids = workers.run(os.getpid)
    killed: list[int] = []

    def tell(outcome: Outcome) -> None:
        busy = [pids[at] for at, keys in workers.processing().items() if any(LARGE.code in str(key) for key in keys)]
        if busy and not killed:
            os.kill(busy[0], signal.SIGSTOP)
            if read_receipt(tmp_path, LARGE.code) is None:
                os.kill(busy[0], signal.SIGKILL)
                killed.append(busy[0])
            else:
                os.kill(busy[0], signal.SIGCONT)

    found, _ = place(workers, source, tmp_path, tell)
    assert killed
    assert (found.counties, found.fresh, found.failed) == (6, 6, ())
    assert digests(tmp_path) == alone
    workers.wait_for_workers(2)
    assert not set(killed) & set(workers.run(os.getpid).values())


def test_a_county_that_cannot_be_done_is_named_and_the_others_finish(
    workers: Client, source: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    broken = tmp_path / "in"
    for path in source.glob("*/*.parquet"):
        (broken / path.parent.name).mkdir(parents=True, exist_ok=True)
        os.link(path, broken / path.parent.name / path.name)
    path = partition(broken, "grids", "900003")
    path.unlink()
    path.write_bytes(b"torn")
    found, heard = place(workers, broken, tmp_path / "out")
    assert [(one.county, one.kind, one.facts["table"]) for one in found.failed] == [("900003", "unreadable", "grids")]
    assert sorted(one.county for one in heard if isinstance(one, Done)) == [
        size.code for size in SIZES if size.code != "900003"
    ]
    assert digests(tmp_path / "out") == {name: one for name, one in alone.items() if "900003" not in name}


def test_two_workers_score_as_one_process_does(workers: Client, source: Path, tmp_path: Path) -> None:
    asked = HowScored(books=(BOOK,), until=date(2026, 12, 31))
    for name, running in (("one", here), ("two", partial(cluster.on, workers))):
        found = score_counties(source, tmp_path / name, asked, running=running, tell=[].append, ranked=True)
        assert found.counts["activities"] == 2 * sum(size.people for size in SIZES)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_an_instance_is_placed_and_scored_on_a_cluster_as_in_one_process(workers: Client, county: County) -> None:
    with county.store.reading() as unit:
        found = survey(unit, county.act())
    draft = lay_out_in_parts(found, partial(cluster.spread, workers))
    assert draft == lay_out(found)
    with county.store.unit() as unit:
        placed = keep_plan(unit, county.act(), found, draft)
        adopt(unit, county.act(), text=BOOK.text, name=BOOK.name, adopted_from=date(2026, 1, 1))
        counting = counting_in_parts(partial(cluster.spread, workers), at_a_time=4)
        first = score(unit, county.act(), counting=counting)
        again = score(unit, county.act())
        assert len(unit.scalars(select(LinkRow).where(LinkRow.plan_id == placed.plan)).all()) == len(draft.links)
        assert len(unit.scalars(select(LedgerEntry)).all()) == first.added
    assert (again.kept, again.added, again.reversed) == (first.added, 0, 0)


def test_a_part_that_fails_keeps_no_plan_and_is_named(workers: Client) -> None:
    with pytest.raises(ConflictError) as refused:
        cluster.spread(workers, int, [("440784", "7"), ("440785", "seven")])
    assert refused.value.key == "error.cluster_part_failed"
    assert (refused.value.facts["part"], refused.value.facts["parts"]) == ("440785", 1)


def test_a_scheduler_that_is_not_there_and_one_without_workers_are_refused() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        pytest.raises(ConflictError, match="cluster_unreachable"),
        cluster.connected(f"tcp://127.0.0.1:{port}", patience=0.5),
    ):
        pass
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ConflictError, match="cluster_without_workers"),
        cluster.connected(empty.scheduler_address, patience=0.5),
    ):
        pass
