"""Visits by address: who came when within ten minutes; kept in memory, never written down."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

SPAN = timedelta(minutes=10)
MOST_ADDRESSES = 20_000


class Visits:
    """Who came when, by address; it forgets after ten minutes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()

    def passes(self, address: str, now: datetime, most: int) -> bool:
        """Count one who comes in, unless there were `most` of them already; 0 lets everybody in."""
        if most <= 0:
            return True
        with self._lock:
            times = self._seen.setdefault(address, deque())
            self._seen.move_to_end(address)
            while times and now - times[0] >= SPAN:
                times.popleft()
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
            if len(times) >= most:
                return False
            times.append(now)
            return True
