"""An act: who does it, when, in which request; its audit row and its answer are written with it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AtlasVersion, AuditRow, Idempotency
from services.errors import ConflictError

CIVIL = ZoneInfo("Asia/Shanghai")
FIRST_LINK = "0" * 64
REQUEST_ID = 64  # characters of a request's own number that the audit keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts, at which instant (aware), in which request; `zone` is where the instance's days begin and end."""

    actor: str
    at: datetime
    request_id: str = ""
    zone: ZoneInfo = CIVIL

    @property
    def today(self) -> date:
        """The civil date where the instance is: in Asia/Shanghai unless another zone is given."""
        return self.at.astimezone(self.zone).date()


def chain(previous: str, at: datetime, actor: str, act: str, request_id: str, facts: Any) -> str:
    """Give the SHA-256 of an audit row bound to the one before it, as 64 hex digits."""
    text = json.dumps(
        [previous, at.astimezone(UTC).isoformat(), actor, act, request_id, facts],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def record(unit: Session, act: Act, name: str, **facts: Any) -> None:
    """Write the audit row of an act into the act's own transaction."""
    last = unit.execute(select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, FIRST_LINK)
    request_id = act.request_id[:REQUEST_ID]
    unit.add(
        AuditRow(
            seq=seq,
            at=act.at,
            actor=act.actor,
            act=name,
            request_id=request_id,
            facts=facts,
            previous=previous,
            hash=chain(previous, act.at, act.actor, name, request_id, facts),
        )
    )
    unit.flush()


def once(unit: Session, act: Act, name: str, asked: Any, do: Callable[[], Any]) -> Any:
    """Do an act at most once per request id; asked again, answer the same.

    Raises ConflictError when the same key comes with another question.
    """
    if not act.request_id:
        return do()
    question = hashlib.sha256(json.dumps([name, asked], sort_keys=True, default=str).encode()).hexdigest()
    key = idempotency_key(act)
    done = unit.get(Idempotency, key)
    if done is not None:
        if done.asked != question:
            raise ConflictError("error.idempotency_reused")
        return done.answer
    answer = json.loads(json.dumps(do()))  # the first answer looks as every later one will
    unit.add(Idempotency(key=key, actor=act.actor, act=name, asked=question, answer=answer, at=act.at))
    unit.flush()
    return answer


def idempotency_key(act: Act) -> str:
    """Give the key under which a request of an actor is known again, as 64 hex digits."""
    return hashlib.sha256(f"{act.actor}\n{act.request_id}".encode()).hexdigest()


def touch_atlas(unit: Session) -> int:
    """Tell every worker that what the atlas shows has changed; give the new version."""
    row = unit.get(AtlasVersion, 1)
    if row is None:
        row = AtlasVersion(id=1, version=0)
        unit.add(row)
    row.version += 1
    unit.flush()
    return row.version
