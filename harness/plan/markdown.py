"""Markdown as far as plans need it: headings, list items, paragraphs, tables and code blocks, with their lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Block", "blocks_of", "plain", "sentences_of", "spans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block. `line` is that of its first line, counted from 1.

    `kind` is `heading` (with its `level`), `item`, `text`, `table` (a row) or `code` (with its `language`). A code
    block's text starts on the line after `line`. `starts` says where in the text each further line of it begins,
    `marker` what a list item begins with: `-`, `*`, `+`, or `1` for any number.
    """

    kind: str
    line: int
    text: str
    level: int = 0
    language: str = ""
    starts: tuple[int, ...] = ()
    marker: str = ""

    @property
    def first_code_line(self) -> int:
        """The line of the first line of code."""
        return self.line + 1

    def line_at(self, offset: int) -> int:
        """The line that a place in the text stands on."""
        return self.line + sum(start <= offset for start in self.starts)


_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)$")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*([-*_])(\s*\1){2,}\s*$")
_SETEXT = re.compile(r"^(=+|-+)\s*$")
_SPAN = re.compile(r"(`+)(.+?)\1")


def blocks_of(text: str) -> list[Block]:
    """Every block of a text, in order; no line that says something is left out."""
    return list(_Reader(text.splitlines()).blocks())


def spans(text: str) -> list[str]:
    """What stands in backticks."""
    return [found[2].strip() for found in _SPAN.finditer(text)]


def plain(text: str) -> str:
    """A text without emphasis; what stands in backticks stays as it is."""
    parts = re.split(r"(`+.+?`+)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"(\*\*|__|(?<!\w)[*_]|[*_](?!\w))", "", part) for part in parts
    )


def sentences_of(block: Block) -> list[tuple[str, int]]:
    """The sentences of a paragraph with their lines; a full stop in backticks or brackets, or of an abbreviation, ends
    none."""
    text = block.text
    masked = re.sub(r"\([^()]*\)", lambda found: "x" * len(found[0]), _without_code(text))
    ends = [start for start in block.starts if re.search(r"(?<!e\.g)(?<!i\.e)[.!?]\s*$", masked[:start])]
    ends += [found.end() for found in re.finditer(r"(?<!e\.g)(?<!i\.e)(?<!etc)[.!?](?:\*\*)?\s+(?=[A-Z`*\d])", masked)]
    return [
        (part, block.line_at(start))
        for start, end in itertools.pairwise(sorted({0, *ends, len(text)}))
        if (part := text[start:end].strip())
    ]


def _without_code(text: str) -> str:
    """The text with what stands in backticks blanked, so that no full stop is seen there."""
    return re.sub(r"`[^`]*`", lambda found: f"`{'x' * (len(found[0]) - 2)}`", text)


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def blocks(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip() or _RULE.match(line):
                self._at += 1
            elif fence := _FENCE.match(line):
                yield self._code(fence)
            elif heading := _HEADING.match(line):
                yield self._one("heading", heading[2], level=len(heading[1]))
            elif _ROW.match(line):
                yield self._one("table", line.strip())
            elif item := _ITEM.match(line):
                yield self._flowing("item", item[3], marker="1" if item[2][0].isdigit() else item[2])
            else:
                yield self._paragraph()

    def _one(self, kind: str, text: str, level: int = 0) -> Block:
        self._at += 1
        return Block(kind=kind, line=self._at, text=text, level=level)

    def _code(self, fence: re.Match[str]) -> Block:
        start, indent = self._at, len(fence[1])
        body = []
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.strip().startswith(fence[2]) and not line.strip().strip(fence[2][0]):
                break
            body.append(line[indent:] if not line[:indent].strip() else line)
        return Block(kind="code", line=start + 1, text="\n".join(body), language=fence[3].lower())

    def _paragraph(self) -> Block:
        first = self._lines[self._at]
        after = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        if (found := _SETEXT.match(after)) and first.strip():
            self._at += 2
            return Block(kind="heading", line=self._at - 1, text=first.strip(), level=1 if found[1][0] == "=" else 2)
        return self._flowing("text", first.strip())

    def _flowing(self, kind: str, first: str, marker: str = "") -> Block:
        """A paragraph or list item with the lines that continue it."""
        start = self._at
        parts = [first.strip()]
        self._at += 1
        while (
            self._at < len(self._lines) and self._continues(self._lines[self._at]) and not _is_list_of_files(parts[-1])
        ):
            parts.append(self._lines[self._at].strip())
            self._at += 1
        starts = itertools.accumulate(len(part) + 1 for part in parts[:-1])
        return Block(kind=kind, line=start + 1, text=" ".join(parts), starts=tuple(starts), marker=marker)

    def _continues(self, line: str) -> bool:
        starts = (_FENCE, _HEADING, _ROW, _ITEM, _RULE)
        return bool(line.strip()) and not any(one.match(line) for one in starts) and not _is_labelled(line)


def _is_list_of_files(line: str) -> bool:
    """Whether a line is a whole list such as `Files: a.rs, b.rs`, which prose may follow without an empty line."""
    return re.match(r"^\W*files?\W*:\W*\w.*[^,;&\s]$", line, re.IGNORECASE) is not None and not line.endswith(" and")


def _is_labelled(line: str) -> bool:
    """A line such as `**Files:**` or `Expected: …` is a paragraph of its own in plans, whatever Markdown says."""
    return (
        re.match(r"^\s*(\*\*|__)?(expected|files?|commit|verify|step \d+)\b[^.]{0,60}:", line, re.IGNORECASE)
        is not None
    )
