"""A small tolerant reader of Rust sources: which modules a file declares, which functions it holds, and their text.

It is no parser: it knows comments, literals, braces and attributes, which is enough to find a test by its path and
to cut out its text. What macros make is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.compare.rust_text import braces_end, brackets_end, item_end, mask

__all__ = ["Function", "Module", "Parsed", "Source", "crate_modules", "doc_block", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function at module level. `path` is its place inside the file, `text` runs from its first attribute on."""

    path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module declaration. `visibility` is as written (`pub`, `pub(crate)`) or empty, `file` its `#[path]` if any."""

    path: tuple[str, ...]
    visibility: str
    inline: bool
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one file declares, in order."""

    functions: tuple[Function, ...]
    modules: tuple[Module, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of a crate: where it is, the module that it is, and what it declares."""

    file: str
    module: tuple[str, ...]
    parsed: Parsed


_TOKEN = re.compile(
    r"(?P<attribute>\#!?\s*\[)"
    r"|\b(?:mod\s+(?:r\#)?(?P<mod>\w+)\s*(?P<opens>[;{]))"
    r"|\bfn\s+(?:r\#)?(?P<fn>\w+)"
    r"|(?P<macro>\b\w+\s*!\s*\{)"
    r"|(?P<visibility>\bpub\b(?:\s*\([^)]*\))?)"
    r"|(?P<plain>[{};])"
)
_PATH_ATTRIBUTE = re.compile(r'^\#\s*\[\s*path\s*=\s*"([^"]*)"\s*\]$')


def parse(text: str) -> Parsed:
    """The functions and modules of a file, those of its inline modules included."""
    reader = _Reader(text)
    reader.read()
    return Parsed(functions=tuple(reader.functions), modules=tuple(reader.modules))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.masked = mask(text)
        self.functions: list[Function] = []
        self.modules: list[Module] = []
        self._open: list[str] = []
        self._position = 0
        self._fresh()

    def _fresh(self) -> None:
        self._starts: int | None = None
        self._visibility = ""
        self._file = ""

    def read(self) -> None:
        while match := _TOKEN.search(self.masked, self._position):
            self._position = match.end()
            if match["attribute"]:
                self._attribute(match)
            elif match["mod"]:
                self._module(match)
            elif match["fn"]:
                self._function(match)
            elif match["macro"]:
                self._open.append("")
                self._fresh()
            elif match["visibility"]:
                self._begin(match.start())
                self._visibility = re.sub(r"\s+", "", match["visibility"]).replace("(in", "(in ")
            else:
                self._plain(match["plain"])

    def _begin(self, at: int) -> None:
        self._starts = at if self._starts is None else self._starts

    def _attribute(self, match: re.Match[str]) -> None:
        end = brackets_end(self.masked, match.end())
        if "!" not in match.group():
            self._begin(match.start())
            if found := _PATH_ATTRIBUTE.match(self.text[match.start() : end]):
                self._file = found[1]
        self._position = end

    def _module(self, match: re.Match[str]) -> None:
        path = (*self._path(), match["mod"])
        inline = match["opens"] == "{"
        self.modules.append(Module(path=path, visibility=self._visibility, inline=inline, file=self._file))
        if inline:
            self._open.append(match["mod"])
        self._fresh()

    def _function(self, match: re.Match[str]) -> None:
        end = item_end(self.masked, match.end())
        start = match.start() if self._starts is None else self._starts
        self.functions.append(Function(path=(*self._path(), match["fn"]), text=self.text[start:end]))
        self._position = end
        self._fresh()

    def _plain(self, mark: str) -> None:
        if mark == "{":
            self._position = braces_end(self.masked, self._position)
        elif mark == "}" and self._open:
            self._open.pop()
        self._fresh()

    def _path(self) -> tuple[str, ...]:
        return tuple(name for name in self._open if name)


def crate_modules(root: str, read: Callable[[str], str | None]) -> Iterator[Source]:
    """Every file of the crate whose root file is `root`, by following its `mod` declarations.

    `read` gives the text of a file by its path with slashes, or None where there is none. Where a module's file
    lies is as in the Rust Reference, "Module source filenames".
    """
    pending: list[tuple[str, tuple[str, ...], str]] = [(root, (), _folder(root))]
    seen: set[str] = set()
    while pending:
        file, module, folder = pending.pop(0)
        text = None if file in seen else read(file)
        seen.add(file)
        if text is None:
            continue
        parsed = parse(text)
        yield Source(file=file, module=module, parsed=parsed)
        for one in parsed.modules:
            if not one.inline and (found := _file_of(one, file, folder, read)):
                inner = found.removesuffix("/mod.rs") if found.endswith("/mod.rs") else found.removesuffix(".rs")
                below = _folder(found) if one.file else inner
                pending.append((found, (*module, *one.path), below))


def _file_of(module: Module, file: str, folder: str, read: Callable[[str], str | None]) -> str:
    if module.file:
        base = _join(folder, *module.path[:-1]) if len(module.path) > 1 else _folder(file)
        return _join(base, module.file)
    beside = _join(folder, *module.path)
    choices = (f"{beside}.rs", f"{beside}/mod.rs")
    return next((choice for choice in choices if read(choice) is not None), "")


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _join(*parts: str) -> str:
    out: list[str] = []
    for part in "/".join(filter(None, parts)).split("/"):
        if part == ".." and out and out[-1] != "..":
            out.pop()
        elif part != ".":
            out.append(part)
    return "/".join(out)


def doc_block(text: str, line: int) -> str:
    """The documentation example whose opening fence is on this line (counted from 1); empty where there is none."""
    lines = text.splitlines()[line - 1 :]
    if not lines or not (opening := re.match(r"\s*(?://[/!]|\*)?\s*(`{3,}|~{3,})", lines[0])):
        return ""
    block = [_undocumented(lines[0])]
    for one in lines[1:]:
        content = _undocumented(one)
        block.append(content)
        if content.strip().startswith(opening[1]):
            break
    return "\n".join(block)


def _undocumented(line: str) -> str:
    return re.sub(r"^\s*(?://[/!]|\*(?!/)) ?", "", line).rstrip()
