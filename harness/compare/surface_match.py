"""Which item of one surface is which item of another, through moves.

An item is known by its identity; where that is gone, by a public path that stayed; else it is looked for among what
appeared: a module by the names in it, an item by its name and what it looks like, a renamed type by its members.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cached_property

from harness.compare.rustdoc.render import MARK_CLOSE, MARK_OPEN
from harness.compare.surface_model import MENTION, Item, Surface

__all__ = ["Matching", "match"]

_ALIKE = 0.5
_RENAMED_KINDS = frozenset({"struct", "enum", "union", "trait"})
_OWN_KINDS = frozenset({"field", "variant", "method", "function", "assoc_const", "assoc_type"})

Print = tuple[object, ...]


class Matching:
    """The matched identities, and texts of the first surface in words of the second."""

    def __init__(self, before: Surface, after: Surface, pairs: Mapping[str, str]) -> None:
        self.before = before
        self.after = after
        self.pairs = pairs

    def translate(self, text: str) -> str:
        """A signature of the first surface as it reads when every moved item is named by its new identity."""
        return MENTION.sub(self._moved, text)

    def _moved(self, found: re.Match[str]) -> str:
        identity = found.group(1)
        new = self.pairs.get(identity) or self._unlisted.get(identity, identity)
        return MARK_OPEN + new + MARK_CLOSE

    @cached_property
    def _unlisted(self) -> dict[str, str]:
        """Identities that signatures mention but the surface does not list (hidden ones), by unique last name."""
        before, after = _mentioned(self.before), _mentioned(self.after)
        gone = [one for one in before - after if one not in self.pairs]
        fresh = after - before - set(self.pairs.values())
        return {one: other for one in gone if (other := _only_namesake(one, gone, fresh))}


def match(before: Surface, after: Surface) -> Matching:
    """Finds for each identity of `before` the one that it has in `after`, if any."""
    matcher = _Matcher(before, after)
    matcher.by_identity()
    matcher.by_path()
    matcher.modules()
    matcher.by_looks()
    matcher.renamed()
    return Matching(before, after, matcher.pairs)


class _Side:
    """One surface, with what the matching asks of it."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.first = {identity: group[0] for identity, group in surface.by_identity.items()}
        self.seen: dict[tuple[str, str], tuple[Print, ...]] = {}
        self.children: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for item in surface.items:
            parent, _, name = item.path.rpartition("::")
            self.children[parent].add((name, item.kind))

    def inside(self, module: str) -> set[tuple[str, str]]:
        """Names and kinds of what a module holds."""
        home = self.surface.homes.get(module)
        return self.children.get(home, set()) if home else set()

    def prints(self, item: Item) -> Print:
        """What an item looks like, its own name, and the places of what it mentions, aside."""
        return (item.kind, _nameless(item.signature, item.identity), item.shape, self.members(item.identity))

    def members(self, identity: str, own: str = "") -> tuple[Print, ...]:
        """The same of its members."""
        own = own or identity
        known = self.seen.get((identity, own))
        if known is None:
            known = tuple(self._members(identity, own))
            self.seen[identity, own] = known
        return known

    def _members(self, identity: str, own: str) -> list[Print]:
        return sorted(
            (
                one.kind,
                _nameless(one.name, own),
                _nameless(one.signature, own),
                one.shape,
                self.members(one.identity, own) if one.identity else (),
            )
            for one in self.surface.members.get(identity, ())
        )

    def has_own_members(self, identity: str) -> bool:
        """Whether there is more to know it by than impls, which many types share."""
        return any(one.kind in _OWN_KINDS for one in self.surface.members.get(identity, ()))


