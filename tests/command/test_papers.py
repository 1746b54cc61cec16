"""`sanlian statement -o` and `sanlian paper`: each file is written, of empty periods too, or refused."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from docx import Document
from pypdf import PdfReader

from tests.command.conftest import type_in

if TYPE_CHECKING:
    from tests.command.conftest import Said


@pytest.fixture(scope="module")
def home(placed: Path) -> Path:
    return placed


def run(home: Path, *words: str | Path) -> "Said":
    return type_in("--home", home, *words)


@pytest.mark.parametrize("form", ["pdf", "docx", "xlsx"])
def test_an_empty_period_makes_a_file_that_says_so(home: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"file.{form}"
    assert run(home, "statement", "D1", "--period", "2025", "-o", target).code == 0
    content = target.read_bytes()
    if form == "pdf":
        found = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    elif form == "docx":
        found = "".join(line.text for line in Document(io.BytesIO(content)).paragraphs)
    else:
        found = str(openpyxl.load_workbook(io.BytesIO(content))["积分明细"]["A2"].value)
    assert "没有积分记录" in found


def test_circulars_briefs_and_reports_are_written(home: Path, tmp_path: Path) -> None:
    for words in (("circular", "--period", "2026", "-o", tmp_path / "c.docx"),
                  ("circular", "--period", "2026Q1", "-o", tmp_path / "c.pptx"),
                  ("year-end", "--period", "2025", "-o", tmp_path / "y.xlsx"),
                  ("brief", "-o", tmp_path / "b.docx"), ("brief", "--talk", "-o", tmp_path / "b.pptx"),
                  ("electors", "D2", "--period", "2026", "-o", tmp_path / "e.pdf"),
                  ("due", "-o", tmp_path / "d.xlsx")):  # fmt: skip
        said = run(home, "paper", *words)
        assert said.code == 0, said.err
    assert len(list(tmp_path.iterdir())) == 7
    assert "县代表甲" in run(home, "paper", "due").out


def test_what_cannot_be_written_is_refused_and_nothing_lies_there(home: Path, tmp_path: Path) -> None:
    for words in (("paper", "circular", "-o", tmp_path / "c.zip"), ("statement", "nobody", "-o", tmp_path / "s.pdf"),
                  ("paper", "circular", "--period", "2026Q1", "--open-to-all", "-o", tmp_path / "c.pdf"),
                  ("paper", "electors", "D2", "-o", tmp_path / "e.xlsx")):  # fmt: skip
        assert run(home, *words).code == 1
    assert list(tmp_path.iterdir()) == []
