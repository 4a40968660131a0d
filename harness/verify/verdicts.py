"""From findings to verdicts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.compare.rule import Rule
from harness.compare.wording import counted
from harness.contract.words import reason as contract_reason
from harness.model import (
    CommitReport,
    Comparison,
    Difference,
    ProbeReport,
    RedactionHits,
    Report,
    Revision,
    Seconds,
    Verdict,
    worst,
)

__all__ = [
    "commit_report",
    "hits_of",
    "merged_hits",
    "reason_of",
    "report_of",
    "surfaces_report",
    "verdict_of",
    "with_logs",
]

# A facet that is a verdict of its own: what a probe calls its finding when the program, not its output, failed.
_FACET_VERDICTS = {
    "timeout": Verdict.TIMED_OUT,
    "timed out": Verdict.TIMED_OUT,
    "build": Verdict.BUILD_FAILED,
    "flaky": Verdict.FLAKY,
    "unmet": Verdict.UNMET,
}


def verdict_of(differences: Sequence[Difference], notes: Sequence[Difference] = ()) -> Verdict:
    """What differences amount to. Those marked as intended are no more than that. Of notes, only what flakes counts."""
    verdicts = [
        Verdict.INTENDED if one.intended else _FACET_VERDICTS.get(one.facet, Verdict.CHANGED) for one in differences
    ]
    verdicts += [Verdict.FLAKY for one in notes if one.facet == "flaky"]
    return worst(verdicts or [Verdict.SAME])


def reason_of(verdict: Verdict, differences: Sequence[Difference], notes: Sequence[Difference]) -> str:
    """What a verdict stands on, in a few words: of what is not intended how much, else on what that rests."""
    if said := contract_reason(differences, notes):
        return said
    if verdict is Verdict.SAME:
        count = len(notes)
        return f"nothing that breaks, {counted(count, 'note')}" if count else "no difference"
    intended = Counter(one.intended for one in differences if one.intended)
    if verdict is Verdict.INTENDED:
        return "; ".join(f"{count} {rests_on}" for rests_on, count in sorted(intended.items()))
    telling = [one for one in differences if not one.intended] or [one for one in notes if one.facet == "flaky"]
    facets = Counter(one.facet for one in telling)
    words = [f"{count} × {facet}" if count > 1 else facet for facet, count in facets.most_common()]
    return ", ".join([*words, *([f"{intended.total()} more intended"] if intended else [])])


def hits_of(counts: Counter[str], rules: Iterable[Rule]) -> tuple[RedactionHits, ...]:
    """The counts of a redactor with the reasons of its rules."""
    reasons = {rule.name: rule.reason for rule in rules}
    return tuple(
        RedactionHits(name=name, reason=reasons.get(name, ""), hits=hits) for name, hits in sorted(counts.items())
    )


def merged_hits(parts: Iterable[tuple[RedactionHits, ...]]) -> tuple[RedactionHits, ...]:
    """The sum of several counts, most hits first."""
    reasons: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for part in parts:
        for one in part:
            reasons[one.name] = one.reason
            counts[one.name] += one.hits
    return tuple(RedactionHits(name=name, reason=reasons[name], hits=hits) for name, hits in counts.most_common())


def commit_report(comparison: Comparison, probes: Sequence[ProbeReport], notes: Sequence[str] = ()) -> CommitReport:
    """What is said of one comparison: the worst of its probes, and in whose words."""
    verdict = worst([probe.verdict for probe in probes])
    speaking = [probe for probe in probes if probe.verdict is verdict]
    by_reason: dict[str, list[str]] = {}
    for probe in speaking:
        by_reason.setdefault(probe.reason, []).append(probe.name)
    reason = "; ".join(f"{', '.join(names)}: {text}" for text, names in by_reason.items()) or "no probe was run"
    others = [probe.baseline for probe in probes if probe.baseline and probe.baseline != comparison.baseline.sha]
    return CommitReport(
        sha=_public_name(comparison.candidate),
        subject=comparison.candidate.subject,
        baseline=others[0] if others else comparison.baseline.sha,
        verdict=verdict,
        reason=_all_alike(probes) or reason,
        notes=tuple(notes),
        probes=tuple(probes),
    )


def report_of(
    comparisons: Sequence[Comparison],
    reports: Sequence[CommitReport],
    *,
    platform: str,
    toolchains: Sequence[str],
    seconds: Seconds,
    changed_by_range: Sequence[str] = (),
    surfaces: CommitReport | None = None,
    remarks: Sequence[str] = (),
    seed: int = 0,
    cases: int = 0,
) -> Report:
    """The whole: the worst of the commits and of the two ends compared. `reports` stands beside `comparisons`.

    `remarks` are said before those of probes; `seed` and `cases` are what the run asked for.
    """
    pairs = list(zip(comparisons, reports, strict=True))
    commits = tuple(report for comparison, report in pairs if not comparison.is_range)
    overall = next(
        (report for comparison, report in pairs if comparison.is_range), commits[-1] if commits else surfaces
    )
    if overall is None:
        raise ValueError("a report is of comparisons or of surfaces")
    verdict = worst([report.verdict for report in (*reports, surfaces) if report])
    culprits = [report for report in commits if report.verdict is verdict]
    return Report(
        base=comparisons[0].baseline.sha if comparisons else overall.baseline,
        head=_public_name(comparisons[-1].candidate) if comparisons else overall.sha,
        verdict=verdict,
        reason=_range_reason(verdict, culprits, overall, surfaces),
        surfaces=surfaces,
        platform=platform,
        toolchains=tuple(toolchains),
        commits=commits,
        overall=overall,
        redactions=merged_hits(probe.redactions for report in reports for probe in report.probes),
        seconds=seconds,
        remarks=(*remarks, *_remarks([probe for report in reports for probe in report.probes])),
        changed_by_range=tuple(changed_by_range),
        seed=seed,
        cases=cases,
    )


def _remarks(probes: Sequence[ProbeReport]) -> tuple[str, ...]:
    """What probes remarked, each once, and rules of the user's own that nothing in the whole run needed."""
    told = dict.fromkeys(remark for probe in probes for remark in probe.remarks)
    useful = {name for probe in probes for name, matched in probe.rules.items() if matched}
    useful |= {hit.name for probe in probes for hit in probe.redactions}
    idle = dict.fromkeys(name for probe in probes for name in probe.rules if name not in useful)
    return (*told, *(f"the redaction `{name}` of harness.toml matched nothing in this run" for name in idle))


