"""One run of the harness over a repository, as a user starts it: pytest in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "HarnessRun", "short"]

ROOT = Path(__file__).resolve().parent.parent
_VERDICTS_WERE_REACHED = (0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessRun:
    """A range of a repository, where its results are kept, and further options."""

    repository: Path
    range: str
    store: Path
    report: Path
    options: Sequence[str] = ()

    def start(self, log: Path | None = None) -> int:
        """pytest's exit status. Its output goes to `log` where one is named."""
        (self.report / "report.json").unlink(missing_ok=True)
        argv = [
            *(sys.executable, "-m", "pytest"),
            f"--harness-range={self.range}",
            f"--harness-store={self.store}",
            f"--harness-report={self.report}",
            *self.options,
        ]
        # What else pytest was told to do is not meant for the repositories that are verified.
        env = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        if log is None:
            return subprocess.run(argv, cwd=self.repository, env=env, check=False, stdin=subprocess.DEVNULL).returncode
        with log.open("wb") as file:
            done = subprocess.run(
                argv,
                cwd=self.repository,
                env=env,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        return done.returncode

    def read(self, status: int) -> dict[str, Any] | None:
        """report.json; None where pytest ended in a way that leaves no verdicts."""
        path = self.report / "report.json"
        if status not in _VERDICTS_WERE_REACHED or not path.is_file():
            return None
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return report


def short(path: Path) -> str:
    """A path below the project's root, without that."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
