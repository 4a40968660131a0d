"""Asking programs for their help texts, and theirs for those of their subcommands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from harness.cases.base import Ground
from harness.cases.help_parser import Flag, HelpPage, parse_help
from harness.cases.values import FILES, INPUT, files_named, values_for
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["ASKS", "Homes", "Page", "base_argv", "discover", "homes_of", "page_of", "places_of", "switches_of"]

ASKS = frozenset({"--help", "--version", "-h", "-V"})
"""Switches that ask a program about itself."""

Homes = dict[tuple[str, str], set[tuple[str, ...]]]
"""By program and flag, the commands on which it is tried."""

VERSION = 6
DEEPEST = 4  # levels of subcommands
MOST_PAGES = 200
_MUCH_PATIENCE = 30.0
_PATIENCE = 4.0  # seconds; a command that is not done by then is one that goes on until it is stopped

_WAYS: tuple[Callable[[tuple[str, ...]], tuple[str, ...]], ...] = (
    lambda path: (*path, "--help"),
    lambda path: (*path, "-h"),
    lambda path: ("help", *path),
    lambda path: path,
)
"""How programs are asked for help: by a flag, by a command, by saying nothing, which some answer with their usage."""

_ASKED_FOR = 2  # of these ways, those that mean nothing else to any program; the others are tried in a sandbox alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One help text: of a program, or of its subcommand `path`; empty where a subcommand has none of its own.

    `endless` says that the command, given plausible arguments, does not end by itself (a server, a watcher);
    `reads` that it does something else where there is standard input, `looks_around` where there are files in its
    directory that no argument names.
    """

    program: str
    path: tuple[str, ...]
    text: str
    endless: bool = False
    reads: bool = False
    looks_around: bool = False

    def read(self) -> HelpPage:
        """What it says."""
        return parse_help(self.text)


def discover(ground: Ground) -> list[Page]:
    """All help texts of a build's programs, from the store where they were asked for before; breadth first.

    How commands behave is found out on the first revision of a range, and again only where the texts are others.
    """
    pages = _kept(ground, "help", (VERSION, ground.programs), lambda: _ask(ground))
    if not ground.contained:
        return pages
    if ground.first is not None and ground.first.contained:
        of_the_first = discover(ground.first)
        if [(page.program, page.path, page.text) for page in of_the_first] == [
            (page.program, page.path, page.text) for page in pages
        ]:
            return of_the_first
    return _kept(ground, "manners", (VERSION, ground.programs), lambda: _with_manners(ground, pages))


def _kept(ground: Ground, kind: str, parts: tuple[object, ...], make: Callable[[], list[Page]]) -> list[Page]:
    return msgspec.msgpack.decode(ground.remember(kind, parts, lambda: msgspec.msgpack.encode(make())), type=list[Page])


def base_argv(page: Page, *without: str) -> tuple[str, ...]:
    """A command line that the page's command is likely to accept: plausible values for all that is required.

    First come positionals, then flags, those named in `without` aside.
    """
    said = page.read()
    required = [one for one in said.positionals if one.required]
    words = [values_for(one.name, possible=one.possible, default=one.default).good[0] for one in required]
    for flag in said.flags:
        if flag.required and flag.name not in without:
            words += _with_value(flag)
    return (*page.path, *words)


def places_of(page: Page) -> range:
    """Where in `base_argv` the positionals stand."""
    start = len(page.path)
    return range(start, start + sum(one.required for one in page.read().positionals))


def switches_of(page: Page) -> list[Flag]:
    """Its flags that take no value, but for those that ask about the program."""
    return [flag for flag in page.read().flags if not flag.value and flag.name not in ASKS]


def page_of(case: Case, pages: Sequence[Page]) -> Page | None:
    """The command that a command line calls: the one with the longest path."""
    fitting = [one for one in pages if one.program == case.program and case.argv[: len(one.path)] == one.path]
    return max(fitting, key=lambda page: len(page.path), default=None)


def homes_of(pages: Sequence[Page]) -> Homes:
    """On which commands each flag is tried: where it is told; of those below one that tells it too, the first."""
    told: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for page in pages:
        for flag in page.read().flags:
            told.setdefault((page.program, flag.name), []).append(page.path)
    return {flag: _chosen(paths) for flag, paths in told.items()}


def _chosen(paths: Sequence[tuple[str, ...]]) -> set[tuple[str, ...]]:
    below = [one for one in paths if any(_is_below(one, other) for other in paths)]
    above = {other for other in paths if any(_is_below(one, other) for one in paths)}
    return {*below[:1], *(one for one in paths if one not in above and one not in below)}


