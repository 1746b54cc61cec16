"""A nation on two workers: counties drawn from a fixed seed are read, cut, placed, scored and written, one a task."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from distributed import LocalCluster
from numpy.typing import NDArray

from benchmarks.ground import DEGREES_PER_GRID, SEED, SIZES, districts, grids
from data.counties import partition, write_table
from data.rules import text as rule_text
from gridmap.locate import CellIndex
from scoring.rulebook import parse
from services.cluster import connected, on
from services.county_placing import HowPlaced, place_counties
from services.county_scoring import BookText, HowScored, score_counties
from services.county_work import Done, Outcome, peak_mb

COUNTIES = 2_850
ACROSS = 54  # counties in a row of the drawn nation
WORKERS = 2
WORKER_MEMORY = "4GB"
ELECTED_BY_CONGRESS = 0.12  # of all people: placed by proposal, not by a district
COUNTY_LAYER = 0.3  # of all districts; the rest are the towns', most of them smaller than a grid
GRIDS_PER_VILLAGE = 9
VILLAGES_PER_TOWN = 6
ACTS_PER_PERSON = 2
LEVELS_ABOVE = ("prefecture", "province", "national")
TERM_STARTS, YEAR = date(2021, 11, 1), 2026
BOOK = "heshan-631"
STEPS = {"county": (1,), "province": (1, 10, 100), "nation": (1, 10, 100, 285, COUNTIES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountySize:
    """How much of the nation one county has."""

    code: str
    number: int
    grids: int
    districts: int
    people: int


def run(size: str, *, repeats: int = 1) -> list[dict[str, Any]]:  # noqa: ARG001 - every step is run once
    """Place and score 1, 10, 100 … counties of the drawn nation on two workers; one row a step and kind of work.

    size: county, province or nation, or a number of counties. Everything is synthetic. `seconds` are from the first
    task to the last written file, `of_work` are the workers' own; drawing the counties is a row of its own.
    """
    steps = STEPS.get(size) or (*(n for n in (1, 10, 100) if n < int(size)), int(size))
    folder = Path(tempfile.mkdtemp(prefix="sanlian-nation-"))
    rows = []
    cluster = LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, memory_limit=WORKER_MEMORY,
                           dashboard_address="127.0.0.1:0")  # fmt: skip
    try:
        sizes = nation()[: steps[-1]]
        with cluster, connected(cluster.scheduler_address) as client:
            running = partial(on, client)
            client.run(warm)
            begun = perf_counter()
            drawn = running(partial(draw, sizes=sizes, folder=folder / "in"), [one.code for one in sizes], say("draw"))
            rows.append(_row("draw", drawn, perf_counter() - begun))
            for count in steps:
                rows += _step(folder, sizes[:count], running, keep=count == steps[-1])
    finally:
        shutil.rmtree(folder)
    return [*rows, *_fits(rows)]


def _step(folder: Path, sizes: Sequence[CountySize], running: Any, *, keep: bool) -> list[dict[str, Any]]:
    """Place and score the first counties, each into a folder of its own, timed from end to end."""
    source, rows = folder / "in", []
    only = [one.code for one in sizes]
    how = HowPlaced(sliver=0.02, tolerance=0.10, keeping=0.15, repair=False, on=date(YEAR, 6, 30))
    book = BookText(name=BOOK, text=rule_text(BOOK), adopted_from=TERM_STARTS)
    scoring = HowScored(books=(book,), until=date(YEAR, 12, 31))
    for name, work in (
        ("place", partial(place_counties, source, folder / "placed", how)),
        ("score", partial(score_counties, source, folder / "scored", scoring)),
    ):
        outcomes: list[Outcome] = []
        begun = perf_counter()
        work(running=running, tell=say(name, outcomes), only=only)
        rows.append(_row(name, outcomes, perf_counter() - begun))
        if keep and name == "place":
            again: list[Outcome] = []
            begun = perf_counter()
            work(running=running, tell=say("again", again), only=only)
            rows.append(_row("place again, unchanged", again, perf_counter() - begun))
    for name in ("placed", "scored"):
        shutil.rmtree(folder / name)
    return rows


def say(name: str, kept: list[Outcome] | None = None) -> Any:
    """Give a listener that shows how far a step is, on a terminal or in a log, every hundred counties."""
    heard = [0]

    def tell(outcome: Outcome) -> None:
        heard[0] += 1
        if kept is not None:
            kept.append(outcome)
        if heard[0] % 100 == 0 or not isinstance(outcome, Done):
            print(f"{name}: {heard[0]} {outcome if not isinstance(outcome, Done) else ''}", file=sys.stderr, flush=True)

    return tell


def _row(work: str, outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    done = [one for one in outcomes if isinstance(one, Done)]
    counts = {name: sum(one.counts.get(name, 0) for one in done) for one in done for name in one.counts}
    return {
        "work": work,
        "counties": len(outcomes),
        "failed": len(outcomes) - len(done),
        "grids": counts.get("grids", 0),
        "districts": counts.get("districts", 0),
        "people": counts.get("people", counts.get("seats", 0)),
        "pieces": counts.get("pieces", 0),
        "activities": counts.get("activities", 0),
        "seconds": seconds,
        "of_work": sum(one.seconds for one in done),
        "cpu": sum(one.cpu for one in done),
        "peak_mb": max((one.peak_mb for one in done), default=0),
        "proven": counts.get("districts_proven", 0),
        "gap_most": max((one.counts.get("gap_most", 0) for one in done), default=0),
    }


def _fits(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fit seconds = a + b × counties through the steps of each work, and say how far the farthest step lies off it.

    Once by the clock and once by the processors' own seconds, which other work on the machine disturbs less.
    """
    fitted = []
    for work in ("place", "score"):
        mine = [row for row in rows if row["work"] == work]
        counties = np.array([row["counties"] for row in mine], dtype=float)
        for measure in ("seconds", "cpu") if len(mine) >= 3 else ():
            seconds = np.array([row[measure] for row in mine])
            slope, start = np.polyfit(counties, seconds, 1, w=1 / np.sqrt(counties))
            off = np.abs(slope * counties + start - seconds) / seconds
            said = f"{work}, {measure}: {start:.2f} s + {slope * 1000:.0f} ms a county"
            far = f"off by at most {off[counties >= 10].max():.0%} from 10 counties up"
            fitted.append({**dict.fromkeys(mine[0], ""), "work": said, "counties": "fit", "seconds": far})
    return fitted


