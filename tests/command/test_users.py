"""A congress opens its own log-ins: one role, one scope, a password that is shown once and works."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from data.store import Store
from services.accounts import OpenSession, log_in
from services.act import Act


def sanlian(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.command", "--home", str(home), *words], capture_output=True, text=True, check=False
    )


def test_a_new_log_in_opens_with_the_password_that_was_shown(tmp_path: Path) -> None:
    home = tmp_path / "ours"
    assert sanlian(home, "init").returncode == 0
    made = sanlian(home, "user", "add", "renda", "--role", "congress", "--json")
    assert made.returncode == 0, made.stderr
    password = json.loads(made.stdout)["password"]
    store = Store.open(home / "sanlian.db")
    with store.unit() as unit:
        opened = log_in(unit, Act(actor="renda", at=datetime.now(UTC)), user="renda", password=password)
    store.close()
    assert isinstance(opened, OpenSession)
    assert opened.viewer.role == "congress"
    listed = sanlian(home, "user", "list", "--json")
    assert json.loads(listed.stdout) == [{"user": "renda", "role": "congress", "scope": ""}]
    assert password not in listed.stdout


def test_a_name_taken_and_a_role_nobody_has_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "ours"
    sanlian(home, "init")
    assert sanlian(home, "user", "add", "renda", "--role", "congress").returncode == 0
    assert sanlian(home, "user", "add", "renda", "--role", "town").returncode == 1
    unknown = sanlian(home, "user", "add", "li", "--role", "mayor")
    assert unknown.returncode == 1
    assert "congress" in unknown.stderr
    assert sanlian(home, "user", "add", "li", "--role", "deputy", "--person", "D-9").returncode == 1
