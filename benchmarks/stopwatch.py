"""The median time of a piece of work, and one row of a benchmark's table."""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

Result = TypeVar("Result")

REPEATS = 5


def timed(work: Callable[[], Result], repeats: int = REPEATS) -> tuple[float, Result]:
    """Do the work several times; give the median seconds and the last result."""
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        result = work()
        seconds.append(perf_counter() - start)
    return median(seconds), result


def timed_in_turn(works: Mapping[str, Callable[[], Result]], repeats: int = REPEATS) -> dict[str, tuple[float, Result]]:
    """Do several works in turn, again and again, so that a busy moment of the machine meets them all alike.

    Gives for each its median seconds and its last result.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    results: dict[str, Result] = {}
    for _ in range(repeats):
        for name, work in works.items():
            start = perf_counter()
            results[name] = work()
            seconds[name].append(perf_counter() - start)
    return {name: (median(seconds[name]), results[name]) for name in works}


def row(
    work: str, peer: str, *, ours: float, theirs: float | None, mismatches: int, repeats: int = REPEATS
) -> dict[str, Any]:
    """Write one row: medians in seconds, how many times faster we are, and whether the answers were the same.

    Without a peer (`theirs` None) there is no ratio.
    """
    return {
        "work": work,
        "peer": peer,
        "seconds": ours,
        "peer_seconds": theirs,
        "ratio": None if theirs is None else theirs / ours,
        "repeats": repeats,
        "mismatches": mismatches,
        "same": mismatches == 0,
    }