def warm() -> None:
    """Compile what is compiled at first use, so that no step pays for it."""
    folder = Path(tempfile.mkdtemp())
    try:
        size = CountySize(code="900000", number=0, grids=60, districts=40, people=100)
        draw(size.code, sizes=(size,), folder=folder / "in")
        how = HowPlaced(sliver=0.02, tolerance=0.10, keeping=0.15, repair=False, on=date(YEAR, 6, 30))
        place_counties(folder / "in", folder / "out", how, running=_plainly, tell=say("warm"))
    finally:
        shutil.rmtree(folder)


def _plainly(work: Any, counties: Sequence[str], tell: Any) -> list[Outcome]:  # noqa: ARG001
    return [work(county) for county in counties]


def nation(counties: int = COUNTIES, *, seed: int = SEED) -> list[CountySize]:
    """Share out the nation's grids, districts and people over its counties, unequally and to the last one."""
    weights = np.random.default_rng(seed).uniform(0.6, 1.4, counties)
    whole = SIZES["nation"]
    shared = [_shared(total, weights) for total in (whole.grids, whole.districts, whole.seats)]
    return [
        CountySize(code=f"9{number:05d}", number=number, grids=int(g), districts=int(d), people=int(p))
        for number, (g, d, p) in enumerate(zip(*shared, strict=True))
    ]


