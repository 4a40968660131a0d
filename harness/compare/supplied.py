"""Text that a case itself supplied: an argument, a value, a path, a word of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.model import Case

__all__ = ["Numbered", "bounded", "longest_first", "supplied_by"]

_WORD = re.compile(r"\w{3,}")
_SHORTEST = 3


class Numbered:
    """Replaces what a case supplied by `{1}`, `{2}`, numbered as they first come; the longest goes first."""

    def __init__(self, case: Case | None, lines: Sequence[str]) -> None:
        ordered = longest_first(supplied_by(case, "\n".join(lines))) if case else []
        # A brace of the program's own is doubled, so that its `{1}` is none of ours.
        self._pattern = re.compile("|".join((*map(bounded, ordered), "[{}]"))) if case else None
        self._numbers: dict[str, str] = {}

    def __call__(self, line: str) -> str:
        return self._pattern.sub(self._number, line) if self._pattern else line

    def _number(self, match: re.Match[str]) -> str:
        text = match.group()
        if text in "{}":
            return text * 2
        return self._numbers.setdefault(text, f"{{{len(self._numbers) + 1}}}")


def supplied_by(case: Case, text: str) -> set[str]:
    """Those pieces of the case that occur in the text: whole arguments, values, paths and lines, and their words."""
    whole = {*case.argv, *case.env.values(), *case.files, *(part for path in case.files for part in path.split("/"))}
    words = set(_WORD.findall(text))
    found = {one for one in whole if len(one) >= _SHORTEST and one.strip() and one in text}
    contents = (data.decode("utf-8", "replace") for data in (*case.files.values(), case.stdin))
    for one in (*whole, *contents):
        found |= words.intersection(_WORD.findall(one))
    return found


def longest_first(texts: Iterable[str]) -> list[str]:
    """In an order in which a pattern of alternatives takes the longest."""
    return sorted(texts, key=lambda text: (-len(text), text))


def bounded(text: str) -> str:
    """A pattern for a text where it stands as a whole word, not inside another."""
    before = r"(?<!\w)" if re.match(r"\w", text) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", text) else ""
    return f"{before}{re.escape(text)}{after}"
