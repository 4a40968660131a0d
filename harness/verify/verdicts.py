"""From findings to verdicts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.compare.rule import Rule
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

__all__ = ["commit_report", "hits_of", "merged_hits", "report_of", "verdict_of"]

# A facet that is a verdict of its own: what a probe calls its finding when the program, not its output, failed.
_FACET_VERDICTS = {
    "timeout": Verdict.TIMED_OUT,
    "timed out": Verdict.TIMED_OUT,
    "build": Verdict.BUILD_FAILED,
    "flaky": Verdict.FLAKY,
}


def verdict_of(differences: Sequence[Difference], notes: Sequence[Difference] = ()) -> Verdict:
    """What differences amount to, before any approval or contract. Of notes, only what flakes counts."""
    verdicts = [_FACET_VERDICTS.get(one.facet, Verdict.CHANGED) for one in differences]
    verdicts += [Verdict.FLAKY for one in notes if one.facet == "flaky"]
    return worst(verdicts or [Verdict.SAME])


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
) -> Report:
    """The whole: the worst of the commits and of the two ends compared. `reports` stands beside `comparisons`."""
    pairs = list(zip(comparisons, reports, strict=True))
    commits = tuple(report for comparison, report in pairs if not comparison.is_range)
    overall = next((report for comparison, report in pairs if comparison.is_range), commits[-1])
    verdict = worst([report.verdict for report in reports])
    culprits = [report for report in commits if report.verdict is verdict]
    first, last = comparisons[0].baseline, comparisons[-1].candidate
    return Report(
        base=first.sha,
        head=_public_name(last),
        verdict=verdict,
        reason=_range_reason(verdict, culprits, overall),
        platform=platform,
        toolchains=tuple(toolchains),
        commits=commits,
        overall=overall,
        redactions=merged_hits(probe.redactions for report in reports for probe in report.probes),
        seconds=seconds,
    )


def _range_reason(verdict: Verdict, culprits: Sequence[CommitReport], overall: CommitReport) -> str:
    if not culprits:
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