class _Matcher:
    def __init__(self, before: Surface, after: Surface) -> None:
        self.before, self.after = _Side(before), _Side(after)
        self.pairs: dict[str, str] = {}
        self.taken: set[str] = set()

    def take(self, one: str, other: str) -> None:
        if one not in self.pairs:
            self.pairs[one] = other
            self.taken.add(other)

    def by_identity(self) -> None:
        """What is defined where it was."""
        for identity, item in self.before.first.items():
            there = self.after.first.get(identity)
            if there is not None and there.kind == item.kind:
                self.take(identity, identity)

    def by_path(self) -> None:
        """What has another definition, but a public path that stayed."""
        for identity, group in self.before.surface.by_identity.items():
            if identity in self.pairs:
                continue
            for item in group:
                there = self.after.surface.find(item.key) if item.via != "unnameable" else None
                if there is not None and there.kind == item.kind:
                    self.take(identity, there.identity)
                    break

    def modules(self) -> None:
        """Modules that hold, by name, mostly the same."""
        self._assign(
            (self._module_likeness(one, other), one, other)
            for one in self._left(self.before, "module")
            for other in self._right("module")
        )

    def _module_likeness(self, one: str, other: str) -> float:
        inside, there = self.before.inside(one), self.after.inside(other)
        named = _last(one) == _last(other)
        overlap = _overlap(inside, there) if inside or there else float(named)
        return overlap + 0.02 * (_parent(one) == _parent(other)) + 0.01 * named if overlap else 0.0

    def by_looks(self) -> None:
        """Items of one name and kind: in matched modules, or that look the same, or that share most members."""
        namesakes: dict[tuple[str, str], list[str]] = defaultdict(list)
        for other in self._right():
            namesakes[self.after.first[other].kind, _last(other)].append(other)
        self._assign(
            (self._likeness(one, other), one, other)
            for one in self._left(self.before)
            for other in namesakes.get((self.before.first[one].kind, _last(one)), ())
        )

    def renamed(self) -> None:
        """Types of another name in the same module whose members are the same, where there is only one such."""
        left = self._prints(self.before, self._left(self.before))
        right = self._prints(self.after, self._right())
        for prints, ones in left.items():
            others = right.get(prints, [])
            if len(ones) == len(others) == 1 and self._same_parent(ones[0], others[0]):
                self.take(ones[0], others[0])

    def _prints(self, side: _Side, identities: Iterable[str]) -> dict[Print, list[str]]:
        groups: dict[Print, list[str]] = defaultdict(list)
        for one in identities:
            item = side.first[one]
            if item.kind in _RENAMED_KINDS and side.has_own_members(one):
                groups[side.prints(item)].append(one)
        return groups

    def _left(self, side: _Side, kind: str = "") -> list[str]:
        return [one for one, item in side.first.items() if one not in self.pairs and kind in ("", item.kind)]

    def _right(self, kind: str = "") -> list[str]:
        return [one for one, item in self.after.first.items() if one not in self.taken and kind in ("", item.kind)]

    def _assign(self, candidates: Iterable[tuple[float, str, str]]) -> None:
        for score, one, other in sorted(candidates, key=lambda found: (-found[0], found[1], found[2])):
            if score >= _ALIKE and other not in self.taken:
                self.take(one, other)

    def _likeness(self, one: str, other: str) -> float:
        left, right = self.before.first[one], self.after.first[other]
        bonus = 1.0 if self._same_parent(one, other) else 0.0
        if self.before.prints(left) == self.after.prints(right):
            return 2.0 + bonus
        if bonus or not self.before.has_own_members(one):
            return bonus
        return _overlap(set(self.before.members(one)), set(self.after.members(other)))

    def _same_parent(self, one: str, other: str) -> bool:
        parent = _parent(one)
        return self.pairs.get(parent, parent) == _parent(other)


def _overlap(one: Set[object], other: Set[object]) -> float:
    """The share of elements that both have."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def _last(identity: str) -> str:
    return identity.rpartition("::")[2]


def _parent(identity: str) -> str:
    return identity.rpartition("::")[0]


def _nameless(text: str, own: str) -> str:
    return MENTION.sub(lambda found: "Self" if found.group(1) == own else _last(found.group(1)), text)


def _mentioned(surface: Surface) -> set[str]:
    texts = [item.signature for item in surface.items]
    texts += [text for below in surface.members.values() for one in below for text in (one.name, one.signature)]
    return {identity for text in texts for identity in MENTION.findall(text)} - set(surface.by_identity)


def _only_namesake(one: str, gone: Iterable[str], fresh: Iterable[str]) -> str | None:
    name = _last(one)
    others = [other for other in fresh if _last(other) == name]
    return others[0] if len(others) == 1 and sum(_last(each) == name for each in gone) == 1 else None
