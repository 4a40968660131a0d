"""Command lines to build on, and whether a program always does the same with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.cases.documents import format_of, nodes, read, replaced, write
from harness.cases.trace import Sought
from harness.model import Case

__all__ = ["Base", "agree", "calmest", "steadied"]

_TIMES = 8  # runs that have to agree; of threads that race, two runs agree often
_MOST = 24  # bases that are run so often
_MOST_CALMER = 6  # documents that are tried in place of an unsteady one


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A command line to build on. `document` is the file in it that can be mutated, if any;
    `unread` says that it makes no difference what is in that.
    `switched` says that it is another one with a switch, and of use only where that leads to an end of its own.
    `made` says that its document was made of types, so that what can be wrong with it is tried already.
    `sample` says that it has a file of a kind that the command takes.
    `unsteady` says that the program does not always do the same; what is built on that shows little.

    `accepted` says that the program ended well; `given` are the files that it looked for in vain at first, `missing`
    what it looks for in vain still; `outcome` is equal for two that ended alike, by what can be told without rules.
    """

    case: Case
    document: str = ""
    unread: bool = False
    switched: bool = False
    made: bool = False
    sample: bool = False
    unsteady: bool = False
    accepted: bool = False
    given: tuple[str, ...] = ()
    missing: tuple[Sought, ...] = ()
    outcome: str = ""


def steadied(bases: Sequence[Base], run: Callable[[Sequence[Base]], list[Base]]) -> tuple[list[Base], list[Base]]:
    """The bases, marked where they do not always do the same; and calmer ones in place of those.

    What is done to several things at once is done in any order: so a calmer document is one with a single item in one
    of its lists.
    """
    accepted = [index for index, one in enumerate(bases) if one.accepted and one.outcome][:_MOST]
    same = agree([bases[index] for index in accepted], run)
    unsteady = {index for index, steady in zip(accepted, same, strict=True) if not steady}
    calmer = [list(itertools.islice(_calmer(bases[index]), _MOST_CALMER)) for index in sorted(unsteady)]
    tried = run([one for several in calmer for one in several])
    good = [one for one in tried if one.accepted and one.outcome]
    steady = {one.case.origin: one for one, alike in zip(good, agree(good, run), strict=True) if alike}
    found = ([steady[one.case.origin] for one in several if one.case.origin in steady] for several in calmer)
    marked = [replace(one, unsteady=True) if index in unsteady else one for index, one in enumerate(bases)]
    return marked, [several[0] for several in found if several]


def calmest(base: Base) -> Base:
    """The base with the first item alone in every list of its document, whatever the program makes of that."""
    form = format_of(base.document)
    document = read(form, base.case.files.get(base.document, b""))
    alone = _first_items(document)
    if alone == document:
        return base
    files = {**base.case.files, base.document: write(form, alone)}
    return replace(base, case=replace(base.case, files=files), outcome="", accepted=False)


def _first_items(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _first_items(entry) for key, entry in value.items()}
    return [_first_items(one) for one in value[:1]] if isinstance(value, list) else value


def agree(bases: Sequence[Base], run: Callable[[Sequence[Base]], list[Base]]) -> list[bool]:
    """Of each base, whether all of some more runs end as it did."""
    again = run([one for one in bases for _ in range(_TIMES)])
    outcomes = [{one.outcome for one in again[at : at + _TIMES]} for at in range(0, len(again), _TIMES)]
    return [seen == {one.outcome} for one, seen in zip(bases, outcomes, strict=True)]


def _calmer(base: Base) -> Iterator[Base]:
    """The base with the first item alone in one of the lists of its document."""
    form = format_of(base.document)
    document = read(form, base.case.files.get(base.document, b""))
    for path, entry in nodes(document):
        if isinstance(entry, list) and len(entry) > 1:
            files = {**base.case.files, base.document: write(form, replaced(document, path, entry[:1]))}
            where = ".".join(map(str, path))
            case = replace(base.case, files=files, origin=f"{base.case.origin}, one item in {where}")
            yield replace(base, case=case, outcome="", accepted=False)
