"""Mistakes in a contract that its syntax allows: patterns that can never match, targets that exclude each other."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from harness.compare.benchmark import FACET as TIMING
from harness.compare.rule import TEXT_FACETS
from harness.contract import globs
from harness.contract.contradictions import contradictions
from harness.contract.model import (
    Contract,
    Entry,
    FilePattern,
    ItemAt,
    Lines,
    LogTarget,
    Mention,
    Move,
    Output,
    PublicPath,
    Reexport,
    Rename,
    Rule,
    Table,
    TestMove,
    Tests,
    Text,
    Warned,
    Warnings,
    joined,
    rules_of,
)
from harness.errors import ConfigError

__all__ = ["OUTPUT_FACETS", "VISIBILITIES", "WARNING_SOURCES", "check", "folder_problems"]

OUTPUT_FACETS = (*TEXT_FACETS, "exit status", TIMING)
VISIBILITIES = ("pub", "pub(crate)", "pub(super)", "pub(self)", "private")
WARNING_SOURCES = ("compiler", "clippy", "clippy::pedantic", "clippy::nursery", "clippy::cargo", "rustdoc")

_PATH = re.compile(r"(\*\*|[\w*]*[A-Za-z_*][\w*]*)(::(\*\*|[\w*]+))*")
_LINT = re.compile(r"[a-z0-9_*]+(::[a-z0-9_*]+)*")
_NAME = re.compile(r"[\w*]+( ?#?[\w*]+)*(::[\w*]+)*")
_PUB_IN = re.compile(r"pub\(in [\w:]+\)")


def check(contract: Contract) -> None:
    """Raises ConfigError, with the place, for what can have no meaning."""
    for entry in (contract.defaults, *contract.commits):
        if entry is not contract.defaults:
            _check_name(entry)
        for _, rule in (*rules_of(entry.may), *rules_of(entry.must)):
            for problem in _LOOKS.get(type(rule), _of_names)(rule):
                _wrong(rule, problem)
        for one, other, why in contradictions(joined(entry, contract.defaults).must):
            _wrong(other, f"this cannot hold together with {one.origin}: {why}")
    _check_subjects(contract)
    for number, entry in enumerate(contract.commits):
        for rule in entry.may.warn:
            _check_until(rule, contract.commits[number + 1 :])


def _wrong(rule: Rule | Entry, what: str) -> NoReturn:
    raise ConfigError(f"{rule.origin}: {what}.")


# -- which commit -----------------------------------------------------------------------------------------------


def _check_name(entry: Entry) -> None:
    if not entry.subject and not entry.order:
        _wrong(entry, "this [[commit]] names no commit: give its `subject` (with * for any text) or its `order`")
    if entry.order < 0:
        _wrong(entry, f"`order` is {entry.order}, and the first commit of a range is 1")
    if "\n" in entry.subject or entry.subject != entry.subject.strip():
        _wrong(entry, f"the subject {entry.subject!r} can never match: a subject is one line without spaces around it")


def _check_subjects(contract: Contract) -> None:
    known: dict[str, Entry] = {}
    for entry in contract.commits:
        key = globs.normal(entry.subject) if entry.subject else str(entry.order)
        if key in known:
            _wrong(entry, f"{entry.called!r} and {known[key].called!r} ({known[key].origin}) name the same commit")
        known[key] = entry


def _check_until(rule: Warned, later: tuple[Entry, ...]) -> None:
    if rule.until and not any(rule.until in (one.name, one.subject) for one in later):
        _wrong(rule, f"`until` names {rule.until!r}, which is no later [[commit]]'s name or subject")


# -- single rules -----------------------------------------------------------------------------------------------


def folder_problems(folder: str) -> Iterator[str]:
    """Why a text cannot be the folder that a contract's files are relative to."""
    if folder:
        yield from (problem.replace("can never match", "is no folder") for problem in _of_one_file(folder))


def _of_rename(rule: Rename) -> Iterator[str]:
    yield from _of_pair(rule.old, rule.new, _of_one_file)


def _of_move(rule: Any) -> Iterator[str]:
    yield from (*_of_pair(rule.old, rule.new, _of_place), *_of_names(rule))
    yield from (_one(text) for text in (rule.old, rule.new) if globs.is_pattern(text))


def _of_reexport(rule: Reexport) -> Iterator[str]:
    yield from (*_of_path(rule.path), *_of_path(rule.of))
    yield from (_one(text) for text in (rule.path, rule.of) if globs.is_pattern(text))


def _of_mention(rule: Mention) -> Iterator[str]:
    yield from _of_one_file(rule.file)
    if not rule.words and not rule.new_modules:
        yield "this says nothing: name `words`, or set `new_modules`"


def _of_text(rule: Text) -> Iterator[str]:
    yield from _of_one_file(rule.file)
    if bool(rule.has.strip()) == bool(rule.lacks.strip()):
        yield "give one of `has` and `lacks`"


def _of_names(rule: Any) -> Iterator[str]:
    if getattr(rule, "file", "") or isinstance(rule, (Table, ItemAt)):
        yield from _of_one_file(rule.file)
    for name in ("item", "test"):
        text = getattr(rule, name, "")
        if name == "item" and globs.is_pattern(text):
            yield _one(text)
        if (text or not hasattr(rule, "old")) and hasattr(rule, name) and not _NAME.fullmatch(text):
            yield f"`{text}` can never match: this is no name in Rust"
    at = getattr(rule, "at", "")
    if at and at not in VISIBILITIES and not _PUB_IN.fullmatch(at):
        yield f"there is no visibility `{at}`; known: {', '.join(VISIBILITIES)}"


