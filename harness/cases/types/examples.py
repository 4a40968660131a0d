"""Examples: configuration files and texts in sources that fit a type, and the values that fields have in them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from harness.cases.types.model import (
    Anything,
    Enum,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Scalar,
    Schema,
    Shape,
    TupleOf,
)
from harness.cases.types.tree import Tree

__all__ = ["Example", "examples_in", "fit", "format_of", "parse"]

_FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
_LARGEST = 200_000  # characters; larger files are data, not configuration
_LITERAL = re.compile(r'(?<![\w\\])r(#*)"(.*?)"\1|(?<![\w\\\'])"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "'": "'"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A document that somebody wrote: where it stands, its format, its text as it is and what it says."""

    path: str
    form: str
    data: bytes
    tree: Tree

    @property
    def weight(self) -> int:
        """How much it says of what is usual: a file more than a text in a source, which is often there to be wrong."""
        return 1 if self.path.endswith(".rs") else 3


def format_of(path: str) -> str:
    """The format that a file's name promises; empty where none."""
    return _FORMATS.get(PurePosixPath(path).suffix.lower(), "")


def parse(data: bytes, form: str) -> Tree:
    """What a text in a format says; None where it is not in it. Every key is a text."""
    try:
        text = data.decode("utf-8-sig")
        if form == "yaml":
            return _plain(yaml.load(text, _LOADER))
        return _plain(json.loads(text) if form == "json" else tomllib.loads(text))
    except (ValueError, yaml.YAMLError, RecursionError, TypeError, KeyError):
        return None


def examples_in(files: Mapping[str, bytes]) -> Iterator[Example]:
    """The documents among files, and those that stand as texts in Rust sources; what does not parse is left out."""
    for path, data in sorted(files.items()):
        if len(data) > _LARGEST:
            continue
        if form := format_of(path):
            tree = parse(data, form)
            if isinstance(tree, dict | list):
                yield Example(path=path, form=form, data=data, tree=tree)
        elif path.endswith(".rs"):
            yield from _texts_of(path, data.decode("utf-8", "replace"))


def _texts_of(path: str, source: str) -> Iterator[Example]:
    documentation = "\n".join(re.findall(r"^\s*//[/!] ?(.*)$", source, re.MULTILINE))
    code = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)
    for text in (code, documentation):
        for match in _LITERAL.finditer(text):
            inside = match[2] if match[2] is not None else _unescaped(match[3])
            if not 3 < len(inside) < 20_000 or not re.search(r"[:={]", inside):
                continue
            data = _dedented(inside).encode()
            for form in ("json", "toml", "yaml"):
                tree = parse(data, form)
                if isinstance(tree, dict) and tree:
                    yield Example(path=path, form=form, data=data, tree=tree)
                    break


def _unescaped(text: str) -> str:
    joined = re.sub(r"\\\n\s*", "", text)
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), joined, flags=re.DOTALL)


def _dedented(text: str) -> str:
    lines = text.strip("\n").splitlines()
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines) + "\n"


def _plain(tree: Any) -> Tree:
    """Keys as texts, and values that have no counterpart in JSON as texts."""
    if isinstance(tree, Mapping):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    return str(tree)


# -- fitting ----------------------------------------------------------------------------------------------


_NOTHING = 0.5  # of a point: what speaks for a document where all documents are taken


def fit(schema: Schema, shape: Shape, tree: Tree) -> float:
    """How well a document fits a type: 1 where it is one in every part, 0 where nothing speaks for it."""
    agreed, asked = _weigh(schema, shape, tree, 0)
    return agreed / asked if asked else 0.0


def told(schema: Schema, shape: Shape, tree: Tree) -> float:
    """How much of a document a type says something about, from 0 to 1; one that takes anything says nothing."""
    _, asked = _weigh(schema, shape, tree, 0)
    return min(1.0, max(0.0, asked - _NOTHING) / (2 * _parts(tree)))


def _parts(tree: Tree) -> int:
    """Keys and items, whatever lies in them."""
    inside = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    return max(1, sum(1 + (_parts(one) if isinstance(one, Mapping | list) else 0) for one in inside))


