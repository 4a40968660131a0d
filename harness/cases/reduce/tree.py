"""What structured texts have in common: branches and leaves, which can be taken away or replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Branch", "Kind", "Leaf", "Node", "Path", "leaves", "node_at", "paths_at", "with_nodes", "without"]

Kind = Literal["text", "number", "other"]
Path = tuple[int, ...]
"""Where a node is: the number of the child to take, from the root down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value. `text` is what a text says; of everything else, how it is written. `tag` is the format's own."""

    kind: Kind
    text: str
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A mapping with `keys`, one a child, or a sequence without (None)."""

    children: tuple[Node, ...]
    keys: tuple[Leaf, ...] | None = None
    tag: str = ""


Node = Leaf | Branch


def node_at(tree: Node, path: Path) -> Node:
    """The node at a path. Raises IndexError where there is none."""
    for index in path:
        if not isinstance(tree, Branch):
            raise IndexError(path)
        tree = tree.children[index]
    return tree


def paths_at(tree: Node, depth: int) -> list[Path]:
    """The paths of all nodes at a depth; the root is at 0."""
    paths: list[Path] = [()]
    for _ in range(depth):
        paths = [(*path, index) for path in paths for index in range(_width(node_at(tree, path)))]
    return paths


def leaves(tree: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Every leaf with its path, in order."""
    if isinstance(tree, Leaf):
        yield path, tree
        return
    for index, child in enumerate(tree.children):
        yield from leaves(child, (*path, index))


def without(tree: Node, gone: AbstractSet[Path], path: Path = ()) -> Node:
    """The tree without some nodes, their keys included. The root stays."""
    if isinstance(tree, Leaf):
        return tree
    kept = [index for index in range(len(tree.children)) if (*path, index) not in gone]
    children = tuple(without(tree.children[index], gone, (*path, index)) for index in kept)
    keys = None if tree.keys is None else tuple(tree.keys[index] for index in kept)
    return replace(tree, children=children, keys=keys)


def with_nodes(tree: Node, new: Mapping[Path, Node], path: Path = ()) -> Node:
    """The tree with some nodes replaced."""
    if path in new:
        return new[path]
    if isinstance(tree, Leaf):
        return tree
    children = tuple(with_nodes(child, new, (*path, index)) for index, child in enumerate(tree.children))
    return replace(tree, children=children)


def _width(node: Node) -> int:
    return len(node.children) if isinstance(node, Branch) else 0
