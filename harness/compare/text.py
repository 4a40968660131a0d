"""How two texts differ, line by line, in time and memory that stay near-linear whatever the texts are."""

from __future__ import annotations

import difflib
import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Hunk", "Span", "changed_spans", "diff", "excerpt"]

_SMALL = 40_000
"""Pairs of lines up to which difflib looks for the best alignment: some milliseconds at worst."""
_TOKENS = re.compile(r"\w+|[^\S\n]+|.", re.DOTALL)
_LONGEST_LINE = 2000

_Block = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines that stand on one side only. `line` and `line_after` are where they begin, counted from 1.

    `above` and `below` are the few equal lines around them. A final line end counts as an empty last line.
    """

    line: int
    line_after: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a line, as positions from `start` to before `end`."""

    start: int
    end: int


def diff(before: str, after: str, context: int = 2) -> list[Hunk]:
    """The hunks that make `after` of `before`, in order; none exactly if the two are equal."""
    if before == after:
        return []
    old, new = before.split("\n"), after.split("\n")
    blocks = _joined(_blocks(old, new))
    hunks = []
    for index, (old_start, old_end, new_start, new_end) in enumerate(blocks):
        floor = blocks[index - 1][1] if index else 0
        ceiling = blocks[index + 1][0] if index + 1 < len(blocks) else len(old)
        hunks.append(
            Hunk(
                line=old_start + 1,
                line_after=new_start + 1,
                removed=tuple(old[old_start:old_end]),
                added=tuple(new[new_start:new_end]),
                above=tuple(old[max(floor, old_start - context) : old_start]),
                below=tuple(old[old_end : min(ceiling, old_end + context)]),
            )
        )
    return hunks


def excerpt(before: str, after: str, lines: int = 40, context: int = 2) -> tuple[str, str]:
    """What of two texts a person has to see, each in about `lines` lines and none of them very long.

    What is left out is named with its digest, so that different texts never have equal excerpts; texts that
    are short enough come back whole.
    """
    if max(before.count("\n"), after.count("\n")) < lines and _short(before) and _short(after):
        return before, after
    old: list[str] = []
    new: list[str] = []
    line = 1
    for hunk in diff(before, after, context):
        skipped = hunk.line - len(hunk.above) - line
        equal = [*([f"… {skipped} equal lines …"] if skipped > 0 else []), *hunk.above]
        old += [*equal, *hunk.removed, *hunk.below]
        new += [*equal, *hunk.added, *hunk.below]
        line = hunk.line + len(hunk.removed) + len(hunk.below)
    return _cut(old, lines), _cut(new, lines)


def changed_spans(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Which parts of a removed and of an added line are new, by whole words; for colours."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    blocks = _joined(_blocks(old, new))
    return (
        _spans(old, [(start, end) for start, end, _, _ in blocks]),
        _spans(new, [(start, end) for _, _, start, end in blocks]),
    )


def _spans(tokens: Sequence[str], ranges: Sequence[tuple[int, int]]) -> list[Span]:
    positions = [0]
    for token in tokens:
        positions.append(positions[-1] + len(token))
    return [Span(start=positions[start], end=positions[end]) for start, end in ranges if end > start]


def _short(text: str) -> bool:
    return all(len(line) <= _LONGEST_LINE for line in text.split("\n"))


def _cut(lines: list[str], limit: int) -> str:
    if len(lines) > limit:
        head, rest = lines[: limit - 1], lines[limit - 1 :]
        lines = [*head, f"… {len(rest)} more lines ({_digest(chr(10).join(rest))}) …"]
    return "\n".join(_cut_line(line) for line in lines)


def _cut_line(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    rest = line[_LONGEST_LINE - 100 :]
    return f"{line[: _LONGEST_LINE - 100]}… {len(rest)} more characters ({_digest(rest)}) …"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


# -- which lines belong together --------------------------------------------------------------------------


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """The unequal blocks of two sequences, in order.

    The common beginning and end fall away; what is small enough goes to difflib; else the lines that occur once
    on either side cut it into smaller parts (as in a patience diff); what has none of these is one block.
    """
    work: list[_Block] = [(0, len(old), 0, len(new))]
    while work:
        block = _trimmed(old, new, work.pop())
        old_start, old_end, new_start, new_end = block
        if old_start == old_end and new_start == new_end:
            continue
        if old_start == old_end or new_start == new_end:
            yield block
        elif (old_end - old_start) * (new_end - new_start) <= _SMALL:
            yield from _best(old, new, block)
        elif anchors := _anchors(old, new, block):
            work.extend(reversed(_between(anchors, block)))
        else:
            yield block


def _trimmed(old: Sequence[str], new: Sequence[str], block: _Block) -> _Block:
    old_start, old_end, new_start, new_end = block
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start, new_start = old_start + 1, new_start + 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    return old_start, old_end, new_start, new_end


def _best(old: Sequence[str], new: Sequence[str], block: _Block) -> Iterator[_Block]:
    old_start, old_end, new_start, new_end = block
    matcher = difflib.SequenceMatcher(None, old[old_start:old_end], new[new_start:new_end], autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            yield old_start + start, old_start + end, new_start + other_start, new_start + other_end


def _anchors(old: Sequence[str], new: Sequence[str], block: _Block) -> list[tuple[int, int]]:
    """Positions of lines that occur exactly once on each side, as many as stand in the same order on both."""
    old_start, old_end, new_start, new_end = block
    often_old = Counter(old[old_start:old_end])
    often_new = Counter(new[new_start:new_end])
    where = {new[index]: index for index in range(new_start, new_end) if often_new[new[index]] == 1}
    pairs = [
        (index, where[old[index]])
        for index in range(old_start, old_end)
        if often_old[old[index]] == 1 and old[index] in where
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    ends: list[int] = []
    holders: list[int] = []
    previous = [-1] * len(pairs)
    for number, (_, position) in enumerate(pairs):
        length = bisect_left(ends, position)
        previous[number] = holders[length - 1] if length else -1
        ends[length : length + 1] = [position]
        holders[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = holders[-1] if holders else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def _between(anchors: Sequence[tuple[int, int]], block: _Block) -> list[_Block]:
    old_start, old_end, new_start, new_end = block
    parts: list[_Block] = []
    for old_at, new_at in anchors:
        if old_at > old_start or new_at > new_start:
            parts.append((old_start, old_at, new_start, new_at))
        old_start, new_start = old_at + 1, new_at + 1
    parts.append((old_start, old_end, new_start, new_end))
    return parts


def _joined(blocks: Iterator[_Block]) -> list[_Block]:
    joined: list[_Block] = []
    for block in blocks:
        if joined and joined[-1][1] == block[0] and joined[-1][3] == block[2]:
            block = (joined[-1][0], block[1], joined[-1][2], block[3])
            joined.pop()
        joined.append(block)
    return joined
