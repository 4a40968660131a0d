"""Which of a contract's entries speak of which comparison, and what is wrong with how they fit the range."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.contract import globs
from harness.contract.model import Contract, Entry, FilePattern, May, Must, Rule, joined, rules_of
from harness.model import Comparison, Difference

__all__ = ["Agreement", "Terms", "agree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one comparison.

    `steps` is what may change, commit after commit: one of a commit, all of them of a range. `name` is empty where
    no entry speaks of the commit, so that only the defaults hold. `missing` are tasks that should have been done by
    now. `folder` and `named` are for finding files. `own`: the range itself changed the contract.
    """

    name: str = ""
    steps: tuple[May, ...] = ()
    must: Must = field(default_factory=Must)
    missing: tuple[Difference, ...] = ()
    folder: str = ""
    named: tuple[str, ...] = ()
    is_range: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The terms of every comparison, by its id, and sentences about entries and commits that do not fit.

    `changed` tells of contracts that the range itself changed: its author could allow its own regression.
    """

    terms: Mapping[str, Terms] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    of_commit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def agree(contract: Contract, comparisons: Sequence[Comparison], changed: tuple[str, ...] = ()) -> Agreement:
    """Finds the commit of each entry."""
    if not contract:
        return Agreement()
    commits = [one for one in comparisons if not one.is_range]
    found = _matched(contract, commits)
    last_of = {number: max(places) for number, places in found.items() if places}
    common = Terms(folder=contract.folder, named=_named(contract), own=bool(changed))
    terms: dict[str, Terms] = {}
    steps: list[May] = []
    for place, commit in enumerate(commits):
        mine = [number for number, places in found.items() if place in places]
        entries = [contract.commits[number] for number in mine]
        may = joined(*entries, contract.defaults).may if entries else contract.defaults.may
        done = [contract.commits[number] for number in mine if last_of[number] == place]
        steps.append(may)
        terms[commit.id] = replace(
            common,
            name="; ".join(entry.called for entry in entries),
            steps=(_still_allowed(may, contract, last_of, place),),
            must=joined(*done, contract.defaults).must if done else contract.defaults.must,
        )
    for whole in comparisons:
        if whole.is_range:
            terms[whole.id] = _of_range(common, contract, steps, last_of)
    return Agreement(
        terms=terms,
        changed=changed,
        notes=tuple(_notes(contract, commits, last_of)),
        of_commit=_about(contract, commits, found),
    )


def _of_range(common: Terms, contract: Contract, steps: Sequence[May], last_of: Mapping[int, int]) -> Terms:
    end = max(last_of.values(), default=-1)
    last = [contract.commits[number] for number, place in last_of.items() if place == end]
    return replace(
        common,
        name="; ".join(entry.called for entry in last),
        steps=tuple(_still_allowed(may, contract, last_of, len(steps)) for may in steps),
        must=joined(*last, contract.defaults).must if last else contract.defaults.must,
        missing=tuple(_left_out(contract, last_of)),
        is_range=True,
    )


def _matched(contract: Contract, commits: Sequence[Comparison]) -> dict[int, list[int]]:
    """By the number of an entry, the places of its commits. An order counts only where no subject speaks."""
    found: dict[int, list[int]] = {}
    for number, entry in enumerate(contract.commits):
        subject = entry.subject
        found[number] = [
            place
            for place, commit in enumerate(commits)
            if subject and globs.matches_subject(subject, commit.candidate.subject)
        ]
    taken = {place for places in found.values() for place in places}
    for number, entry in enumerate(contract.commits):
        if not entry.subject and entry.order <= len(commits) and entry.order - 1 not in taken:
            found[number] = [entry.order - 1]
    return found


def _still_allowed(may: May, contract: Contract, last_of: Mapping[int, int], place: int) -> May:
    """Without warnings that were allowed until a commit that has come."""
    ends = {
        name: last_of.get(number) for number, one in enumerate(contract.commits) for name in (one.name, one.subject)
    }
    return replace(
        may, warn=tuple(one for one in may.warn if not one.until or (end := ends.get(one.until)) is None or place < end)
    )


def _left_out(contract: Contract, last_of: Mapping[int, int]) -> list[Difference]:
    """Entries before the last that was done which have no commit: in doubt, what they promise is not there."""
    done = max(last_of, default=-1)
    return [
        Difference(
            facet="unmet",
            where=entry.called,
            before="a commit of its own",
            after="no commit of the range",
            summary=f"{entry.called} has no commit in this range ({entry.origin}), and later ones have",
        )
        for number, entry in enumerate(contract.commits)
        if number < done and number not in last_of
    ]


def _notes(contract: Contract, commits: Sequence[Comparison], last_of: Mapping[int, int]) -> list[str]:
    notes = []
    subjects = {globs.normal(one.candidate.subject): one.candidate.subject for one in commits}
    for number, entry in enumerate(contract.commits):
        if number in last_of:
            continue
        near = difflib.get_close_matches(globs.normal(entry.subject), subjects, n=1)
        meant = f"; the nearest is `{subjects[near[0]]}`" if near else ""
        wanted = f"whose subject is `{entry.subject}`" if entry.subject else f"at place {entry.order}"
        notes.append(f"{entry.called} ({entry.origin}) has no commit in this range: there is none {wanted}{meant}")
    order = [last_of[number] for number in sorted(last_of)]
    if order != sorted(order):
        notes.append("the commits stand in another order than the contract's entries")
    return notes


def _about(
    contract: Contract, commits: Sequence[Comparison], found: Mapping[int, Sequence[int]]
) -> dict[str, tuple[str, ...]]:
    told: dict[str, tuple[str, ...]] = {}
    for place, commit in enumerate(commits):
        mine = [number for number, places in found.items() if place in places]
        notes = []
        if not mine and contract.commits:
            notes.append("the contract has no entry for this commit, so nothing but its defaults is allowed here")
        for number in mine:
            entry, places = contract.commits[number], found[number]
            if len(places) > 1 and place != max(places):
                notes.append(
                    f"{entry.called} is done in {len(places)} commits: its targets are looked at after the last"
                )
            elif len(places) > 1:
                notes.append(f"{entry.called} is done in {len(places)} commits, of which this is the last")
        if len(mine) > 1:
            notes.append(f"{len(mine)} entries of the contract speak of this commit")
        told[commit.id] = tuple(notes)
    return told


def _named(contract: Contract) -> tuple[str, ...]:
    """Every file that the contract names."""
    rules = [rule for entry in (contract.defaults, *contract.commits) for rule in _every(entry)]
    texts = (
        getattr(rule, name, "")
        for rule in rules
        for name in (("path",) if isinstance(rule, FilePattern) else ("file", "old", "new"))
    )
    return tuple(dict.fromkeys(text for text in texts if text))


def _every(entry: Entry) -> list[Rule]:
    return [rule for part in (entry.may, entry.must) for _, rule in rules_of(part)]
