"""Shared ground of the tests: an empty store on both databases, the demo built once, and a real server before it."""

import fcntl
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
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


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the demo with its own command, once for all processes of this run; nobody changes it, tests copy it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = shared / "built-demo"
    with (shared / "built-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "demo-version").exists():
            done = subprocess.run(
                [sys.executable, "-m", "api.command", "--home", str(home), "demo", "--no-serve"],
                env=plain_environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                pytest.fail(f"the demo was not built:\n{done.stdout}{done.stderr}", pytrace=False)
    return home


@pytest.fixture
def demo_home(built_demo: Path, tmp_path: Path) -> Path:
    """Give a copy of the demo that a test may change."""
    return Path(shutil.copytree(built_demo, tmp_path / "demo"))


def plain_environment(**more: str) -> dict[str, str]:
    """Give the environment of a command, without any setting of ours that stands around it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SANLIAN_")} | more


@dataclass(kw_only=True)
class Served:
    """An instance behind a real server on a port of its own."""

    home: Path
    url: str
    accounts: dict[str, dict[str, str]]  # role -> user, password, token
    clients: ExitStack
    log: Path  # what the server writes

    def client(self, role: str = "") -> httpx.Client:
        """Come in with the bearer token of a role, or as a resident."""
        headers = {"Authorization": f"Bearer {self.accounts[role]['token']}"} if role else {}
        return self.clients.enter_context(httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60))

    def logged_in(self, role: str) -> httpx.Client:
        """Come in through the log-in page, as a browser does."""
        client = self.client()
        account = self.accounts[role]
        answer = client.post("/login", data={"user": account["user"], "password": account["password"]})
        assert answer.status_code == 303, answer.text
        return client


Serve = Callable[..., AbstractContextManager[Served]]


@contextmanager
def serving(home: Path, log: Path, **settings: str) -> Iterator[Served]:
    """Serve an instance with `sanlian serve` until the block ends; in it every warning is an error."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "api.command", "--home", str(home), "serve", "--port", str(port)]
    with log.open("w") as target, ExitStack() as clients:
        process = subprocess.Popen(
            command, env=plain_environment(PYTHONWARNINGS="error", **settings), stdout=target, stderr=target
        )
        try:
            wait_until_ready(process, url, log)
            rows = json.loads((home / "demo-accounts.json").read_text("utf-8"))
            yield Served(home=home, url=url, accounts={row["role"]: row for row in rows}, clients=clients, log=log)
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Ask until the server answers; fail with what it wrote when it ended instead."""
    with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=0), timeout=60) as client:
        while process.poll() is None:
            try:
                client.get(f"{url}/readyz").raise_for_status()
            except httpx.ConnectError:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
            else:
                return
    pytest.fail(f"the server ended:\n{log.read_text('utf-8')}", pytrace=False)


@pytest.fixture(scope="session")
def heshan(built_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give the served demo that all tests of this process read and none changes, but for log-ins."""
    folder = tmp_path_factory.mktemp("heshan")
    home = Path(shutil.copytree(built_demo, folder / "home"))
    with serving(home, folder / "log") as served:
        yield served
        assert "Traceback" not in served.log.read_text("utf-8"), served.log.read_text("utf-8")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Give the way to serve an instance of one's own: `with serve(home, SANLIAN_BATCH_ROWS="3") as served`."""

    def opened(home: Path, **settings: str) -> AbstractContextManager[Served]:
        return serving(home, tmp_path_factory.mktemp("served") / "log", **settings)

    return opened


@pytest.fixture(scope="module")
def spare(built_demo: Path, tmp_path_factory: pytest.TempPathFactory, serve: Serve) -> Iterator[Served]:
    """Give a served demo that the tests of one file may change."""
    with serve(Path(shutil.copytree(built_demo, tmp_path_factory.mktemp("spare") / "home"))) as served:
        yield served