def _is_below(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _with_value(flag: Flag) -> tuple[str, ...]:
    if not flag.value:
        return (flag.name,)
    value = values_for(flag.value, flag.name, flag.possible, flag.default).good[0]
    return (f"{flag.name}={value}",) if flag.inline and flag.long.startswith("--") else (flag.name, value)


def _ask(ground: Ground) -> list[Page]:
    pages: list[Page] = []
    level: list[tuple[str, tuple[str, ...]]] = [(program, ()) for program in ground.programs]
    seen: set[tuple[str, str]] = set()
    for _ in range(DEEPEST + 1):
        found = [page for page in _texts(ground, level) if (page.program, page.text) not in seen]
        seen.update((page.program, page.text) for page in found)
        told = {(page.program, page.path) for page in found}
        found += [Page(program=one[0], path=one[1], text="") for one in level if one[1] and one not in told]
        pages += found[: MOST_PAGES - len(pages)]
        level = [
            (page.program, (*page.path, name)) for page in found for name in page.read().subcommands if name != "help"
        ][: MOST_PAGES - len(pages)]
        if not level:
            break
    return pages


def _texts(ground: Ground, wanted: Sequence[tuple[str, tuple[str, ...]]]) -> list[Page]:
    """Their help texts by `--help`; where that gives none, in the other ways in which programs are asked.

    Those that have none are left out.
    """
    texts: dict[tuple[str, tuple[str, ...]], str] = {}
    hung: set[tuple[str, tuple[str, ...]]] = set()
    for number, way in enumerate(_WAYS if ground.contained else _WAYS[:_ASKED_FOR]):
        asked = {(one[0], way(one[1])): one for one in wanted if one not in texts and one not in hung}
        cases = [Case(program=program, argv=argv, timeout=_PATIENCE) for program, argv in asked]
        for case, seen in _patiently(ground, cases) if number < _ASKED_FOR else ground.run(cases):
            one = asked[case.program, case.argv]
            if text := _help_in(seen):
                texts[one] = text
            elif seen.timed_out and number + 1 >= _ASKED_FOR:
                hung.add(one)
    return [Page(program=one[0], path=one[1], text=texts[one]) for one in wanted if one in texts]


def _patiently(ground: Ground, cases: Sequence[Case]) -> Iterator[tuple[Case, CommandObservation]]:
    """Runs cases, and the first that ran out of time again with much more: without help there is nothing to go by.

    On a machine that is busy enough, even help takes long; a program that hangs does so in all of them.
    """
    late = []
    for case, seen in ground.run(cases):
        late += [case] if seen.timed_out else []
        yield case, seen
    again = [replace(case, timeout=_MUCH_PATIENCE) for case in late]
    for some in (again[:1], again[1:]):
        ended = list(ground.run(some)) if some else []
        yield from ended
        if all(seen.timed_out for _, seen in ended):
            return


def _help_in(seen: CommandObservation) -> str:
    """The help text that a run printed; where it failed, only what has the looks of one."""
    for data in (seen.stdout, seen.stderr):
        text = data.decode("utf-8", "replace")
        page = parse_help(text)
        flags = [flag for flag in page.flags if flag.long not in ("--help", "")]
        looks = bool(flags or page.subcommands)
        if looks or (seen.status == "exit 0" and (page.positionals or "--help" in text)):
            return text
    return ""


def _with_manners(ground: Ground, pages: Sequence[Page]) -> list[Page]:
    """The pages with what shows when their commands run with plausible arguments: alone, with input, among files."""
    alone = [_plausible(page) for page in pages]
    # Beside each other, since those that do not end mostly wait.
    seen = _outcomes(ground, [replace(case, endless=True) for case in alone])
    ending = [case for case in alone if not _goes_on(seen[case.program, case.argv])]
    fed = _outcomes(ground, [replace(case, stdin=INPUT) for case in ending])
    among = _outcomes(ground, [replace(case, files=FILES) for case in ending])
    return [
        replace(
            page,
            endless=_goes_on(seen[key]),
            reads=key in fed and fed[key] != seen[key],
            looks_around=key in among and among[key] != seen[key],
        )
        for page, case in zip(pages, alone, strict=True)
        for key in [(case.program, case.argv)]
    ]


def _goes_on(seen: CommandObservation) -> bool:
    """Whether a program did not end by itself: it waited, or said the same again and again, as a prompt may."""
    return seen.status.startswith(("stopped after", "timed out", "output limit"))


def _plausible(page: Page) -> Case:
    argv = base_argv(page)
    return Case(program=page.program, argv=argv, files=files_named(argv), timeout=_PATIENCE)


def _outcomes(ground: Ground, cases: Sequence[Case]) -> dict[tuple[str, tuple[str, ...]], CommandObservation]:
    return {(case.program, case.argv): seen for case, seen in ground.run(cases)}
