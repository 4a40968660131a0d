"""What changed between the tests of two revisions: which changes break somebody and which are only notes.

facets of differences: `build`, `vanished`, `newly failing`, `newly ignored`, `timed out`, `flaky`;
facets of notes: `added`, `moved`, `renamed`, `body`, `fixed`, `un-ignored`, `flaky`, `outcome`, `build`.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.compare.assertions import assertions_of
from harness.compare.inventory import (
    PROCESS,
    BuildFailure,
    Inventory,
    Match,
    State,
    Test,
    body_of,
    match_tests,
    segments,
)
from harness.model import Difference

__all__ = ["ENDED", "Changes", "compare_inventories"]

ENDED = "ended"
"""The flavour of an entry that stands for a test executable which died without a test to blame."""

_BAD = (State.FAILED, State.CRASHED, State.TIMED_OUT, State.NOT_RUN)
_FACETS = {State.TIMED_OUT: "timed out", State.FLAKY: "flaky", State.IGNORED: "newly ignored"}
_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What breaks, what does not, and how many tests were looked at."""

    differences: tuple[Difference, ...]
    notes: tuple[Difference, ...]
    tests: int


def compare_inventories(before: Inventory, after: Inventory) -> Changes:
    """Holds the tests of two revisions against each other.

    Every test of the baseline is accounted for once: matched, reported as vanished, or part of a target that did
    not build. A test that fails every time in the candidate and passed in the baseline is newly failing; one that
    fails only sometimes is a new flake, unless the baseline's flaked as well, which is a note.
    """
    broken = {_target(one) for one in (*before.failures, *after.failures)}
    matching = match_tests(_outside(before.tests, broken), _outside(after.tests, broken))
    differences: list[Difference] = []
    notes: list[Difference] = []
    for into, found in (
        (differences, _new_failures(before.failures, after.failures)),
        (notes, _fixed_failures(before.failures, after.failures)),
        (differences, _vanished(matching.vanished)),
        (notes, _ended_no_more(matching.vanished)),
        (differences, _added_bad(matching.added)),
        (notes, _added(matching.added)),
        (notes, _relocated(matching.matches)),
    ):
        into.extend(found)
    for match in matching.matches:
        breaks, change = _outcome_change(match)
        if change:
            (differences if breaks else notes).append(change)
    notes += _body_changes(matching.matches)
    return Changes(differences=tuple(differences), notes=tuple(notes), tests=len(after.tests))


def _target(one: Test | BuildFailure) -> tuple[str, str, str]:
    return (one.package, one.kind, one.target)


def _outside(tests: Iterable[Test], broken: set[tuple[str, str, str]]) -> list[Test]:
    return [test for test in tests if _target(test) not in broken]


def _new_failures(before: Sequence[BuildFailure], after: Sequence[BuildFailure]) -> Iterator[Difference]:
    known = {_target(one) for one in before}
    for one in after:
        if _target(one) not in known:
            yield Difference(
                facet="build",
                where=one.where,
                before="builds",
                after=one.error,
                summary="no longer builds",
                reproduce=one.command,
            )


def _fixed_failures(before: Sequence[BuildFailure], after: Sequence[BuildFailure]) -> Iterator[Difference]:
    still = {_target(one) for one in after}
    for one in before:
        if _target(one) in still:
            summary = "builds neither before nor after, so its tests were not looked at"
            yield Difference(facet="build", where=one.where, before=one.error, after=one.error, summary=summary)
        else:
            summary = "builds now; its tests are not compared, since the baseline's did not build"
            yield Difference(facet="build", where=one.where, before=one.error, after="builds", summary=summary)


def _vanished(tests: Iterable[Test]) -> Iterator[Difference]:
    for test in tests:
        if test.flavour != ENDED:
            yield Difference(
                facet="vanished",
                where=test.where,
                before=test.outcome,
                after="",
                summary="is gone",
                reproduce=test.command,
            )


def _ended_no_more(tests: Iterable[Test]) -> Iterator[Difference]:
    for test in tests:
        if test.flavour == ENDED:
            yield Difference(facet="fixed", where=test.where, before=test.outcome, after="ends as it should")


def _added_bad(tests: Iterable[Test]) -> Iterator[Difference]:
    for test in tests:
        if test.state in _BAD:
            facet = _FACETS.get(test.state, "newly failing")
            summary = "ends so" if test.name == PROCESS else "is new and does not pass"
            yield Difference(
                facet=facet,
                where=test.where,
                before="",
                after=test.outcome,
                summary=summary,
                reproduce=test.command,
            )


def _added(tests: Iterable[Test]) -> Iterator[Difference]:
    for test in tests:
        if test.state not in _BAD:
            yield Difference(facet="added", where=test.where, before="", after=test.outcome, summary="is new")


def _relocated(matches: Iterable[Match]) -> Iterator[Difference]:
    groups: dict[tuple[str, str, str], list[Match]] = defaultdict(list)
    for match in matches:
        if match.how == "renamed":
            yield Difference(
                facet="renamed", where=match.before.where, before=match.before.where, after=match.after.where
            )
        elif match.how == "moved":
            groups["moved", _home(match.before), _home(match.after)].append(match)
    for (facet, old, new), group in sorted(groups.items()):
        names = [segments(match.before)[-1] for match in group[:_SHOWN]]
        more = f" and {len(group) - _SHOWN} more" if len(group) > _SHOWN else ""
        yield Difference(
            facet=facet, where=old, before=old, after=new, count=len(group), summary=", ".join(names) + more
        )


def _home(test: Test) -> str:
    """Where a test lives: all but its own name."""
    module = "::".join(segments(test)[:-1])
    return test.where[: len(test.where) - len(test.name)] + (module or "(root)")


def _outcome_change(match: Match) -> tuple[bool, Difference | None]:
    old, new = match.before.state, match.after.state
    if old is new:
        return False, None
    breaks, facet, summary = _judge(old, new)
    return breaks, Difference(
        facet=facet,
        where=match.after.where,
        before=match.before.outcome,
        after=match.after.outcome,
        summary=summary,
        reproduce=match.after.command,
    )


def _judge(old: State, new: State) -> tuple[bool, str, str]:
    if new is State.IGNORED:
        return True, "newly ignored", "is ignored now"
    if old is State.IGNORED and new in (State.OK, State.FLAKY):
        return False, "un-ignored", "is no longer ignored"
    if old is State.FLAKY:
        return False, "flaky", "was flaky already on the baseline"
    if old in (State.OK, State.IGNORED):
        summary = "passes only sometimes now" if new is State.FLAKY else "does not pass any more"
        return True, _FACETS.get(new, "newly failing"), summary
    if new in (State.OK, State.FLAKY):
        return False, "fixed", "did not pass on the baseline"
    return False, "outcome", "passed neither before nor after, but ends in another way"


def _body_changes(matches: Iterable[Match]) -> Iterator[Difference]:
    groups: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for match in matches:
        old, new = match.before, match.after
        if old.source and new.source and body_of(old) != body_of(new):
            groups[old.source, new.source].append(match)
    for (old_text, new_text), group in groups.items():
        lines = difflib.unified_diff(old_text.splitlines(), new_text.splitlines(), n=2, lineterm="")
        yield Difference(
            facet="body",
            where=group[0].after.where,
            before=old_text,
            after=new_text,
            count=len(group),
            summary="\n".join([*_weaker(old_text, new_text), *list(lines)[2:]]),
        )


def _weaker(old: str, new: str) -> Iterator[str]:
    before, after = assertions_of(old), assertions_of(new)
    if after.weaker_than(before):
        yield f"asserts less: {after}; before {before}"
