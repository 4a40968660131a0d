"""Items and tests that a task moves: `Move these from A to B:` with a list, or in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.contract.model import Gone, ItemAt, Move, TestMove
from harness.plan.words import FILE, Found, Known, files_in, item_of, items_in

__all__ = ["Moving", "moved_items", "moving"]

_VERB = re.compile(
    r"\b(?:moves?|extracts?|relocates?|pulls?|lifts?|splits?)\b"
    r"|\b(?:moved|extracted|relocated|pulled|lifted|split)\s+(?:from|to|into|out)\b",
    re.IGNORECASE,
)
_PLACE = rf"`?({FILE}|[a-z_]\w*)`?"
_FROM = re.compile(rf"\b(?:from|out of)\s+{_PLACE}", re.IGNORECASE)
_TO = re.compile(rf"\b(?:to|into)\s+{_PLACE}", re.IGNORECASE)
_KIND = re.compile(r"\b(fn|function|struct|enum|trait|type|const|constant|macro|test)s?\b|\(\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A sentence that a list of what moves may follow: both files, and its line."""

    old: str
    new: str
    line: int


def moving(text: str, line: int, step_file: str, known: Known) -> Moving | None:
    """Both files of a sentence that moves something; None where it does not, or does not say between which."""
    if not _VERB.search(text):
        return None
    source, target = _FROM.search(text), _TO.search(text)
    old = known.place(source[1]) if source else ""
    new = known.place(target[1]) if target else ""
    if not new and old:
        new = next((one for one in (step_file, *known.created) if one and one != old and one.endswith(".rs")), "")
    return Moving(old=old, new=new, line=line) if old and new and old != new else None


def moved_items(text: str, line: int, move: Moving, known: Known) -> list[Found]:
    """The moves of the items that a sentence or a list item names."""
    named = items_in(text) or [
        name for word in text.split()[:1] if (name := item_of(word.strip(".,;"))) and "_" in name
    ]
    places = {*files_in(text), *(one.rpartition("/")[2].removesuffix(".rs") for one in (move.old, move.new))}
    return [one for name in named if name not in places for one in _moved(name, text, line, move, known)]


def _moved(name: str, text: str, line: int, move: Moving, known: Known) -> Iterator[Found]:
    origin = known.origin(line)
    kinds = {found[1].lower() for found in _KIND.finditer(text) if found[1]}
    if name.startswith("test_") or kinds == {"test"}:
        rule = TestMove(test=name, old=move.old, new=move.new, origin=origin)
        yield Found(part="may", key="test_move", rule=rule)
        return
    if f"{name}()" in text or kinds & {"fn", "function"}:
        known.functions.add(name)
    elif name[:1].isupper():
        known.types.add(name)
    known.items[name] = move.new
    known.moved[name] = move.old
    yield Found(part="may", key="move", rule=Move(item=name, old=move.old, new=move.new, origin=origin))
    yield Found(part="must", key="item", rule=ItemAt(item=name, file=move.new, origin=origin))
    yield Found(part="must", key="gone", rule=Gone(item=name, file=move.old, origin=origin))
