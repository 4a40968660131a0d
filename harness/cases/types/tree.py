"""Documents as plain data: mappings, lists and single values, and how a place in one is changed.

Nothing is changed in place: what a place is put into is copied along the way there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Again", "Path", "Tree", "drop", "get", "has", "put", "rename_key"]

Tree = Any
"""None, bool, int, float, text, a list of trees or a mapping from text to trees."""

Path = tuple[str | int, ...]


class Again(str):
    """A key that stands beside an equal one in the same mapping: two such keys are never the same."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


def get(tree: Tree, path: Path) -> Tree:
    """What stands at a place. Raises LookupError where there is none."""
    for step in path:
        if not (isinstance(tree, Mapping) if isinstance(step, str) else isinstance(tree, list)):
            raise LookupError(step)
        tree = tree[step]
    return tree


def has(tree: Tree, path: Path) -> bool:
    """Whether there is something at a place."""
    try:
        get(tree, path)
    except LookupError:
        return False
    return True


def put(tree: Tree, path: Path, value: Tree) -> Tree:
    """The tree with a value at a place, whose surroundings must be there; at a list's end one is added."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        copied = list(tree)
        copied[step : step + 1] = [put(copied[step] if step < len(copied) else None, rest, value)]
        return copied
    inner = tree.get(step) if rest else None
    return {**tree, step: put(inner, rest, value)}


def drop(tree: Tree, path: Path) -> Tree:
    """The tree without what stands at a place."""
    above = get(tree, path[:-1])
    last = path[-1]
    if isinstance(last, int):
        return put(tree, path[:-1], [*above[:last], *above[last + 1 :]])
    return put(tree, path[:-1], {key: value for key, value in above.items() if key is not last and key != last})


def rename_key(tree: Tree, path: Path, name: str) -> Tree:
    """The tree with the key at a place called otherwise, in the same order."""
    above = get(tree, path[:-1])
    return put(tree, path[:-1], {(name if key == path[-1] else key): value for key, value in above.items()})
