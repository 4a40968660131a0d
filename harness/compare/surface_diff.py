"""What changed between two surfaces: differences *removed, changed, moved*, and notes *added*."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.compare.surface_match import Matching, match
from harness.compare.surface_members import Look, compare_looks
from harness.compare.surface_model import Item, Surface
from harness.compare.surface_numbers import fold_numbers
from harness.compare.surface_packages import package_changes
from harness.model import Difference

__all__ = ["Changes", "compare"]

_NOMINAL = frozenset({"struct", "enum", "union", "trait"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The outcome. `moves` maps each public path that moved to where it went."""

    differences: tuple[Difference, ...] = ()
    notes: tuple[Difference, ...] = ()
    moves: Mapping[str, str] = field(default_factory=dict)


def compare(before: Surface, after: Surface) -> Changes:
    """Holds two surfaces against each other.

    Every public path of `before` that `after` does not have is the `where` of a difference, or lies below a
    removed module that is. A moved path has the old one in `before` and the new one in `after`.
    """
    differences, notes = package_changes(before.packages, after.packages)
    if before.items == after.items and before.members == after.members:
        return Changes(differences=tuple(differences), notes=tuple(notes))
    differ = _Differ(match(before, after))
    differ.run()
    order = {"removed": 0, "moved": 1, "changed": 2, "added": 3}
    of_items = sorted(differ.differences, key=lambda one: (one.where, order[one.facet], one.before))
    return Changes(
        differences=(*fold_numbers(of_items), *differences),
        notes=tuple(sorted(differ.notes, key=lambda one: (one.where, one.after))) + tuple(notes),
        moves=differ.moves,
    )


