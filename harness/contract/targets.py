"""What must hold, held against what a revision is: for each target the figure, and whether that reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.compare.inventory import Counts
from harness.compare.rust_items import items_of
from harness.contract.facts import Ground
from harness.contract.files import FileTargets
from harness.contract.model import Must, Reexport, Tests, Warnings
from harness.contract.outcome import Outcome, missed, reached
from harness.model import Difference

__all__ = ["REACHED", "UNMET", "outcomes", "told"]

UNMET = "unmet"
REACHED = "reached"


def outcomes(probe: str, must: Must, ground: Ground) -> list[Outcome]:
    """What comes of the targets that a probe observes."""
    looks: dict[str, Callable[[Must, Ground], Iterator[Outcome]]] = {
        "layout": _of_files,
        "public_api": _of_surface,
        "test_suite": _of_tests,
        "lints": _of_lints,
    }
    return list(looks[probe](must, ground)) if probe in looks else []


def told(outcome: Outcome) -> Difference:
    """An outcome as a difference (missed) or a note (reached)."""
    how = f"{outcome.figure}, and {outcome.target} is the target" if not outcome.ok else outcome.figure
    return Difference(
        facet=REACHED if outcome.ok else UNMET,
        where=outcome.what,
        before=outcome.target,
        after=outcome.figure,
        summary=f"{outcome.what}: {how} ({outcome.rule.origin})",
    )


def _of_files(must: Must, ground: Ground) -> Iterator[Outcome]:
    yield from FileTargets(ground).outcomes(must)


# -- public paths -----------------------------------------------------------------------------------------------


def _of_surface(must: Must, ground: Ground) -> Iterator[Outcome]:
    for rule in must.reexport:
        yield _reexport(rule, ground)


def _reexport(rule: Reexport, ground: Ground) -> Outcome:
    what, target = f"re-export `{rule.path}`", f"a name of `{rule.of}`"
    surface = ground.after.surface
    if surface is None:
        return missed(rule, what, target, "the public API is not known")
    paths = ground.places.modules(rule.path, ground.after)
    there = next((item for path in paths for item in surface.items if item.path == path), None)
    if there is None:
        return missed(rule, what, target, "there is no such public path")
    definition = there.identity.rstrip("()!#")
    if definition in ground.places.modules(rule.of, ground.after):
        return reached(rule, what, target, f"names `{definition}`")
    return missed(rule, what, target, f"it names `{definition}`")


# -- tests ------------------------------------------------------------------------------------------------------


def _of_tests(must: Must, ground: Ground) -> Iterator[Outcome]:
    for rule in must.tests:
        inventory, first = ground.after.inventory, ground.first.inventory
        if inventory is None:
            yield missed(rule, "tests", "known tests", "the tests are not known")
            continue
        counts = inventory.counts
        broken = ", ".join(one.where for one in inventory.failures)
        if rule.passing is not None or rule.at_least is not None:
            yield _passing(rule, counts, broken)
        if rule.none_ignored:
            yield _ignored(rule, counts, first.counts if first else None)


def _passing(rule: Tests, counts: Counts, broken: str) -> Outcome:
    if rule.passing is not None:
        target, ok = f"exactly {rule.passing} passing", counts.passed == rule.passing
    else:
        target, ok = f"at least {rule.at_least} passing", counts.passed >= (rule.at_least or 0)
    figure = f"{counts.passed} of {counts.passed + counts.failed} pass"
    if broken:
        figure += f"; {broken} does not build"
    return Outcome(rule=rule, what="tests", target=target, figure=figure, ok=ok and not counts.failed and not broken)


def _ignored(rule: Tests, counts: Counts, first: Counts | None) -> Outcome:
    if first is None:
        return missed(rule, "ignored tests", "no more than at first", "those of the first revision are not known")
    figure, target = f"{counts.ignored} ignored", f"at most {first.ignored} ignored, as at first"
    return Outcome(rule=rule, what="ignored tests", target=target, figure=figure, ok=counts.ignored <= first.ignored)


# -- warnings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    number: int
    examples: str


def _of_lints(must: Must, ground: Ground) -> Iterator[Outcome]:
    for rule in must.warnings:
        what = f"{rule.of} warnings" + (f" of {rule.package}" if rule.package else "")
        limit = "none new" if rule.none_new else f"at most {rule.at_most}"
        lints, first = ground.after.lints, ground.first.lints
        if lints is None or (rule.none_new and first is None):
            yield missed(rule, what, limit, "they are not known")
        elif lints.missing and not (rule.of == "compiler" and "rustdoc" in lints.missing):
            yield missed(rule, what, limit, lints.missing)
        elif unbuilt := [one for one in lints.unchecked if rule.package in ("", one.package)]:
            yield missed(
                rule, what, limit, f"{unbuilt[0].package} {unbuilt[0].kind} {unbuilt[0].target} does not compile"
            )
        else:
            yield _counted(rule, what, ground)


def _counted(rule: Warnings, what: str, ground: Ground) -> Outcome:
    now = _count(rule, ground, after=True)
    if rule.none_new:
        then = _count(rule, ground, after=False)
        target, ok = f"none new, {then.number} at first", now.number <= then.number
    else:
        target, ok = f"at most {rule.at_most}", now.number <= (rule.at_most or 0)
    figure = str(now.number) + (f" ({now.examples})" if now.examples and not ok else "")
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=ok)


def _count(rule: Warnings, ground: Ground, *, after: bool) -> _Counted:
    side = ground.after if after else ground.first
    tests: dict[str, frozenset[int]] = {}
    groups = _GROUPS[rule.of]
    found = []
    for one in side.lints.warnings if side.lints else ():
        if one.group in groups and rule.package in ("", one.package):
            file, _, line = one.place.rpartition(":")
            if not rule.all_targets and file not in tests:
                tests[file] = items_of(side.read(file) or "").tests
            if rule.all_targets or not (_is_of_tests(file) or (line.isdigit() and int(line) in tests[file])):
                found.append(f"{one.code or 'warning'} at {one.place}")
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return _Counted(number=len(found), examples=", ".join(found[:3]) + more)


_GROUPS = {
    "compiler": ("compiler",),
    "clippy": ("clippy", "compiler"),
    "clippy::pedantic": ("pedantic", "clippy", "compiler"),
    "clippy::nursery": ("nursery", "clippy", "compiler"),
    "clippy::cargo": ("cargo", "clippy", "compiler"),
    "rustdoc": ("rustdoc",),
}
"""Which groups of observed warnings a source prints: clippy prints the compiler's too."""


def _is_of_tests(file: str) -> bool:
    """Whether a file is a test, benchmark or example by where it is (The Cargo Book, "Package Layout")."""
    return any(part in ("tests", "benches", "examples") for part in file.split("/")[:-1])
