"""The answer in one sentence, and how far it can be trusted. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.compare.wording import counted
from harness.model import CommitReport, Diversity, ProbeReport, Report, Verdict

__all__ = ["QUESTION", "answer", "diversities", "diversity", "figures", "strength"]

QUESTION = "Did anything change that somebody could notice?"

_RUNNING = ("command", "terminal", "benchmark")
_ANSWERS = {
    Verdict.INCOMPLETE: "It cannot be said yet: something that the answer needs is missing at {which}.",
    Verdict.BUILD_FAILED: "It cannot be said for all: {which} did not build.",
    Verdict.CHANGED: "Yes, at {which}.",
    Verdict.UNMET: "Nothing but what was meant changed, but a target was missed at {which}.",
    Verdict.TIMED_OUT: "Perhaps: something ran out of time at {which} that did not before.",
    Verdict.BASELINE_FAILED: "It cannot be said: what {which} should be compared with does not build.",
    Verdict.FLAKY: "No change was found, but what already varies by itself could not be told apart at {which}.",
    Verdict.SKIPPED: "Nothing was looked at.",
    Verdict.INTENDED: "Only what was meant to change did.",
    Verdict.SAME: "No difference was found.",
}


def answer(report: Report) -> str:
    """One sentence on the whole range."""
    culprits = [one for one in report.commits if one.verdict is report.verdict]
    if not culprits and report.surfaces and report.surfaces.verdict is report.verdict:
        return _ANSWERS[report.verdict].format(which="the surfaces")
    return _ANSWERS[report.verdict].format(which=_which(culprits, len(report.commits)))


def _which(culprits: list[CommitReport], of: int) -> str:
    if not culprits:
        return "the two ends compared"
    if len(culprits) == 1:
        one = culprits[0]
        return f"{one.sha[:12]} ({one.subject})" if one.subject else one.sha[:12]
    return f"{len(culprits)} of {of} commits"


def figures(report: Report) -> list[tuple[str, str, str]]:
    """What the verdict rests on at a glance: what is counted, how many, and of what."""
    probes = _probes(report)
    cases = sum(probe.cases for probe in probes if probe.name in _RUNNING)
    equal = sum(probe.reason.startswith("equal digests") for probe in probes)
    found = diversities(report).values()
    outcomes, tried = sum(one.outcomes for one in found), sum(one.cases for one in found)
    skipped = [name for name, _ in _skipped(probes)]
    hits, rules = sum(one.hits for one in report.redactions), len(report.redactions)
    proved = f"; {counted(equal, 'comparison')} equal byte by byte" if equal else ""
    where = f"in {counted(len(report.commits), 'commit')}"
    ran = (
        (f"{cases:,}", f"runs of cases {where}{proved}")
        if cases
        else (f"{len(probes)}", f"looks of probes {where}{proved}")
    )
    said = [("Compared", *ran)]
    if tried:
        said.append(("Distinct outcomes", f"{outcomes:,}", f"of {tried:,} cases"))
    said.append(("Hidden", f"{hits:,}", f"times, by {counted(rules, 'rule')}" if rules else "times: nothing was"))
    said.append(("Not looked at", str(len(skipped)), ": ".join(filter(None, ["probes", ", ".join(skipped)]))))
    return said


def _probes(report: Report) -> list[ProbeReport]:
    rows = [*report.commits] if report.overall in report.commits else [*report.commits, report.overall]
    return [probe for row in rows for probe in row.probes]


def strength(report: Report) -> list[str]:
    """Sentences that say what the verdict rests on, and what was not looked at."""
    probes = _probes(report)
    said = [f"Changed by the range itself: {text}." for text in report.changed_by_range]
    said += [_surface(one) for one in report.surfaces.probes] if report.surfaces else []
    said.append(_looked_at(len(report.commits), probes))
    equal = sum(probe.reason.startswith("equal digests") for probe in probes)
    if equal:
        said.append(f"{counted(equal, 'comparison')} of programs needed no run: they are equal byte by byte.")
    hidden = sum(one.hits for one in report.redactions)
    if hidden:
        said.append(f"{counted(len(report.redactions), 'rule')} hid something {hidden} times before comparing.")
    said += [f"{name}: {diversity(one)}." for name, one in diversities(report).items()]
    said += [f"{remark[:1].upper()}{remark[1:]}." for remark in report.remarks]
    said += [f"{name} did not look: {reason}." for name, reason in _skipped(probes)]
    return said


def _surface(one: ProbeReport) -> str:
    return f"Surface {one.name}: {one.verdict.value}, {one.reason.rstrip('.')}."


def diversities(report: Report) -> dict[str, Diversity]:
    """How different the cases were, by probe: of the two ends where they were run, else of the last commit."""
    probes = [probe for row in (*report.commits, report.overall) for probe in row.probes]
    return {probe.name: probe.diversity for probe in probes if probe.diversity}


def diversity(one: Diversity) -> str:
    """How different cases were, in one short line."""
    said = [f"{one.cases} cases", f"{one.accepted} accepted", counted(one.outcomes, "distinct outcome")]
    said += [counted(one.messages, "distinct error message")] if one.messages else []
    said += [f"{len(one.never_used)} flags and keys never used"] if one.never_used else []
    return ", ".join(said)


def _looked_at(commits: int, probes: list[ProbeReport]) -> str:
    looked = [probe for probe in probes if probe.verdict is not Verdict.SKIPPED]
    names = list(dict.fromkeys(probe.name for probe in looked))
    cases = sum(probe.cases for probe in looked if probe.name in _RUNNING)
    ran = f"; programs were compared in {cases:,} runs of cases" if cases else ""
    return f"{counted(len(names), 'probe')} looked at {counted(commits, 'commit')}{ran}."


def _skipped(probes: Iterable[ProbeReport]) -> list[tuple[str, str]]:
    found = {(probe.name, probe.reason.rstrip(".")) for probe in probes if probe.verdict is Verdict.SKIPPED}
    return sorted(found)