def _weigh(schema: Schema, shape: Shape, tree: Tree, depth: int) -> tuple[float, float]:
    """How many of how many points speak for a document; a known key is one, and so is a value of its type."""
    plain = schema.resolve(shape)
    if depth > 40 or isinstance(plain, Anything):
        return (_NOTHING, _NOTHING)
    if isinstance(plain, Opaque):
        # Code of one's own may take what was declared, or anything else.
        declared = _weigh(schema, plain.below, tree, depth + 1) if plain.below is not None else (0.0, 1.0)
        return declared if declared[0] == declared[1] else (_NOTHING, _NOTHING)
    if isinstance(plain, OptionOf):
        return (1, 1) if tree is None else _weigh(schema, plain.inner, tree, depth + 1)
    if isinstance(plain, Scalar):
        return (1.0, 1.0) if _is_scalar(plain, tree) else (0.0, 1.0)
    if isinstance(plain, ListOf | TupleOf):
        if not isinstance(tree, list):
            return (0.0, 1.0)
        parts = plain.parts if isinstance(plain, TupleOf) else (plain.inner,) * len(tree)
        return _total(
            [(1.0, 1.0), *(_weigh(schema, part, one, depth + 1) for part, one in zip(parts, tree, strict=False))]
        )
    if isinstance(plain, MapOf):
        if not isinstance(tree, dict):
            return (0.0, 1.0)
        return _total([(0.5, 0.5), *(_weigh(schema, plain.value, one, depth + 1) for one in tree.values())])
    if isinstance(plain, Enum):
        return _weigh_enum(schema, plain, tree, depth)
    return _weigh_struct(schema, shape, tree, depth)


def _weigh_struct(schema: Schema, shape: Shape, tree: Tree, depth: int) -> tuple[float, float]:
    if not isinstance(tree, dict):
        return (0.0, 2.0)
    known = {name: one for one in schema.keys(shape) for name in (one.name, *one.aliases)}
    points = []
    for key, value in tree.items():
        if key in known:
            agreed, asked = _weigh(schema, known[key].shape, value, depth + 1)
            points.append((agreed + 1, asked + 1))
        else:
            points.append((0.3, 0.6) if next(schema.choices(shape), None) else (0.0, 1.0 + schema.is_open(shape)))
    present = {known[key].name for key in tree if key in known}
    points += [(0.0, 1.0) for one in schema.keys(shape) if one.required and one.name not in present]
    return _total(points) if points else (0.5, 0.5)


def _weigh_enum(schema: Schema, plain: Enum, tree: Tree, depth: int) -> tuple[float, float]:
    if plain.untagged:
        found = [_weigh(schema, one.shape or Scalar(kind="unit"), tree, depth + 1) for one in plain.variants]
        return max(found, key=lambda pair: pair[0] / pair[1] if pair[1] else 0, default=(0.0, 1.0))
    named = {name: one for one in plain.variants for name in (one.name, *one.aliases)}
    if plain.tag:
        variant = named.get(str(tree.get(plain.tag))) if isinstance(tree, dict) else None
        if variant is None:
            return (0.0, 1.0)
        if plain.content or variant.shape is None:
            return (1.0, 1.0)
        rest = {key: value for key, value in tree.items() if key != plain.tag}
        return _total([(1.0, 1.0), _weigh(schema, variant.shape, rest, depth + 1)])
    if isinstance(tree, str):
        return (1.0, 1.0) if tree in named and named[tree].shape is None else (0.0, 1.0)
    if isinstance(tree, dict) and len(tree) == 1:
        key, value = next(iter(tree.items()))
        if key in named and (inner := named[key].shape) is not None:
            return _total([(1.0, 1.0), _weigh(schema, inner, value, depth + 1)])
    return (0.0, 1.0)


def _is_scalar(shape: Scalar, tree: Tree) -> bool:
    if shape.kind == "int":
        return isinstance(tree, int) and not isinstance(tree, bool) and int(shape.low) <= tree <= int(shape.high)
    kinds: dict[str, Any] = {"bool": bool, "float": int | float, "text": str, "char": str, "unit": type(None)}
    return isinstance(tree, kinds[shape.kind]) and not (shape.kind == "float" and isinstance(tree, bool))


def _total(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    pairs = list(points)
    return sum(one for one, _ in pairs), sum(other for _, other in pairs)
