"""Running one test executable and reading what libtest printed.

Stable libtest has no machine-readable output, so the lines `test a::b ... ok` are read, held against the names
that `--list` gave. Lines that tests garble by writing past libtest's capture, tests that end or hang the whole
process, and failures are run again, one test at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from harness.build.visit import CargoRun
from harness.compare.inventory import PROCESS, State
from harness.compare.inventory_changes import ENDED

__all__ = ["Ran", "failed_again", "parse_outcomes", "run_custom", "run_listed"]

Run = Callable[..., CargoRun]
"""Runs the executable with these arguments to its end."""

RERUNS = 3
"""How often a failed test is run again to learn whether it always fails."""

CRASHES = 20
"""How many tests of one executable may end the process, and be stepped over, before the rest is left unrun."""

TIMEOUTS = 2
"""The same for tests that hang: each costs a whole time limit."""

_ENDS = {"ok": State.OK.value, "FAILED": State.FAILED.value, "ignored": State.IGNORED.value}
_RESULT = re.compile(r" \.\.\. (ok|FAILED|ignored)\b")
_FLAVOUR = re.compile(r" - (should panic|compile fail|compile)$")
_LISTED = re.compile(r"^(.+): test$", re.MULTILINE)
_LIBTEST_STATUS = (0, 101)


@dataclass(slots=True, kw_only=True)
class Ran:
    """What became of one test: its outcomes in order, and its flavour as libtest prints it."""

    outcomes: list[str]
    flavour: str = ""


@dataclass(slots=True, kw_only=True)
class _Progress:
    """Which of the names have ended, and how."""

    names: Sequence[str]
    done: dict[str, Ran] = field(default_factory=dict)

    def read(self, output: bytes) -> None:
        for name, one in parse_outcomes(output, set(self.names)).items():
            self.done.setdefault(name, one)

    def left(self) -> list[str]:
        return [name for name in self.names if name not in self.done]


def parse_outcomes(output: bytes, names: Collection[str] | None) -> dict[str, Ran]:
    """How each of these tests ended, as far as the output says it; without `names`, all that lines start with.

    A line may start with what a test wrote itself; what a test prints that looks like another test's line is not
    believed. The format is libtest's `pretty` one (library/test/src/formatters/pretty.rs in rust-lang/rust).
    """
    found: dict[str, Ran] = {}
    for line in output.decode("utf-8", "replace").splitlines():
        for match in _RESULT.finditer(line):
            named = _named(line[: match.start()], names)
            if named:
                found.setdefault(named[0], Ran(outcomes=[_ENDS[match[1]]], flavour=named[1]))
                break
    return found


def _named(head: str, names: Collection[str] | None) -> tuple[str, str] | None:
    for start in re.finditer(r"(?=test )", head) if names is not None else re.finditer(r"^(?=test )", head):
        rest = head[start.start() + len("test ") :]
        flavour = _FLAVOUR.search(rest)
        name = rest[: flavour.start()] if flavour else rest
        if names is None or name in names:
            return name, flavour[1] if flavour else ""
    return None


def run_listed(run: Run) -> dict[str, Ran]:
    """Runs an executable that has libtest's `--list`: first all tests as cargo does, then what that left open."""
    listing = run("--list", "--format=terse")
    if listing.status != 0:
        return {PROCESS: Ran(outcomes=[_ended(listing)])}
    names = _LISTED.findall(listing.stdout.decode("utf-8", "replace"))
    if not names:
        return {}
    progress = _Progress(names=names)
    whole = run()
    progress.read(whole.stdout)
    blamed = _one_after_the_other(run, progress) if progress.left() else 0
    if not blamed and (whole.timed_out or whole.status not in _LIBTEST_STATUS):
        progress.done[PROCESS] = Ran(outcomes=[_ended(whole)], flavour=ENDED)
    _run_failed_again(progress.done, lambda failed: run("--exact", "--test-threads=1", *failed).stdout)
    return {name: progress.done[name] for name in (*names, PROCESS) if name in progress.done}


def run_custom(run: Run) -> dict[str, Ran]:
    """Runs an executable with its own `main` (`harness = false`), once, as cargo does.

    One that prints as libtest does (libtest-mimic, say) has the tests that it names; any other is one test whose
    outcome is the exit status.
    """
    whole = run()
    tests = parse_outcomes(whole.stdout, None) if b"test result: " in whole.stdout else {}
    if tests:
        if whole.timed_out or whole.status < 0:
            tests[PROCESS] = Ran(outcomes=[_ended(whole)], flavour=ENDED)
        return tests
    outcomes = [_ended(whole)]
    while len(outcomes) <= RERUNS and outcomes[-1] == State.FAILED.value:
        outcomes.append(_ended(run()))
    return {PROCESS: Ran(outcomes=outcomes)}


def _ended(done: CargoRun) -> str:
    state = State.OK if done.status == 0 else State.CRASHED if done.status < 0 else State.FAILED
    return (State.TIMED_OUT if done.timed_out else state).value


def _one_after_the_other(run: Run, progress: _Progress) -> int:
    """Runs what has not ended on one thread, so that the last test begun is the one that ended the process.

    Gives the number of tests that were found to do that.
    """
    crashes = timeouts = 0
    while (left := progress.left()) and crashes < CRASHES and timeouts < TIMEOUTS:
        done = run("--exact", "--test-threads=1", *left)
        progress.read(done.stdout)
        still = progress.left()
        if not still:
            break
        culprit = _last_begun(done.stdout, still)
        state = State.TIMED_OUT if done.timed_out else State.CRASHED
        progress.done[culprit] = Ran(outcomes=[state.value])
        crashes, timeouts = crashes + (not done.timed_out), timeouts + done.timed_out
    for name in progress.left():
        progress.done[name] = Ran(outcomes=[State.NOT_RUN.value])
    return crashes + timeouts


def _last_begun(output: bytes, left: Sequence[str]) -> str:
    begun: list[str] = re.findall(r"test (.+?)(?: - should panic)? \.\.\. ", output.decode("utf-8", "replace"))
    return next((name for name in reversed(begun) if name in left), left[0])


def _run_failed_again(done: Mapping[str, Ran], again: Callable[[list[str]], bytes]) -> None:
    for _ in range(RERUNS):
        failed = failed_again(done)
        if not failed:
            return
        outcomes = parse_outcomes(again(failed), set(failed))
        for name in failed:
            done[name].outcomes += outcomes[name].outcomes if name in outcomes else [State.CRASHED.value]


def failed_again(done: Mapping[str, Ran]) -> list[str]:
    """The tests that have failed in every run so far."""
    return [name for name, one in done.items() if name != PROCESS and set(one.outcomes) == {State.FAILED.value}]
