"""Where the benchmarks work, and how they run and time other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "SAME_ENVIRONMENT", "Place", "environment", "hardware", "harness_argv", "timed"]

ROOT = Path(__file__).parent.parent

SAME_ENVIRONMENT = {"CARGO_PROFILE_DEV_DEBUG": "0"}
"""What the harness sets for its builds and nobody who types cargo by hand does (docs/design.md, decision 4)."""

_DROPPED = ("PYTEST_", "PYTHON", "HARNESS_", "GIT_", "COV_", "CARGO_PROFILE_", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Folders that stay between runs, so that dependencies are built once; `quick` asks for fewer repetitions."""

    folder: Path
    quick: bool

    @property
    def store(self) -> Path:
        """The harness's store."""
        return self.folder / "store"

    @property
    def log(self) -> Path:
        """What all programs printed."""
        return self.folder / "output.log"

    def commits(self) -> int:
        """How many commits the range has."""
        return 3 if self.quick else 8


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment as it would be in a shell of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return kept | dict(extra or {})


def harness_argv(store: Path, *options: str) -> list[str]:
    """The command line of a run of the harness."""
    return [sys.executable, "-m", "pytest", *options, f"--harness-store={store}"]


def timed(
    argv: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str] | None = None, expected: Sequence[int] = (0,)
) -> float:
    """The seconds that a program took.

    Raises:
        SystemExit: it ended with a status that is not among `expected`.
    """
    with log.open("ab") as sink:
        sink.write(f"\n$ cd {cwd} && {' '.join(argv)}\n".encode())
        sink.flush()
        began = time.perf_counter()
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        )
        seconds = time.perf_counter() - began
    if done.returncode not in expected:
        sys.exit(f"`{' '.join(argv)}` in {cwd} ended with status {done.returncode}; the end of {log} says why.")
    return seconds


def hardware() -> dict[str, object]:
    """What the figures were taken on, and how busy that was."""
    return {"cores": os.cpu_count(), "load": [round(one, 2) for one in os.getloadavg()]}
