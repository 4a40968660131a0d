"""Where things may go over one commit or several: files, public paths, log targets and tests.

What one commit may move from A to B, and a later one from B to C, the range may move from A to C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.contract.facts import Ground
from harness.contract.globs import matches_test
from harness.contract.model import May, Move, Rename, Rule, TestMove
from harness.contract.terms import Terms

__all__ = ["ModuleMove", "Moves"]

_LONGEST = 8
"""Moves of one step that may follow each other, for instance of an item and of the module that it is then in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleMove:
    """One move with its modules found. `item` empty: the whole module, with all below it."""

    rule: Rule
    old: str
    new: str
    item: str = ""

    def path(self, path: str) -> str:
        """Where a public path goes; empty where this does not move it."""
        old, new = (f"{one}::{self.item}" if self.item else one for one in (self.old, self.new))
        return new + path[len(old) :] if path == old or path.startswith(f"{old}::") else ""

    def target(self, text: str) -> str:
        """A log line with its target moved; empty where it has not that target."""
        below = r"(?!\w)" if not self.item else r"(?!\w|::)"
        moved = re.sub(rf"(?<![\w:]){re.escape(self.old)}{below}", lambda _: self.new, text, count=1)
        return moved if moved != text else ""


class Moves:
    """All moves that terms allow, in their order."""

    def __init__(self, terms: Terms, ground: Ground) -> None:
        self._ground = ground
        self.steps = [list(self._of(may)) for may in terms.steps]
        self.log_steps = [
            [
                *moves,
                *(
                    ModuleMove(rule=one, old=old, new=new)
                    for one in may.log_target
                    for old, new in self._pairs(one.old, one.new)
                ),
            ]
            for may, moves in zip(terms.steps, self.steps, strict=True)
        ]
        self._may = terms.steps

    def _of(self, may: May) -> Iterator[ModuleMove]:
        rules: list[Rename | Move] = [*may.rename, *may.move]
        for rule in rules:
            item = rule.item if isinstance(rule, Move) else ""
            for old, new in self._pairs(rule.old, rule.new):
                yield ModuleMove(rule=rule, old=old, new=new, item=item)

    def _pairs(self, old: str, new: str) -> list[tuple[str, str]]:
        """The modules of both places, paired where they are of one crate, or where both are named in full."""
        ground, places = self._ground, self._ground.places
        left = places.modules(old, ground.before, ground.first, ground.after)
        right = places.modules(new, ground.after, ground.before)
        return [
            (one, other)
            for one in left
            for other in right
            if _crate(one) == _crate(other) or (one, other) == (old, new)
        ]

    # -- public paths -------------------------------------------------------------------------------------

    def paths(self, path: str) -> dict[str, Rule | None]:
        """Every path that this one may have become, each with the last rule on the way; itself with None."""
        found: dict[str, Rule | None] = {path: None}
        for step in self.steps:
            waiting = list(found)
            for _ in range(_LONGEST):
                fresh = {
                    new: one.rule for old in waiting for one in step if (new := one.path(old)) and new not in found
                }
                found.update(fresh)
                waiting = list(fresh)
        return found

    def arrival(self, path: str) -> Rule | None:
        """The rule by which something may have come to a path, or to the module that it is."""
        for step in self.steps:
            for one in step:
                if path == one.new or (path.startswith(f"{one.new}::") and (not one.item or _below(path, one))):
                    return one.rule
        return None

    # -- log targets --------------------------------------------------------------------------------------

    def line(self, before: str, after: str) -> Rule | None:
        """The rule by which one line may have become another that differs in its log target alone."""
        found: dict[str, Rule | None] = {before: None}
        for step in self.log_steps:
            for text in list(found):
                for one in step:
                    if moved := one.target(text):
                        found.setdefault(moved, one.rule)
        return found.get(after)

    # -- tests --------------------------------------------------------------------------------------------

    def tests(self, old: str, new: str, names: Sequence[str]) -> Rule | None:
        """The rule by which tests of these names (all of them) may have gone from one module to another.

        Tests go with the items that they test, so a move of any item between two modules allows it.
        """
        if (rule := self._along(old, new)) is not None:
            return rule
        rules = [self._named(old, new, name) for name in names]
        return rules[0] if rules and all(rules) else None

    def _along(self, old: str, new: str) -> Rule | None:
        reached: dict[str, Rule | None] = {old: None}
        for step in self.steps:
            for one in step:
                for place in list(reached):
                    home, target = (_inner(part) for part in (one.old, one.new))
                    if home and (place == home or place.startswith(f"{home}::")):
                        reached.setdefault(target + place[len(home) :], one.rule)
        return reached.get(new)

    def _named(self, old: str, new: str, name: str) -> Rule | None:
        rules: list[TestMove] = [rule for may in self._may for rule in may.test_move if matches_test(rule.test, name)]
        for rule in rules:
            for one, other in self._pairs(rule.old, rule.new):
                homes, targets = _test_homes(one), _test_homes(other)
                if old in homes and new in targets:
                    return rule
        return None


def _below(path: str, one: ModuleMove) -> bool:
    own = f"{one.new}::{one.item}"
    return path == own or path.startswith(f"{own}::")


def _test_homes(module: str) -> tuple[str, ...]:
    inner = _inner(module)
    return (inner, f"{inner}::tests", f"{inner}::test")


def _crate(path: str) -> str:
    return path.partition("::")[0]


def _inner(path: str) -> str:
    return path.partition("::")[2]
