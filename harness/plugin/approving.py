"""The end of a run as far as approvals go: what syrupy is to compare, to write, to delete and to count.

All of it happens in the process that a person started, after everything was judged and before syrupy sums up: only
then is it known what commits cover of a range, and what nothing rests on any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from harness.compare.approval_file import identity, render
from harness.compare.approvals import Approval
from harness.errors import HarnessError
from harness.model import Form
from harness.plugin.run import Run
from harness.snapshot import ApprovedDifferences, asserting
from harness.verify.approving import Verdicts, cases_drawn, moved, to_write, unused

__all__ = ["Approving"]


class Approving:
    """Takes approvals to syrupy. `problems` are sentences about what was not written."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._accept = run.verification.accept
        self._comparisons = run.plan.comparisons
        self._elsewhere = cache(self._is_elsewhere)
        self.problems: list[str] = []

    def settle(self, verdicts: Verdicts) -> None:
        """Compares or writes what was found, and says what is unused."""
        pending = to_write(self._comparisons, verdicts, self._accept.approvals)
        config = self._run.verification.config
        drawn = cases_drawn(config.seed, config.cases)
        gone = unused(self._comparisons, verdicts, self._accept.approvals, self._elsewhere, drawn)
        if self._accept.update == "all":
            for one, identifier in moved(self._comparisons, verdicts, self._accept.approvals, self._elsewhere).items():
                pending.setdefault((identifier, one.probe), []).append(one.form)
                gone.append(one)
        extension = _extension(self._named(gone))
        asserted = self._assert_pending(extension, pending)
        self._assert_used(extension, verdicts, asserted)
        if gone:
            asserting(self._run.config, extension, self._run.verification.workspace, "unused")

    def _assert_pending(
        self, extension: type[ApprovedDifferences], pending: dict[tuple[str, str], list[Form]]
    ) -> set[str]:
        """Files that are asserted, with what is not in them yet. Without an update, only those that are there."""
        asserted = set()
        for (identifier, probe), forms in pending.items():
            label = self._accept.labels[identifier]
            file = label.file(probe)
            if self._accept.update or file in self._accept.files:
                asserted.add(file)
                self._assert(extension, file, label.subject, probe, forms)
        return asserted

    def _assert_used(self, extension: type[ApprovedDifferences], verdicts: Verdicts, but: set[str]) -> None:
        used: dict[tuple[str, str, str], list[Form]] = defaultdict(list)
        for (_, probe), report in verdicts.items():
            for one in self._accept.approvals.used(probe, report.differences):
                used[one.file, one.subject, probe].append(one.form)
        for (file, subject, probe), forms in sorted(used.items(), key=lambda one: one[0]):
            if file not in but:
                self._assert(extension, file, subject, probe, forms)

    def _assert(
        self, extension: type[ApprovedDifferences], file: str, subject: str, probe: str, forms: Iterable[Form]
    ) -> None:
        path = self._run.verification.workspace / file
        assertion = asserting(self._run.config, extension, path, path.stem)
        if assertion is None or assertion == render(subject, probe, forms):
            return
        for result in assertion.executions.values():
            if result.exception is not None:
                told = str(result.exception) if isinstance(result.exception, HarnessError) else repr(result.exception)
                self.problems.append(told)

    def _named(self, gone: Iterable[Approval]) -> dict[str, list[str]]:
        """The unused ones by their files, each with a name for people that begins with its identity."""
        named: dict[str, list[str]] = defaultdict(list)
        for one in gone:
            place = " ".join(filter(None, [one.form.facet, one.form.general.where]))
            named[str(self._run.verification.workspace / one.file)].append(f"{identity(one.form)} {place}")
        return named

    def _is_elsewhere(self, subject: str) -> bool:
        try:
            return self._run.verification.is_elsewhere(subject)
        except HarnessError:
            return True


def _extension(named: dict[str, list[str]]) -> type[ApprovedDifferences]:
    """The extension, with what this run found unused: syrupy asks the class."""
    return type("ApprovedDifferences", (ApprovedDifferences,), {"unused": named})
