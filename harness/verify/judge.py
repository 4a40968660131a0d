"""One probe's word on one comparison."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.build.toolchain import differing_versions
from harness.build.workshop import feature_arguments
from harness.built import Build
from harness.compare.redact import Redactor, default_rules, rules_from
from harness.config import Config
from harness.errors import HarnessError
from harness.model import Comparison, Difference, ProbeReport, RedactionHits, Revision, Verdict
from harness.probes.base import CaseProbe, Findings, Pair, SlotProbe
from harness.verify.accept import Accept
from harness.verify.cases import CaseJudge
from harness.verify.contracted import Contracts, marked_probe
from harness.verify.foreman import Foreman
from harness.verify.subjects import ProgramGone, Side
from harness.verify.verdicts import hits_of, reason_of, verdict_of

__all__ = ["Judge"]


class Judge:
    """Judges comparisons, given builds and observations as a foreman makes them."""

    def __init__(
        self,
        foreman: Foreman,
        revisions: Sequence[Revision],
        config: Config,
        case_judge: CaseJudge,
        accept: Accept = Accept(),  # noqa: B008  never changed
        contracts: Contracts | None = None,
    ) -> None:
        self._foreman = foreman
        self._accept = accept
        self._contracts = contracts
        self._revisions = list(revisions)
        self._config = config
        self._cases = case_judge
        self._rules = (*rules_from(config), *default_rules())

    def judge(self, comparison: Comparison, probe: SlotProbe | CaseProbe) -> ProbeReport:
        """What the probe says, under every set of features that is configured.

        Raises:
            HarnessError: an observation could not be made for a reason that lies in this machine.
        """
        began = time.monotonic()
        reports = [self._under(comparison, probe, features) for features in self._config.build.features]
        report = reports[0] if len(reports) == 1 else _merged(reports, self._config.build.features)
        report = self._accept.report(comparison, report)
        return replace(report, seconds=round(time.monotonic() - began, 3))

    def prepare(self, probe: CaseProbe) -> dict[str, bytes]:
        """The core cases of the range under every set of features, by what they are known by in all jobs."""
        made = {}
        for features in self._config.build.features:
            first = next((side for side in self._all_sides(features) if _has_program(side.build)), None)
            if first is not None:
                key, cases = self._cases.prepare(probe, first)
                made[key] = cases
        return made

    def _under(self, comparison: Comparison, probe: SlotProbe | CaseProbe, features: str) -> ProbeReport:
        if isinstance(probe, SlotProbe) and not probe.needs_build:
            return self._slot(comparison, probe, features)
        candidate = self._foreman.build(comparison.candidate, features)
        baseline = self._building_baseline(comparison, features)
        if baseline is None:
            failed = self._foreman.build(comparison.baseline, features)
            reason = (
                f"neither the baseline {comparison.baseline.name} nor any earlier revision of the range builds: "
                f"{_one_line(failed.failure)} (the whole output is in {self._foreman.log_of(failed)})"
            )
            return ProbeReport(name=probe.name, verdict=Verdict.BASELINE_FAILED, reason=reason)
        actual = replace(comparison, baseline=baseline)
        because = (
            "" if baseline == comparison.baseline else f" (compared with {baseline.name}, the nearest that builds)"
        )
        if not candidate.ok:
            return _build_failed(probe.name, candidate, actual, self._foreman.log_of(candidate))
        if isinstance(probe, SlotProbe):
            report = self._slot(actual, probe, features)
        else:
            report = self._case(actual, probe, features)
        return replace(report, reason=report.reason + because, baseline=baseline.sha)

    def _building_baseline(self, comparison: Comparison, features: str) -> Revision | None:
        """The baseline or, where it does not build, the nearest earlier revision of the range that does."""
        start = self._revisions.index(comparison.baseline)
        for revision in reversed(self._revisions[: start + 1]):
            if self._foreman.build(revision, features).ok:
                return revision
        return None

    def _slot(self, comparison: Comparison, probe: SlotProbe, features: str) -> ProbeReport:
        before = self._foreman.observation(probe, comparison.baseline, features)
        after = self._foreman.observation(probe, comparison.candidate, features)
        pair = self._pair(comparison, self._embedded(comparison, features) if probe.needs_build else ())
        found = probe.compare(before, after, pair)
        if self._contracts and (agreed := self._contracts.judge(comparison, probe, features)):
            differences, notes = agreed.judged(found.differences, found.notes)
            found = replace(found, differences=differences, notes=notes)
        # What goes beyond the contract may still be approved, also what is a note where there is none.
        found = replace(found, differences=tuple(self._accept.judged(probe.name, found.differences)))
        return _report(probe.name, found, hits_of(Counter(found.hits), pair.after.rules))

    def _case(self, comparison: Comparison, probe: CaseProbe, features: str) -> ProbeReport:
        for _ in self._revisions:
            # Each time, one program that is damaged in the store was thrown away, and its revision is built again.
            with contextlib.suppress(ProgramGone):
                return self._case_once(comparison, probe, features)
        return self._case_once(comparison, probe, features)

    def _case_once(self, comparison: Comparison, probe: CaseProbe, features: str) -> ProbeReport:
        sides = self._sides(comparison, features)
        before, after = sides[0].build, sides[-1].build
        agreed = self._contracts.judge(comparison, probe, features) if self._contracts else None
        if not _has_program(before) and not _has_program(after):
            return ProbeReport(name=probe.name, verdict=Verdict.SKIPPED, reason="the workspace has no executable")
        if before.runtime_digest() == after.runtime_digest():
            notes = agreed.judged((), ())[1] if agreed else ()
            return ProbeReport(name=probe.name, verdict=Verdict.SAME, reason="equal digests", notes=notes)
        pair = self._pair(comparison, self._embedded(comparison, features))
        first = next(side for side in self._all_sides(features) if _has_program(side.build))
        found = self._cases.judge(
            marked_probe(probe, agreed) if agreed else probe,
            first=first,
            sides=sides,
            pair=pair,
            agreed=(agreed.terms, self._revisions[0].tree) if agreed else (),
        )
        if not found.cases and not found.differences:
            reason = found.reason or "there is nothing of this kind: none is named in harness.toml, and none was found"
            return ProbeReport(name=probe.name, verdict=Verdict.SKIPPED, reason=reason)
        if agreed:
            differences, notes = agreed.judged(found.differences, found.notes)
            found = replace(found, differences=differences, notes=notes)
        return _report(probe.name, found, hits_of(Counter(found.hits), pair.after.rules))

    def _sides(self, comparison: Comparison, features: str) -> list[Side]:
        """The revisions from baseline to candidate that build: two, or for the whole range all of them."""
        first, last = (self._revisions.index(one) for one in (comparison.baseline, comparison.candidate))
        between = (
            self._revisions[first : last + 1] if comparison.is_range else [comparison.baseline, comparison.candidate]
        )
        builds = [(one, build) for one in between if (build := self._foreman.build(one, features)).ok]
        left_out = [name for _, build in builds for name in build.unbuilt]
        return [Side(revision=one, build=build.without(left_out)) for one, build in builds]

    def _all_sides(self, features: str) -> Iterator[Side]:
        for one in self._revisions:
            if (build := self._foreman.build(one, features)).ok:
                yield Side(revision=one, build=build)

    def _pair(self, comparison: Comparison, others: Sequence[Revision]) -> Pair:
        baseline, candidate = comparison.baseline, comparison.candidate
        return Pair(
            baseline=baseline,
            candidate=candidate,
            before=Redactor(self._rules, baseline, candidate, *others),
            after=Redactor(self._rules, candidate, baseline, *others),
            config=self._config,
        )

    def _embedded(self, comparison: Comparison, features: str) -> list[Revision]:
        """Revisions that a build script may have embedded in the two builds besides the two compared.

        A build is found by its tree, so it may have been made from another commit with the same one (a revert, a
        rebase); a script that did not run again leaves the hash of any revision that was in the slot before. Of
        the latter only the hash is hidden: days that many commits share would hide dates that programs print.
        """
        known = {one.sha: one for one in (*self._foreman.visited(), *self._revisions)}
        shas = {self._foreman.build(one, features).revision for one in (comparison.baseline, comparison.candidate)}
        made_from = [known[sha] for sha in sorted(shas) if sha in known]
        return [*made_from, *(replace(one, date="") for one in known.values() if one.sha not in shas)]

    def notes(self, comparison: Comparison, features: str) -> list[str]:
        """Sentences about the two builds, as far as they are made, that a reader should know."""
        try:
            before = self._foreman.known_build(comparison.baseline, features)
            after = self._foreman.known_build(comparison.candidate, features)
        except HarnessError:
            return []
        if before is None or after is None:
            return []
        changed = differing_versions(before.toolchain, after.toolchain)
        told = [f"the toolchain changes: {changed}"] if changed else []
        return [*after.notes, *told]


def _report(name: str, found: Findings, hits: tuple[RedactionHits, ...]) -> ProbeReport:
    verdict = verdict_of(found.differences, found.notes)
    return ProbeReport(
        name=name,
        verdict=verdict,
        reason=found.reason or reason_of(verdict, found.differences, found.notes),
        cases=found.cases,
        differences=found.differences,
        notes=found.notes,
        redactions=hits,
        diversity=found.diversity,
        remarks=found.remarks,
        rules=dict(found.rules),
        complete=not found.reason,
        structures=found.structures,
        timings=found.timings,
    )


def _has_program(build: Build) -> bool:
    """Whether there is something to run; a library that C programs load is kept too."""
    return any(one.kind == "bin" for one in build.executables)


def _build_failed(name: str, build: Build, comparison: Comparison, log: str) -> ProbeReport:
    verdict = Verdict.TIMED_OUT if build.timed_out else Verdict.BUILD_FAILED
    return ProbeReport(
        name=name,
        verdict=verdict,
        reason=_one_line(build.failure),
        baseline=comparison.baseline.sha,
        differences=(
            Difference(
                facet="build",
                where="cargo build",
                before="builds",
                after=build.failure,
                summary=f"The whole output is in {log}.",
                reproduce=" ".join(
                    [
                        "git switch --detach",
                        build.revision,
                        "&& cargo build --workspace",
                        *feature_arguments(build.features),
                    ]
                ),
            ),
        ),
    )


def _merged(reports: Sequence[ProbeReport], features: Sequence[str]) -> ProbeReport:
    """Reports under several sets of features as one: what shows under the first is not told again."""
    told: set[tuple[str, str, str, str]] = set()
    differences: list[Difference] = []
    notes: list[Difference] = []
    for report, name in zip(reports, features, strict=True):
        for kind, into in ((report.differences, differences), (report.notes, notes)):
            for one in kind:
                content = (one.facet, one.where, one.before, one.after)
                if content not in told:
                    told.add(content)
                    into.append(
                        one if name == features[0] else replace(one, where=f"{one.where} (features: {name})".strip())
                    )
    speaking = min(reports, key=lambda report: report.verdict.rank)
    return replace(
        speaking,
        cases=sum(report.cases for report in reports),
        differences=tuple(differences),
        notes=tuple(notes),
        redactions=tuple(hit for report in reports for hit in report.redactions),
        remarks=tuple(dict.fromkeys(remark for report in reports for remark in report.remarks)),
        rules={
            name: any(report.rules.get(name, False) for report in reports)
            for report in reports
            for name in report.rules
        },
        complete=all(report.complete for report in reports),
        structures=tuple(one for report in reports for one in report.structures),
        timings=tuple(one for report in reports for one in report.timings),
    )


def _one_line(text: str) -> str:
    """The first line, and of cargo's errors the last cause, which says what it comes from."""
    first = text.strip().partition("\n")[0]
    _, caused, rest = text.rpartition("Caused by:\n")
    return f"{first}: {rest.strip().partition(chr(10))[0]}" if caused else first
