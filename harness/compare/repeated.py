"""Under which conditions a case is repeated, and whether two series of outcomes can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence, Set
from math import comb
from typing import TypeVar

__all__ = [
    "ALARM_RATE",
    "MOST_RUNS",
    "any_differs_in_frequency",
    "by_processors",
    "distinguishable",
    "fisher",
    "is_busy",
    "is_pinned",
]

ALARM_RATE = 1 / 200
"""How often two series from one distribution may be told apart (two-sided, by Fisher's exact test, all outcomes)."""

MOST_RUNS = 30
"""Runs of a side after which nothing is repeated any more."""

_T = TypeVar("_T", bound=Hashable)
_FEWEST_OF_A_KIND = 4
_OFTEN = 5  # runs of twenty in which a line has to be so that ten of them could tell anything


def is_pinned(repeat: int) -> bool:
    """Whether a repeat has one processor only; the first run, number 0, is as it comes."""
    return repeat % 2 == 1


def is_busy(repeat: int) -> bool:
    """Whether a repeat runs beside a process that is busy."""
    return repeat % 4 in (2, 3)


def by_processors(outcomes: Sequence[_T]) -> tuple[_T, _T] | None:
    """The two outcomes of a program that varies with nothing but how many processors it has: with one, with all.

    None where it does not vary, varies by itself, or was not run often enough under both conditions.
    """
    alone = [one for repeat, one in enumerate(outcomes) if is_pinned(repeat)]
    free = [one for repeat, one in enumerate(outcomes) if not is_pinned(repeat)]
    steady = len(set(alone)) == len(set(free)) == 1
    enough = min(len(alone), len(free)) >= _FEWEST_OF_A_KIND
    return (alone[0], free[0]) if steady and enough and alone[0] != free[0] else None


def distinguishable(old: Sequence[Hashable], new: Sequence[Hashable], rate: float = ALARM_RATE) -> bool:
    """Whether some outcome is significantly more or less frequent on one side, at this rate of false alarms.

    The rate is shared by all outcomes that are frequent enough to be told apart at all (Tarone's correction).
    """
    had, has = Counter(old), Counter(new)
    outcomes = [one for one in had | has if _may_tell(had[one] + has[one], len(old), len(new), rate)]
    # Of two outcomes, the one says all of the other.
    tests = max(1, len(outcomes) - (len(had | has) == 2))
    return any(fisher(had[one], len(old), has[one], len(new)) <= rate / tests for one in outcomes)


def any_differs_in_frequency(
    lines: Set[str], old: Sequence[Set[str]], new: Sequence[Set[str]], rate: float = ALARM_RATE
) -> bool:
    """Whether some of the lines is in significantly more or fewer runs of one side.

    All of them are tested together, so each at its part of the rate.
    """
    places = {line: ([line in run for run in old], [line in run for run in new]) for line in lines}
    tested = [both for both in places.values() if distinguishable(*both, rate)]
    often = sum(sum(map(sum, both)) >= _OFTEN for both in places.values())
    return any(distinguishable(*both, rate / max(1, often)) for both in tested)


def _may_tell(count: int, old: int, new: int, rate: float) -> bool:
    """Whether the most uneven split of so many would be significant."""
    low, high = max(0, count - new), min(old, count)
    return min(fisher(low, old, count - low, new), fisher(high, old, count - high, new)) <= rate


def fisher(some: int, of: int, others: int, of_others: int) -> float:
    """Fisher's exact test, two-sided: how likely a split at least as uneven is where both sides are alike."""
    total, drawn = of + of_others, some + others
    ways = {k: comb(of, k) * comb(of_others, drawn - k) for k in range(max(0, drawn - of_others), min(of, drawn) + 1)}
    return sum(one for one in ways.values() if one <= ways[some]) / comb(total, drawn)
