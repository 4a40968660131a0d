"""A public surface as plain data: what can be named from outside, and what it looks like there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from harness.compare.rustdoc.render import MARK_CLOSE, MARK_OPEN, NAME

__all__ = ["MENTION", "Item", "Member", "Package", "Surface", "decode", "encode"]

MENTION = re.compile(f"{MARK_OPEN}([^{MARK_CLOSE}]*){MARK_CLOSE}")
"""Finds the items of the workspace that a signature mentions; group 1 is the identity."""

_RUST_NAME = re.compile(r"(\(\)|[!#])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One public path.

    `identity` is the path of the definition, with a suffix for values (`()`) and macros (`!`, `#`): two paths of
    one item have one identity. `signature` holds identities where it mentions items of the workspace, and a mark
    where the item's own name stands. `shape` is what a user must list in full: the fields of a struct that can be
    built from outside, the variants of an enum, the required items of a trait; `..` where nobody can. `via` is
    `definition`, `re-export`, `glob`, or `unnameable` for a type that public signatures mention though it has no
    public path; its path is then that of the definition.
    """

    path: str
    kind: str
    signature: str
    identity: str
    via: str
    shape: str = ""

    @property
    def key(self) -> str:
        """The path, with the suffix of the identity: one path can name a module and a function at once."""
        suffix = _RUST_NAME.search(self.identity)
        return self.path + (suffix.group() if suffix else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What belongs to an item: field, variant, method, associated item, impl. A variant has members itself."""

    name: str
    kind: str
    signature: str
    shape: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package promises apart from its library.

    `features` maps each to the other features that it enables, `targets` are `kind name`, `dependencies` the
    crates outside the workspace that its public signatures mention.
    """

    features: dict[str, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    rust_version: str = ""
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Everything that can be named from outside the workspace, in alphabetical order.

    `members` is keyed by identity, `homes` maps the identity of a module to the path below which its items are
    listed: a re-exported module is listed once, and `find` looks through its other names.
    """

    items: tuple[Item, ...] = ()
    members: dict[str, tuple[Member, ...]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Item]:
        """The items by `Item.key`."""
        return {item.key: item for item in self.items}

    @cached_property
    def by_identity(self) -> dict[str, tuple[Item, ...]]:
        """All paths of each identity: the definition first, then the shortest."""
        groups: dict[str, list[Item]] = {}
        for item in self.items:
            groups.setdefault(item.identity, []).append(item)
        return {name: tuple(sorted(group, key=_preference)) for name, group in groups.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """The public path by which people know each identity: the shortest, in its own crate if there is one."""
        return {
            identity: min((item.path for item in group), key=lambda path: _familiarity(path, identity))
            for identity, group in self.by_identity.items()
        }

    def find(self, key: str) -> Item | None:
        """The item of a key, also below another name of its module."""
        for _ in range(8):
            item = self.by_key.get(key)
            if item is not None:
                return item
            moved = self._rehomed(key)
            if moved is None or moved == key:
                return None
            key = moved
        return None

    def _rehomed(self, key: str) -> str | None:
        parts = key.split("::")
        for cut in range(len(parts) - 1, 0, -1):
            module = self.by_key.get("::".join(parts[:cut]))
            if module is not None:
                home = self.homes.get(module.identity)
                return None if home is None else "::".join([home, *parts[cut:]])
        return None

    def text(self, one: Item | Member, name: str = "") -> str:
        """A signature as a person reads it, in Rust, with public paths."""
        own = name or (one.path.rsplit("::", 1)[-1] if isinstance(one, Item) else one.name)
        return shown(one.signature, self.names).replace(NAME, own) + (f" {one.shape}" if one.shape else "")


def shown(text: str, names: Mapping[str, str]) -> str:
    """A text with the public path of each item that it mentions."""
    return MENTION.sub(lambda found: names.get(found.group(1), found.group(1)), text)


def encode(surface: Surface) -> bytes:
    """The surface as bytes, equal for equal surfaces."""
    fields = (surface.items, surface.members, surface.homes, surface.packages)
    return msgspec.msgpack.encode(fields, order="deterministic")


def decode(data: bytes) -> Surface:
    """What `encode` wrote."""
    kinds = tuple[tuple[Item, ...], dict[str, tuple[Member, ...]], dict[str, str], dict[str, Package]]
    items, members, homes, packages = msgspec.msgpack.decode(data, type=kinds)
    return Surface(items=items, members=members, homes=homes, packages=packages)


def _preference(item: Item) -> tuple[bool, int, str]:
    return (item.via != "definition", item.path.count("::"), item.path)


def _familiarity(path: str, identity: str) -> tuple[bool, int, str]:
    return (path.partition("::")[0] != identity.partition("::")[0], path.count("::"), path)
