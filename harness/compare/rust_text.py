"""The text of Rust sources below the level of a grammar: comments and literals, and where what was opened ends.

No parser: it knows comments, literals and brackets, which is enough to cut an item out of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["braces_end", "brackets_end", "essence", "item_end", "literals", "mask"]

_LITERAL = re.compile(
    r"""//[^\n]*|/\*|\b(?:br|cr|r)(?P<hashes>\#*)"|(?:\b[bc])?"(?:\\.|[^"\\])*(?:"|\Z)
    |\bb?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}']*\}|.)|[^\\'\n])'|'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}']*\}|.)|[^\\'\n])'""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_NOT_NEWLINE = re.compile(r"[^\n]")
_BRACE = re.compile(r"[{}]")
_BRACKET = re.compile(r"[\[\]]")
_ENDS = re.compile(r"[({\[\])};]")
_OPENING = "([{"


def literals(text: str) -> Iterator[tuple[int, int, bool]]:
    """Comments and literals as (start, end, is a comment), in order and without overlap."""
    position = 0
    while match := _LITERAL.search(text, position):
        start, end = match.span()
        token = match.group()
        comment = token.startswith(("//", "/*"))
        if token == "/*":
            end = _comment_end(text, end)
        elif match["hashes"] is not None:
            closing = text.find('"' + match["hashes"], end)
            end = len(text) if closing < 0 else closing + 1 + len(match["hashes"])
        yield start, end, comment
        position = end


def _comment_end(text: str, position: int) -> int:
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return len(text) if depth else position


def mask(text: str, known: Iterable[tuple[int, int, bool]] | None = None) -> str:
    """The text with blanks in place of comments and literals, which may be `known`; same length, same lines."""
    parts: list[str] = []
    done = 0
    for start, end, _ in literals(text) if known is None else known:
        parts += (text[done:start], _NOT_NEWLINE.sub(" ", text[start:end]))
        done = end
    parts.append(text[done:])
    return "".join(parts)


def essence(text: str) -> str:
    """The code without comments and layout; literals stay as they are. Equal for code that was only reformatted."""
    parts: list[str] = []
    kept: list[str] = []
    done = 0
    for start, end, comment in literals(text):
        parts += (text[done:start].replace("\0", ""), " " if comment else "\0")
        kept += [] if comment else [text[start:end]]
        done = end
    parts.append(text[done:].replace("\0", ""))
    code = re.sub(r"\s+", " ", "".join(parts))
    code = re.sub(r"(?<!\w) | (?!\w)", "", code)
    code = re.sub(r",(?=[)\]}])", "", code)
    literal = iter(kept)
    return re.sub("\0", lambda _: next(literal), code)


def item_end(masked: str, position: int) -> int:
    """Where the item ends whose head goes on at `position`: behind its body or semicolon. `masked` is from `mask`."""
    depth = 0
    for match in _ENDS.finditer(masked, position):
        mark = match.group()
        if mark == ";" and depth == 0:
            return match.end()
        if mark == "{" and depth == 0:
            return braces_end(masked, match.end())
        depth += 1 if mark in _OPENING else -1 if mark != ";" else 0
        if depth < 0:
            return match.start()
    return len(masked)


def braces_end(masked: str, position: int) -> int:
    """Behind the brace that closes the one which was opened before `position`."""
    return _matching(masked, position, _BRACE, "{")


def brackets_end(masked: str, position: int) -> int:
    """As `braces_end`, for square brackets."""
    return _matching(masked, position, _BRACKET, "[")


def _matching(masked: str, position: int, marks: re.Pattern[str], opening: str) -> int:
    depth = 1
    for match in marks.finditer(masked, position):
        depth += 1 if match.group() == opening else -1
        if depth == 0:
            return match.end()
    return len(masked)
