"""The rooms: imports go down the list of docs/design.md, never up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HARNESS = ROOT / "harness"
# Top to bottom. A room may import from itself and from what stands below it.
ROOMS = (
    "cli",
    "plugin",
    "verify",
    "probes",
    "cases",
    "build",
    "source",
    "plan",
    "contract",
    "snapshot",
    "report",
    "compare",
    "store",
    "config",
    "process",
    "model",
    "server",
    "built",
    "measured",
    "errors",
)
MODULES = sorted(path for path in HARNESS.rglob("*.py") if path != HARNESS / "__init__.py")


def room_of(path: Path) -> str:
    """The room that a module lies in."""
    return path.relative_to(HARNESS).parts[0].removesuffix(".py")


def imported_rooms(text: str) -> Iterator[str]:
    """The rooms that a module imports from, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "harness" else [f"harness.{one.name}" for one in node.names]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        rooms = (name.split(".")[1] for name in names if name.startswith("harness."))
        yield from (room for room in rooms if not room.startswith("__"))


def test_the_list_of_rooms_is_the_one_of_the_design() -> None:
    text = (ROOT / "docs" / "design.md").read_text()
    listed = re.findall(r"^      (\w+)(?:/|\.py) ", text, re.MULTILINE)
    assert tuple(name for name in listed if name in ROOMS) == ROOMS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(HARNESS).as_posix())
def test_imports_go_down_and_never_up(path: Path) -> None:
    own = ROOMS.index(room_of(path))
    upward = [name for name in imported_rooms(path.read_text()) if ROOMS.index(name) < own]
    assert not upward, f"{path.relative_to(ROOT)} imports from {upward}"


def test_an_upward_import_would_be_noticed() -> None:
    assert list(imported_rooms("from harness.verify.plan import Plan\nfrom harness import plugin\n")) == [
        "verify",
        "plugin",
    ]


# The runner is no module of the harness: it is handed to another interpreter, inside the sandbox.
NOT_PROCESS = [path for path in MODULES if room_of(path) != "process" and "runner" not in path.parts]


@pytest.mark.parametrize("path", NOT_PROCESS, ids=lambda path: path.relative_to(HARNESS).as_posix())
def test_only_process_starts_processes(path: Path) -> None:
    starting = r"^\s*(import|from) (subprocess|pexpect)\b|os\.(system|popen|fork|exec|spawn|posix_spawn)"
    assert not re.search(starting, path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) == "compare"], ids=lambda path: path.stem)
def test_comparing_is_pure(path: Path) -> None:
    modules = r"^\s*(import|from) (os|time|random|pathlib|tempfile|shutil|threading|harness\.(store|process))\b"
    calls = r"\bopen\(|\.(now|today|utcnow)\("
    assert not re.search(f"{modules}|{calls}", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(HARNESS).as_posix())
def test_a_module_can_be_held_in_the_head(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 420, f"{path.relative_to(ROOT)} has {lines} lines"
