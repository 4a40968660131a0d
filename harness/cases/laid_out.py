"""What is there when a written command line is run: what its words name, and what the test it stands in lays out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from harness.cases.base import Ground, Repository, sources_of
from harness.cases.command_lines import CommandLine
from harness.cases.examples_found import LARGEST, MOST_BESIDE
from harness.cases.known_good import known_good
from harness.cases.literals import text_of
from harness.cases.values import FILES
from harness.compare.rust_text import literals

__all__ = ["Beside", "laid_by_test", "names_looked_for"]

_LONGEST_NAME = 200  # characters
_FILE_NAME = re.compile(r"(?:\./)?(?:[\w-]+/){0,4}[\w-]+\.[a-z][a-z0-9]{0,5}")
_FOLDER_NAME = re.compile(r"\./[\w-]+/?|[\w-]+/")
_FOLDER_PATH = re.compile(r"[\w-]+(?:/[\w.-]+)+")
_WELL_KNOWN = re.compile(r"\.?[A-Za-z][\w-]*(?:\.[a-z]{1,8}|file)")
_DEFAULT = ""


def names_looked_for(ground: Ground) -> dict[str, str]:
    """The names of files that the programs of a build look for, by what a helper of a test may be called for them.

    Under the empty name stands what a text is taken for whose helper says nothing. A range begins with its first
    revision, whose names count for all.
    """
    return (ground.first or ground).once(_names)


def laid_by_test(one: CommandLine, path: str, beside: Beside, names: Mapping[str, str]) -> dict[str, bytes]:
    """The files that the test around a line lays out, by the names that it says or that the program looks for."""
    files = {name: text.encode("utf-8", "replace") for name, text in one.files}
    for helper, text in one.texts:
        if name := names.get(helper.casefold(), ""):
            files.setdefault(name, text.encode("utf-8", "replace"))
        else:
            files = beside.in_folder(text, path) | files
    unnamed = [text for _, text in one.texts if "\n" in text]
    if not files and unnamed and (default := names.get(_DEFAULT, "")):
        files[default] = unnamed[0].encode("utf-8", "replace")
    return files


def _names(ground: Ground) -> dict[str, str]:
    sought = [
        one.path
        for base in known_good(ground).plain
        for one in base.missing
        if one.kind == "file" and "/" not in one.path
    ]
    found = {spelt: name for name in [*_in_sources(ground), *reversed(sought)] for spelt in _spellings(name)}
    return found | ({_DEFAULT: sought[0]} if sought else {})


def _in_sources(ground: Ground) -> Iterator[str]:
    """Literals of the sources that read as the name of a file that has to be called so."""
    for source in sources_of(ground.repository).values() if ground.repository else ():
        for start, end, comment in literals(source):
            if not comment and _WELL_KNOWN.fullmatch(text := text_of(source[start:end])):
                yield text


def _spellings(name: str) -> set[str]:
    whole = name.casefold().lstrip(".")
    return {whole, re.sub(r"[.-]", "_", whole)}


class Beside:
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

    def in_folder(self, name: str, path: str) -> dict[str, bytes]:
        """The files of the folder that a word of a line in this file names, by where they are in that folder."""
        clean = name.rstrip("/")
        found = self._in_repository(f"{clean}/", clean, path) if _FOLDER_PATH.fullmatch(clean) else {}
        return {one.removeprefix(f"{clean}/"): data for one, data in found.items() if one.startswith(f"{clean}/")}

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
