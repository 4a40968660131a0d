"""Cases that help texts suggest.

In the order of what they promise, so that a limit cuts off the least promising: help, versions and no arguments at
all; then each command with what it needs, unknown words, and its positionals; then each flag with plausible values,
with bad ones, empty, without, repeated; then two bad values at once, so that the order shows in which they are
found; then values of which nobody knows: limits of integers and one beyond, space around, great length. About a
quarter of the cases is likely to be taken, two fifths to be refused, a third may be either.

A flag that a command shares with the one above it is tried once, on the first command that has it: all combinations
cost ten times the cases and found nothing more. Commands that do not end by themselves are stopped after a moment,
and there are few cases of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.cases.base import Ground
from harness.cases.help_discovery import Homes, Page, base_argv, discover, homes_of, places_of
from harness.cases.help_parser import Flag, HelpPage, Positional
from harness.cases.values import FILES, INPUT, Values, files_named, values_for
from harness.model import Case

__all__ = ["MOST", "HelpText", "given", "suggested"]

MOST = 1200
"""How many cases all help texts of a build give at most."""

MOST_ENDLESS = 48
"""How many of them are of commands that do not end."""

SECONDS_OF_ENDLESS = 2.0
_MOST_PAIRS = 24  # of one command

UNKNOWN_COMMAND = "no-such-command"
UNKNOWN_FLAG = "--no-such-flag"
_ORDINARY = ("--help", "--version", "-h", "-V")

Ranked = tuple[int, Case]
_Bad = tuple[str, tuple[str, ...]]


class HelpText:
    """The source."""

    name = "help"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """The cases that the help texts of a build suggest, the most promising first, at most `--harness-cases`."""
        pages = discover(ground)
        known = {page.program for page in pages}
        silent = [Page(program=program, path=(), text="") for program in ground.programs if program not in known]
        return suggested([*pages, *silent], contained=ground.contained, most=ground.config.cases or MOST)

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """What either side's help texts suggest, so that a flag that one side alone knows is tried on both."""
        return [*self.cases(before, ()), *self.cases(after, ())]


def suggested(pages: Sequence[Page], *, contained: bool = True, most: int = MOST) -> tuple[Case, ...]:
    """The cases that help texts suggest. Without containment, only those that ask for help or the version."""
    homes = homes_of(pages) if contained else {}
    ranked = [one for page in pages for one in (_of_page(page, homes) if contained else _harmless(page))]
    ranked.sort(key=lambda one: one[0])
    unique: dict[tuple[object, ...], Case] = {}
    for _, case in ranked:
        unique.setdefault((case.program, case.argv, case.stdin, tuple(case.files)), case)
    waiting = [id(case) for case in unique.values() if case.endless][MOST_ENDLESS:]
    return tuple(case for case in unique.values() if id(case) not in waiting)[:most]


def _of_page(page: Page, homes: Homes) -> Iterator[Ranked]:
    said = page.read()
    yield from _harmless(page)
    yield from _command(page, said)
    yield from _positionals(page, said)
    own = [flag for flag in said.flags if flag.name not in _ORDINARY and page.path in homes[page.program, flag.name]]
    for flag in own:
        yield from _flag(page, flag)
    yield from itertools.islice(_two_at_once(page, said, own), _MOST_PAIRS)


# -- kinds of cases, each with its rank -----------------------------------------------------------------------


def _case(page: Page, argv: Sequence[str], why: str, stdin: bytes = b"", *, fed: bool = False) -> Case:
    """A case; one that is `fed` has the input, and the files around it, that its command was seen to look at."""
    origin = f"help: {' '.join((page.program, *page.path))}: {why}"
    files = FILES if fed and page.looks_around else files_named(argv)
    stdin = INPUT if fed and page.reads else stdin
    case = Case(program=page.program, argv=tuple(argv), files=files, stdin=stdin, origin=origin)
    if page.endless and case.argv[-1:] != ("--help",):
        return replace(case, endless=True, timeout=SECONDS_OF_ENDLESS)
    return case


