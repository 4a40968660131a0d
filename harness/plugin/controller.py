"""What only the process that a person started does: collect verdicts, show them, and write the report."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import __version__
from harness.compare.wording import counted
from harness.errors import HarnessError
from harness.model import CommitReport, ProbeReport, Report, Seconds, Verdict
from harness.plugin.items import SURFACES
from harness.plugin.on_github import error_lines, guarded
from harness.plugin.run import Run
from harness.report import files, terminal
from harness.verify import last_report
from harness.verify.exports import machine
from harness.verify.verdicts import commit_report, report_of, surfaces_report, with_logs

__all__ = ["Controller"]

_NOTHING = "Nothing was verified: every probe was skipped or left out, so this run says nothing about the commits."
_HINT = "What of it is intended: `harness review` asks one by one, --snapshot-update approves all of it."
_UNCUT = 10_000
_STOPPED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


class Controller:
    """Gathers what the run's processes found."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._verdicts: dict[tuple[str, str], ProbeReport] = {}
        self._notes: dict[str, list[str]] = {}
        self._chosen: set[tuple[str, str]] = set()
        self._figures: list[dict[str, Any]] = []
        self._tracebacks: list[str] = []
        self._remarks: list[str] = []
        self._advice = ""
        self._not_written: list[str] = []
        self._announced = False
        self._refused = False
        self._lost: dict[tuple[str, str], str] = {}
        self._session: pytest.Session | None = None
        self._last_lines: list[str] = []
        if run.alone:
            # What failed is shown once, under the table; pytest's own section would repeat it for every commit.
            run.config.option.tbstyle = "no"
            run.config.option.no_header = True
            if run.config.option.reportchars == "fE":
                run.config.option.reportchars = ""
        self._own_lines = run.alone and run.config.option.verbose == 0
        self._colour = False

    def pytest_report_header(self) -> list[str]:
        """Says what is compared; pytest asks for it only where its own header is shown too."""
        return [self._header()]

    def _header(self) -> str:
        first, last = self.run.plan.revisions[0], self.run.plan.revisions[-1]
        commits = len(self.run.plan.revisions) - 1
        what = "the working tree" if last.is_working_tree else counted(commits, "commit")
        if not self.run.plan.comparisons:
            return f"refactor harness {__version__}: the surfaces of {what}, {', '.join(self.run.plan.surfaces)}"
        return f"refactor harness {__version__}: {what}, {first.name}..{last.name}, {', '.join(self.run.plan.probes)}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Quiets pytest's own progress where verdicts are shown line by line."""
        self._session = session
        reporter: Any = self.run.config.pluginmanager.get_plugin("terminalreporter")
        self._own_lines = self._own_lines and reporter is not None
        if self.run.alone and reporter is not None:
            self.run.progress.line(self._header())
        if self._own_lines:
            reporter.showfspath = False
            self._colour = reporter.hasmarkup

    # -- what is to be done -------------------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers, the collected items are what is to be judged."""
        self._choose([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """With workers, what the first one collected is."""
        self._choose(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hands the plan to a worker, so that all of them verify the same revisions."""
        node.workerinput["harness"] = msgspec.json.encode(self.run.plan).decode()
        node.workerinput["harness_progress"] = self.run.progress.channel()

    def _choose(self, ids: list[str]) -> None:
        self._chosen = {
            (words[1], words[2]) for nodeid in ids if len(words := nodeid.split("::")) == 3 and words[0] == "Cargo.toml"
        }
        if not self._chosen or self._announced or self.run.config.option.collectonly:
            return
        self._announced = True
        comparisons = {comparison.id: comparison for comparison in self.run.plan.comparisons}
        if self.run.jobs.imports:
            return
        verification = self.run.verification
        verification.select(
            [(comparisons[one], probe) for one, probe in sorted(self._chosen) if one in comparisons],
            [name for one, name in sorted(self._chosen) if one == SURFACES],
        )
        try:
            verification.check_toolchains()
        except HarnessError as error:
            self._refused = True
            raise pytest.UsageError(str(error)) from error
        try:
            lines = [*self.run.plan.notes, *verification.announcement()]
        except HarnessError:
            return  # the first probe that needs it says the same
        for line in lines:
            self.run.progress.line(line)

    # -- what comes in ------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes a verdict off pytest's report."""
        self.run.progress.clear()
        if (text := getattr(report, "harness", None)) is not None:
            comparison, verdict, notes = msgspec.json.decode(text, type=tuple[str, ProbeReport, list[str]])
            self._verdicts[comparison, verdict.name] = verdict
            # A probe that needs no build may speak before there is one to tell of.
            self._notes[comparison] = notes or self._notes.get(comparison, [])
            self._show(comparison, verdict)
            if "the harness itself failed" in verdict.reason:
                self._tracebacks.append(report.longreprtext)
        elif report.failed and len(words := report.nodeid.split("::")) == 3:
            # What pytest-xdist says of a worker that died; what was built until then is kept.
            self._lost[words[1], words[2]] = (
                f"{str(report.longrepr).partition(chr(10))[0]}; run again to go on from there"
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, Any] | None:
        """Shows a verdict by its own name; where this prints a line of its own, pytest prints nothing."""
        if report.when != "call" or (text := getattr(report, "harness", None)) is None:
            return None
        if self._own_lines:
            return report.outcome, "", ""
        verdict = msgspec.json.decode(text, type=tuple[str, ProbeReport, list[str]])[1].verdict
        return report.outcome, terminal.letter(verdict), (verdict.value, terminal.markup(verdict))

    def _show(self, comparison: str, verdict: ProbeReport) -> None:
        if self._own_lines:
            # Written to a file or a pipe, nothing is cut off.
            width = shutil.get_terminal_size().columns if self._colour else _UNCUT
            self.run.progress.line(terminal.verdict_line(comparison, verdict, width=width, colour=self._colour))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Takes a worker's figures."""
        if (text := getattr(node, "workeroutput", {}).get("harness")) is not None:
            self._figures.append(msgspec.json.decode(text))

    # -- the end ------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Hands approvals to syrupy, which sums up in this hook; then the exit status says what the verdicts do."""
        if int(session.exitstatus) in _STOPPED:
            # What was not looked at could be what a single commit covers: nobody approved half of a run.
            if self._verdicts and self.run.verification.accept.update:
                self._not_written = ["The run was stopped, so nothing was approved. Update again."]
        elif self._verdicts and not self.run.config.option.collectonly:
            from harness.plugin.approving import Approving

            approving = Approving(self.run)
            approving.settle(self._verdicts)
            self._not_written = approving.problems
        yield
        self._finish(session)

    def _finish(self, session: pytest.Session) -> None:
        if self.run.config.option.collectonly:
            return
        if int(session.exitstatus) != pytest.ExitCode.INTERRUPTED:
            self._collect_garbage()
            self._remember()
        looked_at = [one for one in self._verdicts.values() if one.verdict is not Verdict.SKIPPED]
        if session.exitstatus == pytest.ExitCode.OK and self.run.alone and not looked_at:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        if session.exitstatus == pytest.ExitCode.OK and (
            self._not_written or (self._chosen and self._report().verdict.fails)
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.run.jobs.export and not self._refused:
            self._hand_over()

    def _remember(self) -> None:
        """The next run tries first what this one found."""
        if not any(
            name == "command" and one.verdict is not Verdict.SKIPPED for (_, name), one in self._verdicts.items()
        ):
            return
        try:
            found = self.run.verification.remember(self._report())
        except HarnessError as error:
            self._remarks.append(f"what was found is not remembered: {error}")
            return
        if found:
            count = counted(len(found), "case")
            self._advice = f"{count} will be tried first by the next run; `harness keep` makes regression cases of them"

    def _collect_garbage(self) -> None:
        try:
            gone = self.run.verification.store.collect_daily()
        except (HarnessError, OSError) as error:
            self._remarks.append(f"store: it was not looked through: {error}")
            return
        if gone.files:
            self._remarks.append(f"store: {gone.files} entries not used lately were deleted, {gone.size / 1e9:.1f} GB")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints the table and the differences, and writes the report."""
        if self._refused or self.run.config.option.collectonly or not (self._chosen or self.run.alone):
            return
        self.run.progress.clear()
        report = self._report()
        writer = terminalreporter._tw
        verbose = self.run.config.get_verbosity()
        text = terminal.render(report, width=writer.fullwidth, colour=writer.hasmarkup, verbose=verbose)
        if verbose >= 0:
            terminalreporter.write_sep("=", "refactor harness")
        terminalreporter.write(guarded(text))
        if any(one.forms and not one.intended for probe in self._verdicts.values() for one in probe.differences):
            terminalreporter.write_line(_HINT)
        for traceback in self._tracebacks:
            terminalreporter.write_line(traceback)
        for line in self._not_written:
            terminalreporter.write_line(line, red=True, bold=True)
        for line in (*(f"store: {one}" for one in self._damage()), *self._remarks):
            terminalreporter.write_line(line, yellow=True)
        if not any(one.verdict is not Verdict.SKIPPED for one in self._verdicts.values()):
            terminalreporter.write_line(_NOTHING, red=True, bold=True)
        if self._advice:
            terminalreporter.write_line(self._advice)
        self._keep(report)
        self._last_lines = error_lines(report)
        self._write_files(terminalreporter, report)

    def _keep(self, report: Report) -> None:
        """Keeps the report in the store, for `harness review`."""
        with contextlib.suppress(HarnessError):
            last_report.keep(self.run.verification.store, self.run.manifest, report)

    def _write_files(self, terminalreporter: Any, report: Report) -> None:
        if not (folder := self.run.config.option.harness_report):
            return
        target = self.run.config.invocation_params.dir / Path(folder).expanduser()
        try:
            paths = files.write_all(with_logs(self.run.plan.comparisons, report, self._logs()), target)
        except OSError as error:
            terminalreporter.write_line(f"The report was not written to {target}: {error.strerror}.", red=True)
            if self._session is not None and self._session.exitstatus == pytest.ExitCode.OK:
                self._session.exitstatus = pytest.ExitCode.TESTS_FAILED
            return
        self._last_lines += [f"report: {path}" for path in paths]

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Says last where the report lies, after all that pytest itself and others print: there people look for it."""
        reporter: Any = self.run.config.pluginmanager.get_plugin("terminalreporter")
        for line in self._last_lines if reporter is not None else ():
            reporter.write_line(line)

    def _report(self) -> Report:
        plan = self.run.plan
        reports = [self._commit(comparison.id) for comparison in plan.comparisons]
        return report_of(
            plan.comparisons,
            reports,
            platform=imports.platform() if (imports := self.run.jobs.imports) else machine(),
            toolchains=self._toolchains(),
            seconds=self._seconds(),
            changed_by_range=plan.changed_by_range,
            remarks=imports.remarks() if imports else (),
            surfaces=self._surfaces() if plan.surfaces else None,
            seed=self.run.verification.config.seed,
            cases=self.run.verification.config.cases,
        )

    def _surfaces(self) -> CommitReport:
        probes = [self._probe(SURFACES, name) for name in self.run.plan.surfaces]
        return surfaces_report(self.run.plan.revisions[-1], probes)

    def _commit(self, identifier: str) -> CommitReport:
        comparison = next(one for one in self.run.plan.comparisons if one.id == identifier)
        probes = [self._probe(identifier, name) for name in self.run.plan.probes]
        return commit_report(comparison, probes, self._notes.get(identifier, []))

    def _probe(self, identifier: str, name: str) -> ProbeReport:
        if (known := self._verdicts.get((identifier, name))) is not None:
            return known
        if (identifier, name) in self._chosen:
            reason = self._lost.get((identifier, name), "the run ended before it was judged")
            return ProbeReport(name=name, verdict=Verdict.INCOMPLETE, reason=reason)
        return ProbeReport(name=name, verdict=Verdict.SKIPPED, reason="left out of this run")

    def _toolchains(self) -> list[str]:
        if self.run.jobs.imports:
            return self.run.jobs.imports.toolchains()
        try:
            return self.run.verification.toolchains()
        except HarnessError:
            return []

    def _seconds(self) -> Seconds:
        figures = self._all_figures()
        return Seconds(
            build=round(sum(one["build"] for one in figures), 3),
            observe=round(sum(one["observe"] for one in figures), 3),
            total=round(time.monotonic() - self.run.began, 3),
        )

    def _all_figures(self) -> Sequence[Mapping[str, Any]]:
        if self.run.jobs.imports:
            return self.run.jobs.imports.seconds()
        return self._figures or [self.run.figures()]

    def _hand_over(self) -> None:
        """Writes the export for the job that puts all of it together."""
        judged = [(comparison, report) for (comparison, _), report in self._verdicts.items()]
        figures = self._all_figures()
        seconds = {name: float(sum(one[name] for one in figures)) for name in ("build", "observe")}
        try:
            self.run.jobs.hand_over(
                judged,
                self._notes,
                toolchains=tuple(self._toolchains()),
                seconds=seconds,
                logs=self._logs(),
                observed=dict(sum((Counter(one.get("observed", {})) for one in figures), Counter[str]())),
            )
        except OSError as error:
            self._remarks.append(f"the export was not written to {self.run.jobs.export}: {error.strerror or error}")
            if self._session is not None:
                self._session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _logs(self) -> dict[str, str]:
        """What cargo printed of each revision."""
        return imports.logs() if (imports := self.run.jobs.imports) else self.run.verification.build_logs()

    def _damage(self) -> list[str]:
        """What any process found damaged: the controller looks at the store first, to say what has to be built."""
        return list(dict.fromkeys(line for one in (self.run.figures(), *self._figures) for line in one["damage"]))
