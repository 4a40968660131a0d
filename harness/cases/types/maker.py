"""Parts of documents that a type accepts: the least of it, good values for a place, and putting them there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.cases.types.examples import fit
from harness.cases.types.meanings import MEANINGS, meaning_of
from harness.cases.types.model import (
    Anything,
    Enum,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Ref,
    Scalar,
    Schema,
    Shape,
    Struct,
    TupleOf,
    Variant,
)
from harness.cases.types.spots import Spot
from harness.cases.types.supply import Supply
from harness.cases.types.tree import Tree, get, has, put

__all__ = ["Maker"]

_DEEPEST = 16
_NUMBERS = (1, 2, 10, 100)
_GUESSED = 12
_OF_A_FORM = 6
_DEEPEST_GUESS = 3
_NOTHING: Tree = object()


class Maker:
    """Makes parts of documents from a type, from what people wrote, and from values drawn before."""

    def __init__(self, schema: Schema, supply: Supply, drawn: Mapping[str, Sequence[Tree]] | None = None) -> None:
        self.schema = schema
        self.supply = supply
        self.drawn = drawn or {}

    # -- the least ----------------------------------------------------------------------------------------

    def least(self, shape: Shape, owner: str = "", name: str = "", depth: int = 0) -> Tree:
        """The smallest value of a type: required keys alone, with the most frequent values of examples."""
        plain = self.schema.resolve(shape)
        if depth > _DEEPEST:
            return None
        if isinstance(plain, OptionOf):
            return self.least(plain.inner, owner, name, depth + 1)
        if isinstance(plain, Struct):
            own = shape.name if isinstance(shape, Ref) else owner
            return self._least_mapping(shape, own, depth)
        if isinstance(plain, ListOf):
            wanted = max(1, plain.least)
            return [self.least(plain.inner, owner, name, depth + 1)] * wanted if depth < _DEEPEST // 2 else []
        if isinstance(plain, TupleOf):
            return [self.least(part, owner, name, depth + 1) for part in plain.parts]
        if isinstance(plain, MapOf):
            return next((one for one in self.known(owner, name, shape) if isinstance(one, dict)), {})
        if isinstance(plain, Enum):
            return self._least_choice(plain, owner, name, depth)
        if isinstance(plain, Opaque) and plain.below is not None:
            known = self.known(owner, name, plain)
            return known[0] if known else self.least(plain.below, owner, name, depth + 1)
        return next(self.simple(plain, owner, name), "")

    def _least_mapping(self, shape: Shape, owner: str, depth: int) -> dict[str, Tree]:
        made: dict[str, Tree] = {}
        for part in self.schema.choices(shape):
            if isinstance(part, Enum):
                form = self._least_choice(part, owner, "", depth)
                made |= form if isinstance(form, dict) else {}
        for field in self.schema.keys(shape):
            if field.required:
                made[field.name] = self.least(field.shape, owner, field.name, depth + 1)
        return made

    def _least_choice(self, plain: Enum, owner: str, name: str, depth: int) -> Tree:
        for example in self.known(owner, name, plain):
            if isinstance(example, str):
                return example
        variants = sorted(plain.variants, key=lambda one: (one.shape is not None, one.other))
        return self.form(plain, variants[0], owner, depth) if variants else None

    def form(self, plain: Enum, variant: Variant, owner: str = "", depth: int = 0, name: str = "") -> Tree:
        """The least document of one variant, under one of its names."""
        label = name or variant.name
        inner = None if variant.shape is None else self.least(variant.shape, owner, label, depth + 1)
        if plain.untagged or variant.untagged:
            return inner
        if plain.tag and plain.content:
            return {plain.tag: label} | ({plain.content: inner} if variant.shape is not None else {})
        if plain.tag:
            return {plain.tag: label} | (inner if isinstance(inner, dict) else {})
        return label if variant.shape is None else {label: inner}

    # -- good values --------------------------------------------------------------------------------------

    def known(self, owner: str, name: str, shape: Shape) -> list[Tree]:
        """What examples have for a field of this name, as far as the type takes it."""
        return [one for one in self.supply.values(owner, name) if name and fit(self.schema, shape, one) == 1.0]

    def values(self, spot: Spot) -> Iterator[Tree]:
        """Values for a place that its type takes, the most promising first; some come twice."""
        yield from self.of(spot.shape, spot.owner, spot.name)

    def of(self, shape: Shape, owner: str, name: str, depth: int = 0) -> Iterator[Tree]:
        """Values of a type, as a field of this name has them."""
        plain = self.schema.resolve(shape)
        if depth > 3 or isinstance(plain, Scalar | Anything | Opaque):
            yield from self.simple(plain, owner, name, depth)
        elif isinstance(plain, OptionOf):
            yield from self.of(plain.inner, owner, name, depth + 1)
            yield None
        elif isinstance(plain, Enum):
            for variant in plain.variants:
                if (plain.untagged or variant.untagged) and variant.shape is not None:
                    yield from itertools.islice(self.of(variant.shape, owner, name, depth + 1), _OF_A_FORM)
                    continue
                for label in (variant.name, *variant.aliases):
                    yield self.form(plain, variant, owner, depth, label)
                if variant.other:
                    yield self.form(plain, variant, owner, depth, "anything-else")
        elif isinstance(plain, ListOf):
            yield from self.known(owner, name, shape)
            yield self.least(shape, owner, name)
            inner = list(self.of(plain.inner, owner, name, depth + 1))[:6]
            yield []
            yield inner[:2]
            yield [*inner[1:4], *inner[:1]]
        elif isinstance(plain, MapOf):
            yield from self.known(owner, name, shape)
            inner = list(self.of(plain.value, owner, name, depth + 1))[:3]
            yield {}
            yield {"alpha": inner[0]} if inner else {}
            yield {f"key-{number}": one for number, one in enumerate(inner)}
        else:
            yield self.least(shape, owner, name)
            yield from self.known(owner, name, shape)

    def simple(self, plain: Shape, owner: str, name: str, depth: int = 0) -> Iterator[Tree]:
        """Values of a type without parts that are known."""
        known = self.known(owner, name, plain)
        yield from known
        if isinstance(plain, Opaque):
            yield from self._guessed(plain, owner, name, depth)
        elif not isinstance(plain, Scalar):
            yield from ({}, {"alpha": 1}, "alpha", 1, True, [], [1, "two"], None, {"deep": {"er": [None]}})
        elif plain.kind == "bool":
            yield from (True, False)
        elif plain.kind == "int":
            yield from self._numbers(plain, known)
        elif plain.kind == "float":
            yield from (1.5, 0.0, 1, -0.25, 1e10)
        elif plain.kind == "text":
            meaning = plain.meaning or meaning_of(name, known)
            yield from MEANINGS[meaning].good
            yield from self.drawn.get(meaning, ())
        elif plain.kind == "char":
            yield from ("a", "é", "-")
        else:
            yield None

    def _guessed(self, plain: Opaque, owner: str, name: str, depth: int) -> Iterator[Tree]:
        """What code of one's own may read: what was declared, and texts of what the field's name means."""
        below: list[Tree] = []
        if plain.below is not None and depth <= _DEEPEST_GUESS:
            below += itertools.islice(self.of(plain.below, owner, name, depth + 1), _GUESSED)
        texts = MEANINGS[meaning_of(name, [one for one in below if isinstance(one, str)])].good
        for pair in itertools.zip_longest(below, texts, fillvalue=_NOTHING):
            yield from (one for one in pair if one is not _NOTHING)
        yield from ("alpha", 1, {}) if plain.below is None else ()

    def _numbers(self, plain: Scalar, known: Sequence[Tree]) -> Iterator[int]:
        low, high = int(plain.low), int(plain.high)
        near = [one + step for one in known if isinstance(one, int) for step in (1, -1)]
        for one in (*_NUMBERS, *near, *self.drawn.get("number", ())):
            if isinstance(one, int) and low <= one <= high:
                yield one

    # -- places -------------------------------------------------------------------------------------------

    def put(self, tree: Tree, spot: Spot, value: Tree) -> Tree:
        """The document with a value at a place; what has to be around it is made."""
        return put(self.around(tree, spot), spot.path, value)

    def around(self, tree: Tree, spot: Spot) -> Tree:
        """The document with everything that a place lies in."""
        return tree if spot.above is None else self.ensure(tree, spot.above)

    def ensure(self, tree: Tree, spot: Spot) -> Tree:
        """The document with something at a place, of the variant that the place asks for."""
        if spot.above is not None:
            tree = self.ensure(tree, spot.above)
        if not has(tree, spot.path) or not isinstance(get(tree, spot.path), dict | list):
            plain = self.schema.resolve(spot.shape)
            if not isinstance(plain, Enum) or not has(tree, spot.path):
                tree = put(tree, spot.path, self.least(spot.shape, spot.owner, spot.name))
        return self._choose(tree, spot) if spot.variant else tree

    def _choose(self, tree: Tree, spot: Spot) -> Tree:
        plain = self.schema.resolve(spot.shape)
        if not isinstance(plain, Enum):
            return tree
        variant = next(one for one in plain.variants if one.name == spot.variant)
        present = get(tree, spot.path)
        if _is_of(plain, variant, present):
            return tree
        form: Any = self.form(plain, variant, spot.owner)
        if spot.flat and isinstance(present, dict) and isinstance(form, dict):
            form = {**present, **form}
        return put(tree, spot.path, form)


def _is_of(plain: Enum, variant: Variant, tree: Tree) -> bool:
    if not isinstance(tree, dict) or plain.untagged or variant.untagged:
        return False
    if plain.tag:
        return tree.get(plain.tag) == variant.name
    return variant.name in tree
