"""What of a plan's code became a check, and what did not: no line is dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.compare.rust_items import items_of
from harness.plan.code import Piece
from harness.plan.declared import ELIDED, body_of, implementations, is_test, spans_of
from harness.plan.words import Found, Unread

__all__ = ["uncovered"]

_USE = re.compile(r"^\s*(?:pub(?:\([\w: ]+\))?\s+)?use\b")
_COMMENT = re.compile(r"^\s*(?://|/\*|\*)")


def uncovered(pieces: Sequence[Piece], found: Sequence[Found], file: str) -> Iterator[Unread]:
    """The lines of which no rule speaks, one entry for those that stand together for one reason."""
    origins = {int(one.rule.origin.rpartition(":")[2]) for one in found}
    new, old = (
        {line for one in pieces if (one.role == "new") is side for line in _stripped(one)} for side in (True, False)
    )
    for piece in pieces:
        last: tuple[int, str] | None = None
        for number, why in _of_piece(piece, origins, file):
            if _stripped(piece)[number - piece.line] in new & old:
                continue  # it stays, and shows where the change is
            if last is None or last[1] != why or number > last[0] + 1:
                yield Unread(line=number, text=_stripped(piece)[number - piece.line], why=why)
            last = (number, why)


def _stripped(piece: Piece) -> list[str]:
    return [line.strip() for line in piece.text.splitlines()]


def _of_piece(piece: Piece, origins: set[int], file: str) -> Iterator[tuple[int, str]]:
    lines = piece.text.splitlines()
    bodies, spans = _bodies(piece.text), list(spans_of(piece.text))
    imports = _imports(lines)
    known = {at - piece.line + 1 for at in origins}
    for number, line in enumerate(lines, 1):
        if number in known or not re.search(r"\w|\.\.\.|…|\?", line):
            continue
        around = next((span for span in spans if number in span), None)
        if piece.role != "new" and around is not None and known & set(around):
            continue  # it goes with what it is a part of
        why = ""
        if _COMMENT.match(line):
            why = "a comment"
        elif ELIDED.search(line):
            why = "the plan leaves something out here"
        elif number in bodies:
            why = "what a function does is observed, not compared with the plan"
        elif statement := next((span for span in imports if number in span), None):
            why = "" if known & set(statement) else "imports of other crates are the compiler's to check"
        elif around is None or not known & set(around):
            why = (
                "code without a declaration that could be looked for" if file else "nothing says in which file this is"
            )
        if why:
            yield piece.line + number - 1, why


def _bodies(text: str) -> set[int]:
    inside = [one for _, _, functions in implementations(text) for one in functions]
    every = [*(one for one in items_of(text).declared), *inside]
    return {number for one in every for number in body_of(one)} - {one.line for one in every if is_test(one)}


def _imports(lines: Sequence[str]) -> list[range]:
    found, start = [], 0
    for number, line in enumerate(lines, 1):
        if not start and _USE.match(line):
            start = number
        if start and ";" in line:
            found.append(range(start, number + 1))
            start = 0
    return found
