"""What is told of benchmarks besides differences: what their reports are like, and durations. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Structure", "Timing", "Trait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What the runs of the baseline have in common at one path of a benchmark's report, and whether it still holds.

    `kind` is `exact`, `zero`, `not zero`, `related`, `measured`, `keys` or `type`; `says` is the trait in words
    (`= a + b`). It was looked for in `runs` runs of the candidate; `broken` of them have something else, most often
    `instead`.
    """

    path: str
    kind: str
    says: str
    runs: int
    broken: int = 0
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What a benchmark's report is like, learned from `runs` runs of the baseline. `more` traits are left out."""

    benchmark: str
    runs: int
    traits: tuple[Trait, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A benchmark's duration on the candidate by that on the baseline, with its interval, after so many pairs of runs.

    Where nothing could be measured there is no pair, and `word` says why. `clock` is empty for time that passes.
    """

    benchmark: str
    word: str
    ratio: float = 1.0
    low: float = 1.0
    high: float = 1.0
    pairs: int = 0
    clock: str = ""
