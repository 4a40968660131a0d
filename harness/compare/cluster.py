"""The same change seen through many cases is one difference, with a count and the smallest case that shows it.

Two differences are the same change where the same lines went and came, after the text that each case supplied
itself was replaced by `{1}`, `{2}`; or where the very same lines did, whatever the cases supplied. Numbers that the
change left as they were do not matter: the same error stands on another line of another document.

A difference without a case (a public path, a test, a lint) is about what it names: only equal ones are the same.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.supplied import Numbered
from harness.compare.text import Hunk, diff
from harness.model import Case, Difference, Form, Wording

__all__ = ["Clusters", "cluster", "generalised", "signature", "with_forms"]

_ENDS = ("exit status", "timeout")
# What is about no case stands somewhere in a source file, which every edit above it shifts.
_PLACE = re.compile(r"(?<=\.rs):\d+(?::\d+)?")
# Not the numbers that stand for what a case supplied.
_NUMBER = re.compile(r"(?<![0-9{])[0-9]+(?![0-9}])")

_SAID = re.compile(r"(?:^|; )[0-9]+ distinct forms of it in [0-9]+ cases$")

_Lines = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One difference with what is needed to hold it against others."""

    difference: Difference
    where: str
    hunks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    lines: _Lines
    raw: _Lines
    loose: _Lines
    raw_hunks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


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
    for a difference, not for a cluster: judge before clustering. What is intended clusters with nothing else.
    """
    clusters = Clusters()
    by_case: dict[Hashable, list[Difference]] = {}
    for number, one in enumerate(differences):
        by_case.setdefault(_identity(one.case) if one.case else number, []).append(one)
    for ones in by_case.values():
        clusters.add(ones)
    return clusters.found()


@dataclass(slots=True, kw_only=True)
class _Group:
    """What is kept of a cluster: its smallest member, and what has to be approved for all of them."""

    smallest: Difference
    count: int
    forms: set[str]
    approvable: dict[Hashable, Form]
    intended: set[str]

    def take(self, other: _Group) -> None:
        self.smallest = min(self.smallest, other.smallest, key=_order)
        self.count += other.count
        self.forms |= other.forms
        for key, form in other.approvable.items():
            self.approvable[key] = min(form, self.approvable.get(key, form), key=repr)
        self.intended |= other.intended


class Clusters:
    """As `cluster`, for differences that come case by case: keeps one of each cluster and no more."""

    def __init__(self) -> None:
        self._groups: list[_Group | None] = []
        self._parents: list[int] = []
        self._holder: dict[str, int] = {}

    def add(self, differences: Sequence[Difference]) -> None:
        """Takes all differences of one case, or one that is about no case."""
        every = [_seen(one) for one in differences]
        outcomes = _outcomes(every)
        for seen in every:
            self._add(seen, [_digest(_ordered(key)) for key in _keys(seen, outcomes)])

    def found(self) -> list[Difference]:
        """The clusters so far, in the order of `cluster`."""
        merged = [_merged(group) for group in self._groups if group is not None]
        return sorted(merged, key=lambda one: (-one.count, one.facet, one.where, one.before, one.after, _size(one)))

    def _add(self, seen: _Seen, keys: Sequence[str]) -> None:
        own = len(self._groups)
        one = seen.difference
        group = _Group(
            smallest=one,
            count=one.count,
            forms={_digest((seen.where, seen.hunks))},
            approvable={_approved_as(form): form for form in one.forms},
            intended={one.intended} - {""},
        )
        self._groups.append(group)
        self._parents.append(own)
        for key in keys:
            self._unite(self._root(self._holder.setdefault(key, own)), self._root(own))

    def _unite(self, first: int, second: int) -> None:
        if first == second:
            return
        taken = self._groups[second]
        into = self._groups[first]
        assert taken is not None
        assert into is not None
        into.take(taken)
        self._groups[second], self._parents[second] = None, first

    def _root(self, index: int) -> int:
        while self._parents[index] != index:
            self._parents[index] = self._parents[self._parents[index]]
            index = self._parents[index]
        return index


def _merged(group: _Group) -> Difference:
    smallest = group.smallest
    if group.count == smallest.count:
        return smallest
    # What was clustered once already has more forms than it is members here.
    forms = max(len(group.forms), len(group.approvable))
    said = f"{forms} distinct forms of it in {group.count} cases" if forms > 1 else ""
    # Those of the smallest come first; of the others, the order in which cases end must not show.
    own = {_approved_as(form) for form in smallest.forms}
    others = sorted((form for key, form in group.approvable.items() if key not in own), key=repr)
    return replace(
        smallest,
        count=group.count,
        summary="; ".join(part for part in (_SAID.sub("", smallest.summary), said) if part),
        forms=(*smallest.forms, *others),
        intended="; ".join(sorted(group.intended)),
    )


def _order(one: Difference) -> tuple[object, ...]:
    return (*_size(one), one.where, one.before, one.after, one.summary, one.reproduce, repr(_identity(one.case)))


def _size(one: Difference) -> tuple[int, int, str]:
    return one.case.size() if one.case else (0, 0, "")


# -- what makes two differences the same change -----------------------------------------------------------


def _keys(seen: _Seen, outcomes: Mapping[Hashable, _Outcome]) -> Iterator[Hashable]:
    """Differences that share one of these are the same change."""
    one, intended = seen.difference, bool(seen.difference.intended)
    yield from ((intended, *key) for key in _content_keys(seen, outcomes.get(_identity(one.case), _NO_OUTCOME)))


def _content_keys(seen: _Seen, outcome: _Outcome) -> Iterator[tuple[Hashable, ...]]:
    one = seen.difference
    if one.case is None:
        yield ("named", one.facet, one.where, one.before, one.after)
        return
    if one.facet in _ENDS:
        # 0 to 1 says little by itself: two regressions can end alike. What is newly said tells them apart.
        yield ("status", one.facet, one.where, one.before, one.after, outcome.said)
        yield ("loose status", one.facet, one.where, one.before, one.after, outcome.said_loose)
    elif _is_all(one, outcome):
        # The program ended in another way, and all it would have printed went with that.
        yield ("all of stdout", bool(one.after), outcome.status, outcome.said)
    else:
        yield ("lines", one.facet, seen.where, seen.lines)
        yield ("loose lines", one.facet, seen.where, seen.loose)
        yield ("raw lines", one.facet, one.where, seen.raw)
        yield ("loose raw lines", one.facet, one.where, _loosened(seen.raw))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How the two sides of one case ended, and the lines of stderr that only the candidate wrote."""

    status: tuple[str, str] | None = None
    said: frozenset[str] = frozenset()
    said_raw: frozenset[str] = frozenset()
    said_loose: frozenset[str] = frozenset()


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
            known = outcomes[key]
            outcomes[key] = replace(
                known,
                said=known.said | seen.lines[1],
                said_raw=known.said_raw | seen.raw[1],
                said_loose=known.said_loose | seen.loose[1],
            )
    return outcomes


