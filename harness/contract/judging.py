"""Judging what a probe found against a contract: what is intended, what breaks it, which targets are missed.

The seam that contracts share with approvals is `Difference.intended`: what carries it is intended, for the reason
that it names; `verdict_of` says INTENDED where everything does. A missed target is a difference of the facet `unmet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.compare.rust_items import items_of
from harness.contract.allow import EDITED, Allowed, rests_on
from harness.contract.facts import Ground, Side
from harness.contract.globs import matches_path, matches_test
from harness.contract.model import May, Move, PublicPath, Rename, Rule, TestMove, Warned, rules_of
from harness.contract.targets import outcomes, told
from harness.contract.terms import Terms
from harness.model import Difference

__all__ = ["NOT_HAPPENED", "OUTSIDE", "ContractJudge"]

NOT_HAPPENED = "did not happen"
OUTSIDE = "edited outside the contract"

_KEYS = {
    "layout": ("rename", "create", "delete", "edit", "move"),
    "public_api": ("add", "remove", "change"),
    "test_suite": ("test_add", "test_remove", "test_move"),
    "lints": ("warn",),
    "command": ("output", "log_target"),
}
"""Under which probe it is told that something allowed did not happen."""


class ContractJudge:
    """Judges one probe's findings on one comparison. `terms` is what holds for it."""

    def __init__(self, probe: str, terms: Terms, ground: Ground) -> None:
        self._probe = probe
        self.terms = terms
        self._ground = ground
        self._allowed = Allowed(terms, ground)

    def marked(self, differences: Iterable[Difference]) -> list[Difference]:
        """The differences, those that the contract allows marked as intended."""
        return [self._allowed.marked(self._probe, one) for one in differences]

    def judged(
        self, differences: Sequence[Difference], notes: Sequence[Difference]
    ) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
        """Differences and notes once the contract has spoken: the differences as marked, and with missed targets."""
        breaking = [one for one in notes if self._allowed.breaks(self._probe, one)]
        left = [one for one in notes if one not in breaking]
        edits = list(self._edits()) if self._probe == "layout" else []
        # Differences of cases were marked before they were clustered: one of many would speak for all of them now.
        kept = [one if one.case else self._allowed.marked(self._probe, one) for one in (*differences, *breaking)]
        for one in self.marked(edits):
            (kept if one.intended else left).append(one if one.intended else replace(one, facet=OUTSIDE))
        results = [told(one) for one in outcomes(self._probe, self.terms.must, self._ground)]
        unmet = [one for one in results if one.facet == "unmet"]
        if self._probe == "layout":
            unmet += self.terms.missing
        happened = frozenset[str]().union(*(rests_on(one.intended) for one in kept))
        left += [one for one in results if one.facet != "unmet"] + list(self._not_happened(happened))
        return (*unmet, *kept), tuple(left)

    # -- files with other content -------------------------------------------------------------------------

    def _edits(self) -> Iterator[Difference]:
        if not self.terms.name or not any(step.names_files for step in self.terms.steps):
            return
        before, after = self._ground.before.layout.files, self._ground.after.layout.files
        for path in sorted(before.keys() & after.keys()):
            if before[path].digest != after[path].digest:
                lines = [f"{side[path].lines} lines" for side in (before, after)]
                yield Difference(facet=EDITED, where=path, before=lines[0], after=lines[1], summary="has other content")

    # -- what was allowed for nothing ---------------------------------------------------------------------

    def _not_happened(self, happened: frozenset[str]) -> Iterator[Difference]:
        if self.terms.is_range or not self.terms.name:
            return
        for may in self.terms.steps:
            for key, rule in self._told_here(may):
                if rule.origin not in happened and not self._happened_elsewhere(key, rule):
                    what = _words(rule)
                    yield Difference(
                        facet=NOT_HAPPENED,
                        where=f"{key.replace('_', ' ')} {what}",
                        before="allowed",
                        after="",
                        summary=f"allowed by {rule.origin}",
                    )

    def _told_here(self, may: May) -> Iterator[tuple[str, Rule]]:
        keys = _KEYS.get(self._probe, ())
        return ((key, rule) for key, rule in rules_of(may) if key in keys)

    def _happened_elsewhere(self, key: str, rule: Rule) -> bool:
        """What no difference shows: a rename of unlike files, tests that went with a module, a path that was there."""
        if isinstance(rule, Warned) and rule.until:
            return True  # nobody promised these
        if isinstance(rule, Move):
            return self._moved(rule)
        if isinstance(rule, TestMove):
            tests = self._ground.after.inventory.tests if self._ground.after.inventory else ()
            homes = [path.partition("::")[2] for path in self._ground.places.modules(rule.new, self._ground.after)]
            return any(matches_test(rule.test, one.name) and one.name.startswith(tuple(homes)) for one in tests)
        if key == "add" and isinstance(rule, PublicPath) and self._ground.after.surface is not None:
            return any(matches_path(rule.path, item.path) for item in self._ground.after.surface.items)
        if not isinstance(rule, Rename):
            return False
        before, after = self._ground.before.layout.files, self._ground.after.layout.files
        old, new = self._ground.places.file(rule.old), self._ground.places.file(rule.new)
        return old in before and old not in after and new in after

    def _moved(self, rule: Move) -> bool:
        """Whether the item (or, where none is named, the module) is at the new place and no longer at the old one."""
        if "::" in rule.item:
            return True  # what is inside of an `impl` is not seen here
        before, after, item = self._ground.before, self._ground.after, rule.item
        there, arrived = self._is_at(before, rule.old, item), self._is_at(after, rule.new, item)
        return there and arrived and not self._is_at(after, rule.old, item)

    def _is_at(self, side: Side, place: str, item: str) -> bool:
        files = self._ground.places.sources(place, side)
        if not item:
            return bool(files)
        return any(one.name == item for file in files for one in items_of(side.read(file) or "").declared)


def _words(rule: Rule) -> str:
    named = [getattr(rule, name, "") for name in ("path", "test", "lint", "pattern")]
    text = next((one for one in named if one), "")
    between = f"{getattr(rule, 'old', '')} → {getattr(rule, 'new', '')}"
    return text or f"{getattr(rule, 'item', '')} {between}".strip()
