"""Counties in folders, as people type it: written, placed and scored; what is missing is said with what to do."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tests.command.conftest import type_in

if TYPE_CHECKING:
    from tests.command.conftest import Sanlian

ROOT = Path(__file__).parents[2]


def test_the_demo_written_as_a_county_is_placed_and_scored_as_the_instance(demo_home: Path, tmp_path: Path) -> None:
    written = type_in("--home", demo_home, "--json", "counties", tmp_path / "in")
    assert (written.code, written.json["counties"]) == (0, 1)
    placed = type_in("--json", "place", "--from", tmp_path / "in", "--to", tmp_path / "placed")
    again = type_in("--home", demo_home, "--json", "place")
    counts = placed.json["counts"]
    assert (placed.code, counts["people_placed"], counts["seats_placed"], counts["unmet"]) == (
        0,
        again.json["people_placed"],
        again.json["seats_placed"],
        len(again.json["unmet"]),
    )
    shown = type_in("--home", demo_home, "--json", "plan", "show", str(again.json["plan"])).json["districts"]
    (path,) = (tmp_path / "placed" / "districts").glob("*.parquet")
    columns = ["layer", "district", "objective", "bound", "gap", "kept", "proven"]
    assert pd.read_parquet(path)[columns].to_dict("records") == [{name: row[name] for name in columns} for row in shown]
    scored = type_in(
        "--json", "score", "--from", tmp_path / "in", "--to", tmp_path / "scored",
        "--rules", "heshan-631@2021-11-01", "--until", date.today().isoformat(),  # noqa: DTZ011 - as the command does
    )  # fmt: skip
    instance = type_in("--home", demo_home, "--json", "score")
    assert (scored.code, scored.json["counts"]["activities"]) == (0, instance.json["activities"])
    assert scored.json["counts"]["tenths"] == instance.json["tenths"]
    assert not (tmp_path / "scored" / "ranking").exists()
    unchanged = type_in("place", "--from", tmp_path / "in", "--to", tmp_path / "placed")
    assert unchanged.code == 0
    assert "新算 0，未变沿用 1，未成 0" in unchanged.out


def test_what_a_folder_lacks_is_said_in_one_line(sanlian: "Sanlian", tmp_path: Path) -> None:
    for words, part in (
        (("place", "--from", tmp_path), "--to"),
        (("place", "--from", tmp_path, "--to", tmp_path / "out"), "grids"),
        (("score", "--from", tmp_path, "--to", tmp_path / "out"), "activities"),
        (("counties", tmp_path / "out"), "sanlian init"),
    ):
        said = sanlian(*words)
        assert (said.code, said.out) == (1, "")
        assert part in said.err
        assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_county_that_fails_is_named_and_the_command_says_so(sanlian: "Sanlian", tmp_path: Path) -> None:
    (tmp_path / "in" / "grids").mkdir(parents=True)
    (tmp_path / "in" / "grids" / "440784.parquet").write_bytes(b"torn")
    said = sanlian("place", "--from", tmp_path / "in", "--to", tmp_path / "out")
    assert said.code == 1
    assert "440784：表 grids 读不出" in said.err
    assert "未成 1" in said.out
    spoken = sanlian("--lang", "en", "--json", "place", "--from", tmp_path / "in", "--to", tmp_path / "out")
    assert spoken.json["failed"][0]["county"] == "440784"
    assert "cannot be read" in spoken.json["failed"][0]["why"]


def test_without_dask_a_cluster_is_refused_with_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "dask.py").write_text("raise ModuleNotFoundError(\"No module named 'dask'\", name='dask')\n")
    done = subprocess.run(
        [sys.executable, "-m", "api.command", "--home", str(tmp_path / "home"), "place", "--cluster", "tcp://x:1"],
        cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'sanlian[cluster]'" in done.stderr
