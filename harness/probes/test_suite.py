"""The tests of a workspace: which there are, how each ends, and what it says.

Unit, integration and documentation tests, ignored ones included; benchmarks are not run. The executables are run
as `cargo test` runs them, one after the other, each on its own threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from harness.build.visit import CargoRun, Visit
from harness.compare.inventory import PROCESS, Counts, Inventory, State, Test
from harness.compare.inventory_changes import compare_inventories
from harness.compare.rust_source import crate_modules
from harness.probes.base import Findings, Pair
from harness.probes.test_suite_build import TestExecutable, build_tests, selection
from harness.probes.test_suite_doc import observe_doctests
from harness.probes.test_suite_run import Ran, run_custom, run_listed

__all__ = ["TestSuite", "decode"]

LIMIT = 900.0
"""Seconds that one run of one test executable may take; `[build] timeout` can only lower it."""

_LONGEST_SOURCE = 100_000


class TestSuite:
    """The `test_suite` probe."""

    __test__ = False  # pytest takes every class of such a name for one of its own
    name = "test_suite"
    version = 1
    needs_build = True

    def observe(self, visit: Visit) -> bytes:
        """Builds and runs every test. A test target that does not compile is an outcome, not an error."""
        built = build_tests(visit)
        read = _reader(visit)
        tests = [test for one in built.executables for test in _run(visit, one, read)]
        examples, unbuilt = observe_doctests(visit, selection(visit))
        tests += examples
        inventory = Inventory(tests=tuple(tests), failures=(*built.failures, *unbuilt), counts=_counts(tests))
        return msgspec.msgpack.encode(inventory)

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What `harness.compare.inventory_changes` says of the two inventories."""
        changes = compare_inventories(decode(before), decode(after))
        return Findings(differences=changes.differences, notes=changes.notes, cases=changes.tests)


def decode(observation: bytes) -> Inventory:
    """The inventory in an observation of this probe."""
    return msgspec.msgpack.decode(observation, type=Inventory)


def _run(visit: Visit, one: TestExecutable, read: Callable[[str], str | None]) -> list[Test]:
    run = partial(_execute, visit, one)
    ran = run_custom(run) if one.custom else run_listed(run)
    sources = _sources(one, ran, read)
    return [
        Test(
            package=one.package,
            target=one.target,
            kind=one.kind,
            name=name,
            outcomes=tuple(how.outcomes),
            flavour=how.flavour,
            source=sources.get(name, ""),
        )
        for name, how in ran.items()
    ]


def _execute(visit: Visit, one: TestExecutable, *arguments: str) -> CargoRun:
    timeout = min(LIMIT, visit.config.build.timeout)
    return visit.execute([str(one.path), *arguments], cwd=one.cwd, env=one.env, timeout=timeout)


def _reader(visit: Visit) -> Callable[[str], str | None]:
    known: dict[str, str | None] = {}

    def read(name: str) -> str | None:
        if name not in known:
            path = visit.root / name
            known[name] = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
        return known[name]

    return read


def _sources(one: TestExecutable, ran: dict[str, Ran], read: Callable[[str], str | None]) -> dict[str, str]:
    """The text of each test: that of the function at its path, or at the nearest path above (`case` modules)."""
    if not ran or set(ran) == {PROCESS}:
        return {PROCESS: (read(one.source) or "")[:_LONGEST_SOURCE]} if one.custom else {}
    texts: dict[tuple[str, ...], str] = {}
    for source in crate_modules(one.source, read):
        for function in source.parsed.functions:
            path = (*source.module, *function.path)
            texts[path] = f"{texts[path]}\n{function.text}" if path in texts else function.text
    found = {}
    for name in ran:
        path = tuple(name.split("::"))
        while path and path not in texts:
            path = path[:-1]
        found[name] = texts.get(path, "")
    return found


def _counts(tests: list[Test]) -> Counts:
    first = [State(test.outcomes[0]) for test in tests if test.name != PROCESS]
    return Counts(passed=first.count(State.OK), failed=first.count(State.FAILED), ignored=first.count(State.IGNORED))
