"""Long tests that passed before on the very same files are not run again, as build tools do it.

`make test` asks for it (PASSED_BEFORE=FILE); `make test FRESH=1` runs everything. What a test is known by: every file
of the repository but the other test files, the versions of Python and Rust, and the tools that are there.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.store import digest_of, key_of

__all__ = ["PassedBefore", "pytest_configure"]

_ROOT = Path(__file__).parents[2]
_TOOLS = ("bwrap", "chromium", "strace", "git", "cargo", "cc")
_LONG = ("rust", "slow")
_HANDED = "passed_before"


class PassedBefore:
    """Leaves out what passed before, and records what passes. `keys` are what test files are known by now."""

    def __init__(self, file: Path, keys: dict[str, str], known: dict[str, list[str]]) -> None:
        self._file = file
        self._keys = keys
        self._known = known
        self._passed: dict[str, set[str]] = {}
        self._failed: set[str] = set()
        self._left_out = 0

    def handed(self) -> dict[str, Any]:
        """What a worker has to know to leave out the same."""
        return {"file": str(self._file), "keys": self._keys, "known": self._known}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Takes out long tests that passed before."""
        before = {item for item in items if self._is_long(item) and item.nodeid in self._known.get(_file_of(item), ())}
        items[:] = [item for item in items if item not in before]
        config.hook.pytest_deselected(items=list(before))
        self._left_out = len(before)
        if (output := getattr(config, "workeroutput", None)) is not None:
            output[_HANDED] = len(before)

    def _is_long(self, item: pytest.Item) -> bool:
        return any(item.get_closest_marker(name) for name in _LONG)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hands it to a worker."""
        node.workerinput[_HANDED] = self.handed()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Every worker leaves out the same."""
        self._left_out = getattr(node, "workeroutput", {}).get(_HANDED, self._left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes what passed in all of its phases."""
        if not report.passed:
            self._failed.add(report.nodeid)
        elif report.when == "call":
            self._passed.setdefault(report.nodeid.partition("::")[0], set()).add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says what was left out, and records what passed."""
        if self._left_out:
            terminalreporter.write_line(
                f"{self._left_out} long tests passed before on these very files and were not run again "
                "(`make test FRESH=1` runs all of them)"
            )
        files = {
            file: {
                "key": key,
                "passed": sorted({*self._known.get(file, ()), *self._passed.get(file, ())} - self._failed),
            }
            for file, key in self._keys.items()
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(files))
        beside.replace(self._file)


def pytest_configure(config: pytest.Config) -> None:
    """Takes part where it is asked for."""
    handed = getattr(config, "workerinput", {}).get(_HANDED)
    file = os.environ.get("PASSED_BEFORE", "")
    if handed:
        config.pluginmanager.register(PassedBefore(Path(handed["file"]), handed["keys"], handed["known"]))
    elif file and not hasattr(config, "workerinput"):
        keys = keys_of(_ROOT)
        config.pluginmanager.register(PassedBefore(Path(file), keys, _recorded(Path(file), keys)))


def keys_of(root: Path) -> dict[str, str]:
    """What each test file is known by, with all that reaches its tests; nothing where git does not tell the files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    names = sorted({os.fsdecode(name) for name in listed.stdout.split(b"\0") if name})
    tests = [name for name in names if Path(name).match("tests/test_*.py")]
    others = key_of(_surroundings(), list(_digests(root, (name for name in names if name not in tests))))
    return {name: key_of(others, digest) for name, digest in _digests(root, tests)}


def _digests(root: Path, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        path = root / name
        with contextlib.suppress(OSError):
            yield name, digest_of(os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes())


def _surroundings() -> tuple[object, ...]:
    rustc = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=False).stdout
    tools = tuple(shutil.which(name) for name in _TOOLS)
    return (platform.platform(), platform.python_version(), rustc, tools, os.getuid())


def _recorded(file: Path, keys: dict[str, str]) -> dict[str, list[str]]:
    try:
        known = json.loads(file.read_text())
        return {name: one["passed"] for name, one in known.items() if keys.get(name) == one["key"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
