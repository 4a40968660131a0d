"""What a person decides of the differences that nothing covers yet, one after the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.compare.approvals import Approval, Approvals, is_approvable
from harness.model import Form
from harness.report.read import Finding, ReadReport
from harness.snapshot import as_text, is_surface
from harness.verify.approving import Label, cases_drawn, labels_of

__all__ = ["Review", "Surfaces", "is_outdated", "pending", "texts_to_write", "to_write"]

Surfaces = Mapping[str, bytes]
"""The texts of surfaces that are approved now, by their paths from the workspace."""


def pending(findings: Sequence[Finding], approvals: Approvals, surfaces: Surfaces) -> list[Finding]:
    """The differences that can be approved and are not. What a commit shows is not asked for again of the range."""
    compared = [one for one in findings if not one.is_surface]
    return [*_uncovered(compared, approvals), *(one for one in findings if _is_other_text(one, surfaces))]


def is_outdated(one: Finding, surfaces: Surfaces) -> bool:
    """Whether the text of a surface is by now another one than the run held it against."""
    return one.is_surface and as_text(surfaces.get(one.difference.where)) != one.difference.before


def _is_other_text(one: Finding, surfaces: Surfaces) -> bool:
    path = one.difference.where
    return one.is_surface and is_surface(path) and as_text(surfaces.get(path)) != one.difference.after


def _uncovered(findings: Sequence[Finding], approvals: Approvals) -> list[Finding]:
    found: list[Finding] = []
    asked: list[Approval] = []
    for one in findings:
        difference = one.difference
        if difference.intended or not is_approvable(difference):
            continue
        known = Approvals([*approvals.every, *asked]) if one.comparison.is_range else approvals
        if all(known.cover(one.probe, form) for form in difference.forms):
            continue
        found.append(one)
        asked += [Approval(probe=one.probe, form=form) for form in difference.forms]
    return found


@dataclass(slots=True)
class Review:
    """The pending differences, where one stands in them, and what was decided."""

    waiting: list[Finding]
    accepted: list[Finding] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    skipped: list[Finding] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.total = len(self.waiting)

    @property
    def current(self) -> Finding | None:
        """The one to decide on; None at the end."""
        return self.waiting[0] if self.waiting else None

    @property
    def number(self) -> int:
        """Its place, counted from 1."""
        return self.total - len(self.waiting) + 1

    def accept(self) -> int:
        """It is meant."""
        self.accepted.append(self.waiting.pop(0))
        return 1

    def reject(self) -> int:
        """It is a regression."""
        self.rejected.append(self.waiting.pop(0))
        return 1

    def skip(self) -> int:
        """It is decided another time."""
        self.skipped.append(self.waiting.pop(0))
        return 1

    def accept_kind(self) -> int:
        """It and all that still wait of its probe and facet are meant; gives how many."""
        first = self.waiting[0]
        alike = [one for one in self.waiting if _kind(one) == _kind(first)]
        self.accepted += alike
        self.waiting = [one for one in self.waiting if _kind(one) != _kind(first)]
        return len(alike)

    def leave(self) -> None:
        """All that still wait are skipped."""
        self.skipped += self.waiting
        self.waiting = []


def _kind(one: Finding) -> tuple[str, str]:
    return (one.probe, one.difference.facet)


def to_write(report: ReadReport, accepted: Sequence[Finding]) -> dict[tuple[Label, str], list[Form]]:
    """The forms to approve, by label and probe."""
    labels = labels_of(report.comparisons, cases_drawn(report.seed, report.cases))
    found: dict[tuple[Label, str], list[Form]] = {}
    for one in accepted:
        if not one.is_surface:
            found.setdefault((labels[one.comparison.id], one.probe), []).extend(one.difference.forms)
    return found


def texts_to_write(accepted: Sequence[Finding]) -> dict[str, str]:
    """The texts of surfaces to approve, by their paths from the workspace; an empty one is to go."""
    return {one.difference.where: one.difference.after for one in accepted if one.is_surface}
