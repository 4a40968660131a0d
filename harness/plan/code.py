"""What code blocks in Rust promise: what is declared, re-exported and documented, and what is no longer there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.compare.layout import documented_modules
from harness.compare.rust_items import PRIVATE, Declared, Import, items_of
from harness.compare.rust_text import essence
from harness.contract.model import Gone, ItemAt, PublicPath, Reexport, Rule, Table, TestName, Text
from harness.plan.declared import ELIDED, holds, implementations, is_test
from harness.plan.words import Found, Known

__all__ = ["Piece", "pieces_of", "pieces_of_diff", "promised", "reexport_of", "role_of"]

_OLD = re.compile(
    r"\b(?:change|replace|rename|from|currently|old|instead of)\b[^:]*:\s*$|^\W*before\b\W*$", re.IGNORECASE
)
_GONE = re.compile(r"\b(?:delete|remove|drop|get rid of)\b[^:]*:\s*$", re.IGNORECASE)
_NEW_LAST = re.compile(
    r"(?:\bto|\bwith|\bafter|\binto|\bby)\b[^:]{0,60}:\s*$|^\s*(?:to|with|after|new)\b\s*:?", re.IGNORECASE
)
_NEW = re.compile(
    r"\b(?:add|define|create|introduce|ensure|declare|should|looks?|contains?|header|import|verify"
    r"|expect|target|final|result|new|write|update)\b",
    re.IGNORECASE,
)
_BUILDS = r"(?:\b[\w:]+\()*\b{name}\s*[{{(]"
_COMMENT = re.compile(r"^\s*//\s*(before|after|old|new|remove|delete)\b\s*(?:\([^)]*\))?\s*:?\s*(.*)$", re.IGNORECASE)
_SHORTEST = 10
"""Characters of a line that is still telling: `}` and `});` stand in every file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a code block that is `old`, `new` or `gone` in a file, and the line of its first line."""

    role: str
    text: str
    line: int


def role_of(context: str) -> str:
    """What the text before a code block makes of it; empty where it says nothing of that."""
    last = re.split(r"(?<=[.!])\s+", context.strip())[-1] if context.strip() else ""
    if _GONE.search(last):
        return "gone"
    if _NEW_LAST.search(last):
        return "new"
    if _OLD.search(last) and not re.search(r"\bto\b\s*:?\s*$|\b(?:with|to a)\b", last, re.IGNORECASE):
        return "old"
    return "new" if _NEW.search(last) else ""


def pieces_of(text: str, line: int, role: str) -> list[Piece]:
    """The parts of a block: comments such as `// Before:` and `// Remove: …` change what follows them."""
    pieces: list[Piece] = []
    start, lines = line, list[str]()
    for number, one in enumerate(text.splitlines()):
        found = _COMMENT.match(one)
        if not found:
            lines.append(one)
            continue
        if lines:
            pieces.append(Piece(role=role, text="\n".join(lines), line=start))
        word = found[1].lower()
        if word in ("remove", "delete"):
            pieces.append(Piece(role="gone", text=found[2], line=line + number))
        else:
            role = "old" if word in ("before", "old") else "new"
        start, lines = line + number + 1, []
    if lines:
        pieces.append(Piece(role=role, text="\n".join(lines), line=start))
    return [one for one in pieces if one.text.strip()]


def pieces_of_diff(text: str, line: int) -> tuple[str, list[Piece]]:
    """The file that a diff names (empty: none), and what it takes away and adds."""
    file = re.search(r"^\+\+\+ (?:b/)?(\S+)", text, re.MULTILINE)
    pieces: list[Piece] = []
    for number, one in enumerate(text.splitlines(), line):
        role = "" if one.startswith(("---", "+++")) else {"-": "old", "+": "new"}.get(one[:1], "")
        last = pieces[-1] if pieces else None
        if role and last and last.role == role and last.line + last.text.count("\n") + 1 == number:
            pieces[-1] = replace(last, text=f"{last.text}\n{one[1:]}")
        elif role:
            pieces.append(Piece(role=role, text=one[1:], line=number))
    return file[1] if file else "", pieces


def promised(pieces: Sequence[Piece], file: str, known: Known) -> list[Found]:
    """What the pieces of one change promise of a file: what is new holds, what was old and is not new is gone."""
    new = "\n".join(one.text for one in pieces if one.role == "new")
    old = "\n".join(one.text for one in pieces if one.role == "old")
    found: list[Found] = []
    for piece in pieces:
        if piece.role == "new":
            found += _new(piece, file, known)
            found += _has_lines(piece, old, file, known)
        elif piece.role in ("old", "gone"):
            found += [Found(part="must", key=key, rule=rule) for key, rule in _old(piece, new, file, known)]
    return found


# -- what is new ------------------------------------------------------------------------------------------------


def _new(piece: Piece, file: str, known: Known) -> Iterator[Found]:
    items = items_of(piece.text)
    for one in items.declared:
        line = piece.line + one.line - 1 + _line_of(one.text, one.name)
        if is_test(one):
            yield from _test(one, file, known, line)
        elif len(one.path) == 1 and _is_telling(one, piece.text):
            yield from _declared(one, file, line, known)
    yield from _implemented(piece, file, known)
    for imported in items.imports:
        if imported.visibility == "pub" and file and not ELIDED.search(imported.path) and imported.name != "*":
            line = piece.line + _line_of(piece.text, imported.name)
            yield Found(part="must", key="reexport", rule=reexport_of(imported, file, known.origin(line)))
        elif file.endswith(".rs") and imported.path.startswith("crate::") and (home := _home(imported.path)) != "crate":
            line = piece.line + _line_of(piece.text, home.rpartition("::")[2])
            yield Found(part="must", key="text", rule=Text(file=file, has=home, origin=known.origin(line)))
    yield from _built(piece, file, known)
    yield from _documented(piece, file, known)


def _test(one: Declared, file: str, known: Known, line: int) -> Iterator[Found]:
    """A test may be added, and is there at the end: beside the code in a module of its own, where it is in no other."""
    origin = known.origin(line)
    yield Found(part="may", key="test_add", rule=TestName(test=one.name, origin=origin))
    if file.endswith(".rs"):
        inside = "" if "src/" not in file or len(one.path) > 1 else "tests::"
        item = inside + "::".join(one.path)
        yield Found(part="must", key="item", rule=ItemAt(item=item, file=file, origin=origin))


def _implemented(piece: Piece, file: str, known: Known) -> Iterator[Found]:
    """`impl` blocks and the functions in them."""
    for at, head, functions in implementations(piece.text) if file else ():
        if ELIDED.search(head):
            continue
        inside = [(one.line, f"{_shown(one)}{holds(one)[-1]}") for one in functions if holds(one)]
        for number, text in [(at, _told(head)), *inside]:
            origin = known.origin(piece.line + number - 1)
            yield Found(part="must", key="text", rule=Text(file=file, has=text, origin=origin))


def _shown(one: Declared) -> str:
    return "" if one.visibility == PRIVATE else f"{one.visibility} "


def _built(piece: Piece, file: str, known: Known) -> Iterator[Found]:
    """Expressions that make a value of a type which the task introduces."""
    declared = {one.name for one in items_of(piece.text).declared}
    for name in known.types - declared if file else ():
        for number, line in enumerate(piece.text.splitlines()):
            if built := re.search(_BUILDS.format(name=re.escape(name)), line):
                has = built[0].rstrip("{( ").strip()
                yield Found(
                    part="must", key="text", rule=Text(file=file, has=has, origin=known.origin(piece.line + number))
                )
                break


def _has_lines(piece: Piece, old: str, file: str, known: Known) -> Iterator[Found]:
    """The lines that come in. Of declarations and imports it is enough to look at them as such."""
    items = items_of(piece.text)
    if items.declared or items.imports or not file.endswith(".rs") or list(implementations(piece.text)):
        return
    before = essence(old)
    for number, line in enumerate(piece.text.splitlines()):
        text = essence(line).strip()
        if len(text) >= _SHORTEST and not ELIDED.search(line) and text not in before:
            rule = Text(file=file, has=_told(line), origin=known.origin(piece.line + number))
            yield Found(part="must", key="text", rule=rule)


def _told(line: str) -> str:
    code = re.sub(r"\s//.*", "", line) if '"' not in line else line
    return " ".join(code.split()).rstrip("{,").strip()


def _is_telling(one: Declared, text: str) -> bool:
    """Not one of what stands for something left out."""
    return re.search(rf"\b{re.escape(one.name)}\b\s*\.\.\.", text) is None


def _declared(one: Declared, file: str, line: int, known: Known) -> Iterator[Found]:
    origin = known.origin(line)
    if not file:
        return
    if one.kind != "mod":
        known.items.setdefault(one.name, file)
        (known.functions if one.kind == "fn" else known.types).add(one.name)
    rule = ItemAt(item=one.name, file=file, at=one.visibility, holds=holds(one), origin=origin)
    yield Found(part="must", key="item", rule=rule)
    if one.visibility == "pub" and (path := _public(file, one.name)):
        yield Found(part="may", key="add", rule=PublicPath(path=path, origin=origin))


def _public(file: str, name: str) -> str:
    module = module_path(file)
    return "" if module is None else "::".join(filter(None, ["*", module, name]))


def module_path(file: str) -> str | None:
    """The module that a source file is, within its crate (empty: its root); None for what is no library's source."""
    if not file.endswith(".rs") or "src/" not in file:
        return None
    inner = file.partition("src/")[2].removesuffix(".rs").removesuffix("/mod")
    return "" if inner == "lib" else inner.replace("/", "::")


