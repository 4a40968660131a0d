"""Holding differences against what is approved; with an update, taking the rest as approved from now on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.compare.approvals import Approvals
from harness.compare.cluster import with_forms
from harness.model import Comparison, Difference, ProbeReport
from harness.verify.approving import Label, approved_now
from harness.verify.verdicts import reason_of, verdict_of

__all__ = ["Accept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """What is approved, and whether the person who calls approves the rest.

    `update` is empty, `all`, or `new`: then only what would stand in a file that is not there yet (`files` are).
    """

    approvals: Approvals = field(default_factory=Approvals)
    update: str = ""
    labels: Mapping[str, Label] = field(default_factory=dict)
    files: Collection[str] = ()

    def judged(self, probe: str, differences: Iterable[Difference]) -> list[Difference]:
        """The differences, each with its form; the approved ones are marked as intended."""
        return self.approvals.judged(probe, with_forms(differences))

    def report(self, comparison: Comparison, report: ProbeReport) -> ProbeReport:
        """A report with what this run approves."""
        label = self.labels.get(comparison.id)
        if not self.update or label is None or (self.update == "new" and label.file(report.name) in self.files):
            return report
        differences = tuple(approved_now(report.differences))
        if differences == report.differences:
            return report
        verdict = verdict_of(differences, report.notes)
        return replace(
            report,
            differences=differences,
            verdict=verdict,
            reason=reason_of(verdict, differences, report.notes) if report.complete else report.reason,
        )
