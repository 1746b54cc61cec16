"""The drills' own words: how many kills, and where the result is filed."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def kills() -> int:
    """How many times to kill: a few in `make test`, 200 in `make drill`."""
    return int(os.environ.get("SANLIAN_DRILL_KILLS", "6"))


@pytest.fixture
def file_result() -> Callable[[str, dict[str, Any]], None]:
    """File a drill's result under the commit it ran at."""

    def write(name: str, result: dict[str, Any]) -> None:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()
        folder = ROOT / "artefacts" / "drills"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{commit or 'unknown'}.json"
        path.write_text(json.dumps({"commit": commit, **result}, indent=2) + "\n", "utf-8")

    return write