def _harmless(page: Page) -> Iterator[Ranked]:
    if not page.path:
        yield 0, _case(page, ("--version",), "version")
        yield 0, _case(page, ("-V",), "version")
    yield 0, _case(page, (*page.path, "--help"), "help")
    yield 1, _case(page, (*page.path, "-h"), "help")
    if page.path:
        yield 1, _case(page, ("help", *page.path), "help")


def _command(page: Page, said: HelpPage) -> Iterator[Ranked]:
    base = base_argv(page)
    yield 0 if not page.path else 1, _case(page, page.path, "no arguments")
    if not page.path and said.subcommands:
        yield 1, _case(page, ("help",), "help")
    yield 2, _case(page, (*page.path, UNKNOWN_FLAG), "unknown flag")
    if said.subcommands:
        yield 2, _case(page, (*page.path, UNKNOWN_COMMAND), "unknown command")
        yield 2, _case(page, (*page.path, said.subcommands[0][:-1] or "x"), "misspelled command")
    yield 2, _case(page, base, "plausible arguments")
    yield 3, _case(page, base, "with input", INPUT)
    if page.looks_around:
        yield 3, _case(page, base, "with files around", fed=True)
    if said.positionals:
        last = max(len(page.path), places_of(page).stop - 1)
        yield 3, _case(page, (*base[:last], "-", *base[last + 1 :]), "with input for -", INPUT)


def _positionals(page: Page, said: HelpPage) -> Iterator[Ranked]:
    base = base_argv(page)
    start, required = len(page.path), len(places_of(page))
    flags = base[start + required :]
    for missing in range(required):
        yield 2, _case(page, (*base[: start + missing], *flags), "a missing argument")
    for flag in said.flags:
        if flag.required:
            yield 2, _case(page, base_argv(page, flag.name), f"without {flag.name}")
    for index, one in enumerate(said.positionals):
        values = values_for(one.name, possible=one.possible, default=one.default)
        place = _filled(said.positionals[:index])
        rest = base[start + index + 1 :] if index < required else flags
        for value in values.good:
            yield 3, _case(page, (*page.path, *place, value, *rest), f"{one.name} plausible", fed=True)
        for value in (*values.bad, ""):
            yield 4, _case(page, (*page.path, *place, value, *rest), f"{one.name} bad", fed=True)
        for value in values.odd:
            yield 7, _case(page, (*page.path, *place, value, *rest), f"{one.name} odd", fed=True)
        if one.repeated:
            yield (
                4,
                _case(
                    page,
                    (*page.path, *place, values.good[0], values.bad[0], values.good[-1], *flags),
                    f"{one.name} several",
                ),
            )
    yield 4, _case(page, (*base, "one-too-many"), "an argument too many")
    yield 5, _case(page, (*page.path, *flags, "--", *base[start : start + required]), "after --")


def _filled(positionals: Sequence[Positional]) -> tuple[str, ...]:
    return tuple(values_for(one.name, possible=one.possible, default=one.default).good[0] for one in positionals)


def _flag(page: Page, flag: Flag) -> Iterator[Ranked]:
    """Cases of one flag."""
    base = base_argv(page, flag.name)
    if not flag.value:
        yield 3, _case(page, (*base, flag.name), f"{flag.name}", fed=True)
        yield 6, _case(page, (*base, flag.name, flag.name), f"{flag.name} repeated", fed=True)
        if flag.short and flag.long:
            yield 6, _case(page, (*base, flag.short), f"{flag.short}", fed=True)
        yield 5, _case(page, (*base, f"{flag.name}=value"), f"{flag.name} with a value it does not take")
        return
    values = _values_of(flag)
    for number, value in enumerate(values.good):
        rank = 3 if number == 0 or flag.possible else 4
        yield rank, _case(page, (*base, *given(flag, value)), f"{flag.name} plausible", fed=True)
    twice = (*given(flag, values.good[0]), *given(flag, values.good[-1]))
    yield 5, _case(page, (*base, *twice), f"{flag.name} repeated", fed=True)
    other = given(flag, values.good[0], other=True)
    yield 6, _case(page, (*base, *other), f"{flag.name} in another form", fed=True)
    for value in values.odd:
        yield 7, _case(page, (*base, *given(flag, value)), f"{flag.name} odd", fed=True)
    for value in values.bad:
        yield 4, _case(page, (*base, *given(flag, value)), f"{flag.name} bad")
    yield 5, _case(page, (*base, *given(flag, "")), f"{flag.name} empty")
    yield 5, _case(page, (*base, flag.name), f"{flag.name} without its value")


