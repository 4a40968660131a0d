"""Which approvals there are, what a run adds to them, and which of them it found to be of no use any more. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.approval_file import ApprovalFile, identity
from harness.compare.approvals import Approval, Approvals, is_approvable
from harness.model import Comparison, Difference, Form, ProbeReport, Verdict
from harness.probes import PROBES
from harness.probes.base import CaseProbe
from harness.snapshot import APPROVED
from harness.verify.plan import slug

__all__ = [
    "NOW",
    "Label",
    "approvals_in",
    "approved_now",
    "cases_drawn",
    "labels_of",
    "moved",
    "problems_in",
    "to_write",
    "unused",
]

NOW = "approved by this run"

# What was looked at to the end, so that what did not show does not happen any more.
_LOOKED_AT = (Verdict.SAME, Verdict.INTENDED, Verdict.CHANGED, Verdict.UNMET)

Verdicts = Mapping[tuple[str, str], ProbeReport]
"""By comparison and probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What approvals of a comparison are called by, for people: a subject, and the beginning of a file's name.

    `drawn` names cases that not every run has (`cases_drawn`): what they alone show, other runs do not miss.
    """

    subject: str
    stem: str
    drawn: str = ""

    def file(self, probe: str) -> str:
        """The file for a probe's approvals, from the workspace."""
        return f"{APPROVED}/{self.stem}.{probe}{_ending(probe, self.drawn)}"


def cases_drawn(seed: int, cases: int) -> str:
    """What a run's cases are called where it asked for others than every run has; else empty."""
    return ".".join([f"seed-{seed}"] * bool(seed) + [f"cases-{cases}"] * bool(cases))


def _ending(probe: str, drawn: str) -> str:
    by_case = isinstance(PROBES.get(probe), CaseProbe)
    return f".{drawn}.txt" if drawn and by_case else ".txt"


def labels_of(comparisons: Sequence[Comparison], drawn: str = "") -> dict[str, Label]:
    """A label for each comparison, by its id. Of commits with one name the later ones get a number."""
    labels: dict[str, Label] = {}
    times: Counter[str] = Counter()
    commits = [one for one in comparisons if not one.is_range]
    for one in comparisons:
        subject, stem = _label(one, commits)
        times[stem] += 1
        stem = stem if times[stem] == 1 else f"{stem}-{times[stem]}"
        labels[one.id] = Label(subject=subject, stem=stem, drawn=drawn)
    return labels


def _label(one: Comparison, commits: Sequence[Comparison]) -> tuple[str, str]:
    if one.candidate.is_working_tree:
        return f"the working tree against {one.baseline.subject}", "working-tree"
    if one.is_range:
        return (
            f"the range from {commits[0].candidate.subject} to {one.candidate.subject}",
            f"range-to-{slug(one.candidate.subject)}",
        )
    return one.candidate.subject, slug(one.candidate.subject)


def approvals_in(files: Mapping[str, ApprovalFile], former: Mapping[str, ApprovalFile]) -> Approvals:
    """All approvals of the workspace; those that `former`, its files before the range, did not hold are new."""
    known = {(file.probe, identity(form)) for file in former.values() for form in file.forms}
    return Approvals(
        replace(one, is_new=(one.probe, identity(one.form)) not in known)
        for name, file in files.items()
        for one in file.approvals(name)
    )


def problems_in(files: Mapping[str, ApprovalFile]) -> list[str]:
    """Sentences about what does not count."""
    return [
        f"{name}:{problem.line}: {problem.what}" + ("; nothing in this file counts" if problem.whole else "")
        for name, file in files.items()
        for problem in file.problems
    ]


def approved_now(differences: Iterable[Difference]) -> list[Difference]:
    """The differences with what can be approved marked as such."""
    return [one if one.intended or not is_approvable(one) else replace(one, intended=NOW) for one in differences]


def to_write(
    comparisons: Sequence[Comparison], verdicts: Verdicts, approvals: Approvals
) -> dict[tuple[str, str], list[Form]]:
    """What is still to be approved, by comparison and probe. What single commits cover is none of the range's."""
    found: dict[tuple[str, str], list[Form]] = {}
    known = approvals
    for comparison in sorted(comparisons, key=lambda one: one.is_range):
        for probe in [name for one, name in verdicts if one == comparison.id]:
            forms = list(_pending(verdicts[comparison.id, probe], known))
            if forms:
                found[comparison.id, probe] = forms
        new = [Approval(probe=probe, form=form) for (_, probe), forms in found.items() for form in forms]
        known = Approvals([*approvals.every, *new])
    return found


def _pending(report: ProbeReport, approvals: Approvals) -> Iterator[Form]:
    for one in report.differences:
        if is_approvable(one) and one.intended in ("", NOW):
            yield from (form for form in one.forms if not approvals.cover(report.name, form))


def unused(
    comparisons: Sequence[Comparison],
    verdicts: Verdicts,
    approvals: Approvals,
    elsewhere: Callable[[str], bool],
    drawn: str = "",
) -> list[Approval]:
    """Approvals that no difference rests on, though all of the range that their probe sees was looked at.

    Not only the commit that one was written for: it holds by its content, so another may rest on it by now. And with
    the cases that it was found with: others (`drawn`) need not show it.
    `elsewhere` says whether a commit outside of the range has a subject too: then it may be that commit's.
    """
    rested_on = _rested_on(verdicts, approvals)
    subjects = {label.subject for label in labels_of(comparisons).values()}
    probes = {
        name
        for _, name in verdicts
        if all(_looked_at(verdicts.get((comparison.id, name))) for comparison in comparisons)
    }
    return [
        one
        for one in approvals.every
        if one not in rested_on
        and one.probe in probes
        and one.subject in subjects
        and one.file.endswith(f".{one.probe}{_ending(one.probe, drawn)}")
        and not elsewhere(one.subject)
    ]


def moved(
    comparisons: Sequence[Comparison],
    verdicts: Verdicts,
    approvals: Approvals,
    elsewhere: Callable[[str], bool],
) -> dict[Approval, str]:
    """Approvals whose commit has another subject now, each with the comparison that rests on it."""
    subjects = {label.subject for label in labels_of(comparisons).values()}
    found: dict[Approval, str] = {}
    for comparison in comparisons:
        if comparison.is_range:
            continue
        for probe in [name for one, name in verdicts if one == comparison.id]:
            for one in approvals.used(probe, verdicts[comparison.id, probe].differences):
                if one.subject not in subjects and not elsewhere(one.subject):
                    found.setdefault(one, comparison.id)
    return found


def _rested_on(verdicts: Verdicts, approvals: Approvals) -> set[Approval]:
    return {one for (_, probe), report in verdicts.items() for one in approvals.used(probe, report.differences)}


def _looked_at(report: ProbeReport | None) -> bool:
    return report is not None and report.complete and report.verdict in _LOOKED_AT
