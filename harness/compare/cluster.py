"""The same change seen through many cases is one difference, with a count and the smallest case that shows it.

Two differences are the same change where the same lines went and came, after the text that each case supplied
itself was replaced by `{1}`, `{2}`; or where the very same lines did, whatever the cases supplied.

A difference without a case (a public path, a test, a lint) is about what it names: only equal ones are the same.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.text import Hunk, diff
from harness.model import Case, Difference

__all__ = ["cluster", "generalised", "signature"]

_WORD = re.compile(r"\w{3,}")
_SHORTEST = 3
_ENDS = ("exit status", "timeout")

_Lines = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One difference with what is needed to hold it against others."""

    difference: Difference
    where: str
    hunks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    lines: _Lines
    raw: _Lines


def signature(difference: Difference) -> str:
    """What an approval of this difference is kept under: facet, where, and what went and came, in order.

    It does not depend on the case, its count, or the lines around; text that the case supplied stands as `{1}`.
    """
    seen = _seen(difference)
    return _digest((difference.facet, seen.where, seen.hunks, difference.case is None))


def generalised(difference: Difference) -> tuple[str, str, str]:
    """`where`, removed and added lines, with text that the case supplied as `{1}`, `{2}`; for people to read."""
    seen = _seen(difference)
    return (
        seen.where,
        "\n".join(line for removed, _ in seen.hunks for line in removed),
        "\n".join(line for _, added in seen.hunks for line in added),
    )


def cluster(differences: Iterable[Difference]) -> list[Difference]:
    """One difference for each change, most frequent first: counts added up, with the smallest case.

    Where the members of a cluster are not all alike, `summary` says how many forms they have. An approval is
    for a difference, not for a cluster: judge before clustering.
    """
    every = [_seen(one) for one in differences]
    outcomes = _outcomes(every)
    groups = _united([list(_keys(one, outcomes)) for one in every])
    merged = [_merged([every[index] for index in group]) for group in groups]
    return sorted(merged, key=lambda one: (-one.count, one.facet, one.where, one.before, one.after, _size(one)))


def _merged(members: Sequence[_Seen]) -> Difference:
    smallest = min((one.difference for one in members), key=_order)
    if len(members) == 1:
        return smallest
    count = sum(one.difference.count for one in members)
    forms = len({(one.where, one.hunks) for one in members})
    said = f"{forms} distinct forms of it in {count} cases" if forms > 1 else ""
    return replace(smallest, count=count, summary="; ".join(part for part in (smallest.summary, said) if part))


def _order(one: Difference) -> tuple[object, ...]:
    return (*_size(one), one.where, one.before, one.after, one.summary, one.reproduce, repr(_identity(one.case)))


def _size(one: Difference) -> tuple[int, int, str]:
    return one.case.size() if one.case else (0, 0, "")


# -- what makes two differences the same change -----------------------------------------------------------


def _keys(seen: _Seen, outcomes: Mapping[Hashable, _Outcome]) -> Iterator[Hashable]:
    """Differences that share one of these are the same change."""
    one = seen.difference
    if one.case is None:
        yield ("named", one.facet, one.where, one.before, one.after)
        return
    outcome = outcomes.get(_identity(one.case), _NO_OUTCOME)
    if one.facet in _ENDS:
        # 0 to 1 says little by itself: two regressions can end alike. What is newly said tells them apart.
        yield ("status", one.facet, one.where, one.before, one.after, outcome.said)
    elif one.facet == "stdout" and outcome.status and not (one.before and one.after):
        # The program ended in another way, and all it would have printed went with that.
        yield ("all of stdout", bool(one.after), outcome.status, outcome.said)
    else:
        yield ("lines", one.facet, seen.where, seen.lines)
        yield ("raw lines", one.facet, one.where, seen.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How the two sides of one case ended, and the lines of stderr that only the candidate wrote."""

    status: tuple[str, str] | None = None
    said: frozenset[str] = frozenset()


_NO_OUTCOME = _Outcome()


def _outcomes(every: Sequence[_Seen]) -> dict[Hashable, _Outcome]:
    outcomes: dict[Hashable, _Outcome] = defaultdict(_Outcome)
    for seen in every:
        one = seen.difference
        if one.case is None:
            continue
        key = _identity(one.case)
        if one.facet in _ENDS:
            outcomes[key] = replace(outcomes[key], status=(one.before, one.after))
        elif one.facet == "stderr":
            outcomes[key] = replace(outcomes[key], said=outcomes[key].said | seen.lines[1])
    return outcomes


def _united(keys: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    parents = list(range(len(keys)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    holder: dict[Hashable, int] = {}
    for index, mine in enumerate(keys):
        for key in mine:
            parents[root(index)] = root(holder.setdefault(key, index))
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(keys)):
        groups[root(index)].append(index)
    return list(groups.values())


# -- text that the case supplied --------------------------------------------------------------------------


def _seen(difference: Difference) -> _Seen:
    hunks = diff(difference.before, difference.after, context=0)
    numbered = _Numbered(difference.case, [difference.where, *_lines_of(hunks)])
    replaced = tuple((tuple(map(numbered, one.removed)), tuple(map(numbered, one.added))) for one in hunks)
    if difference.case is None:
        replaced = (((difference.before,), (difference.after,)),)
    return _Seen(
        difference=difference,
        where=numbered(difference.where),
        hunks=replaced,
        lines=_sets(replaced),
        raw=_sets((one.removed, one.added) for one in hunks),
    )


def _sets(hunks: Iterable[tuple[Sequence[str], Sequence[str]]]) -> _Lines:
    both = list(hunks)
    return (
        frozenset(line for removed, _ in both for line in removed),
        frozenset(line for _, added in both for line in added),
    )


def _lines_of(hunks: Iterable[Hunk]) -> Iterator[str]:
    for hunk in hunks:
        yield from hunk.removed
        yield from hunk.added


class _Numbered:
    """Replaces what a case supplied by `{1}`, `{2}`, numbered as they first come; the longest goes first."""

    def __init__(self, case: Case | None, lines: Sequence[str]) -> None:
        supplied = _supplied(case, "\n".join(lines)) if case else []
        ordered = sorted(supplied, key=lambda text: (-len(text), text))
        # A brace of the program's own is doubled, so that its `{1}` is none of ours.
        self._pattern = re.compile("|".join((*map(_bounded, ordered), "[{}]"))) if case else None
        self._numbers: dict[str, str] = {}

    def __call__(self, line: str) -> str:
        return self._pattern.sub(self._number, line) if self._pattern else line

    def _number(self, match: re.Match[str]) -> str:
        text = match.group()
        if text in "{}":
            return text * 2
        return self._numbers.setdefault(text, f"{{{len(self._numbers) + 1}}}")


def _supplied(case: Case, text: str) -> set[str]:
    """Those pieces of the case that occur in the text: whole arguments, values, paths and lines, and their words."""
    whole = {*case.argv, *case.env.values(), *case.files, *(part for path in case.files for part in path.split("/"))}
    words = set(_WORD.findall(text))
    found = {one for one in whole if len(one) >= _SHORTEST and one.strip() and one in text}
    contents = (data.decode("utf-8", "replace") for data in (*case.files.values(), case.stdin))
    for one in (*whole, *contents):
        found |= words.intersection(_WORD.findall(one))
    return found


def _bounded(text: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", text) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", text) else ""
    return f"{before}{re.escape(text)}{after}"


def _identity(case: Case | None) -> Hashable:
    if case is None:
        return None
    return (case.program, case.argv, tuple(sorted(case.files.items())), tuple(sorted(case.env.items())), case.stdin)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()
