"""A writer killed at random under load loses no acknowledged act and doubles none."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import select, text

from data.store import Store
from data.tables import AuditRow
from services.verify import verify

WRITER = Path(__file__).parent / "writer.py"
SEED = 631


def run_until_killed(address: str, keys: list[str], after: float) -> list[str]:
    """Send keys to a writer that is killed after so many seconds of work; give the keys it acknowledged."""
    with subprocess.Popen(
        [sys.executable, str(WRITER), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        timer = Timer(after, writer.kill)
        timer.start()
        acknowledged = []
        try:
            for key in keys:
                writer.stdin.write(key + "\n")
                writer.stdin.flush()
                answer = writer.stdout.readline()
                if not answer.endswith("\n"):
                    break
                acknowledged.append(answer.strip())
        except (BrokenPipeError, OSError):
            pass
        finally:
            timer.cancel()
            writer.kill()
    return acknowledged


def test_no_acknowledged_act_is_lost_and_none_is_doubled(
    store_address: str, kills: int, file_result: Callable[[str, dict[str, Any]], None]
) -> None:
    chance = random.Random(SEED)
    acknowledged: Counter[str] = Counter()
    number, started = 0, time.monotonic()
    for _ in range(kills):
        keys = [f"act-{number + i:06d}" for i in range(2000)]
        done = run_until_killed(store_address, keys, after=chance.uniform(0.02, 0.5))
        acknowledged.update(done)
        number += len(done)  # the one that was not acknowledged is asked again, under the same key
    store = Store.open(store_address)
    with store.reading() as unit:
        kept = Counter(row.facts["key"] for row in unit.scalars(select(AuditRow).where(AuditRow.act == "drill.write")))
        found = verify(unit)
        if store.engine.dialect.name == "sqlite":
            assert unit.scalar(text("PRAGMA integrity_check")) == "ok"
            assert unit.scalar(text("PRAGMA synchronous")) == 2
    database = store.engine.dialect.name
    store.close()
    lost = sorted(key for key in acknowledged if kept[key] != 1)
    doubled = sorted(key for key, times in kept.items() if times > 1)
    file_result(
        f"kills-{database}",
        {"database": database, "kills": kills, "acknowledged": len(acknowledged), "kept": len(kept),
         "lost": len(lost), "doubled": len(doubled), "faults": len(found.faults),
         "seconds": round(time.monotonic() - started, 1)},
    )  # fmt: skip
    assert acknowledged
    assert not lost
    assert not doubled
    assert not found.faults
    assert len(kept) - len(acknowledged) <= kills  # at most one committed act per kill had no time to be acknowledged
