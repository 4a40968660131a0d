"""Whole folders of the repository that look like what a command works in: a book, a site, a project in test data.

What programs look for in vain is given to them from one place of the repository; wherever else it stands as well, there
is another thing to work on. A commit often brings one that shows what it changes.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from harness.cases.base import Ground, Repository
from harness.cases.examples_found import NOT_INPUT
from harness.cases.known_good import Base, known_good, run
from harness.cases.spread import spread
from harness.model import Case

__all__ = ["MOST", "MOST_NEW", "Projects", "folders_with"]

MOST = 48
"""How many of these cases there are at most."""

MOST_NEW = 40
"""How many of those that one side alone has, or has otherwise."""

_COMMANDS = 6  # of a program
_FOLDERS = 200  # that are looked at
_FILES = 120  # of a folder
_BYTES = 1 << 20  # of all of them

_NO_NAME = frozenset("*?[]")  # what would be read as a pattern

_Files = Mapping[str, bytes]


class Projects:
    """The source."""

    name = "projects"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """For each command that was given what it looked for, some of the other folders that have it, from all over."""
        repository = ground.repository
        if repository is None:
            return ()
        most = ground.config.cases or MOST
        several = [
            [(base, folder) for folder in spread(folders_with(base.given, repository.paths()), most)]
            for base in _bases(ground)
        ]
        in_turns = filter(None, itertools.chain.from_iterable(itertools.zip_longest(*several)))
        made = (_in(base, folder, files) for base, folder in in_turns if (files := _files(repository, folder)))
        return _ending(ground, list(itertools.islice(made, most)))

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """Those that are not the same on both sides, as either has them."""
        old, new = before.repository, after.repository
        if old is None or new is None:
            return ()
        every = sorted({*old.paths(), *new.paths()})
        bases = [(base, set(folders_with(base.given, every)[:_FOLDERS])) for base in _bases(before)]
        made = (
            _in(base, folder, files)
            for folder in sorted(set().union(*(folders for _, folders in bases)))
            for files in _different(_files(new, folder), _files(old, folder))
            for base, folders in bases
            if folder in folders
        )
        return _ending(before, list(itertools.islice(made, MOST_NEW)))


def folders_with(names: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The folders, below the top, in which files of these names stand; first those that have the most of them. Pure."""
    wanted = [f"/{name}" for name in names]
    found: Counter[str] = Counter()
    for path in sorted(paths):
        if not _NO_NAME.intersection(path) and not any(
            part.startswith(".") or part in NOT_INPUT for part in PurePosixPath(path).parts[:-1]
        ):
            found.update(path.removesuffix(name) for name in wanted if path.endswith(name))
    return [folder for folder, _ in found.most_common()]


def _bases(ground: Ground) -> list[Base]:
    """Command lines that were given what they looked for, a few of each program, those that end well first."""
    known = known_good(ground.first or ground)
    given = [one for one in (*known.best(), *known.deep) if one.given and one.outcome and not one.switched]
    each = {(one.case.program, one.case.argv): one for one in sorted(given, key=lambda one: one.accepted)}
    count: Counter[str] = Counter()
    chosen = []
    for one in reversed(each.values()):
        count[one.case.program] += 1
        if count[one.case.program] <= _COMMANDS:
            chosen.append(one)
    return chosen


def _files(repository: Repository, folder: str) -> dict[str, bytes]:
    """All that is in a folder, by its path from there; nothing where that is too much for a case."""
    found = {path.removeprefix(f"{folder}/"): data for path, data in repository.read(folder).items()}
    small = len(found) <= _FILES and sum(map(len, found.values())) <= _BYTES
    return found if small else {}


def _different(one: _Files, other: _Files) -> Iterator[_Files]:
    if one != other:
        yield from filter(None, (one, other))


def _ending(ground: Ground, cases: Sequence[Case]) -> list[Case]:
    """Those that end by themselves: given something to serve, a server does not."""
    tried = run(ground, [Base(case=case) for case in cases])
    return [case for case, one in zip(cases, tried, strict=True) if one.outcome]


def _in(base: Base, folder: str, files: _Files) -> Case:
    """The command line in that folder, with what it has of its own besides."""
    tops = {path.partition("/")[0] for path in files}
    own = {
        path: data
        for path, data in base.case.files.items()
        if path not in base.given and path.partition("/")[0] not in tops
    }
    return replace(base.case, files={**own, **files}, origin=f"in {folder}")
