"""Approved differences: which of them cover what a comparison found.

An approval holds a form (probe, facet, where, what went and came). It covers a difference of the same form, or one
that shows the very words of its example; several together cover what they come to one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.compare.chain import chained
from harness.model import Difference, Form

__all__ = ["Approval", "Approvals", "content_of", "is_approvable"]

# Facets that are verdicts of their own: what did not run, or not to its end, is nothing that could be approved.
_NOT_APPROVABLE = ("build", "timeout", "timed out", "flaky", "unmet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One approved form. `file` is where it stands, `subject` the commit that it was written for.

    `is_new`: the range that is verified added it itself.
    """

    probe: str
    form: Form
    file: str = ""
    subject: str = ""
    is_new: bool = False


class Approvals:
    """All approvals of a workspace. They hold by content, whatever file they stand in."""

    def __init__(self, approvals: Iterable[Approval] = ()) -> None:
        self.every = tuple(approvals)
        self._general: dict[Hashable, Approval] = {}
        self._raw: dict[Hashable, Approval] = {}
        self._at: dict[Hashable, list[Approval]] = defaultdict(list)
        self._known: dict[tuple[str, Form], tuple[Approval, ...]] = {}
        for one in self.every:
            self._general.setdefault((one.probe, content_of(one.form)), one)
            self._raw.setdefault((one.probe, _raw_content(one.form)), one)
            self._at[one.probe, place_of(one.form)].append(one)

    def __bool__(self) -> bool:
        return bool(self.every)

    def cover(self, probe: str, form: Form) -> tuple[Approval, ...]:
        """The approvals that together cover a form; none where it is not covered."""
        key = (probe, form)
        if key not in self._known:
            self._known[key] = self._cover(probe, form)
        return self._known[key]

    def _cover(self, probe: str, form: Form) -> tuple[Approval, ...]:
        direct = self._general.get((probe, content_of(form))) or self._raw.get((probe, _raw_content(form)))
        if direct is not None:
            return (direct,)
        near = self._at.get((probe, place_of(form)), [])
        return tuple(near[index] for index in chained(form, [one.form for one in near]))

    def near(self, probe: str, form: Form) -> Approval | None:
        """An approval for the same place that covers something else."""
        there = self._at.get((probe, place_of(form)), [])
        return next((one for one in there if one.form.general.where == form.general.where), None)

    def judged(self, probe: str, differences: Sequence[Difference]) -> list[Difference]:
        """The differences, those marked as intended whose every form is covered.

        Of another at a place that something is approved for, `summary` says what that is.
        """
        return [self._judged(probe, one) for one in differences] if self.every else list(differences)

    def used(self, probe: str, differences: Iterable[Difference]) -> set[Approval]:
        """The approvals that these differences rest on."""
        forms = (form for one in differences for form in one.forms if is_approvable(one))
        return {approval for form in forms for approval in self.cover(probe, form)}

    def _judged(self, probe: str, one: Difference) -> Difference:
        if one.intended or not is_approvable(one):
            return one
        covers = [self.cover(probe, form) for form in one.forms]
        if all(covers):
            rests_on = {approval for cover in covers for approval in cover}
            files = ", ".join(sorted({approval.file for approval in rests_on}))
            by_itself = ", which this range added" if any(approval.is_new for approval in rests_on) else ""
            return replace(one, intended=f"approved in {files}{by_itself}")
        near = self.near(probe, one.forms[0])
        if near is None:
            return one
        told = f"approved was something else: {_told(near.form)} ({near.file})"
        return replace(one, summary="; ".join(filter(None, [one.summary, told])))


def is_approvable(one: Difference) -> bool:
    """Whether it is a change of behaviour that its forms tell, not something that kept a program from being seen."""
    return one.facet not in _NOT_APPROVABLE and bool(one.forms) and all(map(_says_something, one.forms))


def _says_something(form: Form) -> bool:
    return bool(form.whole) or any(removed or added for removed, added in form.general.hunks)


def content_of(form: Form) -> Hashable:
    """What makes two forms the same: everything but the example."""
    return (form.facet, form.general, form.of_case, form.whole)


def place_of(form: Form) -> Hashable:
    """Where a form is: chains of approvals are looked for there. A path that moved is a place of its own each time."""
    if form.of_case:
        return (form.facet, form.general.where, form.general.beside, form.whole)
    return "moved" if form.facet == "moved" else ("item", form.general.where)


def _raw_content(form: Form) -> Hashable:
    return (form.facet, form.example or form.general, form.of_case, form.whole)


def _told(form: Form) -> str:
    removed = [line for gone, _ in form.general.hunks for line in gone]
    added = [line for _, come in form.general.hunks for line in come]
    parts = [f"`{_short(lines)}`" if lines else "nothing" for lines in (removed, added)]
    return " became ".join(parts) if form.general.hunks else f"all of {form.facet} {form.whole}"


def _short(lines: Sequence[str], limit: int = 160) -> str:
    text = " ⏎ ".join(lines)
    return text if len(text) <= limit else f"{text[:limit]}…"
