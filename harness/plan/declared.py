"""What a declaration in a plan's code promises besides its name: its fields, its signature, what is derived."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.compare.rust_items import Declared, items_of
from harness.compare.rust_text import essence, mask

__all__ = ["ELIDED", "body_of", "holds", "implementations", "is_test", "spans_of"]

ELIDED = re.compile(r"\.\.\.|…|/\* .*\*/")
"""What stands for code that a plan leaves out."""

_ATTRIBUTE = re.compile(r"^\s*(#\[[^\n]*\])\s*$")
_TEST = re.compile(r"#\[(?:[\w:]+::)?(?:test|rstest|proptest)\b")
_IMPL = re.compile(r"^[ \t]*(?:unsafe\s+)?impl\b[^;{]*\{", re.MULTILINE)
_BODIED = ("struct", "enum", "union", "trait")
_VISIBLE = re.compile(r"^\s*pub(?:\s*\([^)]*\))?\s+")


def is_test(one: Declared) -> bool:
    """Whether it is a test function."""
    return one.kind == "fn" and _TEST.search(one.text) is not None


def holds(one: Declared) -> tuple[str, ...]:
    """The code that its declaration has to hold, as far as the plan spells it out."""
    if one.kind in ("mod", "macro") or is_test(one):
        return ()
    attributes = [found[1] for line in one.text.splitlines() if (found := _ATTRIBUTE.match(line))]
    code = one.text[_head(one.text) :]
    if one.kind in _BODIED and "{" in mask(code):
        told = list(_fields(code, signatures=one.kind == "trait"))
    else:
        told = [_VISIBLE.sub("", _one_line(code[: _opens(code)] if one.kind == "fn" else code)).rstrip(";").strip()]
    return tuple(dict.fromkeys(text for text in (*attributes, *told) if re.search(r"\w", text) and _is_whole(text)))


def body_of(one: Declared) -> range:
    """The lines of a function's body, counted as those of the text that it stands in."""
    opens = _opens(one.text)
    if one.kind != "fn" or opens == len(one.text):
        return range(0)
    first = one.line + one.text.count("\n", 0, opens)
    return range(first + 1, one.line + one.text.count("\n") + 1)


def spans_of(text: str) -> Iterator[range]:
    """The lines of each declaration and implementation in a text."""
    for one in items_of(text).declared:
        yield range(one.line, one.line + one.text.count("\n") + 1)
    for start, _, inner in _implementations(text):
        yield range(start, start + inner.count("\n") + 2)


def implementations(text: str) -> Iterator[tuple[int, str, list[Declared]]]:
    """Each `impl` block: its line, its head, and the functions in it, with lines of the whole text."""
    for line, head, inner in _implementations(text):
        inside = [one for one in items_of(inner).declared if len(one.path) == 1]
        yield line, head, [_shifted(one, line + head.count("\n")) for one in inside]


def _implementations(text: str) -> Iterator[tuple[int, str, str]]:
    masked = mask(text)
    for found in _IMPL.finditer(masked):
        end = _closing(masked, found.end())
        yield text.count("\n", 0, found.start()) + 1, text[found.start() : found.end() - 1], text[found.end() : end]


def _shifted(one: Declared, by: int) -> Declared:
    return Declared(path=one.path, kind=one.kind, visibility=one.visibility, text=one.text, line=one.line + by)


def _closing(masked: str, position: int) -> int:
    depth = 1
    for found in re.finditer(r"[{}]", masked[position:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return position + found.start()
    return len(masked)


def _head(text: str) -> int:
    """Where the attributes and comments before a declaration end."""
    at = 0
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            return at
        at += len(line)
    return at


def _opens(text: str) -> int:
    """Where the body of a function begins."""
    depth = 0
    for found in re.finditer(r"[(\[{}\])]", mask(text)[_head(text) :]):
        if found[0] == "{" and depth == 0:
            return _head(text) + found.start()
        depth += 1 if found[0] in "([{" else -1
    return len(text)


def _fields(code: str, *, signatures: bool) -> Iterator[str]:
    """The lines between the braces without comments; of a trait, only what is not in a body of its own."""
    masked = mask(code)
    start = masked.index("{") + 1
    inner, blank = code[start : _closing(masked, start)], masked[start : _closing(masked, start)]
    depth = 0
    for line, bare in zip(inner.split("\n"), blank.split("\n"), strict=True):
        if not signatures or depth == 0:
            told = essence(line) if '"' in line else _one_line(line.partition("//")[0])
            yield told.rstrip(",;{ ").strip()
        depth += bare.count("{") - bare.count("}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_whole(text: str) -> bool:
    return ELIDED.search(text) is None
