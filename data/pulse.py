"""The pulse of a store: a number that changes whenever anybody has written, for a look at shared memory."""

import sqlite3
from threading import Lock

from sqlalchemy import Engine

MEMORY = (None, "", ":memory:")


class Pulse:
    """Tells one reader cheaply whether a store may have changed since the last look.

    SQLite counts the commits of other connections (https://www.sqlite.org/pragma.html#pragma_data_version), so a
    connection that never writes sees every commit. Other databases have no such number.
    """

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        if engine.dialect.name == "sqlite" and path not in MEMORY:
            self._connection = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)

    def beat(self) -> int | None:
        """Give the number, None where there is none; equal numbers of one pulse mean that nobody has written."""
        if self._connection is None:
            return None
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
