"""Verifies the eight commits of the engine's refactor plan, and compares the verdicts with those that are right.

The repository is laid by fixtures/make_engine_repo.py, and fixtures/engine-plan.md is the contract: what the plan
moves is INTENDED, and every target of it is reached. It ends with status 0 when every probe says of every commit what
stands in EXPECTED, and the run itself ends with 0.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from demo.harness_run import ROOT, HarnessRun, short
from fixtures.laid_engine import CONFIG, PLAN, STORE, laid_engine
from fixtures.make_engine_repo import FixtureError


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a commit does, and the probes that must not say SAME of it, with what they must say."""

    what: str
    but: dict[str, str] = field(default_factory=dict)


_FILES = {"layout": "INTENDED"}
_PATHS = _FILES | {"public_api": "INTENDED"}
_TESTS = _FILES | {"test_suite": "INTENDED"}

EXPECTED = (
    Expected(what="errors.rs is error.rs: the module's path is public", but=_PATHS),
    Expected(what="result types move out of runner: their paths are public", but=_PATHS),
    Expected(
        what="functions move to resolve.rs, with their tests and log target",
        but=_TESTS | {"command": "INTENDED", "terminal": "INTENDED"},
    ),
    Expected(what="StreamError, which is private, is gone", but=_FILES),
    Expected(what="Arc<StreamParams>, which is private", but=_FILES),
    Expected(what="re-exports and the table of modules", but=_FILES),
    Expected(what="pedantic warnings are gone", but=_FILES),
    Expected(what="CLAUDE.md only", but=_FILES),
)


def main() -> int:
    """0 when the verdicts are the expected ones."""
    try:
        repository = laid_engine().folder
    except (FixtureError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"the engine's refactor, {len(EXPECTED)} commits, in {short(repository)}\n", flush=True)
    # Workers build and observe side by side, and take longer to start than what is kept takes to read.
    workers = () if STORE.exists() else ("-n", "2")
    run = HarnessRun(
        repository=repository,
        range=f"base..task-{len(EXPECTED)}",
        store=STORE,
        report=ROOT / "out" / "engine",
        options=(*workers, f"--harness-config={CONFIG}", f"--harness-plan={PLAN}"),
    )
    status = run.start()
    report = run.read(status)
    if report is None:
        return status or 1
    print("\nwhat is expected of each commit:")
    lines = list(compare(report))
    for line, _ in lines:
        print(line)
    print(f"\nthe whole report: {run.report / 'report.html'}")
    return 0 if status == 0 and all(right for _, right in lines) else 1


def compare(report: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """A line for each commit and one for the range, and whether its verdicts are the expected ones."""
    commits = report["commits"]
    for number, expected in enumerate(EXPECTED, 1):
        if number > len(commits):
            yield f"  MISSING  {number}  {expected.what}", False
            continue
        wrong = list(unexpected(commits[number - 1], expected))
        said = commits[number - 1]["verdict"]
        yield f"  {'as expected' if not wrong else 'UNEXPECTED '}  {number}  {said:<8}  {expected.what}", not wrong
        yield from ((f"               {line}", False) for line in wrong)
    whole = Expected(what="the whole range", but={probe: said for one in EXPECTED for probe, said in one.but.items()})
    wrong = list(unexpected(report["overall"], whole))
    yield f"  {'as expected' if not wrong else 'UNEXPECTED '}     {report['verdict']:<8}  {whole.what}", not wrong
    yield from ((f"               {line}", False) for line in wrong)


def unexpected(commit: dict[str, Any], expected: Expected) -> Iterator[str]:
    """What probes say of a commit although something else is right."""
    for probe in commit["probes"]:
        right = expected.but.get(probe["name"], "SAME")
        if probe["verdict"] != right:
            yield f"{probe['name']} says {probe['verdict']} instead of {right}: {probe['reason']}"
    said = {probe["name"] for probe in commit["probes"]}
    yield from (f"{name} said nothing" for name in expected.but if name not in said)


if __name__ == "__main__":
    sys.exit(main())
