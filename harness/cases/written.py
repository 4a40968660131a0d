"""Command lines that are written down in the repository: in its documents, in comments, in its tests.

Nobody knows better what a program is for than those who wrote down how it is called; and a change of behaviour often
comes with a line of a document or a test that shows it. What such a line names is there: files of the repository, and
for a name that nothing stands behind, a file of its kind. What a test writes before it calls the program is there too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec

from harness.cases.base import Ground, sources_of
from harness.cases.command_lines import CommandLine, in_document, in_source, spans_in
from harness.cases.examples_found import NOT_INPUT
from harness.cases.help_discovery import Page, base_argv, discover, switches_of
from harness.cases.laid_out import Beside, laid_by_test, names_looked_for
from harness.cases.placements import positional_places
from harness.cases.scenes import Scenes
from harness.cases.slots import shape_of
from harness.cases.spread import spread
from harness.cases.values import FILES, INPUT, names_outside
from harness.compare.output import CommandObservation
from harness.model import Case
from harness.store import digest_of

__all__ = ["MOST", "MOST_NEW", "WrittenDown"]

MOST = 200
"""How many of them are run on every revision, at most."""

MOST_NEW = 60
"""How many of those that one side of a comparison alone has."""

MOST_ELSEWHERE = 120
"""How often the files of new lines are given to other commands and switches."""

VERSION = 4
_TRIED = 600
_SECONDS = 2.0
_MOST_PROGRAMS = 2  # that a line is tried with which does not say of which it is
_MOST_PLACES = 2
_MOST_ENDLESS = 12
_MOST_HUNG = 20
_AT_ONCE = 50
_OURS = {"HOME", "PATH"}
_NAME = re.compile(r"[\w.:/-]+(?:\(\))?")
_DOCUMENTS = (".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".org", ".dj", ".txt")
_IN_TESTS = re.compile(r"(^|[/_])tests?([/_.]|$)|#\[(?:\w+::)*test\b|\bcargo_bin")


class WrittenDown:
    """The source."""

    name = "written"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Those lines that end by themselves, each outcome once, those that end well first."""
        if not ground.contained or ground.repository is None:
            return ()
        tried = _laid_out(ground, spread(ground.once(_lines_of), _TRIED))
        return _worth(ground, tried)[: ground.config.cases or MOST]

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """The lines that one side alone has, and what stands as code in documents of one side alone as an argument.

        What does not end on both sides is left out: twenty such lines, and a program is not asked any more.
        """
        if not before.contained or before.repository is None or after.repository is None:
            return ()
        lines = [
            (mine, [one for one in mine.once(_lines_of) if one not in other.once(_lines_of)])
            for mine, other in ((after, before), (before, after))
        ]
        new = [case for mine, some in lines for case in _laid_out(mine, some)]
        words = [dict.fromkeys(_spans_of(side)) for side in (after, before)]
        only = [one for mine, other in (words, words[::-1]) for one in mine if one not in other]
        pages = [page for page in discover(before) if not page.endless]
        places = [place for page in pages for place in positional_places(page)][:_MOST_PLACES]
        new += [place.filled(one, f"written: {one!r} as an argument") for one in only for place in places]
        new = [*new[: before.config.cases or MOST_NEW], *itertools.islice(_elsewhere(new, pages), MOST_ELSEWHERE)]
        ending = [{index for index, _ in _seen(side, new)} for side in (before, after)]
        return [case for index, case in enumerate(new) if index in ending[0] & ending[1]]


# -- reading ----------------------------------------------------------------------------------------------


def _lines_of(ground: Ground) -> dict[CommandLine, str]:
    """The lines of a revision, and where each is written: documents first, then tests, as a person would read them."""
    kept = ground.remember(
        "lines", (VERSION, ground.build.tree), lambda: msgspec.msgpack.encode(list(_read(ground).items()))
    )
    return dict(msgspec.msgpack.decode(kept, type=list[tuple[CommandLine, str]]))


def _read(ground: Ground) -> dict[CommandLine, str]:
    made: dict[CommandLine, str] = {}
    for path, text in ground.once(_documents_of).items():
        _add(made, path, in_document(text, ground.programs), _programs_near(path, ground))
    sources = sources_of(ground.repository) if ground.repository else {}
    tests = {path: text for path, text in sources.items() if _is_input(path) and _is_test(path, text)}
    scenes = Scenes(tests, ground.programs)
    for path, text in tests.items():
        lines = [*scenes.of(path), *in_source(text, ground.programs)]
        _add(made, path, lines, _programs_near(path, ground))
    return made


def _programs_near(path: str, ground: Ground) -> Sequence[str]:
    """The programs of the package that a file belongs to, or else all of them."""
    folders = {
        f"{folder}/" if folder not in ("", ".") else "": name
        for name, folder in ground.build.workspace.packages.items()
    }
    own = folders[max(filter(path.startswith, folders), key=len)] if any(map(path.startswith, folders)) else ""
    near = {one.target for one in ground.build.executables if one.package == own}
    return [one for one in ground.programs if one in near] or ground.programs


def _is_test(path: str, text: str) -> bool:
    return bool(_IN_TESTS.search(path) or _IN_TESTS.search(text))


def _add(made: dict[CommandLine, str], path: str, lines: Iterable[CommandLine], programs: Sequence[str]) -> None:
    for one in lines:
        if any("\0" in word or names_outside(word) for word in (*one.argv, *(value for _, value in one.env))):
            continue
        if {name for name, _ in one.env} & _OURS:
            continue
        for program in (one.program,) if one.program else programs[:_MOST_PROGRAMS]:
            made.setdefault(replace(one, program=program), path)


