"""What pytest collects: a manifest, its comparisons, and a test for each probe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from harness.errors import HarnessError
from harness.model import Comparison, ProbeReport, Verdict
from harness.verify.plan import Plan

__all__ = ["SURFACES", "CheckFailedError", "Judging", "ManifestFile", "ProbeItem", "SurfaceItem", "VerdictItem"]

SURFACES = "surfaces"
"""What stands for a comparison in the node ids of surfaces."""


class Judging(Protocol):
    """What judges the items that are collected here."""

    plan: Plan

    def judge(self, comparison: Comparison, probe: str) -> ProbeReport:
        """What a probe says of a comparison."""
        ...

    def judge_surface(self, name: str) -> ProbeReport:
        """What is to be said of a surface of the last revision."""
        ...

    def render(self, comparison: str, report: ProbeReport) -> str:
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

    def collect(self) -> Iterator[ComparisonNode | SurfacesNode]:
        """One node a comparison, in the order of the range, and one for the surfaces."""
        for comparison in self.run.plan.comparisons:
            node: ComparisonNode = ComparisonNode.from_parent(self, name=comparison.id)
            node.run, node.comparison = self.run, comparison
            yield node
        if self.run.plan.surfaces:
            surfaces: SurfacesNode = SurfacesNode.from_parent(self, name=SURFACES)
            surfaces.run = self.run
            yield surfaces


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


class SurfacesNode(pytest.Collector):
    """What the last revision offers."""

    run: Judging

    def collect(self) -> Iterator[SurfaceItem]:
        """One test a surface."""
        for name in self.run.plan.surfaces:
            item: SurfaceItem = SurfaceItem.from_parent(self, name=name)
            item.run = self.run
            yield item


class VerdictItem(pytest.Item):
    """One verdict."""

    run: Judging
    report: ProbeReport

    @property
    def comparison_id(self) -> str:
        """What the verdict is on, as node ids have it."""
        raise NotImplementedError

    def judge(self) -> ProbeReport:
        """The verdict."""
        raise NotImplementedError

    def runtest(self) -> None:
        """Judges, and fails where the verdict does."""
        self.report = report = self.judge()
        if report.verdict is Verdict.SKIPPED:
            pytest.skip(report.reason)
        if report.verdict.fails:
            raise CheckFailedError(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """An expected end in words; only a defect of the harness itself shows a traceback."""
        error = excinfo.value
        if isinstance(error, CheckFailedError):
            return self.run.render(self.comparison_id, error.report)
        if isinstance(error, HarnessError):
            return str(error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where a failure is said to be: the manifest, no line."""
        return self.path, None, f"{self.comparison_id}::{self.name}"


class ProbeItem(VerdictItem):
    """One probe's verdict on one comparison."""

    comparison: Comparison

    @property
    def comparison_id(self) -> str:
        """The comparison's."""
        return self.comparison.id

    def judge(self) -> ProbeReport:
        """What the probe says."""
        return self.run.judge(self.comparison, self.name)


class SurfaceItem(VerdictItem):
    """Whether a surface is as it was approved."""

    @property
    def comparison_id(self) -> str:
        """The one of all surfaces."""
        return SURFACES

    def judge(self) -> ProbeReport:
        """What is to be said of it."""
        return self.run.judge_surface(self.name)
