"""`sanlian verify --anchor FILE` writes an anchor where there is none, meets it later, and names what was altered."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.conftest import plain_environment


def verified(home: Path, anchor: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "api.command", "--home", str(home), "verify", "--anchor", str(anchor)],
        env=plain_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_anchor_is_written_met_and_missed(demo_home: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "锚点.txt"
    first = verified(demo_home, anchor)
    assert (first.returncode, anchor.read_text("utf-8").count("\njournal ")) == (0, 1), first.stderr
    base = sqlite3.connect(demo_home / "sanlian.db")
    (number,) = base.execute("SELECT id FROM ledger_entry WHERE tenths = 20 LIMIT 1").fetchone()
    base.execute("UPDATE ledger_entry SET tenths = 30 WHERE id = ?", (number,))
    base.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
    base.commit()
    base.close()
    second = verified(demo_home, anchor)
    assert second.returncode == 1
    said = " ".join(second.stderr.split())
    assert f"积分账第 {number} 条被改动" in said
    assert "留痕链末尾被截断" in said
    wrong = tmp_path / "no-anchor.txt"
    wrong.write_text("audit 1\n", "utf-8")
    assert verified(demo_home, wrong).returncode == 1
