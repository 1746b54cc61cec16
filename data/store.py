"""The store: one SQLite file or one PostgreSQL database, at the newest migration, with one writer at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from data import journal

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 10  # seconds that a writer waits for the one before it
ONE_WRITER = 0x53414E4C49414E  # "SANLIAN": the advisory lock that makes PostgreSQL's units queue as SQLite's do
READING = "sanlian_reading"  # the execution option by which a connection knows that it only reads


class StoreError(Exception):
    """The store cannot do what was asked; nothing was changed."""


class UnknownStoreError(StoreError):
    """The address names no SQLite file in an existing folder and no PostgreSQL database."""


class StoreBusyError(StoreError):
    """Another writer held the store for longer than the patience of ten seconds."""


class StoreTooNewError(StoreError):
    """The store was written by a newer program than this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open store; `unit()` writes one act, `reading()` looks at one moment."""

    engine: Engine
    _writing: sessionmaker[Session]
    _looking: sessionmaker[Session]

    @classmethod
    def open(cls, url_or_path: str | Path) -> "Store":
        """Open (and create, when new) a store and bring it to the newest migration.

        A path means an SQLite file; `postgresql://…` and `postgresql+psycopg://…` a database with PostGIS at hand.
        Raises UnknownStoreError for any other address and StoreTooNewError for a store of a newer program.
        """
        engine = _engine(_address(url_or_path))
        try:
            migrate(engine)
            journal.begin(engine.execution_options(**{READING: True}), engine)
        except Exception:
            engine.dispose()
            raise
        looking = engine.execution_options(**{READING: True}, **_one_moment(engine))
        writing = sessionmaker(engine, expire_on_commit=False)
        journal.keep_watch(writing)
        return cls(
            engine=engine,
            _writing=writing,
            _looking=sessionmaker(looking, expire_on_commit=False),
        )

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """Give the session of one act: committed as a whole at the end, rolled back as a whole on any error.

        The lock is taken on entry, so what the act reads is what it changes. Raises StoreBusyError.
        """
        with self._writing() as session, session.begin():
            _take_the_pen(session)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one moment of the store and can change nothing."""
        with self._looking() as session:
            yield session

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring a database up to a revision; at the newest one already, nothing is locked or written."""
    scripts = ScriptDirectory.from_config(_config())
    with engine.execution_options(**{READING: True}).connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreTooNewError(f"the store is at revision {present}, which this program does not know")
    if revision == "head" and present == scripts.get_current_head():
        return
    _run(engine, command.upgrade, revision)


def step_back(engine: Engine, revision: str) -> None:
    """Take a database down to an older revision (`base`: no table left); what only newer tables hold is lost."""
    _run(engine, command.downgrade, revision)


def _run(engine: Engine, move: Any, revision: str) -> None:
    """Run one Alembic command inside one transaction; a second process waits, then finds the work done."""
    config = _config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_WRITER})
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        config.attributes["connection"] = connection
        move(config, revision)


def _config() -> Config:
    """Point Alembic at the migrations that ship with this package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _address(url_or_path: str | Path) -> URL:
    """Read an address; a plain path becomes an SQLite URL."""
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return _sqlite_file(Path(url_or_path))
    try:
        url = make_url(url_or_path)
    except ArgumentError as error:
        raise UnknownStoreError("the address of the store cannot be read") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return _sqlite_file(Path(url.database))
    raise UnknownStoreError(f"{url.drivername}: a store is an SQLite file or a postgresql+psycopg address")


def _sqlite_file(path: Path) -> URL:
    """Make sure of the file, for its owner's eyes only: personal data lies in it."""
    if not path.parent.is_dir():
        raise UnknownStoreError(f"{path.parent}: there is no such folder")
    if path.is_dir():
        raise UnknownStoreError(f"{path}: this is a folder, not a file")
    path.touch(mode=0o600)
    return URL.create("sqlite", database=str(path))


def _engine(url: URL) -> Engine:
    """Make an engine whose connections keep the promises of the store; its errors quote no values into a log."""
    if url.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={PATIENCE * 1000} -c timezone=UTC -c application_name=sanlian"
        given = url.query.get("options", "")
        options = f"{given} {options}" if isinstance(given, str) else options
        return create_engine(
            url.update_query_dict({"options": options.strip()}),
            pool_size=10,
            max_overflow=30,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    engine = create_engine(url, connect_args={"timeout": PATIENCE}, pool_size=10, max_overflow=30, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    """Set up one SQLite connection: durable writes, foreign keys, patience, and no transactions behind our back."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {PATIENCE * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a reader of one moment, or as the one writer."""
    reads = bool(connection.get_execution_options().get(READING, False))
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _one_moment(engine: Engine) -> dict[str, Any]:
    """Say how PostgreSQL shows one unchanging moment; an SQLite transaction always does."""
    if engine.dialect.name != "postgresql":
        return {}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _take_the_pen(session: Session) -> None:
    """Become the one writer. Raises StoreBusyError when the one before does not finish in time."""
    try:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_WRITER})
    except OperationalError as error:
        if _is_locked(error):
            raise StoreBusyError(f"another writer has held the store for {PATIENCE} seconds") from error
        raise


def _is_locked(error: DBAPIError) -> bool:
    """Tell a lock that was not given from every other fault."""
    return "database is locked" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "55P03"
