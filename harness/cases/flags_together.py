"""Command lines with two flags at once that a commit names: what `a && !b` decides shows with neither alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from harness.cases.base import Ground
from harness.cases.flagged import with_words
from harness.cases.help_discovery import ASKS, Page, base_argv, discover, page_of
from harness.cases.help_parser import Flag
from harness.cases.help_text import given
from harness.cases.known_good import known_good
from harness.cases.named import Named, named_between
from harness.cases.values import files_named, values_for
from harness.model import Case

__all__ = ["FlagsTogether"]

MOST = 60
"""How many of these cases a command gets at most."""

_FLAGS = 8
_VALUES = 2  # of one flag
_BASES = 2


class FlagsTogether:
    """The source."""

    name = "flags together"

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """For each command, every two of its flags that the changed lines name, or the functions around them."""
        named = named_between(before, after) if before.contained else Named()
        if named == Named():
            return ()
        pages = {(page.program, page.path): page for ground in (after, before) for page in discover(ground)}
        commands = [page for page in pages.values() if not page.endless]
        return [case for page in commands for case in itertools.islice(_of_page(before, page, commands, named), MOST)]


def _of_page(ground: Ground, page: Page, pages: Sequence[Page], named: Named) -> Iterator[Case]:
    flags = [(rank, one) for one in page.read().flags if (rank := named.rank(one.name)) is not None]
    flags = [one for one in flags if not {one[1].long, one[1].short} & ASKS]
    nearest = [flag for _, flag in sorted(flags, key=lambda one: one[0])][:_FLAGS]
    good = known_good(ground.first or ground).succeeding()
    bases = [one.case for one in good if page_of(one.case, pages) == page][:_BASES]
    argv = base_argv(page)
    bases = bases or [Case(program=page.program, argv=argv, files=files_named(argv))]
    for pair in itertools.combinations(nearest, 2):
        for words in itertools.product(*map(_given, pair)):
            yield from (with_words(base, [*words[0], *words[1]]) for base in bases)


def _given(flag: Flag) -> list[tuple[str, ...]]:
    if not flag.value:
        return [(flag.name,)]
    good = values_for(flag.value, flag.name, flag.possible, flag.default).good
    return [given(flag, value) for value in good[:_VALUES]]
