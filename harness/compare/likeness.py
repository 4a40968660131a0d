"""Whether another case differs in the same way: what a case may lose without becoming another finding.

The same lines went and came, where text that either case supplied itself counts as the same, and so do numbers and
what lines things up: a shorter configuration has its error on another line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.compare.supplied import bounded, longest_first, supplied_by
from harness.compare.text import diff
from harness.model import Case, Difference

__all__ = ["Likeness"]

_ENDS = ("exit status", "timeout")
_LOOSE = re.compile(r"(?P<number>[0-9]+)|(?P<space> +)|(?P<marks>[\^~]+|[-=_]{2,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """The lines of one difference that went and came."""

    removed: tuple[str, ...]
    added: tuple[str, ...]


class Likeness:
    """What a case shows, to hold smaller ones against it.

    `wanted` are the differences that have to show again, `every` all that the case shows: no others may come up.
    """

    def __init__(self, wanted: Sequence[Difference], every: Sequence[Difference]) -> None:
        self._wanted = list(wanted)
        self._facets = {one.facet for one in every}
        said = [one for one in every if one.facet == "stderr"]
        if any(one.facet in _ENDS for one in wanted):
            # 0 to 1 says little by itself. What is newly said tells two such changes apart.
            self._wanted += [one for one in said if one not in self._wanted]
        self._ended = any(one.facet in _ENDS for one in every)

    def among(self, found: Sequence[Difference]) -> list[Difference] | None:
        """Of what another case shows, what corresponds to each wanted difference; None where it is not the same."""
        if any(one.facet not in self._facets for one in found):
            return None
        matches = [next((one for one in found if self._alike(wanted, one)), None) for wanted in self._wanted]
        return [one for one in matches if one is not None] if None not in matches else None

    def _alike(self, wanted: Difference, found: Difference) -> bool:
        if wanted.facet != found.facet:
            return False
        if wanted.facet in _ENDS:
            return (wanted.before, wanted.after) == (found.before, found.after)
        if wanted.facet == "stdout" and self._ended and not (wanted.before and wanted.after):
            # The program ended in another way, and all it would have printed went with that.
            return (bool(wanted.before), bool(wanted.after)) == (bool(found.before), bool(found.after))
        return _alike(wanted, found)


def _alike(wanted: Difference, found: Difference) -> bool:
    if (wanted.before == "", wanted.after == "") != (found.before == "", found.after == ""):
        return False
    old, new = _changed(wanted), _changed(found)
    lines = [wanted.where, *old.removed, *old.added]
    given = _supplied(wanted.case, lines)
    taken = _supplied(found.case, [found.where, *new.removed, *new.added])
    return (
        _fits([wanted.where], [found.where], given, taken)
        and _fits(old.removed, new.removed, given, taken)
        and _fits(old.added, new.added, given, taken)
    )


def _fits(wanted: Iterable[str], found: Iterable[str], given: Sequence[str], taken: Sequence[str]) -> bool:
    """Whether each line of the one is a line of the other, and the other way round."""
    patterns = [_pattern(line, given, taken) for line in dict.fromkeys(wanted)]
    lines = list(dict.fromkeys(found))
    fitting = [{index for index, one in enumerate(patterns) if one.fullmatch(line)} for line in lines]
    return all(fitting) and set().union(*fitting) == set(range(len(patterns)))


def _pattern(line: str, given: Sequence[str], taken: Sequence[str]) -> re.Pattern[str]:
    """What a line may be in another case: where this one stood with text of its own, that may have another there."""
    parts, end = [], 0
    for match in re.finditer("|".join(map(bounded, given)), line) if given else ():
        parts += [_loosely(line[end : match.start()]), _one_of([match.group(), *taken])]
        end = match.end()
    return re.compile("".join([*parts, _loosely(line[end:])]), re.DOTALL)


def _loosely(text: str) -> str:
    parts, end = [], 0
    for match in _LOOSE.finditer(text):
        loose = {"number": "[0-9]+", "space": " +", "marks": r"[\^~=_-]+"}[match.lastgroup or ""]
        parts += [re.escape(text[end : match.start()]), loose]
        end = match.end()
    return "".join([*parts, re.escape(text[end:])])


def _one_of(texts: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, longest_first(dict.fromkeys(texts))))})"


def _supplied(case: Case | None, lines: Sequence[str]) -> list[str]:
    return longest_first(supplied_by(case, "\n".join(lines))) if case else []


def _changed(one: Difference) -> _Changed:
    hunks = diff(one.before, one.after, context=0)
    return _Changed(
        removed=tuple(line for hunk in hunks for line in hunk.removed),
        added=tuple(line for hunk in hunks for line in hunk.added),
    )
