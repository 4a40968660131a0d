"""Approvals one after the other: A to B and B to C cover A to C.

What squashing two commits (or comparing the two ends of a range) shows has to be made up of whole approvals of that
place: each of its hunks is reached over approved hunks, and no approval is used by halves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.model import Form

__all__ = ["chained"]

_TOKEN = re.compile(r"\{\{|\}\}|\{\d+\}")
_LONGEST = 64
"""Steps of a chain; a range with more commits that all change one line has to be approved as a whole."""

_Side = tuple[str, ...]
_Binding = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """One hunk of one form: from its removed to its added lines. `place` tells equal hunks of a form apart."""

    form: int
    place: int
    facet: str
    removed: _Side
    added: _Side


def chained(wanted: Form, approved: Sequence[Form]) -> list[int]:
    """Which of the forms approved for this place (by index) come to the wanted one together; none if they do not."""
    if wanted.whole or not wanted.general.hunks:
        return []
    candidates = {index for index, form in enumerate(approved) if form.general.hunks}
    while candidates:
        edges = [edge for index in sorted(candidates) for edge in _edges(index, approved[index])]
        used: set[_Edge] = set()
        for (removed, added), times in Counter(map(_renumbered, wanted.general.hunks)).items():
            path = _on_paths(removed, added, wanted, edges)
            # What was approved once and shows twice is more than what was approved.
            if sum(_bound(edge.removed, removed, {}) is not None for edge in path) < times:
                return []
            used |= path
        whole = {index for index in candidates if all(edge in used for edge in _edges(index, approved[index]))}
        if whole == candidates:
            return sorted(candidates)
        candidates = whole
    return []


def _edges(index: int, form: Form) -> Iterator[_Edge]:
    for place, (removed, added) in enumerate(form.general.hunks):
        yield _Edge(form=index, place=place, facet=form.facet, removed=removed, added=added)


def _renumbered(hunk: tuple[_Side, _Side]) -> tuple[_Side, _Side]:
    """A hunk by itself, its placeholders numbered as they come in it."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        text = found.group()
        return text if text in ("{{", "}}") else numbers.setdefault(text, f"{{{len(numbers) + 1}}}")

    removed, added = (tuple(_TOKEN.sub(number, line) for line in side) for side in hunk)
    return removed, added


def _on_paths(start: _Side, end: _Side, wanted: Form, edges: Sequence[_Edge]) -> set[_Edge]:
    """Every approved hunk that lies on a way from `start` to `end`; none where there is no way."""
    steps: list[tuple[_Side, _Edge, _Side]] = []
    reached, waiting = {start}, [start]
    for _ in range(_LONGEST):
        onward = [(state, edge, after) for state in waiting for edge in edges for after in _after(state, edge, end)]
        steps += onward
        waiting = list(dict.fromkeys(after for _, _, after in onward if after not in reached))
        reached.update(waiting)
        if not waiting:
            break
    # Backwards from the end; the last step has to be of the facet that is wanted.
    good = {(state, edge, after) for state, edge, after in steps if after == end and edge.facet == wanted.facet}
    while more := {one for one in steps if one not in good and any(one[2] == later[0] for later in good)}:
        good |= more
    return {edge for _, edge, _ in good} if any(state == start for state, _, _ in good) else set()


def _after(state: _Side, edge: _Edge, end: _Side) -> Iterator[_Side]:
    """Where a hunk leads from a state: to the end if it can, else to what it adds in the state's own numbers."""
    binding = _bound(edge.removed, state, {})
    if binding is None:
        return
    if _bound(edge.added, end, binding) is not None:
        yield end
        return
    if {number for line in edge.added for number in _numbers(line)} <= binding.keys():
        yield tuple(_TOKEN.sub(lambda found: binding.get(found.group(), found.group()), line) for line in edge.added)


def _bound(pattern: _Side, lines: _Side, binding: _Binding) -> _Binding | None:
    """The renumbering, one to one, that makes the lines of the pattern; None where there is none."""
    if len(pattern) != len(lines):
        return None
    found = dict(binding)
    for one, other in zip(pattern, lines, strict=True):
        if _bones(one) != _bones(other):
            return None
        for number, actual in zip(_numbers(one), _numbers(other), strict=True):
            if found.setdefault(number, actual) != actual:
                return None
    return found if len(set(found.values())) == len(found) else None


@lru_cache(maxsize=65_536)
def _bones(line: str) -> str:
    return _TOKEN.sub(lambda found: found.group() if found.group() in ("{{", "}}") else "\0", line)


def _numbers(line: str) -> Iterable[str]:
    return [one for one in _TOKEN.findall(line) if one not in ("{{", "}}")]
