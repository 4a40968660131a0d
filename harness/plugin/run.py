"""A run of pytest that is ours: its plan, the verdicts as they come in, and the report at the end.

On a controller of pytest-xdist the verdicts come from workers; otherwise the controller is its own only worker.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import process
from harness.errors import HarnessError
from harness.model import Comparison, ProbeReport, Verdict
from harness.plugin.items import CheckFailedError, ManifestFile, ProbeItem, SurfaceItem, VerdictItem
from harness.plugin.jobs import Jobs
from harness.plugin.progress import Progress
from harness.report import terminal
from harness.verify.plan import Plan, Request
from harness.verify.walk import Verification

__all__ = ["Run"]


class Run:
    """What one process does of a run: it collects, judges and hands on."""

    def __init__(
        self, config: pytest.Config, request: Request, plan: Plan, manifest: Path, jobs: Jobs, *, alone: bool
    ) -> None:
        self.config = config
        self.request = request
        self.plan = plan
        self.manifest = manifest
        self.jobs = jobs
        self.alone = alone
        self.began = time.monotonic()
        self.observe_seconds = 0.0
        self.progress = Progress(config)
        self._verification: Verification | None = None
        self._guard = process.end_all()
        self._guard.__enter__()
        self._former_handler: Any = None
        if not self.is_worker and threading.current_thread() is threading.main_thread():
            # A job that is cancelled ends as with Ctrl-C: with a partial report and nothing left running.
            self._former_handler = signal.signal(signal.SIGTERM, signal.default_int_handler)

    @property
    def is_worker(self) -> bool:
        """Whether a controller of pytest-xdist started this process."""
        return hasattr(self.config, "workerinput")

    @property
    def verification(self) -> Verification:
        """This process's part in verifying, made when it is first needed."""
        if self._verification is None:
            workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
            self._verification = Verification(self.request, self.plan, workers=workers, watch=self.progress.watch)
        return self._verification

    # -- collecting ---------------------------------------------------------------------------------------

    def point_collection_here(self) -> None:
        """Makes pytest collect the manifest: alone, or besides what a plain `pytest` collects."""
        if not self.alone:
            self.config.args = [*self.config.args, str(self.manifest)]
            return
        chosen = [arg.partition("::")[2] for arg in self.config.args if "Cargo.toml::" in arg]
        self.config.args = [f"{self.manifest}::{names}" for names in chosen] or [str(self.manifest)]

    def collect(self, path: object, parent: pytest.Collector) -> pytest.Collector | None:
        """The collector of the manifest, None for any other file."""
        return ManifestFile.of(self, parent, self.manifest) if path == self.manifest else None

    def collect_directory(self, path: object, parent: pytest.Collector) -> pytest.Collector | None:
        """A plain folder for any folder, so that no package of the user's is imported; only where we are alone."""
        if not self.alone or not isinstance(path, Path):
            return None
        made: pytest.Dir = pytest.Dir.from_parent(parent, path=path)
        return made

    def select(self, items: Iterable[pytest.Item]) -> None:
        """Tells the verification which of the comparisons and probes remain."""
        ours = [item for item in items if isinstance(item, VerdictItem)]
        if ours and not self.jobs.imports:
            chosen = [(item.comparison, item.name) for item in ours if isinstance(item, ProbeItem)]
            self.verification.select(chosen, [item.name for item in ours if isinstance(item, SurfaceItem)])

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leaves to the other jobs of a matrix what is theirs; surfaces are for a job of their own."""
        if (own := self.jobs.own) is None and not self.jobs.imports:
            return
        others = [
            one
            for one in items
            if isinstance(one, SurfaceItem)
            or (own is not None and isinstance(one, ProbeItem) and (one.comparison.id, one.name) not in own)
        ]
        items[:] = [one for one in items if one not in others]
        config.hook.pytest_deselected(items=others)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All selecting and leaving out is done."""
        self.select(session.items)

    # -- judging ------------------------------------------------------------------------------------------

    def judge(self, comparison: Comparison, probe: str) -> ProbeReport:
        """What a probe says of a comparison."""
        if self.jobs.imports:
            return self.jobs.imports.find(comparison.id, probe).report
        began = time.monotonic()
        try:
            return self.verification.judge(comparison, probe)
        finally:
            self.observe_seconds += time.monotonic() - began

    def judge_surface(self, name: str) -> ProbeReport:
        """What is to be said of a surface of the last revision."""
        from harness.plugin.surfaces import judge_surface

        began = time.monotonic()
        try:
            return judge_surface(self.config, self.verification, name)
        finally:
            self.observe_seconds += time.monotonic() - began

    def render(self, comparison: str, report: ProbeReport) -> str:
        """A failing verdict for where pytest shows failures, plain."""
        return terminal.render_probe(comparison, report)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Puts the verdict on pytest's report, so that it reaches the controller and JUnit."""
        report = yield
        if isinstance(item, VerdictItem) and call.when == "call":
            verdict = _verdict_of(item, call)
            item.user_properties += [
                ("verdict", verdict.verdict.value),
                ("reason", verdict.reason),
                ("cases", str(verdict.cases)),
                ("differences", str(len(verdict.differences))),
            ]
            report.user_properties = list(item.user_properties)
            vars(report)["harness"] = msgspec.json.encode([item.comparison_id, verdict, self._notes(item)]).decode()
        return report

    def _notes(self, item: VerdictItem) -> list[str]:
        if not isinstance(item, ProbeItem):
            return []
        if self.jobs.imports:
            return list(self.jobs.imports.notes(item.comparison.id))
        return self.verification.notes(item.comparison)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Ends the work in the slot: in peace, or at once when the run was stopped."""
        stopped = (
            bool(session.shouldstop or session.shouldfail) or int(session.exitstatus) == pytest.ExitCode.INTERRUPTED
        )
        if stopped:
            self._guard.__exit__(None, None, None)
        if self._verification:
            self._verification.close()
            if self.is_worker:
                self.config.workeroutput["harness"] = msgspec.json.encode(self.figures()).decode()  # type: ignore[attr-defined]

    def pytest_unconfigure(self) -> None:
        """Ends whatever is still running."""
        self._guard.__exit__(None, None, None)
        self.progress.close()
        if self._former_handler is not None:
            signal.signal(signal.SIGTERM, self._former_handler)

    def figures(self) -> dict[str, Any]:
        """What this process took, and what it found damaged in the store."""
        if self._verification is None:
            return {"build": 0.0, "observe": self.observe_seconds, "damage": [], "observed": {}}
        return {
            "observed": dict(self._verification.observed),
            "build": self._verification.build_seconds,
            "observe": self.observe_seconds,
            "damage": self._verification.store.damage,
        }


def _verdict_of(item: VerdictItem, call: pytest.CallInfo[None]) -> ProbeReport:
    baseline = item.comparison.baseline.sha if isinstance(item, ProbeItem) else ""
    if call.excinfo is None:
        return item.report
    error = call.excinfo.value
    if isinstance(error, CheckFailedError):
        return error.report
    if isinstance(error, pytest.skip.Exception):
        return ProbeReport(name=item.name, verdict=Verdict.SKIPPED, reason=str(error), baseline=baseline)
    reason = str(error) if isinstance(error, HarnessError) else f"the harness itself failed: {error!r}"
    return ProbeReport(name=item.name, verdict=Verdict.INCOMPLETE, reason=reason, baseline=baseline)
