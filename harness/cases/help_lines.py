"""The layout of a help text: headings, entries with what belongs to them, usage lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Entry", "entries_of"]

_COLOURS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|.\x08")
_HEADING = re.compile(r"^ ?(?:([A-Za-z][\w /&',()-]{0,50}):|([A-Z][A-Z &/-]{2,40}))\s*$")
_USAGE = re.compile(r"^\s*usage(?:\s*:)?(?:\s+(?P<line>\S.*))?$", re.IGNORECASE)
_FLAG = re.compile(r"^\s*-(?:[A-Za-z?#@$]|-\[?[A-Za-z])")
_ENTRY = re.compile(r"^\s*-\S+?(?:,? --?[\w-]+)*(?:\s*$|\s{2,}\S|[ =]?[<\[]|[ =][A-Z][A-Z_]*(?:\s|$))")
_WIDEST = 1000  # characters of a line that are looked at
_DEEPEST_FLAG = 8  # columns; what is further in belongs to a description


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line with what belongs to it.

    `section` is commands, arguments, options, usage or other; `spec` is what can be typed, `rest` what is said of
    it, line by line.
    """

    section: str
    spec: str
    rest: tuple[str, ...] = ()


def entries_of(text: str) -> tuple[list[Entry], list[str]]:
    """The entries of a help text, and its usage lines without the word usage."""
    reader = _Reader()
    for line in _COLOURS.sub("", text).expandtabs(8).splitlines():
        reader.read(line[:_WIDEST].rstrip())
    reader.close()
    return reader.entries, reader.usages


class _Reader:
    """Goes down the lines; `block` is the entry that is being read, `base` how far in it began."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.usages: list[str] = []
        self.section = ""
        self.block: list[str] = []
        self.base = -1

    def read(self, line: str) -> None:
        """Takes one line in."""
        if usage := _USAGE.match(line):
            self.begin("usage")
            self.usages += [usage["line"]] if usage["line"] else []
        elif heading := _HEADING.match(line):
            self.begin(_section(heading[1] or heading[2]))
        elif not line:
            self.section = "" if self.section == "usage" and self.usages else self.section
        elif self.section == "usage":
            self.usages.append(line.strip())
        else:
            self.entry(line, len(line) - len(line.lstrip()))

    def begin(self, section: str) -> None:
        """A heading was met."""
        self.close()
        self.section, self.base = section, -1

    def entry(self, line: str, indent: int) -> None:
        """A line that is the first of an entry or belongs to the last one."""
        if (
            _FLAG.match(line)
            and (not self.block or indent <= max(self.base, _DEEPEST_FLAG))
            and not self.told(line, indent)
        ):
            self.close()
            self.block, self.base = [line], indent
        elif self.block and indent > self.base:
            self.block.append(line)
        else:
            self.close()
            if self.section in ("commands", "arguments") and indent and (self.base < 0 or indent <= self.base):
                self.block, self.base = [line], indent

    def told(self, line: str, indent: int) -> bool:
        """Whether a line goes on with what is said of the entry, and so far in: a sentence that begins with a flag."""
        far = len(self.block) > 1 and indent >= len(self.block[1]) - len(self.block[1].lstrip())
        return far and not _ENTRY.match(line)

    def close(self) -> None:
        """The entry is complete."""
        if self.block:
            self.entries.append(_entry(self.section, self.block))
        self.block = []


def _section(heading: str) -> str:
    words = heading.lower()
    if "optional arg" in words or "option" in words or "flag" in words:
        return "options"
    if "command" in words:
        return "commands"
    if re.search(r"\barg(s|uments?)?\b|positional|parameter|operand", words):
        return "arguments"
    return "other"


def _entry(section: str, block: Sequence[str]) -> Entry:
    spec, told = _apart(block[0].strip())
    if spec.startswith("-") and spec.endswith(",") and told.startswith("-"):
        more, told = _apart(told)
        spec = f"{spec} {more}"
    return Entry(section=section, spec=spec, rest=(told, *(line.strip() for line in block[1:])))


def _apart(line: str) -> tuple[str, str]:
    """What stands before and after the first gap of two spaces."""
    parts = re.split(r"\s{2,}", line, maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""
