"""Command lines that are written down in the repository: in its documents, in comments, in its tests.

Nobody knows better what a program is for than those who wrote down how it is called; and a change of behaviour often
comes with a line of a document or a test that shows it. What such a line names is there: files of the repository, and
for a name that nothing stands behind, a file of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec

from harness.cases.base import Ground, Repository
from harness.cases.command_lines import CommandLine, in_document, in_source, spans_in
from harness.cases.examples_found import LARGEST_BESIDE, MOST_BESIDE, NOT_INPUT
from harness.cases.help_discovery import Page, discover
from harness.cases.placements import positional_places
from harness.cases.slots import shape_of
from harness.cases.values import FILES, INPUT, names_outside
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["MOST", "MOST_NEW", "WrittenDown"]

MOST = 200
"""How many of them are run on every revision, at most."""

MOST_NEW = 60
"""How many of those that one side of a comparison alone has."""

VERSION = 2
_TRIED = 600
_SECONDS = 2.0
_MOST_PROGRAMS = 2  # that a line is tried with which does not say of which it is
_MOST_PLACES = 2
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
        made = ground.once(_cases_of)
        tried = made[:: max(1, -(-len(made) // _TRIED))]
        parts = (VERSION, msgspec.msgpack.encode(tried, order="deterministic"))
        kept = ground.remember("written", parts, lambda: msgspec.msgpack.encode(_worth(ground, tried)))
        chosen = [tried[index] for index in msgspec.msgpack.decode(kept, type=list[int])]
        return chosen[: ground.config.cases or MOST]

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """The lines that one side alone has, and what stands as code in documents of one side alone as an argument."""
        if not before.contained or before.repository is None or after.repository is None:
            return ()
        sides = [{(one.program, one.argv, one.stdin): one for one in side.once(_cases_of)} for side in (after, before)]
        new = [one for mine, other in (sides, sides[::-1]) for key, one in mine.items() if key not in other]
        words = [side.once(_spans_of) for side in (after, before)]
        only = [one for mine, other in (words, words[::-1]) for one in mine if one not in other][:MOST_NEW]
        pages = [page for page in discover(before) if not page.endless]
        places = [place for page in pages for place in positional_places(page)][:_MOST_PLACES]
        new += [place.filled(one, f"written: {one!r} as an argument") for one in only for place in places]
        return new[: before.config.cases or MOST_NEW]


def _spans_of(ground: Ground) -> dict[str, None]:
    """What stands as code in the documents, as long as it is more than a name."""
    assert ground.repository is not None
    texts = _texts(ground.repository, frozenset(ground.repository.paths()))
    spans = (one for path, text in texts if not path.endswith(".rs") for one in spans_in(text))
    return dict.fromkeys(
        one
        for one in spans
        if not _NAME.fullmatch(one) and not names_outside(one) and not set(one.split()[:1]) & set(ground.programs)
    )


def _cases_of(ground: Ground) -> list[Case]:
    assert ground.repository is not None
    pages = {(page.program, page.path): page for page in discover(ground)}
    known = frozenset(ground.repository.paths())
    made: dict[CommandLine, str] = {}
    for path, text in _texts(ground.repository, known):
        found = in_source(text, ground.programs) if path.endswith(".rs") else in_document(text, ground.programs)
        for one in found:
            if any(map(names_outside, one.argv)):
                continue
            for program in (one.program,) if one.program else ground.programs[:_MOST_PROGRAMS]:
                made.setdefault(replace(one, program=program), path)
    return [case for one, path in made.items() for case in _cases_for(one, path, ground.repository, known, pages)]


def _texts(repository: Repository, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Documents first, then tests: a person would read them in this order."""
    for path in sorted(known, key=lambda one: (one.endswith(".rs"), one.count("/"), one)):
        parts = PurePosixPath(path)
        if any(part in NOT_INPUT for part in parts.parts) or parts.suffix not in (*_DOCUMENTS, ".rs"):
            continue
        text = repository.read(path).get(path, b"").decode("utf-8", "replace")
        if parts.suffix != ".rs" or _IN_TESTS.search(path) or _IN_TESTS.search(text):
            yield path, text


# -- making cases -----------------------------------------------------------------------------------------


def _cases_for(
    one: CommandLine,
    path: str,
    repository: Repository,
    known: frozenset[str],
    pages: Mapping[tuple[str, tuple[str, ...]], Page],
) -> Iterator[Case]:
    """The line as it stands; where its command would read what nothing is told to come from, with input too."""
    page = _page_of(one, pages)
    files = dict(FILES) if page and page.looks_around else {}
    for word in (*one.argv, one.reads):
        for name in filter(None, (word, word.partition("=")[2])):
            files |= _behind(name, path, repository, known)
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


def _behind(name: str, path: str, repository: Repository, known: frozenset[str]) -> dict[str, bytes]:
    """What a word of a line names: a file or folder of the repository, also beside where it is written; or one made."""
    clean = name.removeprefix("./").rstrip("/")
    if not clean or set(clean) & set("*?[]\n\0") or clean.startswith(("/", "..", "-")) or "/../" in clean:
        return {}
    for base in dict.fromkeys(("", *(f"{one}/" for one in map(str, PurePosixPath(path).parents) if one != "."))):
        whole = base + clean
        if whole in known:
            return {clean: repository.read(whole).get(whole, b"")}
        if "/" in name and (inside := [one for one in known if one.startswith(f"{whole}/")]):
            return _some({one.removeprefix(base): one for one in sorted(inside)}, repository)
    if _FILE_NAME.fullmatch(name):
        return {clean: FILES.get(f"input{PurePosixPath(clean).suffix}", FILES["input.txt"])}
    if _FOLDER_NAME.fullmatch(name):
        return {f"{clean}/{one}": data for one, data in FILES.items() if "/" not in one}
    return {}


def _some(paths: Mapping[str, str], repository: Repository) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    left = LARGEST_BESIDE
    for name, whole in list(paths.items())[:MOST_BESIDE]:
        data = repository.read(whole).get(whole, b"")
        left -= len(data)
        if left < 0:
            break
        made[name] = data
    return made


# -- choosing ---------------------------------------------------------------------------------------------


def _worth(ground: Ground, tried: Sequence[Case]) -> list[int]:
    """Of those that end, one for each outcome, those that end well first: many lines differ in a word that is data.

    What says something else the second time is left out, other numbers aside.
    """
    asked, again = ([replace(case, timeout=_SECONDS) for case in tried] for _ in range(2))
    answers = {id(case): seen for case, seen in ground.run([*asked, *again])}
    first: dict[object, int] = {}
    for index, (case, other) in enumerate(zip(asked, again, strict=True)):
        seen, second = answers.get(id(case)), answers.get(id(other))
        if seen and second and not seen.timed_out and shape_of(seen) == shape_of(second):
            first.setdefault((case.program, *_outcome(seen)), index)
    return sorted(first.values(), key=lambda index: answers[id(asked[index])].status != "exit 0")


def _outcome(seen: CommandObservation) -> tuple[object, ...]:
    return seen.status, seen.stdout, seen.stderr, tuple(seen.files)