def reexport_of(one: Import, file: str, origin: str) -> Reexport:
    """What a `pub use` in a file promises."""
    module = module_path(file) or ""
    path = "::".join(filter(None, [module, one.name]))
    inside = one.path.removeprefix("crate::").removeprefix("self::")
    if module and not one.path.startswith("crate::"):
        inside = f"{module}::{inside}"
    return Reexport(path=path, of=inside, origin=origin)


def _documented(piece: Piece, file: str, known: Known) -> Iterator[Found]:
    lines = piece.text.splitlines()
    if file and (rows := documented_modules(piece.text)) is not None:
        at = next((number for number, line in enumerate(lines) if "|" in line), 0)
        yield Found(part="must", key="table", rule=Table(file=file, rows=rows, origin=known.origin(piece.line + at)))
    for number, line in enumerate(lines):
        text = " ".join(line.split())
        if file and text.startswith("//!") and re.search(r"\w", text):
            yield Found(
                part="must", key="text", rule=Text(file=file, has=text, origin=known.origin(piece.line + number))
            )


# -- what is not there any more -----------------------------------------------------------------------------------


def _old(piece: Piece, new: str, file: str, known: Known) -> Iterator[tuple[str, Rule]]:
    if not file:
        return
    items, later = items_of(piece.text), items_of(new)
    still = {one.path for one in later.declared}
    for one in items.declared:
        if one.path not in still and len(one.path) == 1:
            origin = known.origin(piece.line + _line_of(piece.text, one.name))
            yield "gone", Gone(item=one.name, file=file, origin=origin)
    private = [one for one in items.imports if one.visibility == PRIVATE]
    for prefix in dict.fromkeys(_home(one.path) for one in private):
        if prefix.startswith("crate::") and not any(_home(one.path) == prefix for one in later.imports):
            origin = known.origin(piece.line + _line_of(piece.text, prefix.rpartition("::")[2]))
            yield "text", Text(file=file, lacks=prefix, origin=origin)
    yield from _unimported(piece, private, later.imports, file, known)
    if len(private) < len(items.imports):
        for number, line in enumerate(piece.text.splitlines()):
            if re.match(r"\s*pub(\([\w ]+\))? use\b[^;]*;", line) and essence(line) not in essence(new):
                yield "text", Text(file=file, lacks=_told(line), origin=known.origin(piece.line + number))
    if not items.imports:
        yield from _lines(piece, new, file, known, bool(items.declared))


