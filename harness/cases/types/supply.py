"""Values that people wrote, by the fields that they belong to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.cases.types.model import Enum, Field, ListOf, MapOf, Opaque, OptionOf, Ref, Schema, Shape, Struct
from harness.cases.types.tree import Tree

__all__ = ["Supply"]

_DEEPEST = 40


@dataclass(slots=True)
class Supply:
    """Values of a field of a type, and of any field of the same name; the most frequent first."""

    schema: Schema
    of_field: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    of_name: dict[str, Counter[str]] = field(default_factory=dict)

    def learn(self, shape: Shape, tree: Tree, weight: int = 1, depth: int = 0) -> None:
        """Takes up the values of a document of this type; each counts `weight` times."""
        if depth > _DEEPEST:
            return
        plain = self.schema.resolve(shape)
        if isinstance(plain, Struct) and isinstance(tree, dict):
            owner = shape.name if isinstance(shape, Ref) else ""
            for one, value in self._fields(shape, tree):
                self._note(owner, one.name, json.dumps(value), weight)
                self.learn(one.shape, value, weight, depth + 1)
        else:
            for inner, value in _below(plain, tree):
                self.learn(inner, value, weight, depth + 1)

    def values(self, owner: str, name: str) -> list[Tree]:
        """The values of a field: first those of the very type, then those of fields with the same name elsewhere."""
        found: Sequence[Counter[str]] = [self.of_field.get((owner, name), Counter()), self.of_name.get(name, Counter())]
        texts = dict.fromkeys(text for one in found for text, _ in one.most_common())
        return [json.loads(text) for text in texts]

    def _fields(self, shape: Shape, tree: dict[str, Tree]) -> Iterator[tuple[Field, Tree]]:
        known = {name: one for one in self.schema.keys(shape) for name in (one.name, *one.aliases)}
        yield from ((known[key], value) for key, value in tree.items() if key in known)

    def _note(self, owner: str, name: str, text: str, weight: int) -> None:
        self.of_field.setdefault((owner, name), Counter())[text] += weight
        self.of_name.setdefault(name, Counter())[text] += weight


def _below(plain: Shape, tree: Tree) -> Iterator[tuple[Shape, Tree]]:
    """The parts of a document that is no mapping with known keys, each with its type."""
    if isinstance(plain, OptionOf):
        yield plain.inner, tree
    elif isinstance(plain, Opaque) and plain.below is not None:
        yield plain.below, tree
    elif isinstance(plain, ListOf) and isinstance(tree, list):
        yield from ((plain.inner, one) for one in tree)
    elif isinstance(plain, MapOf) and isinstance(tree, dict):
        yield from ((plain.value, one) for one in tree.values())
    elif isinstance(plain, Enum) and isinstance(tree, dict):
        yield from _in_variants(plain, tree)


def _in_variants(plain: Enum, tree: dict[str, Tree]) -> Iterator[tuple[Shape, Tree]]:
    for variant in plain.variants:
        if variant.shape is None:
            continue
        if plain.tag and tree.get(plain.tag) == variant.name:
            yield variant.shape, tree.get(plain.content) if plain.content else tree
        elif plain.untagged or variant.name in tree:
            yield variant.shape, tree if plain.untagged else tree[variant.name]
