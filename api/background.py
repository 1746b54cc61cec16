"""The background: long work goes on in a thread of its own while pages ask how far it is."""

import logging
from datetime import UTC, datetime
from threading import Thread

from data.store import Store
from services.act import Act
from services.proposing import begin_proposal, propose_at_length

LOG = logging.getLogger("sanlian")


def now() -> datetime:
    """Give the instant."""
    return datetime.now(UTC)


def start_proposal(store: Store, act: Act, *, term: str, generation: str, repair: bool) -> int:
    """Begin to propose a plan and give the number of its job at once. Raises ConflictError while one is running."""
    job = begin_proposal(store, act, term=term, generation=generation, repair=repair)
    Thread(
        target=propose, name=f"job-{job}", daemon=True,
        kwargs={"store": store, "act": act, "job": job, "term": term, "generation": generation, "repair": repair},
    ).start()  # fmt: skip
    return job


def propose(*, store: Store, act: Act, job: int, term: str, generation: str, repair: bool) -> None:
    """Propose a plan; a fault of our own goes to the log, the job says that there was one."""
    try:
        propose_at_length(store, act, job=job, now=now, term=term, generation=generation, repair=repair)
    except Exception:
        LOG.exception("job %s", job)
