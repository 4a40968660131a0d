"""Rust types out of rustdoc JSON: which types serde reads, and what it accepts for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from harness.cases.types.attributes import Serde, renamed, serde_of
from harness.cases.types.known import known_type, primitive, read_with
from harness.cases.types.model import (
    Anything,
    Enum,
    Field,
    ListOf,
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
from harness.cases.types.roots import roots_of
from harness.compare.rustdoc.load import Crates, Json, Krate, Node

__all__ = ["missing_crates", "read_schema"]

_DEEPEST = 24  # type arguments within type arguments, where a generic type contains itself with a larger argument
_SKIPPED = ("skip", "skip_deserializing")
_STANDARD = {"std", "core", "alloc", "proc_macro", "test"}


def read_schema(crates: Crates, dependencies: Collection[str] = ()) -> Schema:
    """Every type of these crates that implements `Deserialize`, and which of them may be whole documents.

    Of the crates `dependencies`, only what the types of the others are made of.
    """
    reader = _read(crates, dependencies)
    schema = Schema(types=reader.types, names=dict(_other_names(crates, reader)))
    own = {node: reader.name_of(node) for node in reader.readable if node.crate not in dependencies}
    return msgspec.structs.replace(schema, roots=roots_of(crates, schema, own))


def missing_crates(crates: Crates, dependencies: Collection[str] = ()) -> tuple[str, ...]:
    """The crates that types are of which others are made of, and that are not among these; most often named first."""
    found = _read(crates, dependencies).missing
    return tuple(name for name, _ in found.most_common() if name not in _STANDARD)


def _read(crates: Crates, dependencies: Collection[str]) -> _Reader:
    reader = _Reader(crates, frozenset(dependencies))
    for node in reader.readable:
        if node.crate not in dependencies and not _parameters(crates.item(node)):
            reader.named(node, ())
    return reader


def _other_names(crates: Crates, reader: _Reader) -> Iterator[tuple[str, str]]:
    """The names under which types are re-exported, below the crate that does."""
    for krate in crates.by_name.values():
        for item in krate.index.values():
            use = item["inner"].get("use")
            node = crates.find(krate, use["id"]) if use and not use["is_glob"] and use["id"] is not None else None
            if node in reader.readable:
                yield f"{krate.name}::{use['name']}", reader.name_of(node)


@dataclass(slots=True)
class _Reader:
    """Reads types and remembers those that have names."""

    crates: Crates
    dependencies: frozenset[str] = frozenset()
    missing: Counter[str] = field(default_factory=Counter)
    types: dict[str, Shape] = field(default_factory=dict)
    readable: dict[Node, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for krate in self.crates.by_name.values():
            for node, derived in _deserializable(self.crates, krate):
                self.readable[node] = derived

    def name_of(self, node: Node) -> str:
        return self.crates.identity(node)

    def named(self, node: Node, arguments: Sequence[Shape], depth: int = 0) -> Shape:
        """A reference to a type of the workspace, which is read if it was not yet."""
        item = self.crates.item(node)
        name = self.name_of(node) + (f"<{', '.join(map(_label, arguments))}>" if arguments else "")
        if depth > _DEEPEST:
            return Opaque(name=name)
        if name not in self.types:
            self.types[name] = Opaque(name=name)  # what a type finds that contains itself is the reference below
            scope = _Scope(
                self, self.crates.by_name[node.crate], dict(zip(_parameters(item), arguments, strict=False)), depth
            )
            self.types[name] = scope.definition(item, name, self.readable.get(node))
        return Ref(name=name)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Reads what stands in one definition: in its crate, and with its type parameters given."""

    reader: _Reader
    krate: Krate
    given: Mapping[str, Shape]
    depth: int

    # -- definitions --------------------------------------------------------------------------------------

    def definition(self, item: Json, name: str, derived: bool | None) -> Shape:
        """What a struct, enum or alias accepts. `derived` is None where it does not implement `Deserialize`."""
        inner = item["inner"]
        serde = serde_of(item["attrs"])
        if "type_alias" in inner:
            return self.type(inner["type_alias"]["type"])
        if derived is None or not ("struct" in inner or "enum" in inner):
            return Opaque(name=name)
        if through := serde.one("from") or serde.one("try_from"):
            return Opaque(name=name, below=self.by_text(through))
        plain = self.struct(inner["struct"], serde) if "struct" in inner else self.enum(inner["enum"], serde)
        return plain if derived else Opaque(name=name, below=plain)

    def struct(self, inner: Json, serde: Serde) -> Shape:
        kind = inner["kind"]
        if kind == "unit":
            return Scalar(kind="unit")
        if "tuple" in kind:
            parts = self.unnamed(kind["tuple"])
            return parts[0] if len(parts) == 1 else TupleOf(parts=tuple(parts))
        fields = self.fields(kind["plain"]["fields"], serde.one("rename_all"), serde)
        if "transparent" in serde and len(fields) == 1:
            return fields[0].shape
        return Struct(fields=tuple(fields), closed="deny_unknown_fields" in serde)

    def enum(self, inner: Json, serde: Serde) -> Shape:
        return Enum(
            variants=tuple(self.variants(inner["variants"], serde)),
            tag=serde.one("tag"),
            content=serde.one("content"),
            untagged="untagged" in serde,
        )

    def variants(self, numbers: Sequence[object], serde: Serde) -> Iterator[Variant]:
        for item in self.items(numbers):
            own = serde_of(item["attrs"])
            if any(one in own for one in _SKIPPED):
                continue
            kind = item["inner"]["variant"]["kind"]
            yield Variant(
                name=own.one("rename") or renamed(item["name"], serde.one("rename_all"), variant=True),
                shape=self.variant(kind, own, serde),
                aliases=own.all("alias"),
                other="other" in own,
                untagged="untagged" in own,
            )

    def variant(self, kind: object, own: Serde, serde: Serde) -> Shape | None:
        if not isinstance(kind, Mapping):
            return None
        if module := own.one("with") or own.one("deserialize_with"):
            return read_with(module) or Opaque(name=module)
        if "tuple" in kind:
            parts = self.unnamed(kind["tuple"])
            if len(parts) == 1:
                return parts[0]
            return TupleOf(parts=tuple(parts))
        rule = own.one("rename_all") or serde.one("rename_all_fields")
        fields = self.fields(kind["struct"]["fields"], rule, own)
        return Struct(fields=tuple(fields), closed="deny_unknown_fields" in serde)

    def fields(self, numbers: Sequence[object], rule: str, around: Serde) -> list[Field]:
        made = []
        for item in self.items(numbers):
            own = serde_of(item["attrs"])
            if any(one in own for one in _SKIPPED):
                continue
            shape = self.field(item["inner"]["struct_field"], own)
            module = own.one("with") or own.one("deserialize_with")
            may_miss = "default" in own or "default" in around or (isinstance(shape, OptionOf) and not module)
            made.append(
                Field(
                    name=own.one("rename") or renamed(item["name"].removeprefix("r#"), rule, variant=False),
                    shape=shape,
                    aliases=own.all("alias"),
                    required=not may_miss,
                    flat="flatten" in own,
                )
            )
        return made

    def unnamed(self, numbers: Sequence[object]) -> list[Shape]:
        """The parts of a tuple struct or variant; null stands for what is not documented."""
        found = [(item, serde_of(item["attrs"])) for item in self.items(numbers)]
        return [
            self.field(item["inner"]["struct_field"], own)
            for item, own in found
            if not any(one in own for one in _SKIPPED)
        ]

    def field(self, kind: Json, own: Serde) -> Shape:
        module = own.one("with") or own.one("deserialize_with")
        declared = self.type(kind)
        if not module:
            return declared
        known = read_with(module)
        if known is not None:
            return OptionOf(inner=known) if isinstance(declared, OptionOf) else known
        return Opaque(name=module, below=declared)

    # -- types --------------------------------------------------------------------------------------------

    def type(self, kind: object) -> Shape:
        """A type as it is written in a definition."""
        if not isinstance(kind, Mapping):
            return Opaque(name=str(kind))
        form, inner = next(iter(kind.items()))
        if form == "primitive":
            return primitive(inner) or Opaque(name=inner)
        if form == "generic":
            return self.given.get(inner, Opaque(name=inner))
        if form == "borrowed_ref":
            return self.type(inner["type"])
        if form == "tuple":
            return TupleOf(parts=tuple(map(self.type, inner))) if inner else Scalar(kind="unit")
        if form == "slice":
            return ListOf(inner=self.type(inner))
        if form == "array":
            return self.array(inner)
        if form == "resolved_path":
            return self.path(inner)
        return Opaque(name=form)

    def array(self, inner: Json) -> Shape:
        length = int(inner["len"]) if str(inner["len"]).isdigit() else 0
        part = self.type(inner["type"])
        return TupleOf(parts=(part,) * length) if 0 < length <= 32 else ListOf(inner=part)

    def path(self, inner: Json) -> Shape:
        arguments = [self.type(one["type"]) for one in _arguments(inner) if "type" in one]
        node = self.reader.crates.find(self.krate, inner["id"])
        if node is not None and node.crate not in self.reader.dependencies:
            return self.own(node, arguments)
        summary = self.krate.paths.get(str(inner["id"]))
        path = summary["path"] if summary else str(inner.get("path") or inner.get("name")).split("::")
        if (known := known_type(path, arguments)) is not None:
            return known
        if node is not None:
            return self.own(node, arguments)
        if summary and summary["crate_id"] != 0:
            self.reader.missing[path[0]] += 1
        return Opaque(name="::".join(path))

    def own(self, node: Node, arguments: Sequence[Shape]) -> Shape:
        if "type_alias" in (item := self.reader.crates.item(node))["inner"]:
            given = dict(zip(_parameters(item), arguments, strict=False))
            scope = _Scope(self.reader, self.reader.crates.by_name[node.crate], given, self.depth + 1)
            if self.depth > _DEEPEST:
                return Opaque(name=str(item["name"]))
            return scope.type(item["inner"]["type_alias"]["type"])
        return self.reader.named(node, arguments, self.depth + 1)

    def by_text(self, text: str) -> Shape:
        """A type by its text in an attribute: `String`, `Vec<u8>`, the name of a type of the same crate."""
        name, _, rest = text.strip().partition("<")
        name = name.strip().rpartition("::")[2]
        inside = rest.rstrip().removesuffix(">").strip()
        if (known := primitive(name)) is not None:
            return known
        same = [node for node in self.reader.readable if self.reader.crates.item(node)["name"] == name]
        own = next((node for node in same if node.crate == self.krate.name), same[0] if same else None)
        arguments = [self.by_text(inside)] if inside else []
        if own is not None:
            return self.reader.named(own, arguments, self.depth + 1)
        crate = "serde_json" if name == "Value" else "std"
        return known_type((crate, name), arguments) or Opaque(name=text)

    def items(self, numbers: Sequence[object]) -> Iterator[Json]:
        for number in numbers:
            item = self.krate.index.get(str(number))
            if item is not None:
                yield item


