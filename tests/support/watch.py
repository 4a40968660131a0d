"""Watching a run from outside: which cargo calls it makes, and which processes it leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["CargoWatch", "begin", "processes_of", "wait_until"]

_WRAPPER = """#!/bin/sh
[ "$1" = -V ] || echo "$(git rev-parse HEAD 2>/dev/null) $*" >>"{log}"
exec "{cargo}" "$@"
"""


class CargoWatch:
    """A `cargo` that notes the commit that is checked out and its arguments before it does what cargo does."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "cargo.log"
        self._bin = folder / "bin"
        self._bin.mkdir(parents=True)
        cargo = shutil.which("cargo")
        wrapper = self._bin / "cargo"
        wrapper.write_text(_WRAPPER.format(log=self._log, cargo=cargo))
        wrapper.chmod(0o755)

    @property
    def env(self) -> dict[str, str]:
        """The environment in which this cargo is the one that is found."""
        return {"PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}

    def calls(self) -> list[str]:
        """A line for each call so far: commit, arguments."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def builds(self) -> list[str]:
        """The commits whose executables were built, in order."""
        return [line.split()[0] for line in self.calls() if "json-render-diagnostics" in line]

    def repeated(self, commits: Sequence[str] = ()) -> list[str]:
        """The calls that were made more than once, of these commits or of all."""
        counted = Counter(line for line in self.calls() if not commits or line.split()[0] in commits)
        return [line for line, count in counted.items() if count > 1]


def begin(folder: Path, *argv: str, store: Path, env: dict[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Starts `pytest *argv` in a process group of its own; what it prints goes to `output`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_"))}
    with output.open("wb") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *argv, f"--harness-store={store}"],
            cwd=folder,
            env=inherited | {"PYTHONUNBUFFERED": "1"} | env,
            stdout=sink,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            # A shell's background job ignores SIGINT, and so would what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for a condition. Raises AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processes_of(store: Path) -> list[str]:
    """The command lines of all living processes that name the store in their arguments or their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            text = (folder / "cmdline").read_bytes()
            if os.fsencode(store) in text + (folder / "environ").read_bytes():
                found.append(text.replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found
