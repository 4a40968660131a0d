"""Numbers that are other ones in every run, as what is measured and reported: a text without them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from harness.compare.repeated import distinguishable
from harness.compare.weighed import CLOCK_RATE, Weighed, by_chance

__all__ = ["weigh_without_numbers"]

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)")
_PADDING = re.compile(r"^[ \t]+|[ \t]+\Z")
_FORM = "without the numbers that vary on the baseline"
_ENOUGH = 10
"""Runs of each side; of fewer, a number that is one of two or three would be taken for one that is measured."""

_ANOTHER_SIZE = 10.0
"""A number so many times as large may be in another unit, or count another thing."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What stands around the numbers of a text, spaces that line them up aside, and the numbers."""

    around: tuple[str, ...]
    numbers: tuple[str, ...]


def weigh_without_numbers(old: Sequence[str], new: Sequence[str]) -> Weighed | None:
    """What runs say that are alike but for numbers, of which the baseline's own runs have others in these places.

    It is `changed` where another number is another one, so often that the baseline would have shown it, or where one
    of those that vary comes significantly more often on one side (an elapsed time that is always 0 now). None where
    anything else differs, a number is of quite another size, or there are too few runs: that is for other forms.
    """
    if min(len(old), len(new)) < _ENOUGH:
        return None
    runs, others = [_apart(text) for text in old], [_apart(text) for text in new]
    if len({run.around for run in (*runs, *others)}) > 1 or not runs[0].numbers:
        return None
    places = list(zip(_by_place(runs), _by_place(others), strict=True))
    varying = [(had, has) for had, has in places if len(set(had)) > 1]
    # Of two or three values each is one of few outcomes, and another one is news.
    if not varying or any(2 * len(set(had)) <= len(had) for had, _ in varying):
        return None
    steady = [(had[0], has) for had, has in places if len(set(had)) == 1]
    if unlike := max((sum(one != known for one in has) for known, has in steady), default=0):
        sure = by_chance(unlike, len(new), len(old)) <= CLOCK_RATE / len(steady)
        return Weighed(answer="changed", form=_FORM) if sure else None
    if any(distinguishable(had, has, CLOCK_RATE / len(varying)) for had, has in varying):
        return Weighed(answer="changed", form=f"{_FORM}, and by how often each of those comes")
    return Weighed(answer="same", form=_FORM) if all(_alike_in_size(*both) for both in varying) else None


def _apart(text: str) -> _Text:
    parts = _NUMBER.split(text)
    return _Text(around=tuple(_PADDING.sub(" ", part) for part in parts[::2]), numbers=tuple(parts[1::2]))


def _by_place(runs: Sequence[_Text]) -> Iterator[tuple[str, ...]]:
    return zip(*(run.numbers for run in runs), strict=True)


def _alike_in_size(old: Sequence[str], new: Sequence[str]) -> bool:
    low, high = sorted((median(map(float, old)), median(map(float, new))))
    return low == high or 0 < high <= _ANOTHER_SIZE * low