def _of_pair(old: str, new: str, look: Any) -> Iterator[str]:
    yield from (*look(old), *look(new))
    if old == new:
        yield f"`{old}` stands on both sides, so nothing would change"


def _of_place(text: str) -> Iterator[str]:
    yield from _of_file(text) if is_file(text) else _of_path(text)


def is_file(text: str) -> bool:
    """Whether a place is written as a file rather than as a path of modules."""
    return "/" in text or text.endswith(".rs")


def _of_file(path: str) -> Iterator[str]:
    parts = path.split("/")
    why = (
        "is empty"
        if not path.strip()
        else "is absolute, and files are named from the contract's folder or the workspace's root"
        if path.startswith(("/", "~"))
        else "holds a backslash; folders are parted by /"
        if "\\" in path
        else "goes up with `..`"
        if ".." in parts
        else "ends in /, and only files are compared: add **"
        if path.endswith("/")
        else "has an empty or `.` segment"
        if "" in parts or "." in parts
        else ""
    )
    if why:
        yield f"`{path}` can never match: it {why}"


def _of_one_file(path: str) -> Iterator[str]:
    yield from _of_file(path)
    if globs.is_pattern(path):
        yield _one(path)


def _one(text: str) -> str:
    return f"`{text}` can never match: `*` has no meaning here, where one name is asked for"


def _of_path(path: str) -> Iterator[str]:
    if not _PATH.fullmatch(path):
        yield f"`{path}` can never match: a public path is names parted by `::`, with `*` and `**`"


def _of_lint(lint: str) -> Iterator[str]:
    if not _LINT.fullmatch(lint):
        yield f"`{lint}` can never match: a lint is named as in `dead_code` or `clippy::needless_return`"


def _of_output(rule: Output) -> Iterator[str]:
    if not rule.reason.strip():
        yield "an output pattern needs a `reason`"
    for facet in rule.facets:
        if facet not in OUTPUT_FACETS:
            yield f"the pattern can never match in `{facet}`; facets are {', '.join(OUTPUT_FACETS)}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pattern = re.compile(rule.pattern)
    except (re.error, FutureWarning, DeprecationWarning) as error:
        yield f"the pattern {rule.pattern!r} is not a regular expression: {error}"
        return
    if pattern.search(""):
        yield f"the pattern {rule.pattern!r} matches the empty text, so it would allow everything"
    elif _never(rule.pattern):
        yield f"the pattern {rule.pattern!r} can never match a line"


_NEWLINE = re.compile(r"(?<!\\)(?:\\\\)*\\n|\n")
_INNER_START = re.compile(r"[^|(\\^]\^|\\[^A-Zb]\^")
_INNER_END = re.compile(r"(?<!\\)(?:\\\\)*\$[^|)?*$]")


def _never(pattern: str) -> bool:
    """Whether it asks for a line break, or for text before the beginning or after the end of a line."""
    without_classes = re.sub(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern)
    return any(found.search(without_classes) for found in (_NEWLINE, _INNER_START, _INNER_END)) or "(?!)" in pattern


def _of_warnings(rule: Warnings) -> Iterator[str]:
    if rule.of not in WARNING_SOURCES:
        yield f"there are no warnings of `{rule.of}`; known: {', '.join(WARNING_SOURCES)}"
    if (rule.at_most is None) == (not rule.none_new):
        yield "give one of `at_most` and `none_new = true`"
    if rule.at_most is not None and rule.at_most < 0:
        yield f"there are never fewer than 0 warnings, so `at_most = {rule.at_most}` cannot be reached"


def _of_lines(rule: Lines) -> Iterator[str]:
    if rule.below is None and rule.about is None and not rule.fewer:
        yield "this says nothing: give `below`, `about` or `fewer = true`"
    if rule.below is not None and rule.below < 1:
        yield f"no file has fewer than {rule.below} lines, so this cannot be reached"
    if rule.about is not None and rule.about < 0:
        yield f"no file has about {rule.about} lines"


def _of_tests(rule: Tests) -> Iterator[str]:
    says = rule.none_ignored or rule.none_gone or rule.none_weaker
    if rule.passing is None and rule.at_least is None and not says:
        kinds = "`none_ignored = true`, `none_gone = true` or `none_weaker = true`"
        yield f"this says nothing: give `passing`, `at_least`, {kinds}"
    for number in (rule.passing, rule.at_least):
        if number is not None and number < 0:
            yield f"there are never {number} tests"


_LOOKS: dict[type, Callable[[Any], Iterator[str]]] = {
    FilePattern: lambda rule: _of_file(rule.path),
    Rename: _of_rename,
    Move: _of_move,
    TestMove: _of_move,
    LogTarget: _of_move,
    PublicPath: lambda rule: _of_path(rule.path),
    Reexport: _of_reexport,
    Output: _of_output,
    Warned: lambda rule: _of_lint(rule.lint),
    Warnings: _of_warnings,
    Lines: lambda rule: iter((*_of_one_file(rule.file), *_of_lines(rule))),
    Tests: _of_tests,
    Mention: _of_mention,
    Text: _of_text,
}
