"""What repeated observations say of one place, and what the clock may have decided of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

from harness.compare.repeated import MOST_RUNS

__all__ = ["CLOCK_RATE", "ERROR_RATE", "Answer", "Weighed", "by_chance", "by_the_clock"]

Answer = Literal["same", "changed", "flaky"]

ERROR_RATE = 0.05
"""How often what varies on the baseline may be taken for a change (one-sided, by Fisher's exact test)."""

CLOCK_RATE = 1 / 1000
"""The same for what the clock decides: each case of a program with progress is a race, and may be one on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What repeated observations say of one place. `form` is empty where it was compared as it is, else how."""

    answer: Answer
    form: str = ""


def by_the_clock(what: str, times: int, new: Sequence[object], old: Sequence[object]) -> Weighed:
    """What the clock decides and all runs of the baseline agree in; flaky as long as there are too few runs to say."""
    form = f"by how often there is {what}: another outcome in {times} of {len(new)} runs, and in none of {len(old)}"
    if by_chance(times, len(new), len(old)) <= CLOCK_RATE:
        return Weighed(answer="changed", form=form)
    return Weighed(answer="flaky" if times and len(new) < MOST_RUNS else "same", form=form)


def by_chance(times: int, of: int, never_in: int) -> float:
    """How likely it is that all of these outcomes fell to one side, were both sides alike."""
    return comb(of, times) / comb(of + never_in, times)
