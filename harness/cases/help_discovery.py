"""Asking programs for their help texts, and theirs for those of their subcommands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from harness.cases.base import Ground
from harness.cases.help_parser import HelpPage, parse_help
from harness.cases.values import FILES, INPUT, files_named, values_for
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["Page", "base_argv", "discover"]

VERSION = 3
DEEPEST = 4  # levels of subcommands
MOST_PAGES = 200
_PATIENCE = 5.0  # seconds; a command that is not done by then is one that goes on until it is stopped


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
    """All help texts of a build's programs, from the store where they were asked for before; breadth first."""
    kept = ground.remember("help", (VERSION, ground.programs), lambda: msgspec.msgpack.encode(_ask(ground)))
    return msgspec.msgpack.decode(kept, type=list[Page])


def base_argv(page: Page) -> tuple[str, ...]:
    """A command line that the page's command is likely to accept: plausible values for all that is required."""
    required = [one for one in page.read().positionals if one.required]
    return (*page.path, *(values_for(one.name, possible=one.possible, default=one.default).good[0] for one in required))


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
    return _with_manners(ground, pages) if ground.contained else pages


def _texts(ground: Ground, wanted: Sequence[tuple[str, tuple[str, ...]]]) -> list[Page]:
    """Their help texts by `--help`, and where that gives none, by `-h`; those that have none are left out."""
    texts: dict[tuple[str, tuple[str, ...]], str] = {}
    for flag in ("--help", "-h"):
        missing = [one for one in wanted if one not in texts]
        cases = [Case(program=program, argv=(*path, flag), timeout=_PATIENCE) for program, path in missing]
        for case, seen in ground.run(cases):
            if text := _help_in(seen):
                texts[case.program, case.argv[:-1]] = text
    return [Page(program=one[0], path=one[1], text=texts[one]) for one in wanted if one in texts]


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
    seen = _outcomes(ground, alone)
    ending = [case for case in alone if not seen[case.program, case.argv].timed_out]
    fed = _outcomes(ground, [replace(case, stdin=INPUT) for case in ending])
    among = _outcomes(ground, [replace(case, files=FILES) for case in ending])
    return [
        replace(
            page,
            endless=seen[key].timed_out,
            reads=key in fed and fed[key] != seen[key],
            looks_around=key in among and among[key] != seen[key],
        )
        for page, case in zip(pages, alone, strict=True)
        for key in [(case.program, case.argv)]
    ]


def _plausible(page: Page) -> Case:
    argv = base_argv(page)
    return Case(program=page.program, argv=argv, files=files_named(argv), timeout=_PATIENCE)


def _outcomes(ground: Ground, cases: Sequence[Case]) -> dict[tuple[str, tuple[str, ...]], CommandObservation]:
    return {(case.program, case.argv): seen for case, seen in ground.run(cases)}
