"""Runs that are stopped from outside: a partial report, nothing left running, and never a verdict that was not made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.source import Source, find_repository
from harness.store import Store
from tests.support.crates import LIBRARY, crate
from tests.support.repo import Repo
from tests.support.watch import begin, processes_of, wait_until

pytestmark = pytest.mark.rust

_PROBES = "--harness-probes=layout,command"
_SCRIPT = "build-script-build"


def slow(root: Path, seconds: int) -> Repo:
    """A crate whose second revision takes so long to build."""
    repo = crate(root)
    script = f"fn main() {{\n    std::thread::sleep(std::time::Duration::from_secs({seconds}));\n}}\n"
    repo.commit("take time", {"build.rs": script, "src/lib.rs": LIBRARY})
    return repo


class Running:
    """A run of pytest that goes on in the background."""

    def __init__(self, repo: Repo, folder: Path, *argv: str) -> None:
        self.store = folder / "store"
        self._report = folder / "report"
        self._output = folder / "output"
        options = ("--harness-range=HEAD~1..HEAD", _PROBES, f"--harness-report={self._report}", *argv)
        self.process = begin(repo.root, *options, store=self.store, env={}, output=self._output)

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text()

    @property
    def report(self) -> dict[str, dict[str, object]]:
        """The verdicts and reasons of its one commit, by probe."""
        (commit,) = json.loads((self._report / "report.json").read_text())["commits"]
        return {probe["name"]: probe for probe in commit["probes"]}

    def is_building(self) -> bool:
        """Whether the slow build script is running."""
        return any(_SCRIPT in line for line in processes_of(self.store))

    def ends_with(self, status: int) -> None:
        """Waits for its end, which must come soon, in words, and leave nothing behind."""
        assert self.process.wait(30) == status, self.output
        assert "Traceback" not in self.output
        wait_until(lambda: not [one for one in processes_of(self.store) if _SCRIPT in one or "cargo" in one], 10)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_run_that_is_stopped_while_it_builds_reports_what_it_has(
    tmp_path: Path, sign: signal.Signals, workers: tuple[str, ...]
) -> None:
    run = Running(slow(tmp_path / "repo", 60), tmp_path, *workers)
    wait_until(run.is_building)
    # As a terminal and a CI system do it: every process of the group is told.
    os.killpg(run.process.pid, sign)
    run.ends_with(pytest.ExitCode.INTERRUPTED)
    assert run.report["command"]["verdict"] == "INCOMPLETE"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_waits_for_another_can_be_stopped(tmp_path: Path, sign: signal.Signals) -> None:
    repo = slow(tmp_path / "repo", 1)
    store = Store(tmp_path / "store")
    with store.lock(f"slot {Source(find_repository(repo.root), store).slot_id}"):
        run = Running(repo, tmp_path)
        wait_until(lambda: "to build" in run.output)
        time.sleep(1)
        run.process.send_signal(sign)
        run.ends_with(pytest.ExitCode.INTERRUPTED)
    assert {one["verdict"] for one in run.report.values()} == {"INCOMPLETE"}


def test_what_a_crashed_worker_was_judging_is_incomplete_and_says_so(tmp_path: Path) -> None:
    run = Running(slow(tmp_path / "repo", 8), tmp_path, "-n", "1", "-k", "take-time and command")
    wait_until(run.is_building)
    worker = ["pgrep", "-P", str(run.process.pid), "-f", "import sys;exec"]
    listed = subprocess.run(worker, capture_output=True, text=True, check=True)
    os.kill(int(listed.stdout), signal.SIGKILL)
    assert run.process.wait(120) == pytest.ExitCode.TESTS_FAILED
    verdict = run.report["command"]
    assert "Traceback" not in run.output
    assert verdict["verdict"] == "INCOMPLETE"
    assert "worker 'gw0' crashed while running" in str(verdict["reason"])