def with_logs(comparisons: Sequence[Comparison], report: Report, logs: Mapping[str, str]) -> Report:
    """The report with what cargo printed of each commit, by its id."""
    single = [one for one in comparisons if not one.is_range]
    commits = tuple(
        replace(commit, log=logs.get(comparison.candidate.sha, ""))
        for comparison, commit in zip(single, report.commits, strict=True)
    )
    # With a single commit, the two ends compared are that commit.
    same = [new for old, new in zip(report.commits, commits, strict=True) if old == report.overall]
    return replace(report, commits=commits, overall=same[0] if same else report.overall)


def surfaces_report(revision: Revision, probes: Sequence[ProbeReport], notes: Sequence[str] = ()) -> CommitReport:
    """What is said of the surfaces of a revision."""
    shown = Comparison(id="surfaces", baseline=revision, candidate=revision)
    return replace(commit_report(shown, probes, notes), subject="surfaces")


def _range_reason(
    verdict: Verdict, culprits: Sequence[CommitReport], overall: CommitReport, surfaces: CommitReport | None
) -> str:
    if not culprits:
        if surfaces is not None and surfaces.verdict is verdict:
            return f"the surfaces: {surfaces.reason}"
        return f"the two ends compared: {overall.reason}"
    if verdict is Verdict.SAME:
        return f"{len(culprits)} of {len(culprits)} commits and the two ends show no difference"
    named = ", ".join(f"{one.sha[:12]} ({one.reason})" for one in culprits[:3])
    more = f" and {len(culprits) - 3} more" if len(culprits) > 3 else ""
    return f"at {named}{more}"


def _all_alike(probes: Sequence[ProbeReport]) -> str:
    if probes and all(probe.verdict is Verdict.SAME for probe in probes):
        return "looked at, no difference"
    return ""


def _public_name(revision: Revision) -> str:
    return "working-tree" if revision.is_working_tree else revision.sha
