"""Which types a whole document may be of: what functions make of a file or a text, and types that are in no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.cases.types.model import (
    Enum,
    ListOf,
    MapOf,
    Opaque,
    OptionOf,
    Ref,
    Root,
    Schema,
    Shape,
    Struct,
    TupleOf,
)
from harness.compare.rustdoc.load import Crates, Json, Krate, Node

__all__ = ["inside", "roots_of"]

_PATHS = frozenset({"Path", "PathBuf", "Utf8Path", "Utf8PathBuf", "File", "DirEntry", "OsStr"})
_TEXTS = frozenset({"str", "String", "Read", "BufRead", "Bytes", "u8"})


def roots_of(crates: Crates, schema: Schema, names: Mapping[Node, str]) -> tuple[Root, ...]:
    """The types that may be whole documents, those that a file is read for first."""
    of_paths: dict[str, list[str]] = {}
    of_texts: dict[str, list[str]] = {}
    for krate in crates.by_name.values():
        for function, sig, owner in _functions(krate):
            taken = set(_mentioned(sig["inputs"]))
            where = of_paths if taken & _PATHS else of_texts if taken & _TEXTS else None
            if where is None:
                continue
            for node in _made(crates, krate, sig["output"], owner):
                if node in names and names[node] in schema.types:
                    where.setdefault(names[node], []).append(function)
    contained = {one for name, shape in schema.types.items() for one in inside(shape) if one != name}
    own = [name for name in names.values() if name in schema.types and isinstance(schema.types[name], Struct | Enum)]
    roots = [
        Root(
            name=name,
            paths=tuple(sorted(set(of_paths.get(name, ())))),
            texts=tuple(sorted(set(of_texts.get(name, ())))),
            top=name not in contained,
        )
        for name in sorted({*own, *of_paths, *of_texts})
        if name in of_paths or name in of_texts or name not in contained
    ]
    return tuple(sorted(roots, key=lambda root: (not root.paths, not root.texts, not root.top, root.name)))


def inside(shape: Shape | None) -> Iterator[str]:
    """The names of all types that a shape refers to directly."""
    if isinstance(shape, Ref):
        yield shape.name
    elif isinstance(shape, Struct | Enum):
        for part in shape.fields if isinstance(shape, Struct) else shape.variants:
            yield from inside(part.shape)
    else:
        for one in _parts(shape):
            yield from inside(one)


def _parts(shape: Shape | None) -> Sequence[Shape | None]:
    if isinstance(shape, OptionOf | ListOf):
        return (shape.inner,)
    if isinstance(shape, MapOf):
        return (shape.key, shape.value)
    if isinstance(shape, TupleOf):
        return shape.parts
    return (shape.below,) if isinstance(shape, Opaque) else ()


def _functions(krate: Krate) -> Iterator[tuple[str, Json, Json | None]]:
    """Every function with its signature and, of a method, the type that it belongs to."""
    owners: dict[str, Json] = {}
    for item in krate.index.values():
        if (block := item["inner"].get("impl")) and not block.get("blanket_impl"):
            owners |= {str(number): block["for"] for number in block["items"]}
    for key, item in krate.index.items():
        if function := item["inner"].get("function"):
            name = str(item["name"])
            if name != "deserialize" and not name.startswith(("visit_", "clone", "default")):
                yield f"{krate.name}::{name}", function["sig"], owners.get(key)


def _made(crates: Crates, krate: Krate, output: Any, owner: Json | None) -> Iterator[Node]:
    """The types of the workspace that an output names; `Self` is the method's owner."""
    if isinstance(output, Mapping):
        if "resolved_path" in output:
            node = crates.find(krate, output["resolved_path"]["id"])
            if node is not None:
                yield node
        elif output.get("generic") == "Self" and owner is not None:
            yield from _made(crates, krate, owner, None)
        for value in output.values():
            yield from _made(crates, krate, value, owner)
    elif isinstance(output, list):
        for value in output:
            yield from _made(crates, krate, value, owner)


def _mentioned(part: Any) -> Iterator[str]:
    """The last names of all types and traits in a part of a signature."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in ("path", "name", "primitive") and isinstance(value, str):
                yield value.rpartition("::")[2]
            else:
                yield from _mentioned(value)
    elif isinstance(part, list):
        for value in part:
            yield from _mentioned(value)
