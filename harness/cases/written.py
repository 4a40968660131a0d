"""Command lines that are written down in the repository: in its documents, in comments, in its tests.

Nobody knows better what a program is for than those who wrote down how it is called; and a change of behaviour often
comes with a line of a document or a test that shows it. What such a line names is there: files of the repository, and
for a name that nothing stands behind, a file of its kind.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec

from harness.cases.base import Ground, Repository, sources_of
from harness.cases.command_lines import CommandLine, in_document, in_source, spans_in
from harness.cases.examples_found import LARGEST, MOST_BESIDE, NOT_INPUT
from harness.cases.help_discovery import Page, discover
from harness.cases.placements import positional_places
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

VERSION = 3
_TRIED = 600
_SECONDS = 2.0
_MOST_PROGRAMS = 2  # that a line is tried with which does not say of which it is
_MOST_PLACES = 2
_MOST_ENDLESS = 12
_MOST_HUNG = 20
_AT_ONCE = 50
_OURS = {"HOME", "PATH"}
_LONGEST_NAME = 200  # characters
_NAME = re.compile(r"[\w.:/-]+(?:\(\))?")
_DOCUMENTS = (".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".org", ".dj", ".txt")
_IN_TESTS = re.compile(r"(^|[/_])tests?([/_.]|$)|#\[(?:\w+::)*test\b|\bcargo_bin")
_FILE_NAME = re.compile(r"(?:\./)?(?:[\w-]+/){0,4}[\w-]+\.[a-z][a-z0-9]{0,5}")
_FOLDER_NAME = re.compile(r"\./[\w-]+/?|[\w-]+/")


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
        new = [
            case
            for mine, other in ((after, before), (before, after))
            for case in _laid_out(mine, [one for one in mine.once(_lines_of) if one not in other.once(_lines_of)])
        ]
        words = [dict.fromkeys(_spans_of(side)) for side in (after, before)]
        only = [one for mine, other in (words, words[::-1]) for one in mine if one not in other]
        pages = [page for page in discover(before) if not page.endless]
        places = [place for page in pages for place in positional_places(page)][:_MOST_PLACES]
        new += [place.filled(one, f"written: {one!r} as an argument") for one in only for place in places]
        new = new[: before.config.cases or MOST_NEW]
        ending = [{index for index, _ in _seen(side, new)} for side in (before, after)]
        return [case for index, case in enumerate(new) if index in ending[0] & ending[1]]


# -- reading ----------------------------------------------------------------------------------------------


def _lines_of(ground: Ground) -> dict[CommandLine, str]:
    """The lines of a revision, and where each is written: documents first, then tests, as a person would read them."""
    made: dict[CommandLine, str] = {}
    for path, text in ground.once(_documents_of).items():
        _add(made, path, in_document(text, ground.programs), ground.programs)
    for path, text in sources_of(ground.repository).items() if ground.repository else ():
        if _is_input(path) and (_IN_TESTS.search(path) or _IN_TESTS.search(text)):
            _add(made, path, in_source(text, ground.programs), ground.programs)
    return made


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
    beside = _Beside(ground.repository)
    made = [case for one in lines for case in _cases_for(one, written[one], beside, pages)]
    waiting = [id(case) for case in made if case.endless][_MOST_ENDLESS:]
    return [case for case in made if id(case) not in waiting]


def _cases_for(
    one: CommandLine,
    path: str,
    beside: _Beside,
    pages: Mapping[tuple[str, tuple[str, ...]], Page],
) -> Iterator[Case]:
    """The line as it stands; where its command would read what nothing is told to come from, with input too."""
    page = _page_of(one, pages)
    files = dict(FILES) if page and page.looks_around else {}
    for word in (*one.argv, one.reads):
        for name in filter(None, (word, word.partition("=")[2])):
            files |= beside.behind(name, path)
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


class _Beside:
    """What words of lines name: files and folders of the repository, also beside where a line is written."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._paths = sorted(filter(str.isprintable, repository.paths()))
        self._known = set(self._paths)
        self._found: dict[tuple[str, str], dict[str, bytes]] = {}

    def behind(self, name: str, path: str) -> dict[str, bytes]:
        """The files that a word of a line in this file names; where there are none, one of its kind."""
        clean = name.removeprefix("./").rstrip("/")
        if (
            not 0 < len(clean) < _LONGEST_NAME
            or set(clean) & set("*?[]\n\0")
            or clean.startswith(("/", "..", "-"))
            or "/../" in clean
        ):
            return {}
        key = (name, str(PurePosixPath(path).parent))
        if key not in self._found:
            self._found[key] = self._in_repository(name, clean, path) or _made(name, clean)
        return self._found[key]

    def _in_repository(self, name: str, clean: str, path: str) -> dict[str, bytes]:
        folders = (f"{one}/" for one in map(str, PurePosixPath(path).parents) if one != ".")
        for base in dict.fromkeys(("", *folders)):
            whole = base + clean
            if whole in self._known:
                return self._some({clean: whole})
            inside = self._inside(f"{whole}/") if "/" in name else []
            if inside:
                return self._some({one.removeprefix(base): one for one in inside})
        return {}

    def _inside(self, folder: str) -> list[str]:
        start = bisect_left(self._paths, folder)
        some = self._paths[start : start + MOST_BESIDE]
        return [one for one in some if one.startswith(folder)]

    def _some(self, paths: Mapping[str, str]) -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        left = LARGEST
        for name, whole in paths.items():
            data = self._repository.read(whole).get(whole, b"")
            left -= len(data)
            if left >= 0:
                made[name] = data
        return made


def _made(name: str, clean: str) -> dict[str, bytes]:
    if _FILE_NAME.fullmatch(name):
        return {clean: FILES.get(f"input{PurePosixPath(clean).suffix}", FILES["input.txt"])}
    if _FOLDER_NAME.fullmatch(name):
        return {f"{clean}/{one}": data for one, data in FILES.items() if "/" not in one}
    return {}


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
