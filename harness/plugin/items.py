"""What pytest collects: a manifest, its comparisons, and a test for each probe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from harness.errors import HarnessError
from harness.model import Comparison, ProbeReport, Verdict
from harness.verify.plan import Plan

__all__ = ["CheckFailedError", "ComparisonNode", "Judging", "ManifestFile", "ProbeItem"]


class Judging(Protocol):
    """What judges the items that are collected here."""

    plan: Plan

    def judge(self, comparison: Comparison, probe: str) -> ProbeReport:
        """What a probe says of a comparison."""
        ...

    def render(self, comparison: Comparison, report: ProbeReport) -> str:
        """A failing verdict for where pytest shows failures, plain."""
        ...


class CheckFailedError(Exception):
    """A probe's verdict is one that fails."""

    def __init__(self, report: ProbeReport) -> None:
        super().__init__(f"{report.verdict.value}: {report.reason}")
        self.report = report


class ManifestFile(pytest.File):
    """The workspace's Cargo.toml. Its node id is the same wherever pytest's root folder is."""

    run: Judging

    @classmethod
    def of(cls, run: Judging, parent: pytest.Collector, path: Path) -> ManifestFile:
        """The collector of a run's manifest."""
        made: ManifestFile = cls.from_parent(parent, path=path, name="Cargo.toml", nodeid="Cargo.toml")
        made.run = run
        return made

    def collect(self) -> Iterator[ComparisonNode]:
        """One node a comparison, in the order of the range."""
        for comparison in self.run.plan.comparisons:
            node: ComparisonNode = ComparisonNode.from_parent(self, name=comparison.id)
            node.run, node.comparison = self.run, comparison
            yield node


class ComparisonNode(pytest.Collector):
    """Two revisions that are held against each other."""

    run: Judging
    comparison: Comparison

    def collect(self) -> Iterator[ProbeItem]:
        """One test a probe."""
        for probe in self.run.plan.probes:
            item: ProbeItem = ProbeItem.from_parent(self, name=probe)
            item.run, item.comparison = self.run, self.comparison
            yield item


class ProbeItem(pytest.Item):
    """One probe's verdict on one comparison."""

    run: Judging
    comparison: Comparison
    report: ProbeReport

    def runtest(self) -> None:
        """Judges, and fails where the verdict does."""
        self.report = report = self.run.judge(self.comparison, self.name)
        if report.verdict is Verdict.SKIPPED:
            pytest.skip(report.reason)
        if report.verdict.fails:
            raise CheckFailedError(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """An expected end in words; only a defect of the harness itself shows a traceback."""
        error = excinfo.value
        if isinstance(error, CheckFailedError):
            return self.run.render(self.comparison, error.report)
        if isinstance(error, HarnessError):
            return str(error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where a failure is said to be: the manifest, no line."""
        return self.path, None, f"{self.comparison.id}::{self.name}"