def _is_all(one: Difference, outcome: _Outcome) -> bool:
    """Whether the program ended in another way and everything that it printed went, or came, with that."""
    return one.facet == "stdout" and outcome.status is not None and not (one.before and one.after)


# -- what approvals hold ------------------------------------------------------------------------------------


def with_forms(differences: Iterable[Difference]) -> list[Difference]:
    """The differences of one case (or those that are about none), each with the form of it that approvals hold."""
    every = [_seen(one) for one in differences]
    outcomes = _outcomes(every)
    return [replace(seen.difference, forms=(_form(seen, outcomes),)) for seen in every]


def _form(seen: _Seen, outcomes: Mapping[Hashable, _Outcome]) -> Form:
    one = seen.difference
    if one.case is None:
        hunk = (_as_lines(_PLACE.sub("", one.before)), _as_lines(_PLACE.sub("", one.after)))
        return Form(facet=one.facet, general=Wording(where=one.where, hunks=(hunk,)))
    outcome = outcomes.get(_identity(one.case), _NO_OUTCOME)
    whole = ("appeared" if one.after else "vanished") if _is_all(one, outcome) else ""
    ends = (" became ".join(outcome.status),) if whole and outcome.status else ()
    bound = bool(whole) or one.facet in _ENDS
    general = Wording(
        where=seen.where,
        hunks=() if whole else seen.hunks,
        beside=(*ends, *sorted(outcome.said)) if bound else (),
    )
    raw = Wording(
        where=one.where,
        hunks=() if whole else seen.raw_hunks,
        beside=(*ends, *sorted(outcome.said_raw)) if bound else (),
    )
    return Form(facet=one.facet, general=general, example=None if raw == general else raw, of_case=True, whole=whole)


def _approved_as(form: Form) -> Hashable:
    """Forms that differ only in their example are the same."""
    return (form.facet, form.general, form.of_case, form.whole)


def _as_lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _ordered(key: Hashable) -> object:
    """A key whose sets are in order, so that equal ones are written alike."""
    if isinstance(key, frozenset):
        return sorted(map(str, key))
    return tuple(map(_ordered, key)) if isinstance(key, tuple) else key


# -- one difference --------------------------------------------------------------------------


def _seen(difference: Difference) -> _Seen:
    hunks = diff(difference.before, difference.after, context=0)
    numbered = Numbered(difference.case, [difference.where, *_lines_of(hunks)])
    replaced = tuple((tuple(map(numbered, one.removed)), tuple(map(numbered, one.added))) for one in hunks)
    if difference.case is None:
        replaced = (((difference.before,), (difference.after,)),)
    return _Seen(
        difference=difference,
        where=numbered(difference.where),
        hunks=replaced,
        lines=_sets(replaced),
        loose=_loosened(_sets(replaced)),
        raw=_sets((one.removed, one.added) for one in hunks),
        raw_hunks=tuple((one.removed, one.added) for one in hunks),
    )


def _sets(hunks: Iterable[tuple[Sequence[str], Sequence[str]]]) -> _Lines:
    both = list(hunks)
    return (
        frozenset(line for removed, _ in both for line in removed),
        frozenset(line for _, added in both for line in added),
    )


def _loosened(lines: _Lines) -> _Lines:
    """The lines without those numbers that stand on both sides, which the change left as they were."""
    removed, added = ({number for line in side for number in _NUMBER.findall(line)} for side in lines)
    if not (kept := removed & added):
        return lines

    def loose(match: re.Match[str]) -> str:
        return "{#}" if match.group() in kept else match.group()

    return frozenset(_NUMBER.sub(loose, one) for one in lines[0]), frozenset(
        _NUMBER.sub(loose, one) for one in lines[1]
    )


def _lines_of(hunks: Iterable[Hunk]) -> Iterator[str]:
    for hunk in hunks:
        yield from hunk.removed
        yield from hunk.added


def _identity(case: Case | None) -> Hashable:
    if case is None:
        return None
    given = (tuple(sorted(case.files.items())), tuple(sorted(case.env.items())), case.stdin)
    services = tuple(one.name for one in case.services)
    return (case.program, case.argv, *given, case.unset, case.sockets, case.read_only, case.terminal, services)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()
