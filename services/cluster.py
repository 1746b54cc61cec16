"""A cluster: work handed to the workers of an existing dask.distributed scheduler; the one room that knows dask."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import dask
from distributed import Client, Future, KilledWorker, as_completed

from services.county_work import METHOD, Failed, Outcome, Tell, Work, failure
from services.errors import ConflictError

PATIENCE = 15  # seconds for the scheduler to answer, and for its first worker
RETRIES = 2  # of a county whose work failed; a county whose worker died goes to another one besides
LARGE = "512MB"  # of one task: a county's ground is large by dask's measure, and each is a task of its own

Part = TypeVar("Part")
Given = TypeVar("Given")


@contextmanager
def connected(address: str, *, patience: float = PATIENCE) -> Iterator[Client]:
    """Open a client of a scheduler that has workers with the same Sanlian.

    Raises ConflictError when it does not answer within `patience` (seconds), has no worker, or one of another version.
    """
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE}):
        try:
            client = Client(address, timeout=patience, set_as_default=False)
        except (OSError, ValueError) as wrong:
            raise ConflictError("error.cluster_unreachable", address=address, problem=str(wrong)) from wrong
        with client:
            try:
                client.wait_for_workers(1, timeout=patience)
            except TimeoutError as wrong:
                raise ConflictError("error.cluster_without_workers", address=address) from wrong
            other = [
                worker for worker, method in client.run(method_here, on_error="return").items() if method != METHOD
            ]
            if other:
                raise ConflictError("error.cluster_other_version", address=address, workers=" ".join(sorted(other)))
            yield client


def method_here() -> str:
    """Say how this process does county work."""
    return METHOD


def on(client: Client, work: Work, counties: Sequence[str], tell: Tell) -> list[Outcome]:
    """Do each county as a task of its own; a county that fails is named, the others go on.

    A worker that dies loses nothing: its counties go to the others, until the scheduler's `allowed-failures`.
    """
    outcomes: list[Outcome] = []
    for county, future in _finished(client, work, counties):
        outcome = future.result() if future.status == "finished" else _failure(county, future)
        outcomes.append(outcome)
        tell(outcome)
    return sorted(outcomes, key=lambda outcome: outcome.county)


def spread(client: Client, work: Callable[[Part], Given], parts: Sequence[tuple[str, Part]]) -> dict[str, Given]:
    """Do named parts of one whole and give what each gave. Raises ConflictError, naming every part that failed."""
    given, failed = {}, []
    by_name = dict(parts)
    for name, future in _finished(client, work, list(by_name), by_name.__getitem__):
        if future.status == "finished":
            given[name] = future.result()
        else:
            failed.append(_failure(name, future))
    if failed:
        worst = min(failed, key=lambda one: one.county)
        raise ConflictError(
            "error.cluster_part_failed", part=worst.county, parts=len(failed),
            problem=" ".join(worst.facts.values()) or worst.kind,
        )  # fmt: skip
    return {name: given[name] for name in by_name}


def _finished(
    client: Client, work: Callable[..., object], names: Sequence[str], part: Callable[[str], object] = str
) -> Iterator[tuple[str, Future[Any]]]:
    """Hand every name's part out and give the futures as they end."""
    run = uuid4().hex
    futures = {
        client.submit(work, part(name), key=f"{name}-{run}", retries=RETRIES, pure=False): name for name in names
    }
    for future in as_completed(futures, loop=client.loop):
        name = futures.pop(future)
        yield name, future
        future.release()


def _failure(county: str, future: Future[Any]) -> Failed:
    """Say why a county's future gave nothing."""
    wrong = future.exception() if future.status == "error" else None
    if wrong is None:
        return Failed(county=county, kind="lost", facts={"status": str(future.status)})
    if isinstance(wrong, KilledWorker):
        return Failed(county=county, kind="killed", facts={"problem": str(wrong)[:300]})
    return failure(county, wrong)
