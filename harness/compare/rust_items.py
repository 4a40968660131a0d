"""What a Rust source declares at the level of its modules: items with their visibility, and what it imports.

As tolerant as `rust_source`, which it builds on: what macros make is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.compare.rust_text import braces_end, brackets_end, item_end, mask

__all__ = ["PRIVATE", "Declared", "Import", "Items", "expanded", "items_of"]

PRIVATE = "private"
"""The visibility of what says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One item: its place inside the file (with inline modules), its kind, and its visibility or `private`.

    `text` runs from its first attribute to its end, from the line `line` on; of a module it is the declaration alone.
    """

    path: tuple[str, ...]
    kind: str
    visibility: str
    text: str = field(default="", repr=False)
    line: int = 1

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One name that a `use` brings: its full path as written, and the visibility of the `use`."""

    path: str
    name: str
    visibility: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """All of a file. `tests` are the lines, counted from 1, that are compiled for tests alone."""

    declared: tuple[Declared, ...]
    imports: tuple[Import, ...]
    tests: frozenset[int]


_TOKEN = re.compile(
    r"(?P<attribute>\#!?\s*\[)"
    r"|(?P<visibility>\bpub\b(?:\s*\([^)]*\))?)"
    r"|\b(?P<mod>mod)\s+(?:r\#)?(?P<module>\w+)\s*(?P<opens>[;{])"
    r"|\bmacro_rules\s*!\s*(?P<macro>\w+)"
    r"|\buse\s+(?P<use>[^;]*);"
    r"|\b(?P<kind>struct|enum|union|trait|fn|type|static|const(?!\s+(?:fn|unsafe|async|extern)\b))\s+(?:mut\s+)?(?:r\#)?(?P<name>\w+)"
    r"|(?P<plain>[{};])"
)
_TEST_ONLY = re.compile(r"^#\s*\[\s*cfg\s*\(\s*(?:test\b|all\s*\(\s*test\b)")


def items_of(text: str) -> Items:
    """Reads one file."""
    reader = _Reader(text)
    reader.read()
    return Items(declared=tuple(reader.declared), imports=tuple(reader.imports), tests=frozenset(reader.tests))


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.masked = mask(text)
        self.declared: list[Declared] = []
        self.imports: list[Import] = []
        self.tests: set[int] = set()
        self._open: list[str] = []
        self._position = 0
        self._fresh()

    def _fresh(self) -> None:
        self._visibility = PRIVATE
        self._test_only: int | None = None
        self._starts: int | None = None

    def read(self) -> None:
        while match := _TOKEN.search(self.masked, self._position):
            self._position = match.end()
            if self._starts is None and not match["plain"] and "!" not in (match["attribute"] or ""):
                self._starts = match.start()
            if match["attribute"]:
                self._attribute(match)
            elif match["visibility"]:
                self._visibility = re.sub(r"\s+", "", match["visibility"]).replace("(in", "(in ")
            elif match["mod"]:
                self._module(match)
            elif match["use"] is not None:
                self.imports += expanded(match["use"], self._visibility)
                self._end(match.end())
            elif match["macro"]:
                self._item("macro", match["macro"])
            elif match["kind"]:
                self._item(match["kind"], match["name"])
            else:
                self._plain(match)

    def _attribute(self, match: re.Match[str]) -> None:
        self._position = brackets_end(self.masked, match.end())
        if _TEST_ONLY.match(self.masked[match.start() : self._position]):
            self._test_only = match.start()

    def _module(self, match: re.Match[str]) -> None:
        self._declare("mod", match["module"], match.end())
        if match["opens"] == "{":
            if self._test_only is not None:
                self._mark(braces_end(self.masked, match.end()))
            self._open.append(match["module"])
        self._fresh()

    def _item(self, kind: str, name: str) -> None:
        end = item_end(self.masked, self._position)
        if name != "_":
            self._declare(kind, name, end)
        self._end(end)

    def _declare(self, kind: str, name: str, end: int) -> None:
        start = self._starts or 0
        self.declared.append(
            Declared(
                path=(*self._open, name),
                kind=kind,
                visibility=self._visibility,
                text=self._text[start:end],
                line=self._text.count("\n", 0, start) + 1,
            )
        )

    def _end(self, position: int) -> None:
        self._position = position
        if self._test_only is not None:
            self._mark(position)
        self._fresh()

    def _mark(self, end: int) -> None:
        first = self.masked.count("\n", 0, self._test_only) + 1
        self.tests.update(range(first, self.masked.count("\n", 0, end) + 2))

    def _plain(self, match: re.Match[str]) -> None:
        end = match.end()
        if match["plain"] == "{":
            end = braces_end(self.masked, end)
        elif match["plain"] == "}" and self._open:
            self._open.pop()
        self._end(end)


def expanded(tree: str, visibility: str = PRIVATE) -> list[Import]:
    """The names that a use tree brings: `a::{b, c as d}` gives `a::b` and `a::c` as `d`."""
    return [
        Import(path=path, name=name, visibility=visibility) for path, name in _leaves(re.sub(r"\s+", " ", tree), "")
    ]


def _leaves(tree: str, above: str) -> Iterator[tuple[str, str]]:
    tree = tree.strip().removeprefix("::")
    if "{" in tree:
        head, _, rest = tree.partition("{")
        inner = rest.rpartition("}")[0]
        for part in _split(inner):
            yield from _leaves(part, above + head.strip())
        return
    path, _, alias = tree.partition(" as ")
    whole = above + path.strip()
    if whole.endswith("::self"):
        whole = whole.removesuffix("::self")
    if whole and path.strip():
        yield whole, alias.strip() or whole.rpartition("::")[2]


def _split(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]
