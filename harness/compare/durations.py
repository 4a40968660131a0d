"""Is one program slower than another? A sequence of looks at paired durations, each with a confidence interval.

The runs of a pair follow each other, so what slows the machine down slows both. What disturbs a run makes it longer
and never shorter, so a side counts by the mean of its quick runs: those between a twentieth and a third of all. The
interval is the logarithm of the ratio of the two and the spread that it has among bootstrap resamples of the pairs.

There are two clocks: the time that passes, and the time of the processor, which tells the two apart where other work
on the machine makes the first useless. All looks at both together raise a false alarm in at most `FALSE_ALARMS` of
comparisons of equal programs: each has its part of that rate (Bonferroni), and an alarm needs the whole interval
beyond the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, log
from statistics import NormalDist, stdev

__all__ = [
    "DETECTED",
    "FALSE_ALARMS",
    "LOOKS",
    "THRESHOLD",
    "Draw",
    "Interval",
    "Look",
    "Spent",
    "Word",
    "interval",
    "judge",
    "look",
]

THRESHOLD = 0.02
"""How much slower a program has to be, at the least, for the whole interval to lie beyond."""
DETECTED = 0.04
"""A slowdown that is ruled out before a program is said to be as fast: one of 5 % is then not overlooked."""
FALSE_ALARMS = 1 / 200
LOOKS = (16, 24, 36, 54, 80, 120, 180, 270, 400, 600, 900)
"""After how many pairs the figures are looked at; there are no other moments at which anything is decided."""

_QUICKEST = (0.05, 0.35)
_RESAMPLES = 200
_CLOCKS = 2
_PROCESSOR = "the processor's time; too much else runs on this machine to say more"
_HOPELESS = 4.0

Draw = Callable[[int], Sequence[int]]
"""As many numbers below `n` as `n`, each equally likely and drawn anew every time."""


class Word(Enum):
    """What a look comes to."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "as fast"
    GO_ON = "undecided"
    HOPELESS = "not measurable here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The ratio of the candidate's duration to the baseline's, and where it lies with great confidence."""

    ratio: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.ratio:.3f} times ({self.low:.3f} to {self.high:.3f}, {self.pairs} pairs of runs)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one run took, in seconds: of time, and of the processor's time."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look comes to, and the interval of the clock that says so."""

    word: Word
    seen: Interval
    clock: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [self.word.value, self.clock and f"by {self.clock}"])) + f", {self.seen}"


def look(pairs: Sequence[tuple[Spent, Spent]], most_pairs: int, draw: Draw) -> Look:
    """What is sure after these pairs by the time that passes or, where that does not say, by the processor's."""
    wall = interval([(before.wall, after.wall) for before, after in pairs], draw)
    word = judge(wall, most_pairs)
    if word not in (Word.GO_ON, Word.HOPELESS) or any(min(one.processor for one in pair) <= 0 for pair in pairs):
        return Look(word=word, seen=wall)
    worked = interval([(before.processor, after.processor) for before, after in pairs], draw)
    other = judge(worked, most_pairs)
    # That two programs work alike does not yet say that they wait alike, as long as there is hope to see that.
    if other in (Word.SLOWER, Word.FASTER) or (word is Word.HOPELESS and other is Word.SAME):
        return Look(word=other, seen=worked, clock=_PROCESSOR)
    return Look(word=Word.GO_ON if other is Word.GO_ON else word, seen=wall)


def interval(pairs: Sequence[tuple[float, float]], draw: Draw) -> Interval:
    """The interval of one look at pairs of durations, baseline first, in any unit."""
    middle = _log_ratio(pairs)
    spread = stdev(_log_ratio([pairs[index] for index in draw(len(pairs))]) for _ in range(_RESAMPLES))
    away = _quantile(len(pairs)) * spread
    return Interval(ratio=exp(middle), low=exp(middle - away), high=exp(middle + away), pairs=len(pairs))


def judge(seen: Interval, most_pairs: int) -> Word:
    """What is sure by now; `most_pairs` is how many there is time for."""
    if seen.low > 1 + THRESHOLD:
        return Word.SLOWER
    if seen.high < 1 / (1 + THRESHOLD):
        return Word.FASTER
    if seen.high < 1 + DETECTED and seen.low > 1 / (1 + DETECTED):
        return Word.SAME
    half = log(seen.high / seen.low) / 2
    needed = seen.pairs * (half / log(1 + THRESHOLD)) ** 2
    hopeless = seen.pairs >= LOOKS[2] and needed > _HOPELESS * most_pairs
    return Word.HOPELESS if hopeless or seen.pairs >= most_pairs else Word.GO_ON


def _log_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    before, after = zip(*pairs, strict=True)
    return log(_quick(after) / _quick(before))


def _quick(values: Sequence[float]) -> float:
    """The mean of the quick runs; the very quickest are left out, since they are what varies most."""
    first, last = _share(len(values))
    kept = sorted(values)[first:last]
    return sum(kept) / len(kept)


def _share(count: int) -> tuple[int, int]:
    return int(count * _QUICKEST[0]), max(1, int(count * _QUICKEST[1]))


def _quantile(pairs: int) -> float:
    """Student's t for this look's part of the rate, by the first terms of its expansion around the normal one.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = NormalDist().inv_cdf(1 - FALSE_ALARMS / len(LOOKS) / _CLOCKS / 2)
    first_kept, last_kept = _share(pairs)
    free = max(2, last_kept - first_kept - 1)
    first = (z**3 + z) / (4 * free)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return z + first + second
