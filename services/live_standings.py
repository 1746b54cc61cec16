"""Keeping up: points and ranks of a period held in memory, brought up to date by the ledger's newest rows alone."""

from threading import Lock

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import LedgerEntry, Seat, Term
from scoring.periods import Period
from scoring.standings import Standings


class LiveStandings:
    """Where every seat of a term stands in a period, inside its level; the ledger only grows, so it is read once.

    Asked again, it reads the rows that came since. What another process wrote is there as soon as it is committed.
    """

    def __init__(self, unit: Session, term: Term, period: Period) -> None:
        """Read the term's seats and the sums of the period so far."""
        self._term, self._period, self._lock = term.id, period, Lock()
        seats = unit.execute(select(Seat.id, Seat.level).where(Seat.term_id == term.id).order_by(Seat.id)).all()
        self._number = {seat: at for at, (seat, _) in enumerate(seats)}
        levels = sorted({level for _, level in seats})
        groups = np.array([levels.index(level) for _, level in seats], dtype=np.int64)
        tenths = np.zeros(len(seats), dtype=np.int64)
        self._seen = unit.scalar(select(func.max(LedgerEntry.id))) or 0
        sums = (
            select(LedgerEntry.seat_id, func.sum(LedgerEntry.tenths))
            .where(LedgerEntry.term_id == term.id, LedgerEntry.on >= period.start, LedgerEntry.on < period.end)
            .where(LedgerEntry.id <= self._seen)
            .group_by(LedgerEntry.seat_id)
        )
        for seat, points in unit.execute(sums):
            tenths[self._number[seat]] = points
        self._standings = Standings(tenths, groups)

    def rank(self, unit: Session, seat: str) -> tuple[int, int, int]:
        """Give a seat's (id) points in tenths, its rank inside its level, and how many share it, as of now."""
        with self._lock:
            self._catch_up(unit)
            at = self._number[seat]
            rank, tied = self._standings.rank(at)
            return int(self._standings.tenths[at]), rank, tied

    def _catch_up(self, unit: Session) -> None:
        rows = unit.execute(
            select(LedgerEntry.id, LedgerEntry.seat_id, LedgerEntry.tenths, LedgerEntry.on, LedgerEntry.term_id)
            .where(LedgerEntry.id > self._seen)
            .order_by(LedgerEntry.id)
        ).all()
        for number, seat, tenths, day, term in rows:
            if term == self._term and day in self._period:
                self._standings.add(self._number[seat], tenths)
            self._seen = number