def _unimported(
    piece: Piece, old: Sequence[Import], new: Sequence[Import], file: str, known: Known
) -> Iterator[tuple[str, Rule]]:
    """Single names that are no longer imported from where others still are.

    Where the plan leaves names out, only those count that come from elsewhere now.
    """
    left_out = {_home(one.path) for one in new if ELIDED.search(one.path)}
    others = {one.name for one in new}
    for one in old:
        home = _home(one.path)
        if ELIDED.search(one.path) or not any(_home(other.path) == home for other in new):
            continue
        if one.path not in {other.path for other in new} and (home not in left_out or one.name in others):
            origin = known.origin(piece.line + _line_of(piece.text, one.name))
            yield "text", Text(file=file, lacks=f"use {one.path}", origin=origin)


def _lines(piece: Piece, new: str, file: str, known: Known, declares: bool) -> Iterator[tuple[str, Rule]]:
    """The telling lines that are not in what is new. Of a declaration its name is enough."""
    kept = essence(new)
    for number, line in enumerate(piece.text.splitlines()):
        text = essence(line).strip()
        if len(text) < _SHORTEST or ELIDED.search(line) or text in kept or "\0" in text:
            continue
        if declares and not text.startswith("impl"):
            continue
        origin = known.origin(piece.line + number)
        yield "text", Text(file=file, lacks=_told(line), origin=origin)


def _home(path: str) -> str:
    return path.rpartition("::")[0]


def _line_of(text: str, name: str) -> int:
    named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return next((number for number, line in enumerate(text.splitlines()) if named.search(line)), 0)
