"""Durations of a simulated machine: noise with heavy tails, drift, and other work that comes and goes."""

from __future__ import annotations

import math
import random

from harness.compare.durations import Look, Spent
from harness.probes.stopwatch import sequence

__all__ = ["Machine", "compare"]


class Machine:
    """A clock and two programs; `ratio` is how much slower the second is, `noise` the spread of a single run.

    The processor's time varies a quarter as much; without `processor` it is not known.
    """

    def __init__(
        self, seed: int, *, ratio: float = 1.0, noise: float = 0.05, seconds: float = 0.05, processor: bool = True
    ) -> None:
        self._processor = processor
        self.now = 0.0
        self._draw = random.Random(seed)
        self._ratio, self._noise, self._seconds = ratio, noise, seconds
        self._load = 0.0

    def clock(self) -> float:
        return self.now

    def before(self) -> Spent:
        return self._run(1.0)

    def after(self) -> Spent:
        return self._run(self._ratio)

    def _run(self, ratio: float) -> Spent:
        draw = self._draw
        self._load = 0.9 * self._load + draw.gauss(0, self._noise / 2)
        spent = self._seconds * ratio * math.exp(abs(draw.gauss(0, self._noise)) + self._load)
        if draw.random() < 0.03:
            spent *= draw.uniform(1.5, 6)
        spent *= 1 + 0.2 * math.sin(self.now / 7)
        self.now += spent
        worked = self._seconds * ratio * math.exp(abs(draw.gauss(0, self._noise / 4)) + self._load / 4)
        return Spent(wall=spent, processor=worked if self._processor else 0.0)


def compare(machine: Machine, seed: int, budget: float = 60.0) -> Look:
    """What the stopwatch says of the two programs of this machine."""
    return sequence(machine.before, machine.after, machine.clock, seed, budget)
