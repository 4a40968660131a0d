"""Types of a program's input as plain data: what a deserializer built on serde accepts.

A type that has a name stands in `Schema.types` under the path of its definition, and others point to it by `Ref`,
so that types may contain themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

__all__ = [
    "Anything",
    "Enum",
    "Field",
    "ListOf",
    "MapOf",
    "Opaque",
    "OptionOf",
    "Ref",
    "Root",
    "Scalar",
    "Schema",
    "Shape",
    "Struct",
    "TupleOf",
    "Variant",
]

ScalarKind = Literal["bool", "int", "float", "text", "char", "unit"]


class Scalar(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A single value. `low` and `high` are the limits of integers as decimal digits (u128 fits in no codec).

    `meaning` names what a text is besides a text, where the type says so: `path`, `ip`, `url`, `duration`, …
    """

    kind: ScalarKind
    low: str = ""
    high: str = ""
    meaning: str = ""


class Anything(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Any value, such as `serde_json::Value`."""


class Opaque(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """What reading cannot see into: a hand-written `Deserialize`, a `with`, a type of a crate without JSON.

    `below` is the type as far as it was declared, as a guess for what the own code accepts.
    """

    name: str
    below: Shape | None = None


class Ref(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A named type."""

    name: str


class OptionOf(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A value or null."""

    inner: Shape


class ListOf(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A list; `least` and `most` (0: none) are its limits."""

    inner: Shape
    least: int = 0
    most: int = 0


class TupleOf(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A list of so many values, each of its own type."""

    parts: tuple[Shape, ...]


class MapOf(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A mapping with keys that the type does not know."""

    key: Shape
    value: Shape


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field as it is read. A `flat` one has its keys among those of the mapping around it."""

    name: str
    shape: Shape
    aliases: tuple[str, ...] = ()
    required: bool = False
    flat: bool = False


class Struct(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A mapping with known keys."""

    fields: tuple[Field, ...]
    closed: bool = False


class Variant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variant of an enum; without `shape` it is its name alone. `other` takes every unknown name."""

    name: str
    shape: Shape | None = None
    aliases: tuple[str, ...] = ()
    other: bool = False
    untagged: bool = False


class Enum(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """One of several. `tag` and `content` are the keys that hold the variant's name and value; both empty: external."""

    variants: tuple[Variant, ...]
    tag: str = ""
    content: str = ""
    untagged: bool = False


Shape = Scalar | Anything | Opaque | Ref | OptionOf | ListOf | TupleOf | MapOf | Struct | Enum


class Root(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A type that a whole document may be of; `paths` and `texts` are functions that make one of a file, of a text.

    `top` says that no other type that is read has it inside.
    """

    name: str
    paths: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    top: bool = False


class Schema(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All types of a workspace that can be read; `names` maps every public path to the type's own name.

    `troubles` are sentences about what could not be read.
    """

    types: dict[str, Shape] = {}
    roots: tuple[Root, ...] = ()
    names: dict[str, str] = {}
    troubles: tuple[str, ...] = ()

    def resolve(self, shape: Shape) -> Shape:
        """What a reference leads to; a reference to nothing, or to itself, is opaque."""
        for _ in range(64):
            if not isinstance(shape, Ref):
                return shape
            shape = self.types.get(shape.name, Opaque(name=shape.name))
        return Opaque(name="a type that is only itself")

    def keys(self, shape: Shape, seen: frozenset[str] = frozenset()) -> Iterator[Field]:
        """The fields of a mapping, those of flattened ones among them."""
        if isinstance(shape, Ref):
            if shape.name in seen:
                return
            seen = seen | {shape.name}
        plain = self.resolve(shape)
        if isinstance(plain, OptionOf) and isinstance(plain.inner, Ref):
            yield from self.keys(plain.inner, seen)
        if not isinstance(plain, Struct):
            return
        for one in plain.fields:
            if one.flat:
                yield from self.keys(one.shape, seen)
            else:
                yield one

    def choices(self, shape: Shape, seen: frozenset[str] = frozenset()) -> Iterator[Shape]:
        """The flattened parts of a mapping that are no mapping with known keys: enums, maps, anything."""
        plain = self.resolve(shape)
        if not isinstance(plain, Struct) or (isinstance(shape, Ref) and shape.name in seen):
            return
        seen = seen | ({shape.name} if isinstance(shape, Ref) else set())
        for one in plain.fields:
            if one.flat:
                inner = self.resolve(one.shape)
                inner = self.resolve(inner.inner) if isinstance(inner, OptionOf) else inner
                if isinstance(inner, Struct):
                    yield from self.choices(one.shape, seen)
                else:
                    yield inner

    def is_open(self, shape: Shape) -> bool:
        """Whether a mapping takes keys that it does not know."""
        plain = self.resolve(shape)
        return not (isinstance(plain, Struct) and plain.closed)
