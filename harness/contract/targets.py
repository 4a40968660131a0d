"""What must hold, held against what a revision is: for each target the figure, and whether that reaches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from harness.compare.assertions import assertions_of
from harness.compare.inventory import Counts, Inventory, State, Test, match_tests
from harness.compare.lints import Warned, new_warnings
from harness.compare.rust_items import items_of
from harness.contract.facts import Ground
from harness.contract.files import FileTargets
from harness.contract.globs import matches_test
from harness.contract.model import Must, Reexport, Tests, Warnings
from harness.contract.outcome import Outcome, missed, reached
from harness.model import Difference

__all__ = ["REACHED", "UNMET", "outcomes", "told"]

UNMET = "unmet"
REACHED = "reached"
_MOST = 3


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
        counts = _counts(inventory, rule)
        broken = ", ".join(one.where for one in inventory.failures)
        if rule.passing is not None or rule.at_least is not None:
            yield _passing(rule, counts, broken)
        if rule.none_ignored:
            yield _ignored(rule, counts, _counts(first, rule) if first else None)
        if rule.none_gone:
            yield _gone(rule, inventory, first)
        if rule.none_weaker:
            yield _weaker(rule, inventory, first)


def _counts(inventory: Inventory, rule: Tests) -> Counts:
    """How the tests ended that a rule speaks of."""
    if not (rule.package or rule.target or rule.name):
        return inventory.counts
    states = Counter(one.state for one in inventory.tests if _is_of(one, rule))
    failed = states.total() - states[State.OK] - states[State.IGNORED] - states[State.NOT_RUN]
    return Counts(passed=states[State.OK], failed=failed, ignored=states[State.IGNORED])


def _is_of(test: Test, rule: Tests) -> bool:
    kinds = {"lib": ("lib", "proc-macro"), "doc": ("doc",)}
    if rule.target and test.kind not in kinds.get(rule.target, ("bin", "test", "bench", "example")):
        return False
    if rule.target not in ("", "lib", "doc", test.target) or rule.package not in ("", test.package):
        return False
    return not rule.name or matches_test(rule.name, test.name)


def _called(rule: Tests) -> str:
    of = [text for text in (rule.package, rule.target, rule.name and f"`{rule.name}`") if text]
    return "tests" + (f" of {' '.join(of)}" if of else "")


def _passing(rule: Tests, counts: Counts, broken: str) -> Outcome:
    if rule.passing is not None:
        target, ok = f"exactly {rule.passing} passing", counts.passed == rule.passing
    else:
        target, ok = f"at least {rule.at_least} passing", counts.passed >= (rule.at_least or 0)
    figure = f"{counts.passed} of {counts.passed + counts.failed} pass"
    if broken:
        figure += f"; {broken} does not build"
    ok = ok and not counts.failed and not broken
    return Outcome(rule=rule, what=_called(rule), target=target, figure=figure, ok=ok)


def _ignored(rule: Tests, counts: Counts, first: Counts | None) -> Outcome:
    what = f"ignored {_called(rule)}"
    if first is None:
        return missed(rule, what, "no more than at first", "those of the first revision are not known")
    figure, target = f"{counts.ignored} ignored", f"at most {first.ignored} ignored, as at first"
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=counts.ignored <= first.ignored)


def _gone(rule: Tests, inventory: Inventory, first: Inventory | None) -> Outcome:
    what, target = f"{_called(rule)} of the first revision", "none gone, wherever they stand now"
    if first is None:
        return missed(rule, what, target, "those of the first revision are not known")
    had, has = (
        Counter(one.name.rpartition("::")[2] for one in some.tests if _is_of(one, rule)) for some in (first, inventory)
    )
    gone = sorted((had - has).elements())
    figure = f"{len(gone)} gone: {', '.join(gone[:_MOST])}" if gone else "none gone"
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=not gone)


def _weaker(rule: Tests, inventory: Inventory, first: Inventory | None) -> Outcome:
    what, target = f"assertions of {_called(rule)}", "no fewer than at first, and no fewer against a value"
    if first is None:
        return missed(rule, what, target, "those of the first revision are not known")
    matches = match_tests([one for one in first.tests if _is_of(one, rule)], inventory.tests).matches
    weaker = [
        f"{match.after.where} has {after} (before {before})"
        for match in matches
        if match.before.source
        and match.after.source
        and (after := assertions_of(match.after.source)).weaker_than(before := assertions_of(match.before.source))
    ]
    figure = f"fewer in {len(weaker)}: {'; '.join(weaker[:_MOST])}" if weaker else "none weaker"
    return Outcome(rule=rule, what=what, target=target, figure=figure, ok=not weaker)


# -- warnings ---------------------------------------------------------------------------------------------------


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
    after, first = ground.after.lints, ground.first.lints
    assert after is not None
    if rule.none_new and first is not None:
        # Not how many there are: one that went makes no room for another.
        found = [one for one in new_warnings(first, after) if _is_meant(one, rule, ground)]
        target, ok, figure = "none new since the first revision", not found, f"{len(found)} new"
    else:
        found = [one for one in after.warnings if _is_meant(one, rule, ground)]
        target, ok, figure = f"at most {rule.at_most}", len(found) <= (rule.at_most or 0), str(len(found))
    places = ", ".join(f"{one.code or 'warning'} at {one.place}" for one in found[:_MOST])
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return Outcome(rule=rule, what=what, target=target, figure=figure if ok else f"{figure} ({places}{more})", ok=ok)


def _is_meant(one: Warned, rule: Warnings, ground: Ground) -> bool:
    if one.group not in _GROUPS[rule.of] or rule.package not in ("", one.package):
        return False
    file, _, line = one.place.rpartition(":")
    if rule.all_targets:
        return True
    return not (_is_of_tests(file) or (line.isdigit() and int(line) in _test_lines(ground.after.read(file) or "")))


@lru_cache(maxsize=64)
def _test_lines(text: str) -> frozenset[int]:
    return items_of(text).tests


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
