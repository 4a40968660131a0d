"""Timing two builds on one case: their runs interleaved in random order, on one processor, one at a time."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.compare.durations import LOOKS, Look, Spent, Word, look
from harness.compare.output import CommandObservation
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.conditions import pinned
from harness.probes.containment import Containment
from harness.probes.lanes import Solo

__all__ = ["BUDGET", "Timed", "compare_durations", "sequence"]

BUDGET = 60.0
"""Seconds that one case may be timed."""

_WARM_UP = 3  # runs of each side that do not count
_SEED = 20_240_101

Run = Callable[[], Spent]
"""One run of a side. Raises FailedRunError where it did not end well."""


class FailedRunError(Exception):
    """A run that says nothing about durations; the text is how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What timing one case came to. Without a look, `why` says what was in the way."""

    case: Case
    word: Word
    seen: Look | None = None
    why: str = ""
    pinned: bool = False


def compare_durations(case: Case, baseline: Subject, candidate: Subject, contained: Containment) -> Timed:
    """How long a case takes on both sides.

    Raises:
        HarnessError: the sandbox cannot be entered any more.
    """
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context(pinned())
        before, after = (
            stack.enter_context(
                contextlib.closing(Solo(one.executables, contained, one.hidden, served=bool(case.services)))
            )
            for one in (baseline, candidate)
        )
        try:
            seen = sequence(lambda: _timed(before, case), lambda: _timed(after, case), time.monotonic)
        except FailedRunError as error:
            return Timed(case=case, word=Word.HOPELESS, why=f"a run ended with {error}", pinned=alone)
    return Timed(case=case, word=seen.word, seen=seen, pinned=alone)


def sequence(before: Run, after: Run, clock: Callable[[], float], seed: int = _SEED, budget: float = BUDGET) -> Look:
    """Pairs of runs until something is sure or the budget is over; the first of a pair is drawn by lot."""
    draw = random.Random(seed)

    def resample(count: int) -> list[int]:
        return draw.choices(range(count), k=count)

    began = clock()
    for _ in range(_WARM_UP):
        before(), after()
    each = max(1e-6, (clock() - began) / _WARM_UP)
    within = max(LOOKS[0], min(LOOKS[-1], int(budget / each)))
    most = max(look for look in LOOKS if look <= within)
    pairs: list[tuple[Spent, Spent]] = []
    for pair in _pairs(before, after, draw):
        pairs.append(pair)
        late = clock() - began > budget
        if len(pairs) in LOOKS:
            told = look(pairs, most, resample)
            if told.word is not Word.GO_ON:
                return told
        elif late:
            # That time is over is no reason to look: between two looks nothing may be decided.
            return replace(look(pairs, len(pairs), resample), word=Word.HOPELESS, clock="")
    raise AssertionError


def _pairs(before: Run, after: Run, draw: random.Random) -> Iterator[tuple[Spent, Spent]]:
    while True:
        if draw.random() < 0.5:
            first = before()
            yield first, after()
        else:
            second = after()
            yield before(), second


def _timed(lane: Solo, case: Case) -> Spent:
    seen, wall, processor = lane.run(case)
    if not _ended_well(seen):
        raise FailedRunError(seen.status)
    return Spent(wall=wall, processor=processor)


def _ended_well(seen: CommandObservation) -> bool:
    return seen.status.startswith("exit ")