class _Differ:
    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self.before, self.after = matching.before, matching.after
        self.differences: list[Difference] = []
        self.notes: list[Difference] = []
        self.moves: dict[str, str] = {}
        self.used: set[str] = set()
        self.arrived = set(matching.pairs.values())

    def run(self) -> None:
        """Fills `differences`, `notes` and `moves`."""
        gone: list[Item] = []
        paired: list[tuple[Item, str]] = []
        for identity, group in self.before.by_identity.items():
            other = self.matching.pairs.get(identity)
            if other is None:
                gone += [item for item in group if not self._still_there(item)]
                continue
            paired += [(item, other) for item in group if item.via != "unnameable"]
            self._definition(group, other)
        # What lies in a module that moved is looked for in its new place first, so modules go first.
        for item, other in sorted(paired, key=lambda one: (one[0].kind != "module", one[0].key)):
            self._path(item, other)
        self._removed([item for item in gone if item.via != "unnameable"])
        self._added()

    # -- paths --------------------------------------------------------------------------------------------

    def _still_there(self, item: Item) -> bool:
        """Tells of a path that now names something of another kind."""
        there = self.after.find(item.key)
        if there is None or item.via == "unnameable":
            return False
        self._differs(
            "changed", item, self.after.text(there), f"`{item.path}` was a {_kind(item)}, now a {_kind(there)}."
        )
        return True

    def _path(self, item: Item, other: str) -> None:
        there = self.after.find(item.key)
        if there is None:
            self._vanished(item, other)
        elif there.identity != other and self._is_another(item, there):
            survivors = _listed(self._public(other))
            tail = f"; what it named is still public as {survivors}" if survivors else ""
            self._differs("changed", item, self.after.text(there), f"`{item.path}` now names another item{tail}.")

    def _is_another(self, item: Item, there: Item) -> bool:
        if item.kind == "module" and there.kind == "module":
            return False
        if item.kind != there.kind or item.kind in _NOMINAL:
            return True
        return self.matching.translate(item.signature) != there.signature

    def _vanished(self, item: Item, other: str) -> None:
        public = self._public(other)
        moved_along = self._moved_along(item, other)
        public |= moved_along
        fresh = list(moved_along) or [
            path for path, key in public.items() if self.before.find(key) is None and key not in self.used
        ]
        if fresh:
            new = self._expected(item, fresh)
            self.used.add(public[new])
            self.moves[item.path] = new
            rest = _listed(path for path in public if path != new)
            tail = f"; also public as {rest}" if rest else ""
            text = f"The {_kind(item)} `{item.path}` is now `{new}`{tail}."
            self.differences.append(
                Difference(facet="moved", where=item.path, before=item.path, after=new, summary=text)
            )
            return
        survivors = _listed(public)
        tail = f"; still public as {survivors}" if survivors else "; it has no public path any more"
        self._differs("removed", item, "", f"The path `{item.path}` is gone{tail}.")

    def _moved_along(self, item: Item, other: str) -> dict[str, str]:
        """The path in the new place of the module that the item lay in, with its key, if the item is there."""
        parent, _, name = item.path.rpartition("::")
        place = self.moves.get(parent)
        if place is None:
            return {}
        key = f"{place}::{name}{item.key[len(item.path) :]}"
        there = self.after.find(key)
        return {f"{place}::{name}": key} if there is not None and there.identity == other else {}

    def _public(self, identity: str) -> dict[str, str]:
        """The public paths of an identity in the second surface, each with its key."""
        return {item.path: item.key for item in self.after.by_identity.get(identity, ()) if item.via != "unnameable"}

    def _expected(self, item: Item, fresh: list[str]) -> str:
        """Of several new paths, the one below the module that the old path's module became."""
        parent, _, name = item.path.rpartition("::")
        module = self.before.by_key.get(parent)
        home = self.after.homes.get(self.matching.pairs.get(module.identity, "")) if module else None
        return f"{home}::{name}" if f"{home}::{name}" in fresh else fresh[0]

    # -- definitions --------------------------------------------------------------------------------------

    def _definition(self, group: tuple[Item, ...], other: str) -> None:
        there = self.after.by_identity[other][0]
        here = next((item for item in group if self.after.find(item.key) is not None), group[0])
        is_told_with_enum = here.kind == "variant" and here.identity.rpartition("::")[0] in self.matching.pairs
        if here.kind == "module" or is_told_with_enum:
            return
        differences, notes = compare_looks(self.matching, Look.of(here), Look.of(there))
        self.differences += differences
        self.notes += notes

    # -- what is only on one side -------------------------------------------------------------------------

    def _removed(self, items: list[Item]) -> None:
        modules = {item.path for item in items if item.kind == "module"}
        inside = _below(items, modules)
        for item in items:
            if not _is_below(item.path, modules):
                contents = [self.before.text(one) for one in inside.get(item.path, ())]
                tail = f" with the {len(contents)} items in it" if contents else ""
                text = f"The {_kind(item)} `{item.path}` is gone{tail}."
                self._differs("removed", item, "", text, contents)

    def _added(self) -> None:
        fresh = [
            item
            for item in self.after.items
            if item.via != "unnameable" and item.key not in self.used and self.before.find(item.key) is None
        ]
        modules = {item.path for item in fresh if item.kind == "module" and item.identity not in self.arrived}
        alone = [item for item in fresh if item.identity in self.arrived or not _is_below(item.path, modules)]
        inside = _below([item for item in fresh if item.identity not in self.arrived], modules)
        for item in alone:
            contents = [self.after.text(one) for one in inside.get(item.path, ())]
            known = "is another path of an item that was public" if item.identity in self.arrived else "is new"
            tail = f", with {len(contents)} items in it" if contents else ""
            after = "\n".join([self.after.text(item), *contents])
            text = f"The {_kind(item)} `{item.path}` {known}{tail}."
            self.notes.append(Difference(facet="added", where=item.path, before="", after=after, summary=text))

    def _differs(self, facet: str, item: Item, after: str, summary: str, more: Iterable[str] = ()) -> None:
        before = "\n".join([self.before.text(item), *more])
        self.differences.append(Difference(facet=facet, where=item.path, before=before, after=after, summary=summary))


def _kind(item: Item) -> str:
    return item.kind.replace("_", " ")


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(f"`{path}`" for path in sorted(paths, key=lambda path: (path.count("::"), path)))


def _is_below(path: str, modules: set[str]) -> bool:
    return any(parent in modules for parent in _parents(path))


def _parents(path: str) -> list[str]:
    parts = path.split("::")
    return ["::".join(parts[:cut]) for cut in range(1, len(parts))]


def _below(items: Iterable[Item], modules: set[str]) -> dict[str, list[Item]]:
    """The items that lie below one of these modules, by the outermost."""
    inside: dict[str, list[Item]] = {}
    for item in items:
        outermost = next((parent for parent in _parents(item.path) if parent in modules), None)
        if outermost is not None:
            inside.setdefault(outermost, []).append(item)
    return inside
