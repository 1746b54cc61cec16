"""County work: what is done county by county in a folder, here or on a cluster, and what each county's work gave."""

import json
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pandas as pd
from shapely.errors import ShapelyError

from data.counties import (
    UNFINISHED,
    CountyTable,
    CountyTableError,
    digest_of,
    read_receipt,
    write_receipt,
    write_table,
    write_text,
)

METHOD = "1"  # grows whenever the same input gives another result: then nothing counts as done already


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One county's finished work.

    counts: how many of what, by name.  seconds: of work, and cpu of them on a processor, all threads together.
    peak_mb: the most memory its process has held so far (MiB).
    fresh: False where it was done before and its input has not changed since.
    """

    county: str
    counts: Mapping[str, int]
    seconds: float
    peak_mb: int
    fresh: bool
    cpu: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A county whose work was not done: why, as the kind of problem with its facts."""

    county: str
    kind: str
    facts: Mapping[str, str]


Outcome = Done | Failed
Work = Callable[[str], Done]
Tell = Callable[[Outcome], None]
Running = Callable[[Work, Sequence[str], Tell], list[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What all counties together gave; `seconds` are of work, whoever did it, `peak_mb` of the largest process."""

    counties: int
    fresh: int
    unchanged: int
    failed: tuple[Failed, ...]
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak_mb: int = 0


Made = tuple[dict[str, pd.DataFrame], dict[str, int]]  # frames by table, counts by name


def worked(
    county: str, *, name: str, source: Path, target: Path, tables: Iterable[CountyTable], how: Mapping[str, Any],
    make: Callable[[], Made],
) -> Done:  # fmt: skip
    """Do a county's work unless it is done; write its frames and, last, its receipt.

    Raises CountyTableError for what is wrong with the input, and whatever `make` raises.
    """
    begun, worked_before = perf_counter(), process_time()
    digest = digest_of(source, tables, county, json.dumps([METHOD, name, how], sort_keys=True, default=str))
    known = read_receipt(target, county)
    if known is not None and known["digest"] == digest:
        return Done(county=county, counts=known["counts"], seconds=0.0, peak_mb=peak_mb(), fresh=False)
    frames, counts = make()
    files = {table: write_table(target, table, county, frame) for table, frame in frames.items()}
    done = Done(
        county=county, counts=counts, seconds=perf_counter() - begun, peak_mb=peak_mb(), fresh=True,
        cpu=process_time() - worked_before,
    )  # fmt: skip
    receipt = {"county": county, "work": name, "digest": digest, "how": how, "counts": counts, "files": files}
    write_receipt(target, county, json.loads(json.dumps(receipt, default=str)))
    return done


def peak_mb() -> int:
    """Give the most memory that this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def here(work: Work, counties: Sequence[str], tell: Tell) -> list[Outcome]:
    """Do the counties one after the other in this process; a county that fails is named, the others go on."""
    outcomes: list[Outcome] = []
    for county in counties:
        outcome: Outcome
        try:
            outcome = work(county)
        except (ValueError, KeyError, TypeError, ArithmeticError, OSError, ShapelyError) as wrong:
            outcome = failure(county, wrong)
        outcomes.append(outcome)
        tell(outcome)
    return outcomes


def failure(county: str, wrong: BaseException) -> Failed:
    """Say why a county's work was not done."""
    if isinstance(wrong, CountyTableError):
        return Failed(county=county, kind=wrong.kind, facts=wrong.facts)
    return Failed(county=county, kind="error", facts={"error": type(wrong).__name__, "problem": str(wrong)[:300]})


def counted(outcomes: Iterable[Outcome]) -> Counted:
    """Add up what the counties gave, failures by county."""
    listed = list(outcomes)
    done = [one for one in listed if isinstance(one, Done)]
    counts: dict[str, int] = {}
    for one in done:
        for name, count in one.counts.items():
            largest = max(counts.get(name, 0), count) if name.endswith("_most") else counts.get(name, 0) + count
            counts[name] = largest
    fresh = sum(one.fresh for one in done)
    return Counted(
        counties=len(listed),
        fresh=fresh,
        unchanged=len(done) - fresh,
        failed=tuple(sorted((one for one in listed if isinstance(one, Failed)), key=lambda one: one.county)),
        counts=counts,
        seconds=sum(one.seconds for one in done),
        peak_mb=max((one.peak_mb for one in done), default=0),
    )


def keep_summary(target: Path, name: str, found: Counted) -> None:
    """Write what all counties gave beside their partitions."""
    write_text(target / f"{name}.json", json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n")


def sweep(target: Path) -> int:
    """Remove what writers that were killed left unfinished; give how many files that were."""
    left = [path for path in target.glob(f"*/.*{UNFINISHED}") if path.is_file()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
