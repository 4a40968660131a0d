"""What a commit names: the words of its changed lines, and of the functions around them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.cases.base import Ground, sources_of
from harness.compare.rust_items import items_of
from harness.compare.rust_text import item_end, mask
from harness.compare.text import diff

__all__ = ["Named", "named_between", "named_by_change", "plain"]

_IDENTIFIER = re.compile(r"[A-Za-z_]\w+")
_FUNCTION = re.compile(r"\bfn\s+(?:r#)?\w+")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Names, each as `plain` has it: those in changed lines, and those in the rest of the functions around them."""

    lines: frozenset[str] = field(default_factory=frozenset)
    around: frozenset[str] = field(default_factory=frozenset)

    def rank(self, *names: str) -> int | None:
        """How near the nearest of these names is: 0 in a changed line, 1 around one; None where none is named."""
        some = {plain(name) for name in names}
        return 0 if some & self.lines else 1 if some & self.around else None


def plain(name: str) -> str:
    """A name as it is in every spelling: `DryRun`, `dry_run`, `--dry-run` are `dryrun`."""
    return _NOT_PLAIN.sub("", name.lower())


def named_between(before: Ground, after: Ground) -> Named:
    """What differs between the sources of two revisions; nothing where those of one are not known."""
    if before.repository is None or after.repository is None:
        return Named()
    return named_by_change(sources_of(before.repository), sources_of(after.repository))


def named_by_change(old: Mapping[str, str], new: Mapping[str, str]) -> Named:
    """What differs between two sets of Rust sources, by their paths, apart from what is compiled for tests alone."""
    lines: set[str] = set()
    around: set[str] = set()
    for path in sorted({*old, *new}):
        before, after = old.get(path, ""), new.get(path, "")
        for side, changed in zip((before, after), _changed(before, after), strict=True):
            changed -= items_of(side).tests if changed else frozenset()
            code = mask(side).split("\n")
            lines.update(name for line in changed for name in _IDENTIFIER.findall(code[line - 1]))
            around.update(name for text in _functions(side, changed) for name in _IDENTIFIER.findall(text))
    near = frozenset(map(plain, lines))
    return Named(lines=near, around=frozenset(map(plain, around)) - near)


def _changed(before: str, after: str) -> tuple[set[int], set[int]]:
    """The numbers of the lines of each side that the other has not."""
    removed: set[int] = set()
    added: set[int] = set()
    for hunk in diff(before, after, context=0):
        removed.update(range(hunk.line, hunk.line + len(hunk.removed)))
        added.update(range(hunk.line_after, hunk.line_after + len(hunk.added)))
    return removed, added


def _functions(text: str, lines: set[int]) -> Iterator[str]:
    """The code of the functions in which these lines are."""
    if not lines:
        return
    code = mask(text)
    breaks = [found.start() for found in re.finditer("\n", code)]
    for found in _FUNCTION.finditer(code):
        end = item_end(code, found.end())
        first, last = (bisect_right(breaks, position) + 1 for position in (found.start(), end - 1))
        if any(first <= line <= last for line in lines):
            yield code[found.start() : end]
