"""A contract as plain data: for each commit what may change and what must hold.

Every rule carries its `origin`, `FILE:LINE`, which is no part of what it says. File patterns are relative to the
contract's folder or to the workspace's root; in them and in public paths `*` stands for a part of one segment and
`**` for any number of segments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Contract",
    "Entry",
    "FilePattern",
    "Gone",
    "ItemAt",
    "Lines",
    "LogTarget",
    "May",
    "Mention",
    "Move",
    "Must",
    "Output",
    "PublicPath",
    "Reexport",
    "Rename",
    "Rule",
    "Table",
    "TestMove",
    "TestName",
    "Tests",
    "Text",
    "Warned",
    "Warnings",
    "joined",
    "rules_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a contract."""

    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePattern(Rule):
    """Files."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Rule):
    """A file that gets another name; where it is a module, its path moves with it."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Rule):
    """An item (or with no `item`, a module and all below it) that goes from one module, or its file, to another."""

    old: str
    new: str
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPath(Rule):
    """Public paths."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTarget(Rule):
    """Messages that are logged under another target."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Rule):
    """Lines of output that may come, go or change: a regular expression (Python's `re`), and why.

    `facets` names those that it is for, for instance `stdout`; none named: all that hold text.
    """

    pattern: str
    reason: str
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestName(Rule):
    """Tests by their name or the end of it, with `*` for any text."""

    __test__ = False  # pytest takes every class of such a name for one of its own
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMove(Rule):
    """A test that goes from one module, or its file, to another."""

    __test__ = False
    test: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Rule):
    """New warnings of a lint, until the commit of another entry (its name or subject), if one is named."""

    lint: str
    package: str = "*"
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What may change, and is told where it does not."""

    rename: tuple[Rename, ...] = ()
    create: tuple[FilePattern, ...] = ()
    delete: tuple[FilePattern, ...] = ()
    edit: tuple[FilePattern, ...] = ()
    move: tuple[Move, ...] = ()
    add: tuple[PublicPath, ...] = ()
    remove: tuple[PublicPath, ...] = ()
    change: tuple[PublicPath, ...] = ()
    log_target: tuple[LogTarget, ...] = ()
    output: tuple[Output, ...] = ()
    test_add: tuple[TestName, ...] = ()
    test_remove: tuple[TestName, ...] = ()
    test_move: tuple[TestMove, ...] = ()
    warn: tuple[Warned, ...] = ()

    @property
    def names_files(self) -> bool:
        """Whether it says anything of files, so that what it leaves out is meant to stay."""
        return bool(self.rename or self.create or self.delete or self.edit)

    @property
    def names_tests(self) -> bool:
        """Whether it says anything of tests."""
        return bool(self.test_add or self.test_remove or self.test_move)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests(Rule):
    """How many tests pass: exactly `passing`, or `at_least`; with `none_ignored`, none is ignored in addition; with
    `none_gone`, each is still there under the last part of its name; with `none_weaker`, each that is there asserts no
    less than at first (see `harness.compare.assertions`).

    Of all tests, or of those of a `package`, of a `target` (`lib`, `doc`, or the name of another) and with a `name` (or
    such an end of it, with `*` for any text) alone.
    """

    __test__ = False
    passing: int | None = None
    at_least: int | None = None
    none_ignored: bool = False
    none_gone: bool = False
    none_weaker: bool = False
    package: str = ""
    target: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Rule):
    """The lines of a file, as `wc -l` counts: below a number, about one (10 % more or less), fewer than at first."""

    file: str
    below: int | None = None
    about: int | None = None
    fewer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Warnings(Rule):
    """Warnings of a source (`compiler`, `clippy`, `clippy::pedantic`, `rustdoc`): how many at most, or none new.

    Those of `clippy::pedantic` include clippy's own. Without a `package`: of the whole workspace. What is compiled for
    tests alone counts only with `all_targets`, as in cargo's own commands.
    """

    of: str
    package: str = ""
    all_targets: bool = False
    at_most: int | None = None
    none_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Rule):
    """The table of modules in a crate's documentation: every public module in it, every row a module.

    `rows` are the modules that it has to name; none given: whatever the crate declares.
    """

    file: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Rule):
    """Words that a file has to hold; with `new_modules`, the file name of every module that the range adds."""

    file: str
    words: tuple[str, ...] = ()
    new_modules: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Rule):
    """Code that a file has to hold, or must not; layout and comments aside in Rust sources.

    `use a::b` is looked for among the imports, whatever braces they are written with.
    """

    file: str
    has: str = ""
    lacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reexport(Rule):
    """A public path, and the path of what it names."""

    path: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAt(Rule):
    """An item that a file declares, at a visibility (`pub`, `pub(crate)`, `private`); none given: whichever.

    `holds` is code that its declaration has: fields, variants, a signature, `#[derive(Clone)]`; layout and comments
    aside, and whatever else is derived.
    """

    item: str
    file: str
    at: str = ""
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Rule):
    """An item that a file (none named: any source of the workspace) does not declare any more."""

    item: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """What must hold once the commit is there."""

    tests: tuple[Tests, ...] = ()
    lines: tuple[Lines, ...] = ()
    warnings: tuple[Warnings, ...] = ()
    table: tuple[Table, ...] = ()
    mention: tuple[Mention, ...] = ()
    text: tuple[Text, ...] = ()
    reexport: tuple[Reexport, ...] = ()
    item: tuple[ItemAt, ...] = ()
    gone: tuple[Gone, ...] = ()
    present: tuple[FilePattern, ...] = ()
    absent: tuple[FilePattern, ...] = ()
    unchanged: tuple[FilePattern, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is said of one commit, which its subject (with `*` for any text) or its place in the range names."""

    name: str = ""
    subject: str = ""
    order: int = 0
    may: May = May()
    must: Must = Must()
    origin: str = field(default="", compare=False)

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.subject or f"commit {self.order}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """All of a contract. `folder` is what its files are relative to; empty: found out from the files themselves.

    `defaults` holds for every commit of the range. `paths` are the files that it was read from.
    """

    folder: str = ""
    defaults: Entry = Entry()
    commits: tuple[Entry, ...] = ()
    paths: tuple[str, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.commits) or self.defaults != Entry()


def rules_of(part: May | Must) -> Iterator[tuple[str, Rule]]:
    """Every rule with the key that it stands under, in the order of the keys."""
    for one in dataclasses.fields(part):
        for rule in getattr(part, one.name):
            yield one.name, rule


def joined(*parts: Entry) -> Entry:
    """An entry with the rules of all, each once; names and places are those of the first."""
    return dataclasses.replace(
        parts[0],
        may=May(**_together([one.may for one in parts])),
        must=Must(**_together([one.must for one in parts])),
    )


def _together(parts: list[May] | list[Must]) -> dict[str, Any]:
    names = [one.name for one in dataclasses.fields(parts[0])]
    return {name: tuple(dict.fromkeys(rule for part in parts for rule in getattr(part, name))) for name in names}