def _shared(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    exact = weights * total / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    most = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[most] += 1
    return whole


def draw(county: str, *, sizes: Sequence[CountySize], folder: Path) -> Done:
    """Draw one county into the folder: tables as docs/scale.md lists them."""
    begun = perf_counter()
    size = next(one for one in sizes if one.code == county)
    if not partition(folder, "activities", county).exists():
        for table, frame in drawn(size).items():
            write_table(folder, table, county, frame)
    counts = {"grids": size.grids, "districts": size.districts, "people": size.people}
    return Done(county=county, counts=counts, seconds=perf_counter() - begun, peak_mb=peak_mb(), fresh=True)


def drawn(size: CountySize) -> dict[str, pd.DataFrame]:
    """Draw a county's grids, districts, villages, seats and a year of activities."""
    seed = SEED + 1_000 * size.number
    chance = np.random.default_rng(seed)
    villages = _moved(districts(max(2, size.grids // GRIDS_PER_VILLAGE), size.grids, seed=seed + 3), size, "v")
    villages["kind"] = "village"
    villages["parent"] = [f"{size.code}t{number // VILLAGES_PER_TOWN:03d}" for number in range(len(villages))]
    cells = _moved(grids(size.grids, seed=seed), size, "g")
    middle = cells.geometry.representative_point()
    at = CellIndex(villages).locate(middle.x.to_numpy(), middle.y.to_numpy())
    cells["village"] = [str(villages["code"].iloc[max(row, 0)]) for row in at]
    above = round(size.districts * COUNTY_LAYER)
    layers = pd.concat(
        [
            _moved(districts(above, size.grids, seed=seed + 1), size, "c").assign(layer="county"),
            _moved(districts(size.districts - above, size.grids, seed=seed + 2), size, "w").assign(layer="town"),
        ],
        ignore_index=True,
    )
    seats = _seats(size, layers, villages, chance)
    return {
        "grids": cells,
        "districts": gpd.GeoDataFrame(layers, geometry="geometry", crs="EPSG:4326"),
        "areas": villages,
        "seats": seats,
        "activities": _activities(size, seats, chance),
    }


def _moved(cells: gpd.GeoDataFrame, size: CountySize, letter: str) -> gpd.GeoDataFrame:
    """Put a drawn county in its own place in the nation, with its own codes."""
    step = DEGREES_PER_GRID * np.sqrt(2 * SIZES["nation"].grids / COUNTIES)
    away = np.array([(size.number % ACROSS) * step - 10, (size.number // ACROSS) * step])
    shapes = shapely.transform(np.asarray(cells.geometry.array, dtype=object), lambda corners: corners + away)
    codes = [f"{size.code}{letter}{number:05d}" for number in range(len(cells))]
    return gpd.GeoDataFrame(cells.drop(columns="geometry").assign(code=codes), geometry=shapes, crs="EPSG:4326")


def _seats(
    size: CountySize, layers: pd.DataFrame, villages: gpd.GeoDataFrame, chance: np.random.Generator
) -> pd.DataFrame:
    """Give each district one to three deputies, and the rest to the congresses above."""
    above = round(size.people * ELECTED_BY_CONGRESS)
    each = np.ones(len(layers), dtype=int)
    room = np.repeat(np.arange(len(layers)), 2)
    np.add.at(each, chance.permutation(room)[: max(0, size.people - above - len(layers))], 1)
    district = np.repeat(layers["code"].to_numpy(), each)
    level = np.repeat(layers["layer"].to_numpy(), each)
    rest = size.people - len(district)
    home = chance.integers(0, len(villages), size.people)
    codes = [f"{size.code}s{number:05d}" for number in range(size.people)]
    return pd.DataFrame(
        {
            "code": codes,
            "person": [f"{code}p" for code in codes],
            "level": [*level, *(LEVELS_ABOVE[number % 3] for number in range(rest))],
            "district": [*district, *[""] * rest],
            "village": villages["code"].to_numpy()[home],
            "town": villages["parent"].to_numpy()[home],
            "from": TERM_STARTS.isoformat(),
        }
    )


def _activities(size: CountySize, seats: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Give every person some activities of a year, of the kinds that the rule book knows."""
    kinds = sorted(parse(rule_text(BOOK), name=BOOK).by_kind)
    count = ACTS_PER_PERSON * len(seats)
    who = chance.integers(0, len(seats), count)
    first = date(YEAR, 1, 1)
    return pd.DataFrame(
        {
            "code": [f"{size.code}a{number:06d}" for number in range(count)],
            "kind": [kinds[number] for number in chance.integers(0, len(kinds), count)],
            "on": [(first + timedelta(days=int(day))).isoformat() for day in chance.integers(0, 365, count)],
            "person": seats["person"].to_numpy()[who],
            "seat": seats["code"].to_numpy()[who],
            "level": seats["level"].to_numpy()[who],
            "hours_tenths": chance.integers(5, 60, count),
            "half_days": chance.integers(1, 4, count),
            "served": chance.integers(1, 30, count),
        }
    )
