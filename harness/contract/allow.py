"""Which differences a contract allows, and which notes become differences because it does not name them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.contract.facts import Ground
from harness.contract.globs import matches_lint, matches_path, matches_test
from harness.contract.model import FilePattern, Output, Rename, Rule
from harness.contract.moves import Moves
from harness.contract.terms import Terms
from harness.model import Difference

__all__ = ["EDITED", "Allowed", "rests_on"]

EDITED = "edited"
"""The facet of a file with other content, which only a contract asks for."""

_LAYOUT_FACETS = ("renamed", "added", "removed", EDITED)
_TEST_FACETS = ("added", "moved", "renamed")
_RUNTIME = ("command", "terminal", "benchmark")
_ENDS = ("exit status", "timeout")
# What says in an excerpt that something is left out: nobody can say whether a pattern covers that.
_LEFT_OUT = "… "


class Allowed:
    """What the terms of one comparison allow."""

    def __init__(self, terms: Terms, ground: Ground) -> None:
        self._terms = terms
        self._ground = ground
        self._moves = Moves(terms, ground)

    def marked(self, probe: str, one: Difference) -> Difference:
        """The difference, marked as intended where a rule allows it."""
        rules = () if one.intended or one.facet == "unmet" else self._rules(probe, one)
        return replace(one, intended=self._because(rules)) if rules else one

    def _because(self, rules: Sequence[Rule]) -> str:
        """What makes something intended, in words that `rests_on` finds the rules in."""
        origins = list(dict.fromkeys(rule.origin for rule in rules))
        named = f"as {' and '.join(origins)} {'say' if len(origins) > 1 else 'says'}"
        return named + (", which this range changed" if self._terms.own else "")

    def breaks(self, probe: str, note: Difference) -> bool:
        """Whether a note is of something that the contract speaks of, so that what it does not allow breaks it."""
        if not self._terms.name:
            return False
        if probe == "layout":
            return note.facet in _LAYOUT_FACETS and any(step.names_files for step in self._terms.steps)
        if probe == "test_suite":
            return note.facet in _TEST_FACETS and any(step.names_tests for step in self._terms.steps)
        return probe == "public_api" and note.facet == "added"

    def _rules(self, probe: str, one: Difference) -> tuple[Rule, ...]:
        """The rules that together allow a difference; none where it is not allowed."""
        looks: dict[str, Callable[[Difference], Rule | None]] = {
            "layout": self._of_layout,
            "public_api": self._of_surface,
            "test_suite": self._of_tests,
            "lints": self._of_lints,
        }
        if probe in _RUNTIME:
            return self._of_output(one)
        rule = looks[probe](one) if probe in looks else None
        return () if rule is None else (rule,)

    # -- files --------------------------------------------------------------------------------------------

    def _of_layout(self, one: Difference) -> Rule | None:
        if one.facet == "renamed":
            return self._renamed(one.before, one.after)
        if one.facet == "added":
            return self._created(one.where)
        if one.facet == "removed":
            return self._deleted(one.where)
        return self._edited(one.where) if one.facet == EDITED else None

    def _renamed(self, old: str, new: str) -> Rule | None:
        reached: dict[str, Rule] = {}
        for rename in self._renames():
            left, right = self._files(rename)
            if left == old or left in reached:
                reached[right] = rename
        if (rule := reached.get(new)) is not None:
            return rule
        # Two that are allowed one by one are no rename that anybody excluded.
        gone, made = self._deleted(old), self._created(new)
        return made if gone is not None else None

    def _created(self, path: str) -> Rule | None:
        names = {path}
        for step in reversed(self._terms.steps):
            for rename in step.rename:
                old, new = self._files(rename)
                if new in names:
                    if new == path and old in self._ground.before.layout.files:
                        return rename
                    names.add(old)
            if (rule := self._any(step.create, names)) is not None:
                return rule
        return None

    def _deleted(self, path: str) -> Rule | None:
        names = {path}
        for step in self._terms.steps:
            for rename in step.rename:
                old, new = self._files(rename)
                if old in names:
                    if old == path and new in self._ground.after.layout.files:
                        return rename
                    names.add(new)
            if (rule := self._any(step.delete, names)) is not None:
                return rule
        return None

    def _edited(self, path: str) -> Rule | None:
        for step in self._terms.steps:
            if (rule := self._any((*step.edit, *step.create), {path})) is not None:
                return rule
        return next((one for one in self._renames() if path in self._files(one)), None)

    def _renames(self) -> Iterator[Rename]:
        return (rename for step in self._terms.steps for rename in step.rename)

    def _files(self, rename: Rename) -> tuple[str, str]:
        return self._ground.places.file(rename.old), self._ground.places.file(rename.new)

    def _any(self, patterns: tuple[FilePattern, ...], names: set[str]) -> Rule | None:
        places = self._ground.places
        return next((one for one in patterns for name in names if places.matches(one.path, name)), None)

    # -- public paths -------------------------------------------------------------------------------------

    def _of_surface(self, one: Difference) -> Rule | None:
        if one.facet == "moved":
            moved = self._moves.paths(one.before).get(one.after)
            # Two paths that are allowed one by one are no move that anybody excluded.
            return moved or (self._path("remove", one.before) and self._path("add", one.after))
        if one.facet == "removed":
            paths = self._moves.paths(one.where)
            return self._path("remove", *paths) or self._arrived(paths)
        if one.facet == "changed":
            return self._path("change", *self._moves.paths(one.where))
        if one.facet == "added":
            return self._path("add", one.where) or self._moves.arrival(one.where) or self._new_module(one.where)
        return None

    def _arrived(self, paths: Mapping[str, Rule | None]) -> Rule | None:
        """The rule of a move that was made, though something else is told to have come to that path."""
        surface = self._ground.after.surface
        there = {item.path for item in surface.items} if surface else set()
        return next((rule for path, rule in paths.items() if rule is not None and path in there), None)

    def _path(self, key: str, *paths: str) -> Rule | None:
        rules = (rule for step in self._terms.steps for rule in getattr(step, key))
        return next((rule for rule in rules for path in paths if matches_path(rule.path, path)), None)

    def _new_module(self, path: str) -> Rule | None:
        """A file that may be created may be a module, though nothing is said of what is public in it."""
        places, after = self._ground.places, self._ground.after
        for step in self._terms.steps:
            for rule in step.create:
                if path in places.modules(rule.path, after):
                    return rule
        return None

    # -- tests --------------------------------------------------------------------------------------------

    def _of_tests(self, one: Difference) -> Rule | None:
        if one.facet == "moved":
            names = [] if " more" in one.summary else one.summary.split(", ")
            return self._moves.tests(_module_of(one.before), _module_of(one.after), names)
        if one.facet == "vanished":
            return self._test("test_remove", one.where)
        if one.facet == "added":
            return self._test("test_add", one.where)
        if one.facet == "renamed":
            return self._test("test_remove", one.before) and self._test("test_add", one.after)
        return None

    def _test(self, key: str, where: str) -> Rule | None:
        rules = (rule for step in self._terms.steps for rule in getattr(step, key))
        return next((rule for rule in rules if matches_test(rule.test, _module_of(where))), None)

    # -- warnings -----------------------------------------------------------------------------------------

    def _of_lints(self, one: Difference) -> Rule | None:
        lint, _, package = one.where.partition(" in ")
        rules = (rule for step in self._terms.steps for rule in step.warn)
        if not package:
            return None  # a target that does not compile, of which there are no warnings
        return next((one for one in rules if matches_lint(one.lint, lint) and matches_lint(one.package, package)), None)

    # -- output -------------------------------------------------------------------------------------------

    def _of_output(self, one: Difference) -> tuple[Rule, ...]:
        patterns = [rule for step in self._terms.steps for rule in step.output if _is_for(rule, one.facet)]
        if one.facet in _ENDS:
            rule = _matching(patterns, f"{one.before} became {one.after}") if one.facet != "timeout" else None
            return () if rule is None else (rule,)
        rules = list(self._of_lines(one.before.splitlines(), one.after.splitlines(), patterns))
        return tuple(rule for rule in rules if rule is not None) if None not in rules else ()

    def _of_lines(self, before: list[str], after: list[str], patterns: list[Output]) -> Iterator[Rule | None]:
        """For each line that went, came or changed the rule that allows it, or None."""
        for tag, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            gone, come = before[i:j], after[k:m]
            if len(gone) == len(come):
                for old, new in zip(gone, come, strict=True):
                    yield self._moves.line(old, new) or self._both(patterns, old, new)
            else:
                yield from (_matching(patterns, line) for line in (*gone, *come))

    def _both(self, patterns: list[Output], old: str, new: str) -> Rule | None:
        return _matching(patterns, old) and _matching(patterns, new)


def rests_on(intended: str) -> frozenset[str]:
    """The origins of the rules that make something intended."""
    named = intended.partition(", which this range changed")[0]
    found = re.fullmatch(r"as (.+) says?", named)
    return frozenset(found[1].split(" and ")) if found else frozenset()


def _is_for(rule: Output, facet: str) -> bool:
    return facet in rule.facets if rule.facets else facet not in _ENDS


def _matching(patterns: list[Output], line: str) -> Rule | None:
    if line.startswith(_LEFT_OUT):
        return None
    return next((rule for rule in patterns if re.search(rule.pattern, line)), None)


def _module_of(where: str) -> str:
    """What stands after package, kind and target in the name of a test or of the module that tests are in."""
    return re.sub(r" #\d+$", "", where).rpartition(" ")[2]