def _deserializable(crates: Crates, krate: Krate) -> Iterator[tuple[Node, bool]]:
    """The types for which a crate implements `Deserialize`, each with whether the derive macro wrote it."""
    for item in krate.index.values():
        inner = item["inner"].get("impl")
        if not inner or not inner.get("trait") or inner.get("blanket_impl") or inner.get("is_synthetic"):
            continue
        trait = inner["trait"]
        if str(trait.get("path") or trait.get("name")).rpartition("::")[2] != "Deserialize":
            continue
        target = inner["for"].get("resolved_path") if isinstance(inner["for"], Mapping) else None
        node = crates.find(krate, target["id"]) if target else None
        if node is not None:
            yield node, _is_derived(item["attrs"])


def _is_derived(attributes: Sequence[object]) -> bool:
    return any("automatically_derived" in str(one) for one in attributes)


def _parameters(item: Json) -> list[str]:
    inner = next(iter(item["inner"].values()))
    parameters = inner["generics"]["params"] if isinstance(inner, Mapping) and "generics" in inner else []
    return [one["name"] for one in parameters if "type" in one["kind"]]


def _arguments(path: Json) -> Sequence[Json]:
    arguments = path.get("args") or {}
    found = arguments.get("angle_bracketed", {}).get("args", ()) if isinstance(arguments, Mapping) else ()
    return [one for one in found if isinstance(one, dict)]


def _label(shape: Shape) -> str:
    """A shape in the name of a generic type's instance."""
    if isinstance(shape, Ref | Opaque):
        return shape.name
    if isinstance(shape, Scalar):
        return f"{shape.kind}{shape.meaning and ' ' + shape.meaning}{shape.high and ' up to ' + shape.high}"
    if isinstance(shape, ListOf | OptionOf):
        return f"{type(shape).__name__}({_label(shape.inner)})"
    if isinstance(shape, Anything):
        return "anything"
    return repr(shape)
