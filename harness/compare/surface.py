"""The public surface of a workspace, from what rustdoc and cargo say of it. Comparing is in `surface_diff`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from harness.built import Workspace
from harness.compare.rustdoc.impls import all_impls
from harness.compare.rustdoc.items import Part, look, parts
from harness.compare.rustdoc.load import Crates, Node, kind_of, load
from harness.compare.rustdoc.render import NAME
from harness.compare.rustdoc.tree import Entry, Found, walk
from harness.compare.surface_diff import Changes, compare
from harness.compare.surface_model import MENTION, Item, Member, Package, Surface, decode, encode

__all__ = ["Changes", "Item", "Member", "Package", "Surface", "compare", "decode", "encode", "surface_of"]

_TARGET_KINDS = ("bin", "example", "lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro")
_STANDARD = frozenset({"alloc", "core", "proc_macro", "std", "test"})
_OUTSIDE_CRATE = re.compile(r"(?<![\w:'\ue000])([a-z_]\w*)::\w")
_HAS_MEMBERS = frozenset({"struct", "union", "enum", "trait", "variant", "extern_type"})


def surface_of(documents: Mapping[str, bytes], workspace: Workspace | None = None, *, toolchain: str = "") -> Surface:
    """The surface of crates (rustdoc JSON by crate name) and of their packages.

    Raises:
        HarnessError: a document is no rustdoc JSON, or of an unknown format.
    """
    crates = load(documents, toolchain)
    found, homes = walk(crates)
    builder = _Builder(crates)
    items = sorted((builder.item(one) for one in found), key=lambda item: (item.key, item.kind, item.identity))
    items = [item for place, item in enumerate(items) if place == 0 or item.key != items[place - 1].key]
    items += builder.unnameable(items)
    packages = {} if workspace is None else _packages(workspace, items, builder.members)
    return Surface(items=tuple(items), members=builder.members, homes=dict(sorted(homes.items())), packages=packages)


class _Builder:
    def __init__(self, crates: Crates) -> None:
        self.crates = crates
        self.impls = all_impls(crates)
        self.members: dict[str, tuple[Member, ...]] = {}

    def item(self, found: Found) -> Item:
        entry = found.entry
        if entry.node is None:
            return _outside(found)
        looks = look(self.crates, entry.node)
        self.collect(entry.identity, entry.node)
        return Item(
            path=found.path,
            kind=entry.kind,
            signature=looks.signature,
            identity=entry.identity,
            via=entry.via,
            shape=looks.shape,
        )

    def collect(self, identity: str, node: Node) -> None:
        """Adds the members of an item, once."""
        if identity in self.members:
            return
        own = parts(self.crates, node) if kind_of(self.crates.item(node)) in _HAS_MEMBERS else []
        all_parts = [*own, *self.impls.get(identity, ())]
        if all_parts:
            self.members[identity] = ()
            members = {(one.kind, one.name, one.signature): one for one in map(self._member, all_parts)}
            self.members[identity] = tuple(members[key] for key in sorted(members))

    def unnameable(self, items: Iterable[Item]) -> list[Item]:
        """Types and traits without a public path that public signatures mention, and what these mention."""
        known = {item.identity for item in items}
        waiting = sorted({name for item in items for name in self._mentions(item)} - known)
        found: list[Item] = []
        while waiting:
            identity = waiting.pop()
            node = self._node(identity)
            if identity in known or node is None:
                continue
            known.add(identity)
            found.append(self.item(Found(identity, _unnameable(self.crates, identity, node))))
            waiting += sorted(self._mentions(found[-1]) - known)
        return sorted(found, key=lambda item: item.path)

    def _mentions(self, item: Item) -> set[str]:
        texts = [item.signature, *self._texts_below(item.identity)]
        return {name for text in texts for name in MENTION.findall(text)}

    def _texts_below(self, identity: str) -> list[str]:
        texts = []
        for member in self.members.get(identity, ()):
            texts.append(member.signature)
            texts += self._texts_below(member.identity) if member.identity else []
        return texts

    def _node(self, identity: str) -> Node | None:
        krate = self.crates.by_name.get(identity.partition("::")[0])
        number = None if krate is None else krate.definitions.get(identity)
        return None if krate is None or number is None else Node(krate.name, number)

    def _member(self, part: Part) -> Member:
        identity = ""
        if part.node is not None:
            identity = self.crates.identity(part.node)
            self.collect(identity, part.node)
        return Member(
            name=part.name, kind=part.kind, signature=part.looks.signature, shape=part.looks.shape, identity=identity
        )


def _unnameable(crates: Crates, identity: str, node: Node) -> Entry:
    return Entry("unnameable", node, identity, kind_of(crates.item(node)))


def _outside(found: Found) -> Item:
    entry = found.entry
    return Item(
        path=found.path,
        kind=entry.kind,
        signature=f"pub use {entry.identity.rstrip('()!#')} as {NAME}",
        identity=entry.identity,
        via=entry.via,
    )


def _packages(
    workspace: Workspace, items: Iterable[Item], members: Mapping[str, tuple[Member, ...]]
) -> dict[str, Package]:
    visible = _outside_crates(items, members)
    packages = {}
    for name in sorted(workspace.packages):
        targets = [one for one in workspace.targets if one.package == name]
        libraries = {one.name.replace("-", "_") for one in targets if one.kind not in ("bin", "example")}
        features = workspace.features.get(name, {})
        packages[name] = Package(
            features={one: _enabled(enables) for one, enables in sorted(features.items())},
            targets=tuple(sorted(f"{one.kind} {one.name}" for one in targets if one.kind in _TARGET_KINDS)),
            rust_version=workspace.rust_versions.get(name, ""),
            dependencies=tuple(sorted(set().union(*(visible.get(one, set()) for one in libraries)))),
        )
    return packages


def _enabled(enables: Iterable[str]) -> tuple[str, ...]:
    """The package's own features among what a feature enables: dependencies are nobody else's business."""
    return tuple(sorted(one for one in enables if "/" not in one and not one.startswith("dep:")))


def _outside_crates(items: Iterable[Item], members: Mapping[str, tuple[Member, ...]]) -> dict[str, set[str]]:
    """For each crate the crates outside the workspace that its public signatures mention."""
    items = list(items)
    ours = {item.path for item in items if "::" not in item.path}
    visible: dict[str, set[str]] = {name: set() for name in ours}
    texts = [
        (item.identity if item.identity.partition("::")[0] in ours else item.path, item.signature) for item in items
    ]
    texts += [(identity, one.signature) for identity, below in members.items() for one in below]
    for where, text in texts:
        crates = visible.get(_crate(where))
        if crates is not None and not text.startswith("macro"):
            crates.update(_OUTSIDE_CRATE.findall(MENTION.sub("", text.partition(' = "')[0])))
    return {name: crates - _STANDARD - ours for name, crates in visible.items()}


def _crate(path: str) -> str:
    return path.partition("::")[0]