def _documents_of(ground: Ground) -> dict[str, str]:
    assert ground.repository is not None
    found = {path: data for ending in _DOCUMENTS for path, data in ground.repository.read(f"**/*{ending}").items()}
    ordered = sorted(filter(_is_input, found), key=lambda path: (path.count("/"), path))
    return {path: found[path].decode("utf-8", "replace") for path in ordered}


def _is_input(path: str) -> bool:
    return path.isprintable() and not any(part in NOT_INPUT for part in PurePosixPath(path).parts)


def _spans_of(ground: Ground) -> Iterator[str]:
    """What stands as code in the documents, as long as it is more than a name and no line of a program."""
    for one in itertools.chain.from_iterable(map(spans_in, ground.once(_documents_of).values())):
        is_line = bool(set(one.split()[:1]) & set(ground.programs))
        if not (is_line or "\0" in one or _NAME.fullmatch(one) or names_outside(one)):
            yield one


# -- making cases -----------------------------------------------------------------------------------------


def _laid_out(ground: Ground, lines: Iterable[CommandLine]) -> list[Case]:
    assert ground.repository is not None
    written = ground.once(_lines_of)
    pages = {(page.program, page.path): page for page in discover(ground)}
    beside = Beside(ground.repository)
    names = names_looked_for(ground)
    made = [case for one in lines for case in _cases_for(one, written[one], beside, pages, names)]
    waiting = [id(case) for case in made if case.endless][_MOST_ENDLESS:]
    return [case for case in made if id(case) not in waiting]


def _cases_for(
    one: CommandLine,
    path: str,
    beside: Beside,
    pages: Mapping[tuple[str, tuple[str, ...]], Page],
    names: Mapping[str, str],
) -> Iterator[Case]:
    """The line as it stands; where its command would read what nothing is told to come from, with input too."""
    page = _page_of(one, pages)
    laid = laid_by_test(one, path, beside, names)
    if one.is_scene and not laid:
        return  # without what it lays out, it is a line like any other
    files = dict(FILES) if page and page.looks_around and not laid else laid
    for word in (*one.argv, one.reads):
        for name in filter(None, (word, word.partition("=")[2])):
            files |= {known: data for known, data in beside.behind(name, path).items() if known not in laid}
    if any(str(parent) in files for name in files for parent in PurePosixPath(name).parents):
        return  # a file and a folder of one name
    stdin = files.get(one.reads.removeprefix("./"), b"") if one.stdin is None else one.stdin
    told = Case(
        program=one.program,
        argv=one.argv,
        files=files,
        env=dict(one.env),
        stdin=stdin,
        origin=f"written in {path}",
    )
    made = replace(told, endless=True, timeout=_SECONDS) if page and page.endless else told
    yield made
    if page and page.reads and not stdin:
        yield replace(made, stdin=INPUT)


def _page_of(one: CommandLine, pages: Mapping[tuple[str, tuple[str, ...]], Page]) -> Page | None:
    """The help of the command that a line calls: of the longest path of subcommands at its beginning."""
    words = [word for word in one.argv if not word.startswith("-")]
    found = (pages.get((one.program, tuple(words[:length]))) for length in range(len(words), -1, -1))
    return next(filter(None, found), None)


def _elsewhere(new: Sequence[Case], pages: Sequence[Page]) -> Iterator[Case]:
    """The files of new lines with all commands of their programs, and with each switch of these."""
    calls = [
        (page.program, argv)
        for page in pages
        for argv in (base_argv(page), *((*base_argv(page, one.name), one.name) for one in switches_of(page)))
    ]
    scenes = {msgspec.msgpack.encode(case.files, order="deterministic"): case for case in new if case.files}.values()
    for program, argv in calls:
        for case in scenes:
            if case.program == program and case.argv != argv:
                yield replace(case, argv=argv, origin=f"{case.origin}, as {' '.join(argv)}")


# -- choosing ---------------------------------------------------------------------------------------------


def _worth(ground: Ground, tried: Sequence[Case]) -> list[Case]:
    """Of those that end, one for each outcome, those that end well first: many lines differ in a word that is data."""
    first: dict[object, int] = {}
    well: set[int] = set()
    for index, (outcome, is_well) in _seen(ground, tried):
        first.setdefault((tried[index].program, outcome), index)
        well |= {index} if is_well else set()
    return [tried[index] for index in sorted(first.values(), key=lambda index: index not in well)]


def _seen(ground: Ground, cases: Sequence[Case]) -> list[tuple[int, tuple[str, bool]]]:
    """Of the cases that end, and say the same twice but for numbers, what came of each and whether it ended well."""
    parts = (VERSION, msgspec.msgpack.encode(cases, order="deterministic"))
    kept = ground.remember("written", parts, lambda: msgspec.msgpack.encode(list(_run(ground, cases))))
    return msgspec.msgpack.decode(kept, type=list[tuple[int, tuple[str, bool]]])


def _run(ground: Ground, cases: Sequence[Case]) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Where too many do not end, the rest is not tried."""
    hung = 0
    for start in range(0, len(cases), _AT_ONCE):
        asked, again = ([replace(one, timeout=_SECONDS) for one in cases[start : start + _AT_ONCE]] for _ in range(2))
        answers = {id(case): seen for case, seen in ground.run([*asked, *again])}
        for index, (case, other) in enumerate(zip(asked, again, strict=True), start):
            seen, second = answers[id(case)], answers[id(other)]
            hung += seen.timed_out
            if not (seen.timed_out or second.timed_out) and shape_of(seen) == shape_of(second):
                yield index, (digest_of(repr(_outcome(seen)).encode()), seen.status == "exit 0")
        if hung > _MOST_HUNG:
            return


def _outcome(seen: CommandObservation) -> tuple[object, ...]:
    return seen.status, seen.stdout, seen.stderr, tuple(seen.files)