def _two_at_once(page: Page, said: HelpPage, flags: Sequence[Flag]) -> Iterator[Ranked]:
    """Two bad values in one command line, in both orders where there are two: flags, then positionals and flags."""
    places = places_of(page)
    start, base = places.start, base_argv(page)[: places.stop]

    def with_flags(words: Sequence[str], *used: str) -> tuple[str, ...]:
        """The words with the flags that are required, those that are used already aside."""
        return (*words, *base_argv(page, *used)[places.stop :])

    bad = [(flag.name, given(flag, _values_of(flag).bad[0])) for flag in flags if flag.value]
    bad += [(flag.name, (f"{flag.name}=value",)) for flag in flags if not flag.value][:1]
    wrongs = []
    for index, one in enumerate(said.positionals[: len(places)]):
        wrong = values_for(one.name, possible=one.possible, default=one.default).bad[0]
        wrongs.append((one.name, (*base[: start + index], wrong, *base[start + index + 1 :])))
    for (name, _), (other, words) in itertools.combinations(wrongs, 2):
        index = next(at for at, word in enumerate(words) if word != base[at])
        first = next(argv for known, argv in wrongs if known == name)
        both = (*first[:index], words[index], *first[index + 1 :])
        yield 5, _case(page, with_flags(both), f"{name} and {other} bad")
    neighbours = dict.fromkeys((*itertools.pairwise(_far_apart(bad)), *itertools.pairwise(bad)))
    for (name, words), (other, more) in neighbours:
        yield 5, _case(page, with_flags((*base, *words, *more), name, other), f"{name} and {other} bad")
        yield 5, _case(page, with_flags((*base, *more, *words), name, other), f"{other} and {name} bad")
    for name, argv in wrongs:
        for other, words in bad:
            yield 5, _case(page, with_flags((*argv, *words), other), f"{name} and {other} bad")
    for name, words in bad[:2]:
        yield 5, _case(page, with_flags((*base, *words, UNKNOWN_FLAG), name), f"{name} bad and an unknown flag")
        yield 5, _case(page, with_flags((*base, UNKNOWN_FLAG, *words), name), f"an unknown flag and {name} bad")
        if places:
            yield 5, _case(page, with_flags((*base[:-1], *words), name), f"{name} bad and an argument missing")


def _far_apart(some: Sequence[_Bad]) -> list[_Bad]:
    """The first, the last, the second, the last but one: so that neighbours are no neighbours in the sources."""
    half = (len(some) + 1) // 2
    turns = itertools.zip_longest(some[:half], reversed(some[half:]))
    return [one for turn in turns for one in turn if one is not None]


def _values_of(flag: Flag) -> Values:
    return values_for(flag.value, flag.name, flag.possible, flag.default)


def given(flag: Flag, value: str, *, other: bool = False) -> tuple[str, ...]:
    """A flag with a value: behind `=` where the help has it so, else as a word of its own; or the other way."""
    behind = (flag.optional or (flag.inline and flag.long.startswith("--"))) != other
    if other and flag.short and flag.long:
        return flag.short, value
    return (f"{flag.name}={value}",) if behind else (flag.name, value)
