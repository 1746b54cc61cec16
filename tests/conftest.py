"""Shared ground of the tests: an empty store on both databases, PostGIS being a real server started for the run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from data.store import Store

INSTALL = (
    "install them, on Debian: apt-get install postgresql postgresql-15-postgis-3 (or run tests/prepare.sh as root)"
)


@dataclass(frozen=True, kw_only=True)
class PostgisServer:
    """A throw-away PostgreSQL with PostGIS that listens only on a socket in its own folder."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        address = URL.create("postgresql+psycopg", username="postgres", query={"host": str(self.folder)})
        return address.set(database=database).render_as_string(hide_password=False)

    def fresh(self, *, template: str) -> str:
        """Make a database from a template (`template0`: empty; `sanlian_ready`: migrated) and give its name."""
        name = f"sanlian_{next(self.numbers)}"
        self.command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self.command(f'DROP DATABASE "{name}" WITH (FORCE)')

    def command(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[PostgisServer]:
    """Start one server for this test process; parallel processes each have their own, so they never meet."""
    programs = postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="sanlian-pg-"))  # not pytest's own folder: `postgres` may not enter it
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(folder, owner.pw_uid, owner.pw_gid)

    def run(*arguments: str) -> None:
        as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, **as_owner,
        )  # fmt: skip
        if done.returncode:
            log = folder / "log"
            pytest.fail(
                f"{arguments[0]} failed:\n{done.stdout}{log.read_text() if log.exists() else ''}", pytrace=False
            )

    cluster = str(folder / "cluster")
    quick = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    try:
        run(str(programs / "initdb"), "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        run(str(programs / "pg_ctl"), "-D", cluster, "-l", str(folder / "log"), "-o", quick, "-w", "start")
        try:
            server = PostgisServer(folder=folder)
            server.command("CREATE DATABASE sanlian_ready")
            Store.open(server.url("sanlian_ready")).close()
            yield server
        finally:
            run(str(programs / "pg_ctl"), "-D", cluster, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def postgresql_programs() -> Path:
    """Find the newest PostgreSQL that has PostGIS; without one the run fails and says what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.fail(f"PostgreSQL is not installed; {INSTALL}", pytrace=False)
    able = [path for path in found if Path(f"/usr/share/postgresql/{path.parts[4]}/extension/postgis.control").exists()]
    if not able:
        pytest.fail(f"PostgreSQL is here, PostGIS is not; {INSTALL}", pytrace=False)
    return able[-1].parent


@pytest.fixture
def postgis_url(postgis_server: PostgisServer) -> Iterator[str]:
    """Give the address of a new database without any table of ours."""
    name = postgis_server.fresh(template="template0")
    yield postgis_server.url(name)
    postgis_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a store that is at the newest migration and empty, once per database."""
    if request.param == "sqlite":
        yield str(tmp_path / "sanlian.sqlite")
        return
    server: PostgisServer = request.getfixturevalue("postgis_server")
    name = server.fresh(template="sanlian_ready")
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def bare_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database without any table of ours, once per database."""
    if request.param == "sqlite":
        return str(tmp_path / "bare.sqlite")
    url: str = request.getfixturevalue("postgis_url")
    return url


@pytest.fixture
def store(store_address: str) -> Iterator[Store]:
    """Give an empty store, once on SQLite and once on PostgreSQL with PostGIS."""
    opened = Store.open(store_address)
    yield opened
    opened.close()
