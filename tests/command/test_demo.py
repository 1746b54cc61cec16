"""The demo's own command: built once and whole, never over somebody else's instance, and not again when it is there."""

import hashlib
import json
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.command.conftest import Sanlian


def prints(home: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(home)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file()
    }


def test_a_second_run_rebuilds_nothing_and_shows_the_same_log_ins(sanlian: "Sanlian", built_demo: Path) -> None:
    before = prints(built_demo)
    first = sanlian("--home", built_demo, "demo", "--no-serve", "--json")
    second = sanlian("--home", built_demo, "demo", "--no-serve", "--json")
    assert (first.code, second.code) == (0, 0)
    assert first.json == second.json
    assert prints(built_demo) == before
    kept = json.loads((built_demo / "demo-accounts.json").read_text("utf-8"))
    assert second.json["accounts"] == kept
    assert [set(account) for account in kept] == [{"role", "user", "password", "token"}] * 8


def test_the_log_ins_are_for_their_owner_s_eyes(built_demo: Path) -> None:
    assert stat.S_IMODE((built_demo / "demo-accounts.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((built_demo / "sanlian.db").stat().st_mode) == 0o600


def test_an_instance_of_somebody_s_own_is_never_built_over(sanlian: "Sanlian", tmp_path: Path) -> None:
    sanlian("init")
    before = prints(tmp_path / "home")
    said = sanlian("demo", "--no-serve")
    assert said.code == 1
    assert "--home" in said.err
    assert prints(tmp_path / "home") == before


def test_a_taken_port_is_said_before_anything_is_built(sanlian: "Sanlian", tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = sanlian("demo", "--port", str(taken.getsockname()[1]))
    assert said.code == 1
    assert "--port" in said.err
    assert not (tmp_path / "home" / "sanlian.db").exists()


def test_a_copy_of_the_demo_verifies(sanlian: "Sanlian", built_demo: Path, tmp_path: Path) -> None:
    shutil.copytree(built_demo, tmp_path / "home")
    found = sanlian("verify", "--json").json
    assert found["faults"] == []
    assert found["links"] > 0


def test_the_installed_command_answers_with_the_same_exit_codes(tmp_path: Path) -> None:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-W", "error", "-m", "api.command", "--home", str(tmp_path), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    refused = run("verify")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "sanlian init" in refused.stderr
    assert run("nonsense").returncode == 2
