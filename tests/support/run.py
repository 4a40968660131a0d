"""Running pytest with the plugin on a throw-away repository, as a user does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Outcome", "run_pytest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended and what it printed."""

    status: int
    output: str
    report: dict[str, Any]

    def verdicts(self) -> dict[str, dict[str, str]]:
        """Verdicts by subject and probe; the range under `range`."""
        rows = {commit["subject"]: commit for commit in self.report["commits"]} | {"range": self.report["overall"]}
        return {name: {probe["name"]: probe["verdict"] for probe in row["probes"]} for name, row in rows.items()}

    def probe(self, subject: str, name: str) -> dict[str, Any]:
        """What a probe says of a commit, as report.json has it."""
        rows = {commit["subject"]: commit for commit in self.report["commits"]} | {"range": self.report["overall"]}
        found: dict[str, Any] = next(probe for probe in rows[subject]["probes"] if probe["name"] == name)
        return found

    def differences(self, subject: str, name: str) -> list[dict[str, Any]]:
        """The differences that a probe found in a commit."""
        found: list[dict[str, Any]] = self.probe(subject, name)["differences"]
        return found


def run_pytest(
    folder: Path, *argv: str, store: Path | None = None, env: dict[str, str] | None = None, timeout: float = 600
) -> Outcome:
    """Runs `pytest *argv` in a folder. Without a store, none is named and the caller's options have to do so."""
    dropped = ("PYTEST_", "HARNESS_", "GIT_", "COV_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    report = (store or folder.parent) / f"report-{os.urandom(4).hex()}"
    options = [f"--harness-store={store}", f"--harness-report={report}"] if store else []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *argv, *options],
        cwd=folder,
        env=inherited | (env or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    file = report / "report.json"
    data = json.loads(file.read_text()) if file.exists() else {}
    return Outcome(status=done.returncode, output=done.stdout + done.stderr, report=data)
