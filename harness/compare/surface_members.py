"""Two looks of one item compared: signature, shape, and everything that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.compare.surface_match import Matching
from harness.compare.surface_model import Item, Member, Surface, shown
from harness.model import Difference

__all__ = ["Look", "compare_looks"]

_OUTSIDE = "pub use "
_KINDS = {"assoc_const": "associated constant", "assoc_type": "associated type", "function": "method"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An item, or a member, at one of its paths."""

    path: str
    one: Item | Member

    @classmethod
    def of(cls, item: Item) -> Look:
        """That of an item at its own path."""
        return cls(path=item.path, one=item)


def compare_looks(matching: Matching, old: Look, new: Look) -> tuple[list[Difference], list[Difference]]:
    """Differences and notes of a matched pair, told at the old path."""
    comparison = _Comparison(matching)
    comparison.pair(old, new)
    return comparison.differences, comparison.notes


class _Comparison:
    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self.before, self.after = matching.before, matching.after
        self.differences: list[Difference] = []
        self.notes: list[Difference] = []

    def pair(self, old: Look, new: Look) -> None:
        """Compares two looks and what is below them."""
        kept_signature = self._equal(old.one.signature, new.one.signature)
        if old.one.signature.startswith(_OUTSIDE) or new.one.signature.startswith(_OUTSIDE):
            if not kept_signature:
                self._changed(old, new, "names something else")
            return
        left, right = self._members(self.before, old.one, translate=True), self._members(self.after, new.one)
        shape = _Shapes.between(old.one.shape, new.one.shape, lost=_names(left, right), fresh=_names(right, left))
        if not kept_signature or shape.breaks:
            self._changed(old, new, shape.told if shape.breaks else "has another signature")
        elif shape.opened:
            self._note(old.path, new, f"`{old.path}` can now be listed in full from outside.")
        self._below(old, new, left, right, set(shape.more))

    def _below(self, old: Look, new: Look, left: dict[_Key, Member], right: dict[_Key, Member], told: set[str]) -> None:
        for key, member in left.items():
            path = _member_path(old.path, member, self.before)
            there = right.get(key)
            if there is None:
                text = f"The {_kind(member)} `{path}` is gone."
                before = self.before.text(member)
                self.differences.append(Difference(facet="removed", where=path, before=before, after="", summary=text))
            elif member is not there:
                self.pair(Look(path=path, one=member), Look(path=path, one=there))
        for key, member in right.items():
            if key not in left and member.name not in told:
                path = _member_path(new.path, member, self.after)
                self._note(path, Look(path=path, one=member), f"The {_kind(member)} `{path}` is new.")

    def _members(self, surface: Surface, one: Item | Member, *, translate: bool = False) -> dict[_Key, Member]:
        members = surface.members.get(one.identity, ()) if one.identity else ()
        if not translate:
            return {(member.kind, member.name): member for member in members}
        return {(member.kind, self.matching.translate(member.name)): member for member in members}

    def _equal(self, before: str, after: str) -> bool:
        return before == after or self.matching.translate(before) == after

    def _changed(self, old: Look, new: Look, what: str) -> None:
        before, after = self.before.text(old.one), self.after.text(new.one)
        text = f"The {_kind(old.one)} `{old.path}` {what}."
        self.differences.append(Difference(facet="changed", where=old.path, before=before, after=after, summary=text))

    def _note(self, path: str, new: Look, summary: str) -> None:
        after = self.after.text(new.one)
        self.notes.append(Difference(facet="added", where=path, before="", after=after, summary=summary))


_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shapes:
    """How what must be listed in full changed. `more` are the names that came to it."""

    breaks: bool = False
    opened: bool = False
    told: str = ""
    more: tuple[str, ...] = ()

    @classmethod
    def between(cls, before: str, after: str, *, lost: set[str], fresh: set[str]) -> _Shapes:
        """`lost` and `fresh` are the names of members that only one side has."""
        if before == after:
            return cls()
        if before == "..":
            return cls(opened=True)
        if after == "..":
            return cls(breaks=True, told="can no longer be listed in full from outside")
        old, new = set(_listed(before)), set(_listed(after))
        more = tuple(sorted(new - old))
        if more:
            return cls(breaks=True, told=f"now asks for {', '.join(f'`{one}`' for one in more)} too", more=more)
        if before[:1] == after[:1]:
            # What is missing was removed, and is told there; or a required item became a provided one.
            return cls()
        return cls(breaks=True, told="is written in another form")


def _listed(shape: str) -> Iterator[str]:
    for name in shape.strip("{}() ").split(","):
        if name.strip():
            yield name.strip()


def _names(ones: dict[_Key, Member], others: dict[_Key, Member]) -> set[str]:
    return {member.name for key, member in ones.items() if key not in others}


def _member_path(path: str, member: Member, surface: Surface) -> str:
    name = shown(member.name, surface.names)
    return name if member.kind == "impl" else f"{path}::{name}"


def _kind(one: Item | Member) -> str:
    return _KINDS.get(one.kind, one.kind.replace("_", " "))
