"""The house is as it says: arrows one way, a caption on every module, papers that agree with the code."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("gridmap", "scoring", "congress", "data", "services", "api")
MAY_USE = {
    "gridmap": {"gridmap"},
    "scoring": {"scoring"},
    "congress": {"congress"},
    "data": {"data", "gridmap", "scoring", "congress"},
    "services": {"services", "data", "gridmap", "scoring", "congress"},
    "api": {"api", "services", "data", "gridmap", "scoring", "congress"},
}
PURE_MAY_NOT = {"sqlalchemy", "fastapi", "alembic", "geoalchemy2", "starlette", "uvicorn", "typer", "openpyxl"}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


PURE = [path for path in MODULES if path.relative_to(ROOT).parts[0] in ("gridmap", "scoring", "congress")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            found.append(((node.module or "").split(".")[0], node.lineno))
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_arrows_run_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    wrong = [
        f"{name_of(path)}:{line} uses {used}"
        for used, line in imports(path)
        if used in ROOMS and used not in MAY_USE[room]
    ]
    assert not wrong


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.relative_to(ROOT).parts[0] in ("gridmap", "scoring", "congress")],
    ids=name_of,
)
def test_pure_rooms_know_no_database_and_no_web(path: Path) -> None:
    assert not [used for used, _ in imports(path) if used in PURE_MAY_NOT]


@pytest.mark.parametrize("path", [path for path in MODULES if path.relative_to(ROOT).parts[0] != "api"], ids=name_of)
def test_nothing_below_api_asks_what_time_it_is(path: Path) -> None:
    assert not re.findall(r"\b(?:datetime\.now|date\.today|time\.time|utcnow)\(", path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_opens_with_a_one_line_caption(path: Path) -> None:
    caption = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert caption
    assert caption.splitlines()[0].endswith((".", "?"))


def test_no_committed_file_names_a_workplace_or_a_registry() -> None:
    words = ["/" + "work/", "py" + "pi.org", "files.python" + "hosted", "registry." + "npmjs", "deb." + "debian.org"]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    wrong = []
    for name in listed.split("\0"):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".gpkg", ".zip", ".xlsx"):
            text = path.read_text("utf-8", errors="ignore")
            wrong += [f"{name}: {word}" for word in words if word in text]
    assert not wrong


def test_every_identifier_of_the_glossary_exists() -> None:
    rows = re.findall(r"^\|[^|]+\|[^|]+\| `(\w+)` \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    defined = {
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert len(rows) > 20
    assert not sorted(set(rows) - defined)
