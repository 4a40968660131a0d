"""Runs that are interrupted at moments which are known by what was seen, not by the clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.cases.documents import format_of, nodes, read, replaced, write
from harness.compare.output import CommandObservation
from harness.compare.screen import plain_lines
from harness.model import Case, Session, Step

__all__ = ["interrupted"]

MOST_RUNS = 6
MOST_MOMENTS = 3
_MOST_WAITS = 2  # of a run that are made longer
_LONGER = 20  # so that what is a moment of 0.2 s takes seconds
_WAIT = re.compile(r"delay|wait|pause|sleep|interval|period", re.IGNORECASE)
_LONGEST = 60  # characters of a line that say which one it is
_STOPS = (
    ("Ctrl-C", "SIGINT", Step(send="\x03")),
    ("SIGTERM", "SIGTERM", Step(signal="SIGTERM")),
    ("a closed terminal", "SIGHUP", Step(close=True)),
)


def interrupted(seen: Sequence[tuple[Case, CommandObservation]]) -> Iterator[Case]:
    """Cases that end runs with a pause: Ctrl-C, SIGTERM and a closed terminal, each before and after some lines.

    Where a program pauses, it is waiting or at work, so that the moment is the same in every run. A run without one
    is over before a person could do anything. Where a document says how long is waited, it is stopped in the middle of
    a long wait too: one that is slept out shows only there.
    """
    long = [(case, run) for case, run in seen if run.terminal and run.terminal.pauses and not run.terminal.answers]
    for case, run in _distinct(long)[:MOST_RUNS]:
        moments = _moments(run)
        for what, signal, stop in _STOPS:
            if run.terminal and 0 in run.terminal.pauses:
                yield _stopped(case, Step(catches=signal), stop, f"{what} before any output")
            for pattern in moments:
                yield _stopped(case, Step(expect=pattern), stop, f"{what} after a line")
        for longer, where in _waiting_longer(case):
            what, signal, stop = _STOPS[0]
            first = Step(expect=moments[0]) if moments else Step(catches=signal)
            yield _stopped(longer, first, stop, f"{what} while {where} is longer")


def _waiting_longer(case: Case) -> Iterator[tuple[Case, str]]:
    """With each wait of its documents much longer: a program that sleeps it out when it is stopped does so too long."""
    for name, content in case.files.items():
        form = format_of(name)
        document = read(form, content) if form else None
        waits = [(path, value) for path, value in nodes(document) if _is_wait(path[-1], value)]
        for path, value in waits[:_MOST_WAITS]:
            files = {**case.files, name: write(form, replaced(document, path, value * _LONGER))}
            yield replace(case, files=files), ".".join(map(str, path))


def _is_wait(key: object, value: object) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and value > 0 and _WAIT.search(str(key)) is not None  # type: ignore[operator]


def _distinct(runs: Sequence[tuple[Case, CommandObservation]]) -> list[tuple[Case, CommandObservation]]:
    """One of those that pause after the same lines; those that pause most often first."""
    ordered = sorted(runs, key=lambda one: -len(one[1].terminal.pauses if one[1].terminal else ()))
    found: dict[object, tuple[Case, CommandObservation]] = {}
    for case, run in ordered:
        found.setdefault((case.program, case.argv[:1], tuple(_moments(run))), (case, run))
    return list(found.values())


def _moments(run: CommandObservation) -> list[str]:
    """Patterns for the last lines before pauses: the first, one from the middle, the last.

    Only a line that comes once says which moment it is: one of progress comes again and again.
    """
    pauses = run.terminal.pauses if run.terminal else ()
    often = Counter(_pattern(line) for line in plain_lines(run.stdout))
    before = ([_pattern(line) for line in plain_lines(run.stdout[:offset])] for offset in pauses)
    last = (next((one for one in reversed(patterns) if often[one] == 1), "") for patterns in before)
    patterns = [one for one in dict.fromkeys(last) if one]
    if len(patterns) <= MOST_MOMENTS:
        return patterns
    return [patterns[0], patterns[len(patterns) // 2], patterns[-1]]


def _pattern(line: str) -> str:
    """What finds a line again, whatever its numbers, times and identifiers are then."""
    words = re.split(r"(\w*[0-9]\w*)", line[-_LONGEST:])
    return "".join(r"\w+" if index % 2 else re.escape(word) for index, word in enumerate(words))


def _stopped(case: Case, moment: Step, stop: Step, what: str) -> Case:
    step = replace(stop, expect=moment.expect, catches=moment.catches)
    return replace(case, terminal=Session(script=(step,)), origin=f"{case.origin}, {what}")
