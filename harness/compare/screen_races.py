"""What of screens can be compared where the clock decides which line progress is drawn into, and whether at all.

All texts here are redacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from harness.compare.screen_rules import NUMBER_ON_THE_WAY

__all__ = [
    "calmed",
    "drawn_by_all_and_none",
    "in_front_on_both_sides",
    "unlike_in_front_only",
    "unlike_in_numbers_only",
    "without_numbers_that_vary",
    "without_progress",
    "without_what_comes_in_front",
]

_SHORTEST = 12  # characters of a line that may be told from what stands in front of it
_BEGINNING = 20  # characters in which lines begin alike that come from one logger, say
_MOST_LINES = 2000
_NUMBER = re.compile(r"[0-9]+")
_DIGIT = re.compile(r"[0-9]")
_UNIT = re.compile(rf"{NUMBER_ON_THE_WAY.pattern}|.")
_CURSOR = re.compile(r"\n\[the cursor stands [^\n]*\Z")


def without_progress(screens: Sequence[str], drawn_over: Iterable[str]) -> list[str]:
    """Screens without the progress in front of a line that was written after it, or behind which the program ended.

    What progress looks like is known from `drawn_over`, the lines that were drawn over in any run. Progress that stands
    alone stays.
    """
    progress = {NUMBER_ON_THE_WAY.sub("#", line) for text in drawn_over for line in text.splitlines() if "#" in line}
    if not progress:
        return list(screens)
    lengths = sorted({len(one) for one in progress}, reverse=True)
    found = []
    for screen in screens:
        text = "\n".join(_behind_progress(line, progress, lengths) for line in screen.split("\n"))
        above, _, last = _CURSOR.sub("", text).rpartition("\n")
        found.append(above if NUMBER_ON_THE_WAY.sub("#", last) in progress else text)
    return found


def _behind_progress(line: str, progress: AbstractSet[str], lengths: Sequence[int]) -> str:
    """The line without the longest progress that something is written right behind.

    Looked up by its length: a program that draws what it is at has thousands of lines.
    """
    if not _DIGIT.search(line):
        return line
    starts = [unit.start() for unit in _UNIT.finditer(line)]
    shape = NUMBER_ON_THE_WAY.sub("#", line)
    for length in lengths:
        if length < len(shape) and not shape[length].isspace() and shape[:length] in progress:
            return line[starts[length] :]
    return line


def in_front_on_both_sides(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """What stands in front of lines on both sides, with numbers in it as `#`: progress that was never drawn over.

    Known are only lines that stand alone in some run of either side, or begin as such a line does.
    """
    lines = [{line for screen in side for line in screen.splitlines()} for side in (old, new)]
    every = lines[0] | lines[1]
    if len(every) > _MOST_LINES:
        return set()
    known = sorted((line for line in every if len(line) >= _SHORTEST), key=len)
    beginnings = {line[:_BEGINNING] for line in known if len(line) >= _BEGINNING}
    before, after = ({_in_front(line, known, beginnings) for line in side} for side in lines)
    return {one for one in before & after if "#" in one}


def _in_front(line: str, known: Sequence[str], beginnings: AbstractSet[str]) -> str:
    alone = next((one for one in known if line.endswith(one)), line)
    in_front = line.removesuffix(alone)
    if not in_front:
        within = range(1, len(line) - _BEGINNING + 1)
        in_front = line[: next((start for start in within if line[start : start + _BEGINNING] in beginnings), 0)]
    return NUMBER_ON_THE_WAY.sub("#", in_front)


def unlike_in_front_only(screen: str, other: str) -> bool:
    """Whether two screens are unlike only in something with a number in front of lines, or behind the last one."""
    lines, others = (_CURSOR.sub("", one).splitlines() for one in (screen, other))
    for more, fewer in ((lines, others), (others, lines)):
        if len(more) == len(fewer) + 1 and NUMBER_ON_THE_WAY.search(more[-1]):
            more.pop()
    return len(lines) == len(others) and all(map(_stands_in_front, lines, others))


def _stands_in_front(line: str, other: str) -> bool:
    alone, longer = sorted((line, other), key=len)
    in_front = longer.removesuffix(alone)
    return not in_front or (
        len(alone) >= _SHORTEST and in_front != longer and NUMBER_ON_THE_WAY.search(in_front) is not None
    )


def without_what_comes_in_front(screens: Sequence[str]) -> list[str]:
    """Screens of one side without what stands in front of a line that stands alone in another of them."""
    lines = {line for screen in screens for line in screen.splitlines()}
    if len(lines) > _MOST_LINES:
        return list(screens)
    known = sorted((line for line in lines if len(line) >= _SHORTEST), key=len)
    alone = {line: next((one for one in known if line.endswith(one)), line) for line in lines}
    return ["\n".join(alone[line] for line in screen.splitlines()) for screen in screens]


def drawn_by_all_and_none(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The lines that were drawn over in every run of one side and in none of the other.

    What is drawn over in some runs only, the clock decides; so a new one in some runs is no new race.
    """
    before, after = ([frozenset(text.splitlines()) for text in side] for side in (old, new))
    gone = frozenset[str].intersection(*before).difference(*after)
    come = frozenset[str].intersection(*after).difference(*before)
    return set(gone | come)


def unlike_in_numbers_only(screen: str, other: str) -> bool:
    """Whether two screens are unlike, but alike without their numbers."""
    return other != screen and _NUMBER.sub("#", other) == _NUMBER.sub("#", screen)


def without_numbers_that_vary(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Screens with `#` for the numbers of each line that has other ones in another run of its own side."""
    varying = _shapes_that_vary(old) | _shapes_that_vary(new)

    def hidden(screen: str) -> str:
        lines = ((line, _NUMBER.sub("#", line)) for line in screen.split("\n"))
        return "\n".join(shape if shape in varying else line for line, shape in lines)

    return [hidden(one) for one in old], [hidden(one) for one in new]


def calmed(old: Sequence[str], new: Sequence[str], drawn_over: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """Screens of both sides without all that the clock may decide of lines: progress in front of them, and numbers."""
    progress = [*drawn_over, *in_front_on_both_sides(old, new)]
    screens = without_what_comes_in_front(without_progress([*old, *new], progress))
    return without_numbers_that_vary(screens[: len(old)], screens[len(old) :])


def _shapes_that_vary(screens: Sequence[str]) -> set[str]:
    known: dict[str, list[str]] = {}
    varying = set[str]()
    for screen in set(screens):
        lines: dict[str, list[str]] = {}
        for line in screen.splitlines():
            lines.setdefault(_NUMBER.sub("#", line), []).append(line)
        varying |= {shape for shape, some in lines.items() if known.setdefault(shape, some) != some}
    return varying
